// The image: a compiled database in one block of bytes.
//
// An image is position independent, little endian, versioned, and checksummed section by section. It holds the IPv4 and
// IPv6 indexes (address → record), the sorted starts of all ranges, the records (AS, country, description, hoster), the
// strings, each stored once and ended by a NUL, the postings AS → ranges, and the lists: for each record and for each
// network the set of lists that hold it.
//
// An Image is a view: it owns nothing, and the bytes must outlive it and must not change. `open` checks the whole
// image, checksums and structure; after it has accepted the bytes no call here can read outside them, whatever they
// are. All other members allocate nothing (unless they return a vector), throw nothing, take no lock, and may be called
// from any number of threads at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/digest.hh"
#include "base/result.hh"
#include "index/index4.hh"
#include "index/index6.hh"
#include "net/address.hh"

namespace ip2asn {

/// The version of the image format that this build writes and reads.
inline constexpr std::uint32_t kImageVersion = 4;

/// Images begin at a multiple of this many bytes in memory.
inline constexpr std::size_t kImageAlignment = 64;

/// Number of a record in its image: who announces an address. 0 is "not announced".
using RecordId = std::uint32_t;

/// A record's content. The texts point into the image; a NUL follows each but the country.
struct Record {
  std::uint32_t asn = 0;
  std::string_view country;       ///< the registry's country: two capitals, or empty
  std::string_view description;   ///< the AS description
  std::string_view hoster;        ///< canonical name of the hosting company, or empty
  std::string_view hoster_class;  ///< "cloud", "hosting", …, or empty
  std::uint16_t hoster_id = 0;    ///< the hoster's number in this image; 0 for none
  std::uint32_t class_id = 0;     ///< the class's: equal for equal classes; 0 for none
};

/// A range of the database and its record. Ranges with record 0 are the gaps between announced ones.
struct Match {
  RecordId record = 0;
  Range range;
};

struct HosterName {
  std::string_view name;
  std::string_view category;  ///< the class
};

/// Number of a list in its image; lists are numbered by name.
using ListId = std::uint16_t;

/// The lists that hold an AS or a network. A view of the image.
class ListSet {
 public:
  ListSet() = default;
  ListSet(std::span<const ListId> of_as, std::span<const ListId> of_network) : of_as_(of_as), of_network_(of_network) {}

  bool empty() const noexcept { return of_as_.empty() && of_network_.empty(); }
  bool contains(ListId id) const noexcept {
    return std::binary_search(of_as_.begin(), of_as_.end(), id) ||
           std::binary_search(of_network_.begin(), of_network_.end(), id);
  }

  /// Calls f(id) for each list, ascending, each once.
  template <class F>
  void each(F&& f) const {
    auto a = of_as_.begin();
    auto n = of_network_.begin();
    while (a != of_as_.end() || n != of_network_.end()) {
      const bool from_as = n == of_network_.end() || (a != of_as_.end() && *a <= *n);
      const ListId id = from_as ? *a : *n;
      if (a != of_as_.end() && *a == id) ++a;
      if (n != of_network_.end() && *n == id) ++n;
      f(id);
    }
  }

 private:
  std::span<const ListId> of_as_, of_network_;
};

/// Counts of one family.
struct FamilyInfo {
  std::uint64_t ranges = 0;  ///< announced ranges
  std::uint64_t asns = 0;    ///< distinct ASes that announce them
  double addresses = 0;      ///< addresses they cover
};

/// A section of the image, for `ip2asn info`.
struct SectionInfo {
  std::string_view name;
  std::uint64_t bytes = 0;
};

struct ImageHeader;
struct RecordEntry;
struct HosterEntry;

class Image {
 public:
  /// A view of nothing; only `open` makes one that can be asked.
  Image() = default;

  /// Checks `bytes` whole and returns a view of them. They begin at a multiple of kImageAlignment; bytes after the
  /// image are an error.
  static Result<Image> open(std::span<const std::byte> bytes);

  /// A view of bytes that `open` has accepted, in this process or in one whose word can be taken for it, and that did
  /// not change since. Checks the header alone: of other bytes the view must not be asked.
  static Result<Image> trust(std::span<const std::byte> bytes);

  /// The record that announces `address`; IPv4-mapped addresses are looked up as IPv4.
  RecordId lookup(const Address& address) const noexcept;

  /// Asks for the memory that lookup() and lists_of() of the address begin with, and does not wait for it.
  void prefetch(const Address& address) const noexcept;

