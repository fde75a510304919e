// The status page's style and script.
#pragma once

#include "base/html.hh"

namespace ip2asn::httpd {

inline constexpr int kRefreshSeconds = 10;

inline constexpr html::Look kStatusLook = {
    R"css(
body{max-width:80rem}
h1{margin:0 0 .25rem}
p{margin:.25rem 0}
nav{font-weight:400}
.sum{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.5rem 1.5rem;margin:1rem 0}
.sum div{border-top:3px solid var(--line);padding-top:.25rem}
.sum b{display:block;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
.sum span{color:var(--soft);font-size:.875rem}
.gap{fill:var(--line);opacity:.45}.A{fill:var(--a)}.B{fill:var(--b)}.C{fill:var(--c)}
.key svg{display:inline-block;width:.8rem;height:.8rem;margin-right:.35rem}
.key span{display:inline-block;margin-right:1rem}
.plot{display:grid;grid-template-columns:auto 1fr;grid-template-rows:10rem auto;gap:0 .5rem;color:var(--soft);font-size:.8125rem;font-variant-numeric:tabular-nums}
.plot>svg{width:100%;height:100%;border-bottom:1px solid var(--line);background:linear-gradient(var(--line) 1px,transparent 1px) 0 0/100% 50%}
.ys{display:flex;flex-direction:column;justify-content:space-between;text-align:right;line-height:1}
.xs{grid-column:2;display:flex;justify-content:space-between}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 2rem}
table{font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.35rem .75rem .35rem 0;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-weight:400}
thead th[aria-sort]{font-weight:600}
tbody th,thead th:first-child{text-align:left;font-weight:400;white-space:normal;overflow-wrap:anywhere;min-width:9rem}
td svg{display:block;width:6rem;height:1.25rem;margin-left:auto}
.w{color:var(--wrong)}
code{overflow-wrap:anywhere}
@media (max-width:40rem){.h{display:none}.sum{grid-template-columns:1fr 1fr}.sum b{font-size:1.25rem}.xs :nth-child(even){display:none}tbody th,thead th:first-child{min-width:7rem}}
)css",
    R"js(
(() => {
  const say = document.getElementById("say");
  const reachable = main => [...main.querySelectorAll("a,[tabindex]")];
  let timer, answered = new Date();
  const next = () => {
    clearTimeout(timer);
    timer = setTimeout(update, document.hidden ? 60000 : 10000);
  };
  const replace = main => {
    const old = document.querySelector("main");
    const had = document.activeElement, at = reachable(old).indexOf(had), link = had && had.getAttribute("href");
    const scrolled = [...old.querySelectorAll(".wide")].map(box => box.scrollLeft), x = scrollX, y = scrollY;
    old.replaceWith(document.adoptNode(main));
    main.querySelectorAll(".wide").forEach((box, i) => { box.scrollLeft = scrolled[i] || 0; });
    if (at >= 0) {
      const all = reachable(main), again = link ? all.find(one => one.getAttribute("href") === link) : all[at];
      if (again) again.focus({ preventScroll: true });
    }
    scrollTo(x, y);
  };
  const update = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = answer.ok && page.querySelector("main");
      if (!main) throw new Error(answer.status);
      answered = new Date();
      if (say.textContent) say.textContent = "";
      if (getSelection().isCollapsed) replace(main);
    } catch (problem) {
      say.textContent = "The server has not answered since " + answered.toLocaleTimeString() + ".";
    }
    next();
  };
  document.addEventListener("visibilitychange", next);
  next();
})();
)js",
    kRefreshSeconds};

}  // namespace ip2asn::httpd
