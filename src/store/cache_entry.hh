// One entry of the cache: an image in a file, believed for what it holds rather than for its name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "base/digest.hh"
#include "base/result.hh"
#include "index/image_writer.hh"
#include "store/cache.hh"

namespace ip2asn {

std::string entry_path(const Store& store, const Digest& digest);

/// The entry of that digest. Nothing is read of a file that is too large, belongs to somebody else, can be written by
/// others, or was made of other inputs than those of the digest, or whose tag is wrong where the store has a key. The
/// rest is checked whole, in memory that nobody else can write to.
Result<CacheResult> open_entry(const Store& store, const Digest& digest);

/// Has the image that is written to it in memory as the entry of `digest` has it.
class EntrySink final : public ImageSink {
 public:
  /// `store` outlives this.
  EntrySink(const Store& store, const Digest& digest) : store_(store), digest_(digest) {}

  Result<Done> begin(std::size_t size) override;
  Result<Done> append(std::span<const std::byte> bytes) override;
  Result<Done> finish(const ImageHeader& header) override;

  /// The entry, when all has been written. An image that is not good is an error.
  Result<CacheResult> take();

 private:
  const Store& store_;
  const Digest digest_;
  std::optional<MappingWriter> writer_;
  std::optional<EntryKey::Tagger> tagger_;
  Mapping mapping_;
};

/// Writes the bytes of such an entry to the directory.
Result<Done> write_image(const Store& store, std::span<const std::byte> bytes, const Digest& digest);

}  // namespace ip2asn
