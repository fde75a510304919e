#include "sources/mmdb_data.hh"

namespace ip2asn::mmdb {
namespace {

// Deeper than any database is nested.
constexpr int kMostDepth = 16;

std::uint32_t byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

}  // namespace

std::optional<Head> Data::read_head(std::size_t at) {
  if (steps_ == 0) return std::nullopt;
  --steps_;
  // Whether `count` bytes are there.
  const auto there = [&](std::size_t count) { return at <= section_.size() && section_.size() - at >= count; };
  if (!there(1)) return std::nullopt;
  const std::uint32_t control = byte(section_, at++);
  Head head;
  std::uint32_t type = control >> 5;
  if (type == static_cast<std::uint32_t>(Type::pointer)) {
    head.type = Type::pointer;
    const std::size_t more = (control >> 3 & 3) + 1;
    if (!there(more)) return std::nullopt;
    std::uint32_t target = more == 4 ? 0 : control & 7;
    for (std::size_t i = 0; i < more; ++i) target = target << 8 | byte(section_, at++);
    constexpr std::uint32_t kBases[] = {0, 2048, 526336, 0};
    head.size = target + kBases[more - 1];  // of a pointer: where it leads
    head.at = at;
    return head;
  }
  if (type == 0) {
    if (!there(1)) return std::nullopt;
    type = byte(section_, at++) + 7;
    if (type <= 7 || type > static_cast<std::uint32_t>(Type::float32)) return std::nullopt;
  }
  head.type = static_cast<Type>(type);
  head.size = control & 31;
  if (head.size >= 29) {
    const std::size_t more = head.size - 28;
    if (!there(more)) return std::nullopt;
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(section_, at++);
    constexpr std::uint32_t kBases[] = {29, 285, 65821};
    head.size = size + kBases[more - 1];
  }
  head.at = at;
  return head;
}

std::optional<Head> Data::head(std::size_t at) {
  auto head = read_head(at);
  if (!head || head->type != Type::pointer) return head;
  // A pointer must not lead to another.
  head = read_head(head->size);
  return head && head->type == Type::pointer ? std::nullopt : head;
}

std::optional<std::size_t> Data::skip(std::size_t at, int depth) {
  const auto value = read_head(at);
  if (!value || depth > kMostDepth) return std::nullopt;
  switch (value->type) {
    case Type::pointer:
    case Type::boolean:
    case Type::end_marker:
      return value->at;
    case Type::map:
    case Type::array: {
      std::size_t place = value->at;
      const std::uint64_t values = std::uint64_t{value->size} * (value->type == Type::map ? 2 : 1);
      for (std::uint64_t i = 0; i < values; ++i) {
        const auto after = skip(place, depth + 1);
        if (!after) return std::nullopt;
        place = *after;
      }
      return place;
    }
    default:
      if (section_.size() - value->at < value->size) return std::nullopt;
      return value->at + value->size;
  }
}

std::optional<std::string_view> Data::text(const Head& head) const {
  if (head.type != Type::text || head.at > section_.size() || section_.size() - head.at < head.size) {
    return std::nullopt;
  }
  return section_.substr(head.at, head.size);
}

std::optional<std::uint64_t> Data::number(const Head& head) const {
  const bool whole = head.type == Type::uint16 || head.type == Type::uint32 || head.type == Type::uint64;
  if (!whole || head.size > 8 || head.at > section_.size() || section_.size() - head.at < head.size) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < head.size; ++i) number = number << 8 | byte(section_, head.at + i);
  return number;
}

}  // namespace ip2asn::mmdb
