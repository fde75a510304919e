// The secret by which root knows the entries of its cache.
//
// The directory of the cache belongs to the user that the server serves as, so any program of that user can put a file
// there under any name. The secret is a file beside the directory that only root can read. The parent, while it is
// root, reads it (and makes it when it is not there), and its children inherit it in memory; programs that they start
// do not. What has no tag made with the secret is not believed, whoever it belongs to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "index/image_format.hh"

struct umac128_ctx;

namespace ip2asn {

class EntryKey {
 public:
  /// The secret in the file at `path`, which is made when it is not there. It must be a regular file of root's that
  /// nobody else can read or write.
  static Result<EntryKey> load(const std::string& path);

  /// Tags an image whose body comes in pieces.
  class Tagger {
   public:
    /// `key` outlives this.
    explicit Tagger(const EntryKey& key);
    void add(std::span<const std::byte> body) noexcept;
    /// Tags `header`, whose checksum comes after. False when the system has no random numbers.
    bool tag(ImageHeader& header) noexcept;

   private:
    struct Deleter {
      void operator()(umac128_ctx* context) const noexcept;
    };
    const EntryKey& key_;
    std::unique_ptr<umac128_ctx, Deleter> context_;
  };

  /// Whether the tag of the header is right. The rest may be anything.
  bool fits(const ImageHeader& header) const noexcept;
  /// Whether `body` is what the header, whose tag is right, was made for.
  bool fits(const ImageHeader& header, std::span<const std::byte> body) const noexcept;

  /// A tag of a short text, in hexadecimal digits.
  std::string tag(std::string_view text) const;

 private:
  EntryKey() = default;
  std::array<std::uint8_t, 32> head_{};  // for HMAC-SHA256
  std::array<std::uint8_t, 16> body_{};  // for UMAC-128 (RFC 4418)
};

}  // namespace ip2asn
