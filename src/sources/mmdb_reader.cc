#include "sources/mmdb_reader.hh"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/text.hh"
#include "sources/columns.hh"
#include "sources/mmdb_data.hh"

namespace ip2asn {
namespace {

using mmdb::Data;
using mmdb::Head;
using mmdb::Type;

constexpr std::string_view kMarker = "\xAB\xCD\xEFMaxMind.com";
constexpr std::size_t kMetadataBytes = 128u << 10;  // the metadata begins in the last so many
constexpr std::size_t kGap = 16;                    // between the tree and the data section
// A tree is walked once; what leads to one node from several places, or to one record, is bounded so.
constexpr std::uint64_t kMostSteps = 64'000'000;
constexpr std::string_view kFetchAgain = "; fetch the file again";

struct Metadata {
  std::uint64_t nodes = 0, record_bits = 0, ip_version = 0;
  std::string type;
};

class MmdbReader final : public Reader {
 public:
  explicit MmdbReader(RowSink& sink) : sink_(sink) {}

  Result<Done> feed(std::string_view block) override {
    bytes_ += block;
    return Done{};
  }

  Result<Done> finish() override {
    const std::string_view all = bytes_;
    const std::string_view end = all.substr(all.size() - std::min(all.size(), kMetadataBytes));
    const std::size_t marker = end.rfind(kMarker);
    if (marker == end.npos) return not_this();
    Metadata metadata;
    if (!read_metadata(end.substr(marker + kMarker.size()), metadata)) {
      return sink_.damaged("is a MaxMind database whose metadata is not valid" + std::string(kFetchAgain));
    }
    if ((metadata.record_bits != 24 && metadata.record_bits != 28 && metadata.record_bits != 32) ||
        (metadata.ip_version != 4 && metadata.ip_version != 6)) {
      return sink_.damaged("is a MaxMind database of a kind that is not known here (record_size " +
                           std::to_string(metadata.record_bits) + ", ip_version " +
                           std::to_string(metadata.ip_version) + ')');
    }
    node_bytes_ = metadata.record_bits / 4;
    nodes_ = metadata.nodes;
    const std::size_t tree_most = all.size() - (end.size() - marker);
    if (nodes_ == 0 || nodes_ > tree_most / node_bytes_ || tree_most - nodes_ * node_bytes_ < kGap) {
      return sink_.damaged("is a MaxMind database that is cut, or whose metadata is not its own" +
                           std::string(kFetchAgain));
    }
    tree_ = all.substr(0, nodes_ * node_bytes_);
    data_section_ = all.substr(tree_.size() + kGap, tree_most - tree_.size() - kGap);
    Data data(data_section_, kMostSteps);
    data_ = &data;
    auto done = walk(metadata);
    if (done && !any_asn_) {
      done = sink_.damaged("is a MaxMind database of type " + quoted(metadata.type) +
                           ", in which no record has an AS number; name an ASN database, such as GeoLite2-ASN.mmdb");
    }
    bytes_ = {};
    labels_ = {};
    return done;
  }

