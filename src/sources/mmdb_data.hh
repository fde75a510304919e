// Reading of MaxMind DB files (specification 2.0) that may be hostile: every read stays inside the bytes, and the work
// that one file can cause is bounded. Files are read from memory, never mapped, so that one which is cut or replaced
// meanwhile is an error and no fault; libmaxminddb can only map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ip2asn::mmdb {

enum class Type : std::uint8_t {
  extended = 0,
  pointer = 1,
  text = 2,
  float64 = 3,
  bytes = 4,
  uint16 = 5,
  uint32 = 6,
  map = 7,
  int32 = 8,
  uint64 = 9,
  uint128 = 10,
  array = 11,
  container = 12,
  end_marker = 13,
  boolean = 14,
  float32 = 15,
};

/// A value's head: what it is, how large, and where its content begins.
struct Head {
  Type type{};
  std::uint32_t size = 0;  ///< bytes of a text or number, entries of a map or array
  std::size_t at = 0;
};

/// The data of a file: its data section, or its metadata. All positions count from the section's beginning.
class Data {
 public:
  /// `steps` bounds how many values are looked at in all.
  Data(std::string_view section, std::uint64_t steps) : section_(section), steps_(steps) {}

  /// The head of the value at `at`, or of the value that a pointer there leads to. Nothing when it is not valid.
  std::optional<Head> head(std::size_t at);
  /// The position behind the value at `at`.
  std::optional<std::size_t> skip(std::size_t at, int depth = 0);

  /// The content of a text, which lies inside the section.
  std::optional<std::string_view> text(const Head& head) const;
  /// An unsigned number of up to 64 bits.
  std::optional<std::uint64_t> number(const Head& head) const;

  /// Calls f(key, position of the value) for each entry of the map at `at`. False when it is not a valid map.
  template <class F>
  bool each_entry(std::size_t at, F&& f) {
    const auto map = head(at);
    if (!map || map->type != Type::map) return false;
    std::size_t place = map->at;
    for (std::uint32_t i = 0; i < map->size; ++i) {
      const auto key = head(place);
      const auto name = key ? text(*key) : std::nullopt;
      const auto value = name ? skip(place) : std::nullopt;
      if (!value) return false;
      f(*name, *value);
      const auto after = skip(*value);
      if (!after) return false;
      place = *after;
    }
    return true;
  }

 private:
  std::optional<Head> read_head(std::size_t at);

  std::string_view section_;
  std::uint64_t steps_;
};

}  // namespace ip2asn::mmdb
