// Packed streams of every kind that can be read, behind one interface.
//
// gzip is always there; xz, Zstandard and bzip2 are where their libraries were found when this was built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hh"

namespace ip2asn {

enum class Packing : std::uint8_t {
  none,
  gzip,
  xz,
  zstd,
  bzip2,
  zip,  ///< an archive with one file
};

/// As many bytes are enough to tell the packing.
inline constexpr std::size_t kPackingBytes = 10;

/// What bytes that begin so are packed with.
Packing packing_of(std::string_view head) noexcept;

/// "gzip", "xz", …
std::string_view name_of(Packing packing) noexcept;

/// Unpacks one stream. Not thread-safe.
class Unpacker {
 public:
  struct Step {
    std::size_t taken = 0;  ///< of the input
    std::size_t made = 0;   ///< of the output
    bool ended = false;     ///< a complete member has ended; another may follow
  };

  virtual ~Unpacker() = default;

  /// Unpacks from the front of `in` to the front of `out`, and makes some progress when there is input. An error's
  /// message is the reason alone ("holds bad gzip data"); it is final.
  virtual Result<Step> step(std::span<const char> in, std::span<char> out) = 0;

  /// Whether another member may follow one that has ended. What follows else is an error.
  virtual bool takes_more() const noexcept { return true; }
};

/// Errc::version when this build cannot unpack it; the message says with what to unpack it.
Result<std::unique_ptr<Unpacker>> make_unpacker(Packing packing);

}  // namespace ip2asn
