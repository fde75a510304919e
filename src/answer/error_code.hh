// Why the look-up API refuses something, for programs: codes are part of the API, and stay when sentences are reworded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ip2asn::api {

enum class ErrorCode : std::uint8_t {
  bad_address,
  missing_address,
  bad_as_number,
  missing_as_number,
  bad_country,
  body_empty,
  body_not_array,
  body_too_large,
  no_client_address,
  no_such_route,
  method_not_allowed,
  too_busy,
  no_data,
};

/// In the order of ErrorCode.
inline constexpr std::string_view kErrorCodes[] = {
    "bad_address",        "missing_address", "bad_as_number",  "missing_as_number", "bad_country",
    "body_empty",         "body_not_array",  "body_too_large", "no_client_address", "no_such_route",
    "method_not_allowed", "too_busy",        "no_data",
};

constexpr std::string_view name_of(ErrorCode code) { return kErrorCodes[static_cast<std::size_t>(code)]; }

}  // namespace ip2asn::api
