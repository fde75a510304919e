// Writing a file that a command line names.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.hh"

namespace ip2asn::cli {

/// Replaces `path` as replace_file() does, with the mode that the umask gives to new files. Anything there that is no
/// regular file, a device for instance, is left alone and is an error.
Result<Done> write_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace ip2asn::cli
