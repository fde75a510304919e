// Sending an answer of known size: its headers, its body, and errors in the form that was asked for.
#pragma once

#include <string_view>

#include "index/image.hh"
#include "answer/error_code.hh"
#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// Names the data that an answer is made from.
inline constexpr char kGenerationHeader[] = "X-IP2ASN-Generation";
void note_generation(const Request& request, const Image& image) noexcept;

/// The type, and the headers that every answer has.
void set_headers(const Request& request);

/// Sends `body` with set_headers(); for HEAD, what goes before it. Returns what the handler returns.
int send_body(const Request& request, int status, std::string_view body);

/// Sends what check_conditions() (caching.hh) has found instead of an answer. Returns what the handler returns.
int send_outcome(const Request& request, int status);

/// An error, in the form that was asked for. `reason` is a sentence without its full stop. Notes the current
/// generation.
int send_error(const Request& request, int status, api::ErrorCode code, std::string_view reason);

/// 405 with `allow`, the methods that there are.
int send_not_allowed(const Request& request, const char* allow);

/// 503, to be asked again after so many seconds. `reason` as above.
int send_unavailable(const Request& request, const char* retry_after, api::ErrorCode code, std::string_view reason);

/// 503: there is no index.
int send_no_data(const Request& request);

}  // namespace ip2asn::httpd
