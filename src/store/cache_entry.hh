// One entry of the cache: an image in a file, believed for what it holds rather than for its name.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/digest.hh"
#include "base/result.hh"
#include "store/cache.hh"

namespace ip2asn {

std::string entry_path(const Store& store, const Digest& digest);

/// The entry of that digest. Nothing is read of a file that is too large, belongs to somebody else, can be written by
/// others, or was made of other inputs than those of the digest, or whose tag is wrong where the store has a key. The
/// rest is checked whole, in memory that nobody else can write to.
Result<CacheResult> open_entry(const Store& store, const Digest& digest);

/// `image` as an entry of that digest has it, in memory of its own.
Result<CacheResult> make_entry(const Store& store, std::span<const std::byte> image, const Digest& digest);

/// Writes the bytes of such an entry to the directory.
Result<Done> write_image(const Store& store, std::span<const std::byte> bytes, const Digest& digest);

}  // namespace ip2asn
