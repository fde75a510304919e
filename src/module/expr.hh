// Expressions: %{IP2ASN_*} and asn(), as_name(), as_country(), as_hoster(), as_hoster_class() in ap_expr.
#pragma once

#include <ap_expr.h>

namespace ip2asn::httpd {

/// expr_lookup: the variables tell of the client's network, also where the engine is off; the functions of the address
/// in text that they are given. What is not known is empty, but the ASN of an address that nobody announces is 0.
int find_in_expression(ap_expr_lookup_parms* parms) noexcept;

}  // namespace ip2asn::httpd
