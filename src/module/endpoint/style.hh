// What the endpoint's pages add to the style of all pages (base/html.hh).
#pragma once

#include "base/html.hh"

namespace ip2asn::httpd {

inline constexpr html::Look kLook = {R"css(
form{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}
label{flex:1 0 100%;font-weight:600}
input,button{font:inherit;padding:.6rem .75rem;min-height:2.75rem;border:1px solid var(--soft);border-radius:.375rem}
input{flex:1 1 14rem;min-width:0;background:var(--paper);color:var(--ink)}
::placeholder{color:var(--soft);opacity:1}
button{background:var(--link);color:var(--paper);border-color:var(--link);font-weight:600;cursor:pointer}
tbody th{font-weight:400;color:var(--soft);width:11rem}
.list{padding-left:1.25rem;overflow-wrap:anywhere}
@media (max-width:30rem){tbody th{width:7.5rem}button{flex:1 0 100%}}
)css",
                                     {},
                                     0};

}  // namespace ip2asn::httpd
