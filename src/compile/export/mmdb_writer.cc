#include "compile/export/mmdb_writer.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sources/mmdb_data.hh"

namespace ip2asn {
namespace {

using mmdb::Type;

constexpr std::string_view kMetadataMark = "\xAB\xCD\xEFMaxMind.com";
constexpr std::size_t kSeparator = 16;
constexpr int kV4Depth = 96;

// Values as the data section has them, the same text only once.
class DataWriter {
 public:
  std::size_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }

  void head(Type type, std::size_t size) {
    const auto number = static_cast<unsigned>(type);
    const unsigned upper = number <= 7 ? number << 5 : 0;
    const unsigned lower = static_cast<unsigned>(size < 29 ? size : size < 285 ? 29 : 30);
    put(upper | lower);
    if (number > 7) put(number - 7);
    if (size >= 285) put(static_cast<unsigned>(size - 285) >> 8);
    if (size >= 29) put(static_cast<unsigned>(size < 285 ? size - 29 : size - 285));
  }
  void text(std::string_view text) {
    head(Type::text, text.size());
    bytes_ += text;
  }
  void number(Type type, std::uint64_t value) {
    std::size_t size = 0;
    while (size < 8 && value >> (8 * size) != 0) ++size;
    head(type, size);
    while (size-- != 0) put(static_cast<unsigned>(value >> (8 * size)));
  }
  // The text, or a pointer to where it stands already.
  void shared(std::string_view value) {
    const auto [at, added] = texts_.try_emplace(std::string(value), bytes_.size());
    if (added) {
      text(value);
    } else {
      pointer(at->second);
    }
  }

 private:
  void put(unsigned byte) { bytes_ += static_cast<char>(byte & 0xFF); }

  void pointer(std::size_t to) {
    constexpr unsigned kPointer = static_cast<unsigned>(Type::pointer) << 5;
    constexpr std::size_t kSecond = 2048, kThird = 526336;
    if (to < kSecond) {
      put(kPointer | static_cast<unsigned>(to >> 8));
    } else if (to < kThird) {
      to -= kSecond;
      put(kPointer | 8 | static_cast<unsigned>(to >> 16));
      put(static_cast<unsigned>(to >> 8));
    } else {
      to -= kThird;
      put(kPointer | 16 | static_cast<unsigned>(to >> 24));
      put(static_cast<unsigned>(to >> 16));
      put(static_cast<unsigned>(to >> 8));
    }
    put(static_cast<unsigned>(to));
  }

  std::string bytes_;
  std::unordered_map<std::string, std::size_t> texts_;
};

// The bits of an address from the top of a tree of IPv6.
struct Path {
  std::uint64_t hi, lo;
  int length;
  bool bit(int depth) const { return ((depth < 64 ? hi >> (63 - depth) : lo >> (127 - depth)) & 1) != 0; }
};

Path path_of(const Prefix& prefix) {
  const Address& a = prefix.address;
  return {a.hi, a.lo, a.family == Family::v4 ? kV4Depth + prefix.length : prefix.length};
}

class Tree {
 public:
  static constexpr std::uint32_t kEmpty = UINT32_MAX;
  static constexpr std::uint32_t kData = 1u << 31;  // what follows is the number of a record

  Tree() { nodes_.push_back({kEmpty, kEmpty}); }

  // Where something stands already, what is free below it is filled.
  void insert(const Path& path, std::uint32_t value) {
    std::uint32_t& place = place_of(path);
    if (place == kEmpty) {
      place = value;
    } else if ((place & kData) == 0) {
      fill(place, value);
    }
  }
  // Makes what stands at `path` so, when nothing does.
  void alias(const Path& path, std::uint32_t value) {
    std::uint32_t& place = place_of(path);
    if (place == kEmpty) place = value;
  }
  // The root of IPv4, which insert() does not fill from above.
  void close(std::uint32_t node) { closed_ = node; }
  // The node that stands at `path`; there is one afterwards, unless data stands there or above.
  std::uint32_t node_at(const Path& path) {
    std::uint32_t& place = place_of(path);
    if (place != kEmpty) return place;
    const std::uint32_t node = add();
    place_of(path) = node;
    return node;
  }

  const std::vector<std::array<std::uint32_t, 2>>& nodes() const { return nodes_; }

