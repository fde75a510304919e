// The style sheet of the endpoint's pages.
#pragma once

#include <string_view>

namespace ip2asn::httpd {

inline constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#57606a;--line:#d0d7de;--link:#0550ae;--wrong:#a40e26}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#9da7b3;--line:#3d444d;--link:#79c0ff;--wrong:#ff9492}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:1rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
header{font-weight:600}
h1{font-size:1.5rem;line-height:1.25;margin:1rem 0;overflow-wrap:anywhere}
h2{font-size:1.125rem;margin:1.5rem 0 .5rem}
a{color:var(--link)}
a:focus-visible,input:focus-visible,button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
form{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}
label{flex:1 0 100%;font-weight:600}
input,button{font:inherit;padding:.6rem .75rem;min-height:2.75rem;border:1px solid var(--soft);border-radius:.375rem}
input{flex:1 1 14rem;min-width:0;background:var(--paper);color:var(--ink)}
::placeholder{color:var(--soft);opacity:1}
button{background:var(--link);color:var(--paper);border-color:var(--link);font-weight:600;cursor:pointer}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
tbody th{font-weight:400;color:var(--soft);width:11rem}
.wide{overflow-x:auto}
.list{padding-left:1.25rem;overflow-wrap:anywhere}
.alert{border-left:4px solid var(--wrong);padding:.5rem .75rem;color:var(--wrong);overflow-wrap:anywhere}
footer{margin-top:2rem;color:var(--soft);font-size:.875rem}
@media (max-width:30rem){tbody th{width:7.5rem}button{flex:1 0 100%}}
)css";

}  // namespace ip2asn::httpd
