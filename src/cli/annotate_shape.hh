// The shapes of lines that servers write, and where the client stands in each.
//
// A client chooses much of what is in a log: request, referrer, user agent, host and user names, and with them whatever
// looks like an address there. So the shape is made out first, from what the server writes itself, and the client's
// address is taken from its place or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cli/annotate_place.hh"
#include "net/address.hh"

namespace ip2asn::cli {

/// What is known of one line.
struct ShapedLine {
  std::optional<Address> client;
  std::optional<Address> forwarded;    ///< what X-Forwarded-For or the like says
  std::optional<std::uint64_t> bytes;  ///< of the response; nothing where the shape has none
};

/// How much of `line` is what syslog (RFC 3164, RFC 5424), journald, a container runtime (CRI) or the like put before
/// it.
std::size_t head_size(std::string_view line) noexcept;

/// The common log format and its kin (combined, with the virtual host first, HAProxy's, S3's, lighttpd's): those with a
/// date between brackets. Nothing for other lines.
std::optional<ShapedLine> read_dated(std::string_view line, const Place& place);

/// The size of the response in a line of the common or combined log format: the number behind date, request and status.
std::optional<std::uint64_t> request_bytes(std::string_view line) noexcept;

/// What stands behind `[client X]` or `client: X`, as in error logs of httpd and nginx, where the server wrote it.
std::optional<ShapedLine> read_marked(std::string_view line) noexcept;

/// Load balancers of AWS and Squid's native format.
std::optional<ShapedLine> read_columnar(std::string_view line) noexcept;

/// OpenSSH's messages.
std::optional<ShapedLine> read_sshd(std::string_view head, std::string_view message) noexcept;

/// key=value pairs.
bool begins_with_pair(std::string_view line) noexcept;
std::optional<ShapedLine> read_pairs(std::string_view line, const Place& place);

/// Any other text: its first address, but for those in quoted requests, in URLs and in HELO where there are others.
std::optional<Address> read_other(std::string_view line) noexcept;

}  // namespace ip2asn::cli