 private:
  void fill(std::uint32_t node, std::uint32_t value) {
    if (node == closed_) return;
    for (const int side : {0, 1}) {
      const std::uint32_t below = nodes_[node][static_cast<std::size_t>(side)];
      if (below == kEmpty) {
        nodes_[node][static_cast<std::size_t>(side)] = value;
      } else if ((below & kData) == 0) {
        fill(below, value);
      }
    }
  }
  std::uint32_t add() {
    nodes_.push_back({kEmpty, kEmpty});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  std::uint32_t& place_of(const Path& path) {
    std::uint32_t node = 0;
    for (int depth = 0; depth + 1 < path.length; ++depth) {
      std::uint32_t& next = nodes_[node][path.bit(depth)];
      if (next != kEmpty && (next & kData) != 0) return next;
      if (next == kEmpty) {
        const std::uint32_t added = add();
        nodes_[node][path.bit(depth)] = added;
        node = added;
      } else {
        node = next;
      }
    }
    return nodes_[node][path.bit(path.length - 1)];
  }

  std::vector<std::array<std::uint32_t, 2>> nodes_;
  std::uint32_t closed_ = kEmpty;
};

std::vector<std::uint32_t> write_records(const Image& image, const std::vector<bool>& used, DataWriter& data) {
  std::vector<std::uint32_t> places(image.record_count());
  for (RecordId id = 1; id < image.record_count(); ++id) {
    if (!used[id]) continue;
    const Record record = image.record(id);
    places[id] = static_cast<std::uint32_t>(data.size());
    const std::pair<std::string_view, std::string_view> texts[] = {
        {"autonomous_system_organization", record.description},
        {"as_country_code", record.country},
        {"hoster", record.hoster},
        {"hoster_class", record.hoster_class}};
    std::size_t count = 1;
    for (const auto& [key, text] : texts) count += !text.empty();
    data.head(Type::map, count);
    data.shared("autonomous_system_number");
    data.number(Type::uint32, record.asn);
    for (const auto& [key, text] : texts) {
      if (text.empty()) continue;
      data.shared(key);
      data.shared(text);
    }
  }
  return places;
}

void append_node(std::string& out, std::uint32_t left, std::uint32_t right, unsigned bits) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte & 0xFF); };
  if (bits == 32) {
    for (const std::uint32_t value : {left, right}) {
      for (int shift = 24; shift >= 0; shift -= 8) put(value >> shift);
    }
    return;
  }
  for (int shift = 16; shift >= 0; shift -= 8) put(left >> shift);
  if (bits == 28) put((left >> 24 & 15) << 4 | (right >> 24 & 15));
  for (int shift = 16; shift >= 0; shift -= 8) put(right >> shift);
}

std::string metadata(const Image& image, std::string_view type, std::uint32_t nodes, unsigned bits) {
  DataWriter data;
  data.head(Type::map, 9);
  data.text("binary_format_major_version");
  data.number(Type::uint16, 2);
  data.text("binary_format_minor_version");
  data.number(Type::uint16, 0);
  data.text("build_epoch");
  data.number(Type::uint64, static_cast<std::uint64_t>(std::max<std::int64_t>(0, image.data_time())));
  data.text("database_type");
  data.text(type);
  data.text("description");
  data.head(Type::map, 1);
  data.text("en");
  data.text("Autonomous systems by address, written by ip2asn");
  data.text("ip_version");
  data.number(Type::uint16, 6);
  data.text("languages");
  data.head(Type::array, 1);
  data.text("en");
  data.text("node_count");
  data.number(Type::uint32, nodes);
  data.text("record_size");
  data.number(Type::uint16, bits);
  return data.bytes();
}

}  // namespace

Result<std::string> write_mmdb(const Image& image, const Selected& selected, std::string_view type) {
  Tree tree;
  std::vector<bool> used(image.record_count());
  // Neighbouring ranges of one record are one network here.
  Match run;
  const auto flush = [&] {
    if (run.record == 0) return;
    used[run.record] = true;
    for (const Prefix& prefix : prefixes(run.range)) tree.insert(path_of(prefix), Tree::kData | run.record);
  };
  for (const Family family : {Family::v4, Family::v6}) {
    run = {};
    selected.each_row(family, [&](const Match& match) {
      if (run.record == match.record && next(run.range.last) == match.range.first) {
        run.range.last = match.range.last;
        return true;
      }
      flush();
      run = match;
      // What is below ::/96 is IPv4.
      const Address end = Address::v6(0, UINT32_MAX);
      if (family == Family::v6 && run.range.first <= end) {
        if (run.range.last <= end) run.record = 0;
        run.range.first = next(end);
      }
      return true;
    });
    flush();
    // Before the other family comes: its rows may hold the places that lead to IPv4.
    if (family == Family::v4) {
      const std::uint32_t v4 = tree.node_at({0, 0, kV4Depth});
      tree.close(v4);
      tree.alias({0, 0xFFFFull << 32, kV4Depth}, v4);
    }
  }
  tree.alias({std::uint64_t{0x2002} << 48, 0, 16}, tree.node_at({0, 0, kV4Depth}));

  DataWriter data;
  const std::vector<std::uint32_t> places = write_records(image, used, data);
  const auto count = static_cast<std::uint32_t>(tree.nodes().size());
  const std::uint64_t most = std::uint64_t{count} + kSeparator + data.size();
  const unsigned bits = most < 1u << 24 ? 24 : most < 1u << 28 ? 28 : 32;
  if (most > UINT32_MAX) return Error{Errc::limit, "the database is larger than an MMDB file can be"};
  std::string out;
  out.reserve(std::size_t{count} * bits / 4 + data.size() + 1024);
  const auto value = [&](std::uint32_t record) {
    if (record == Tree::kEmpty) return count;
    if ((record & Tree::kData) == 0) return record;
    return static_cast<std::uint32_t>(count + kSeparator + places[record & ~Tree::kData]);
  };
  for (const auto& [left, right] : tree.nodes()) append_node(out, value(left), value(right), bits);
  out.append(kSeparator, '\0');
  out += data.bytes();
  out += kMetadataMark;
  out += metadata(image, type, count, bits);
  return out;
}

}  // namespace ip2asn
