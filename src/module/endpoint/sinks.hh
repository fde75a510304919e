// The forms of a long answer.
#pragma once

#include <memory>
#include <string_view>

#include "module/endpoint/stream.hh"

namespace ip2asn::httpd {

/// What a long answer is about, for the text around its items.
struct Subject {
  enum class Kind : std::uint8_t {
    as_list,          ///< JSON: an array; otherwise an object with one array
    as_subnets,       ///< of `asn`
    country,          ///< AS numbers of `country`
    country_subnets,  ///< of `country`
    bulk,             ///< an array; plain rows as wide as `longest`
  };
  Kind kind{};
  std::uint32_t asn = 0;
  std::string_view country = {};
  std::size_t longest = 0;
};

/// A sink for the form that `request` asks for, with the beginning of the answer in it. The request outlives it.
std::unique_ptr<Sink> make_sink(const Request& request, const Subject& subject, const Image& image);

}  // namespace ip2asn::httpd