  /// The record and the ends of the range that holds `address` (the gap's ends when it is not announced). `range` is of
  /// the family that was looked up: IPv4 for an IPv4-mapped address.
  Match find(const Address& address) const noexcept;

  /// Content of a record, `id` < record_count().
  Record record(RecordId id) const noexcept;
  std::uint32_t asn(RecordId id) const noexcept { return asns_[id]; }
  std::uint32_t record_count() const noexcept { return static_cast<std::uint32_t>(asns_.size()); }

  /// Hosters are numbered from 1 to hoster_count(); all of the map are there, also those of no record. hoster_of() is 0
  /// for none.
  std::uint16_t hoster_count() const noexcept;
  HosterName hoster(std::uint16_t number) const noexcept;
  std::uint16_t hoster_of(RecordId id) const noexcept;
  /// The number of a hoster's class, as Record::class_id.
  std::uint32_t class_of(std::uint16_t number) const noexcept;

  /// Lists are numbered from 0 to less than list_count(), by name.
  std::size_t list_count() const noexcept { return lists_.size(); }
  std::string_view list_name(ListId id) const noexcept { return strings_ + lists_[id]; }
  /// The list of that name, or nullopt.
  std::optional<ListId> find_list(std::string_view name) const noexcept;
  /// The lists that hold the AS of a record.
  ListSet lists_of_record(RecordId id) const noexcept;
  /// The lists that hold `address`, or the AS of its record `id`: two look-ups at most.
  ListSet lists_of(RecordId id, const Address& address) const noexcept {
    return lists_.empty() ? ListSet() : find_lists(id, address);
  }

  /// All ranges of a family in address order, gaps included; together they cover the family's space. `i` <
  /// range_count(family).
  std::size_t range_count(Family family) const noexcept;
  Match range(Family family, std::size_t i) const noexcept;

  /// The records of an AS (they differ in country or description), by id; empty when the AS announces nothing.
  std::span<const RecordId> records_of(std::uint32_t asn) const noexcept;
  /// All records sorted by AS, then id; the record 0 is not among them.
  std::span<const RecordId> records_by_asn() const noexcept { return by_asn_; }
  /// The ranges that a record announces, as numbers for range(family, …), in address order.
  std::span<const std::uint32_t> ranges_of(Family family, RecordId id) const noexcept;

  const Index4& index4() const noexcept { return v4_.index; }
  const Index6& index6() const noexcept { return v6_.index; }

  /// A hash of everything that look-ups can see: equal for equal data, whenever and from whichever file it was
  /// compiled.
  std::uint64_t content_id() const noexcept;
  /// The SHA-256 of what it was made of, as the cache names it; 0 where nobody told, as in what `ip2asn compile`
  /// writes.
  const Digest& inputs() const noexcept;
  /// The newest modification time of the sources, seconds since 1970; 0 when unknown.
  std::int64_t data_time() const noexcept;
  /// The sources' names as they were given, divided by newlines.
  std::string_view sources() const noexcept;
  /// Rows of the sources, skipped ones included.
  std::uint64_t source_rows() const noexcept;
  FamilyInfo family_info(Family family) const noexcept;

  /// The sections in the order in which they stand.
  std::vector<SectionInfo> sections() const;
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  const ImageHeader& header() const noexcept;
  ListSet find_lists(RecordId id, const Address& address) const noexcept;
  std::span<const ListId> list_set(std::uint32_t set) const noexcept {
    return list_members_.subspan(list_groups_[set], list_groups_[set + 1] - list_groups_[set]);
  }

  struct Family4 {
    Index4 index;
    std::span<const std::uint32_t> starts, postings, groups;
  };
  struct Family6 {
    Index6 index;
    std::span<const Key6> starts;
    std::span<const std::uint32_t> postings, groups;
  };

  std::span<const std::byte> bytes_;
  Family4 v4_;
  Family6 v6_;
  std::span<const std::uint32_t> asns_;
  std::span<const RecordEntry> records_;
  std::span<const RecordId> by_asn_;
  std::span<const HosterEntry> hosters_;
  std::span<const std::uint32_t> lists_, list_groups_;
  std::span<const std::uint64_t> list_space4_;
  std::span<const ListId> list_members_;
  std::optional<Index4> list_index4_;
  std::optional<Index6> list_index6_;
  const char* strings_ = nullptr;

  friend class ImageChecker;
  friend class ImageReader;
};

/// Whether `bytes`, of which the first kIndexMagicBytes are enough, begin as a compiled index does (of any version).
bool is_image(std::span<const std::byte> bytes) noexcept;
inline constexpr std::size_t kIndexMagicBytes = 8;

}  // namespace ip2asn
