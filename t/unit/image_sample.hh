// Small images that hold every kind of thing, and what tests that spoil them need.
#pragma once

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.hh"
#include "index/image_format.hh"
#include "support.hh"

namespace ip2asn::test {

/// Bytes at the start of a block that ends where they do, so that a sanitizer sees each byte that is read behind them.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : size_(bytes.size()) {
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kImageAlignment, (size_ + 63) / 64 * 64)));
    std::memcpy(data_.get(), bytes.data(), size_);
  }
  std::span<const std::byte> all() const { return {data_.get(), size_}; }
  std::byte* data() { return data_.get(); }
  std::size_t size() const { return size_; }
  ImageHeader& header() { return *reinterpret_cast<ImageHeader*>(data_.get()); }
  // As if a hostile writer had made the image: `section`'s checksum, and with it the header's.
  void seal(std::size_t section) {
    if (section < kSectionCount) {
      SectionEntry& entry = header().sections[section];
      if (entry.offset <= size_ && entry.size <= size_ - entry.offset) {
        entry.checksum = XXH3_64bits(data_.get() + entry.offset, entry.size);
      }
    }
    header().content_id = content_id_of(header());
    header().checksum = header_checksum(header());
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_;
};

/// Small, with every kind of slice in both indexes: inline and pooled leaves, fine and deep slices, nodes.
inline std::string small_source() {
  std::string text =
      "0.0.0.0\t0.0.0.0\t1\tUS\tFIRST\n"
      "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n"
      "1.0.4.0\t1.0.7.255\t38803\tAU\tf\xC3\xBCr\n"
      "255.255.255.255\t255.255.255.255\t2\tNone\tLAST\n"
      "2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t4\tDE\tDOC\n"
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t6\tUS\tLAST6\n";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i), net = "9.1." + n + ".";
    text += net + "0\t" + net + "127\t" + std::to_string(i % 5 + 100) + "\tUS\tNET " + std::to_string(i % 5) + '\n';
    text += "2001:db8:" + n + "::\t2001:db8:" + n + ":7::\t" + std::to_string(i % 5 + 100) + "\tUS\tNET " +
            std::to_string(i % 5) + '\n';
    text += "2001:db8:0:0:1:" + n + "::\t2001:db8:0:0:1:" + n + "::" + n + "\t7\tUS\tDEEP\n";
    text += "10.0.0." + std::to_string(i * 3) + "\t10.0.0." + std::to_string(i * 3 + 1) + "\t8\tUS\tFINE\n";
  }
  return text;
}

inline ImageBuffer make_image(std::initializer_list<std::string_view> lists) {
  Findings findings;
  const auto hosters = HosterMap::parse("example cloud AS13335 \"net 3\"\nother cdn AS4\n", "m");
  LocalData local;
  for (const std::string_view list : lists) {
    const std::string name(1, static_cast<char>('a' + local.lists.size()));
    auto parsed = parse_list(list, name, name, findings);
    if (!parsed) std::abort();
    local.lists.push_back(*std::move(parsed));
  }
  const auto table = read_source_bytes(small_source(), "s", {}, findings);
  if (!table) std::abort();
  auto compiled = compile(*table, *hosters, {}, findings, local);
  if (!compiled) std::abort();
  return *std::move(compiled);
}

/// With lists of ASes, which add little to its size.
inline const ImageBuffer& small_image() {
  static const ImageBuffer buffer = make_image({"AS4\nAS100\n", "AS100\n", "# none\n"});
  return buffer;
}

/// Twice as large: networks have indexes of their own.
inline const ImageBuffer& listing_image() {
  static const ImageBuffer buffer =
      make_image({"AS4\nAS100\n9.1.0.0/23\n2001:db8::/44\n", "AS100\n9.1.1.0/25\n::1\n", "# none\n"});
  return buffer;
}

inline bool opens(std::span<const std::byte> bytes) { return static_cast<bool>(Image::open(bytes)); }

/// Whether the cache line at `at` is the same as the one before: an entry of a directory among many that are alike.
inline bool is_repeated(std::span<const std::byte> image, std::size_t at) {
  const std::byte* line = image.data() + at / 64 * 64;
  return at >= 64 && std::memcmp(line, line - 64, 64) == 0;
}

}  // namespace ip2asn::test