 private:
  Error not_this() const {
    const std::size_t nul = std::min(bytes_.find('\0'), bytes_.size());
    const auto lines = std::count(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    return sink_.damaged("line " + std::to_string(lines + 1) +
                         ": holds a NUL byte; this is not text, and not a whole MaxMind database (.mmdb)");
  }

  static bool read_metadata(std::string_view bytes, Metadata& metadata) {
    Data data(bytes, 100'000);
    return data.each_entry(0, [&](std::string_view key, std::size_t at) {
      const auto head = data.head(at);
      if (!head) return;
      if (key == "node_count") metadata.nodes = data.number(*head).value_or(0);
      if (key == "record_size") metadata.record_bits = data.number(*head).value_or(0);
      if (key == "ip_version") metadata.ip_version = data.number(*head).value_or(0);
      if (key == "database_type") metadata.type = data.text(*head).value_or("");
    });
  }

  std::uint64_t record(std::uint64_t node, unsigned side) const {
    const char* at = tree_.data() + node * node_bytes_;
    const auto byte = [at](unsigned i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
    const unsigned i = side * static_cast<unsigned>(node_bytes_ / 2 + node_bytes_ % 2);
    if (node_bytes_ == 6) return byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    if (node_bytes_ == 8) return byte(i) << 24 | byte(i + 1) << 16 | byte(i + 2) << 8 | byte(i + 3);
    // 28 bits: the byte in the middle holds the upper four of both.
    if (side == 0) return (byte(3) >> 4) << 24 | byte(0) << 16 | byte(1) << 8 | byte(2);
    return (byte(3) & 15) << 24 | byte(4) << 16 | byte(5) << 8 | byte(6);
  }

  struct Place {
    std::uint64_t record;
    std::uint64_t hi, lo;
    int length;
  };

  Result<Done> walk(const Metadata& metadata) {
    const bool v6 = metadata.ip_version == 6;
    const int width = v6 ? 128 : 32;
    // Where IPv4 begins: behind 96 zero bits of a tree of IPv6.
    std::uint64_t v4_root = 0;
    for (int i = 0; v6 && i < 96 && v4_root < nodes_; ++i) v4_root = record(v4_root, 0);
    std::vector<Place> stack{{0, 0, 0, 0}};
    std::uint64_t steps = 0;
    while (!stack.empty()) {
      const Place place = stack.back();
      stack.pop_back();
      if (++steps > kMostSteps) {
        return Error{Errc::limit,
                     sink_.name() + ": is a MaxMind database whose tree has no end" + std::string(kFetchAgain)};
      }
      const bool v4_place = v6 && place.length == 96 && place.hi == 0 && place.lo == 0;
      if (v6 && place.record == v4_root && v4_root < nodes_ && !v4_place) continue;  // an alias
      if (place.record == nodes_) continue;                                          // nothing is known
      if (place.record > nodes_) {
        if (auto done = leaf(place, v6); !done) return done;
        continue;
      }
      if (place.length == width) {
        return sink_.damaged("is a MaxMind database whose tree is deeper than addresses are long" +
                             std::string(kFetchAgain));
      }
      const int bit = width - 1 - place.length;
      const Place low{record(place.record, 0), place.hi, place.lo, place.length + 1};
      Place high{record(place.record, 1), place.hi, place.lo, place.length + 1};
      (bit >= 64 ? high.hi : high.lo) |= std::uint64_t{1} << bit % 64;
      // The lower half is taken first: rows come in the order of their addresses.
      stack.push_back(high);
      stack.push_back(low);
    }
    return Done{};
  }

  Result<Done> leaf(const Place& place, bool v6) {
    const std::uint64_t offset = place.record - nodes_;
    if (offset < kGap || offset - kGap >= data_section_.size()) {
      return sink_.damaged("is a MaxMind database whose tree leads out of its data" + std::string(kFetchAgain));
    }
    sink_.next_row();
    if (auto error = sink_.too_large()) return *std::move(error);
    const auto known = labels_.find(offset);
    std::uint32_t label = 0;
    if (known != labels_.end()) {
      label = known->second;
    } else {
      const auto read = read_label(static_cast<std::size_t>(offset - kGap));
      if (!read) {
        return sink_.damaged("is a MaxMind database with a record that is not valid" + std::string(kFetchAgain));
      }
      label = *read;
      labels_.emplace(offset, label);
    }
    const Address network = !v6 ? Address::v4(static_cast<std::uint32_t>(place.lo)) : Address::v6(place.hi, place.lo);
    const bool v4 = !v6 || (place.hi == 0 && place.lo >> 32 == 0);
    if (!v6 || !v4 || place.length < 96) {
      const Range range = Prefix{network, place.length}.range();
      sink_.row(range.first, range.last, label);
    }
    if (v6 && v4) {
      const Range range =
          Prefix{Address::v4(static_cast<std::uint32_t>(place.lo)), std::max(place.length - 96, 0)}.range();
      sink_.row(range.first, range.last, label);
    }
    return Done{};
  }

  // The label of the record at `at`: 0 for one without an AS number. Nothing when it is not valid.
  std::optional<std::uint32_t> read_label(std::size_t at) {
    std::array<std::string, kColumns> texts;
    const bool map = data_->each_entry(at, [&](std::string_view key, std::size_t value) {
      const auto column = column_of(key);
      if (!column) return;
      std::string& text = texts[static_cast<std::size_t>(*column)];
      const auto head = data_->head(value);
      if (!head || !text.empty()) return;
      if (const auto number = data_->number(*head)) {
        text = std::to_string(*number);
      } else if (const auto string = data_->text(*head)) {
        text = trimmed(*string);
      }
    });
    if (!map) return std::nullopt;
    const std::string& number = texts[static_cast<std::size_t>(Column::asn)];
    const auto asn = parse_origin(number);
    if (!asn) {
      sink_.add(Finding::bad_asn, number);
      return 0;
    }
    any_asn_ = any_asn_ || *asn != 0;
    const std::string& name = texts[static_cast<std::size_t>(Column::name)];
    return sink_.label(*asn, texts[static_cast<std::size_t>(Column::country)], name, name);
  }

  RowSink& sink_;
  std::string bytes_;
  std::string_view tree_, data_section_;
  std::uint64_t nodes_ = 0;
  std::size_t node_bytes_ = 0;
  Data* data_ = nullptr;
  std::unordered_map<std::uint64_t, std::uint32_t> labels_;  // of the records that were met
  bool any_asn_ = false;
};

}  // namespace

std::unique_ptr<Reader> make_mmdb_reader(RowSink& sink) { return std::make_unique<MmdbReader>(sink); }

}  // namespace ip2asn
