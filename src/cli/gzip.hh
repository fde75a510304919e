// Compression of what the tool writes to a file whose name says so.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.hh"

namespace ip2asn::cli {

/// `bytes` as one gzip member (RFC 1952) without name and time: equal input gives equal output.
Result<std::vector<std::byte>> gzip(std::span<const std::byte> bytes);

}  // namespace ip2asn::cli
