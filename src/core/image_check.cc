// The check of an image at open: everything that a look-up relies on.

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>

#include "core/hash.hh"
#include "core/image_format.hh"
#include "core/system_error.hh"
#include "ip2asn/database.hh"
#include "ip2asn/image.hh"
#include "ip2asn/list.hh"
#include "ip2asn/text.hh"

namespace ip2asn {
namespace {

Error damaged(std::string_view reason) {
  return {Errc::damaged, "is a damaged index (" + std::string(reason) + "); compile it again"};
}

// These loops look at every item without leaving early or branching, so that they become vector code: damage is rare,
// and the check is paid at each start.
bool all_below(std::span<const std::uint32_t> items, std::size_t limit) {
  std::uint32_t highest = 0;
  for (const std::uint32_t item : items) highest = std::max(highest, item);
  return items.empty() || highest < limit;
}

bool ascends(std::span<const std::uint32_t> items) {
  unsigned bad = 0;
  for (std::size_t i = 1; i < items.size(); ++i) bad |= items[i - 1] >= items[i];
  return bad == 0;
}

bool ascends(std::span<const Key6> items) {
  bool bad = false;
  for (std::size_t i = 1; i < items.size(); ++i) bad |= items[i - 1] >= items[i];
  return !bad;
}

// Texts go to logs, headers and JSON: a text begins with a character, not inside one.
bool begins_inside(std::span<const char> strings, std::size_t at) {
  return (static_cast<unsigned char>(strings[at]) & 0xC0) == 0x80;
}

// Two capitals and a NUL, or NULs alone.
bool is_country(const RecordEntry& entry) {
  const auto is_capital = [](char c) { return static_cast<unsigned char>(c - 'A') < 26; };
  const bool named = is_capital(entry.country[0]) & is_capital(entry.country[1]);
  const bool none = (entry.country[0] | entry.country[1]) == 0;
  return (named | none) & (entry.country[2] == 0);
}

// How often an item is not above the one before it.
std::size_t descents(std::span<const std::uint32_t> items) {
  std::uint32_t count = 0;
  for (std::size_t i = 1; i < items.size(); ++i) count += items[i - 1] >= items[i] ? 1u : 0u;
  return count;
}

// Whether items ascend within each group; `bounds` are those of the groups, from 0 to the number of items, in order.
// Where they do, all descents are where a group begins.
bool groups_ascend(std::span<const std::uint32_t> items, std::span<const std::uint32_t> bounds) {
  if (items.size() < 2) return true;
  std::size_t between = 0;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::size_t begin = bounds[i];
    const std::size_t at = std::clamp<std::size_t>(begin, 1, items.size() - 1);
    between += static_cast<unsigned>(items[at - 1] >= items[at]) & static_cast<unsigned>(begin != 0) &
               static_cast<unsigned>(begin != bounds[i + 1]);
  }
  return descents(items) == between;
}

}  // namespace

class ImageChecker {
 public:
  explicit ImageChecker(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<Image> check() {
    if (auto error = check_header()) return *std::move(error);
    if (auto error = check_sections()) return *std::move(error);
    Image image;
    image.bytes_ = bytes_;
    if (auto error = check_records(image)) return *std::move(error);
    if (auto error = check_lists(image)) return *std::move(error);
    if (auto error = check_family(image.v4_, kSectionIndex4, kSectionStarts4, kSectionPostings4, kSectionGroups4)) {
      return *std::move(error);
    }
    if (auto error = check_family(image.v6_, kSectionIndex6, kSectionStarts6, kSectionPostings6, kSectionGroups6)) {
      return *std::move(error);
    }
    if (auto error = check_counts(header_->v4, image.v4_.postings.size(), 0x1p32)) return *std::move(error);
    if (auto error = check_counts(header_->v6, image.v6_.postings.size(), 0x1p128)) return *std::move(error);
    return image;
  }

 private:
  std::optional<Error> check_header() {
    if (bytes_.size() < sizeof(ImageHeader)) return damaged("shorter than its header");
    if (reinterpret_cast<std::uintptr_t>(bytes_.data()) % kImageAlignment != 0) {
      return Error{Errc::argument, "an image must begin at a multiple of 64 bytes in memory"};
    }
    header_ = reinterpret_cast<const ImageHeader*>(bytes_.data());
    if (std::memcmp(header_->magic, kImageMagic, sizeof(kImageMagic)) != 0) return damaged("wrong magic number");
    if (header_->version != kImageVersion) {
      return Error{Errc::version, "is an index of format version " + std::to_string(header_->version) + ", not " +
                                      std::to_string(kImageVersion) + "; compile it again"};
    }
    if (header_checksum(*header_) != header_->checksum) return damaged("checksum of the header");
    if (header_->size != bytes_.size()) return damaged("size");
    if (header_->section_count != kSectionCount) return damaged("number of sections");
    if (header_->content_id != content_id_of(*header_)) return damaged("content id");
    if (header_->data_time < kFirstDataTime || header_->data_time > kLastDataTime) return damaged("time of the data");
    if (header_->reserved != 0) return damaged("reserved bytes of the header");
    return std::nullopt;
  }

  std::optional<Error> check_sections() {
    std::uint64_t at = aligned(sizeof(ImageHeader));
    if (at > bytes_.size()) return damaged("shorter than its header");
    for (std::size_t i = 0; i < kSectionCount; ++i) {
      const SectionEntry& section = header_->sections[i];
      const std::string name(kSectionNames[i]);
      if (section.offset != at || section.size > bytes_.size() - at) return damaged("place of section " + name);
      const std::byte* begin = bytes_.data() + at;
      if (XXH3_64bits(begin, section.size) != section.checksum) return damaged("checksum of section " + name);
      at = aligned(at + section.size);
      if (at > bytes_.size()) return damaged("end of section " + name);
      // What pads a section is zero, so that no bit of the file is without a guard.
      if (std::any_of(begin + section.size, bytes_.data() + at, [](std::byte b) { return b != std::byte{0}; })) {
        return damaged("padding of section " + name);
      }
    }
    if (at != bytes_.size()) return damaged("bytes after the last section");
    const auto* header_end = bytes_.data() + aligned(sizeof(ImageHeader));
    if (std::any_of(bytes_.data() + sizeof(ImageHeader), header_end, [](std::byte b) { return b != std::byte{0}; })) {
      return damaged("padding of the header");
    }
    return std::nullopt;
  }

  template <class T>
  bool take(SectionId id, std::span<const T>& items) const {
    const SectionEntry& section = header_->sections[id];
    items = {reinterpret_cast<const T*>(bytes_.data() + section.offset), section.size / sizeof(T)};
    return section.size % sizeof(T) == 0;
  }

  std::optional<Error> check_records(Image& image) {
    std::span<const char> strings;
    if (!take(kSectionAsns, image.asns_) || !take(kSectionRecords, image.records_) ||
        !take(kSectionByAsn, image.by_asn_) || !take(kSectionHosters, image.hosters_) ||
        !take(kSectionStrings, strings)) {
      return damaged("size of a section of records");
    }
    const std::size_t count = image.asns_.size();
    if (count == 0 || count >= kMaxRecords || image.records_.size() != count || image.by_asn_.size() != count - 1 ||
        image.asns_[0] != 0) {
      return damaged("number of records");
    }
    if (strings.empty() || strings.front() != '\0' || strings.back() != '\0' ||
        !are_clean({strings.data(), strings.size()})) {
      return damaged("strings");
    }
    image.strings_ = strings.data();
    if (image.hosters_.empty()) return damaged("hosters");
    for (const HosterEntry& hoster : image.hosters_) {
      if (hoster.name >= strings.size() || hoster.category >= strings.size() || begins_inside(strings, hoster.name) ||
          begins_inside(strings, hoster.category)) {
        return damaged("hosters");
      }
    }
    unsigned bad = 0;
    for (const RecordEntry& entry : image.records_) {
      const std::uint64_t end = std::uint64_t{entry.description} + entry.description_size;
      const std::size_t begin = std::min<std::size_t>(entry.description, strings.size() - 1);
      const char ended = strings[std::min<std::uint64_t>(end, strings.size() - 1)];
      bad |= static_cast<unsigned>(end >= strings.size()) | static_cast<unsigned char>(ended) |
             static_cast<unsigned>(entry.hoster >= image.hosters_.size()) | static_cast<unsigned>(!is_country(entry)) |
             static_cast<unsigned>(begins_inside(strings, begin));
    }
    if (bad != 0) return damaged("records");
    if (!all_below(image.by_asn_, count)) return damaged("order of the records");
    // By AS, then by record: one number holds both.
    std::uint64_t before = 0;
    for (const RecordId id : image.by_asn_) {
      const std::uint64_t key = std::uint64_t{image.asns_[id]} << 32 | id;
      bad |= static_cast<unsigned>(key < before);
      before = key + 1;
    }
    if (bad != 0) return damaged("order of the records");
    return std::nullopt;
  }

  std::optional<Error> check_lists(Image& image) {
    std::span<const char> strings;
    take(kSectionStrings, strings);
    const auto& groups = image.list_groups_;
    const auto& members = image.list_members_;
    if (!take(kSectionLists, image.lists_) || !take(kSectionListGroups, image.list_groups_) ||
        !take(kSectionListMembers, image.list_members_) || !take(kSectionRecordLists, image.record_lists_)) {
      return damaged("size of a section of lists");
    }
    if (image.lists_.size() >= UINT16_MAX || !all_below(image.lists_, strings.size())) return damaged("lists");
    for (std::size_t i = 0; i < image.lists_.size(); ++i) {
      if (!is_list_name(image.list_name(static_cast<ListId>(i)))) return damaged("name of a list");
    }
    for (std::size_t i = 1; i < image.lists_.size(); ++i) {
      if (image.list_name(static_cast<ListId>(i - 1)) >= image.list_name(static_cast<ListId>(i))) {
        return damaged("order of the lists");
      }
    }
    if (groups.size() < 2 || groups.size() > kMaxRecords || groups[0] != 0 || groups[1] != 0 ||
        groups.back() != members.size()) {
      return damaged("sets of lists");
    }
    for (std::size_t set = 1; set + 1 < groups.size(); ++set) {
      if (groups[set] >= groups[set + 1] || groups[set + 1] > members.size()) return damaged("sets of lists");
      for (std::size_t i = groups[set]; i < groups[set + 1]; ++i) {
        if (members[i] >= image.lists_.size() || (i != groups[set] && members[i - 1] >= members[i])) {
          return damaged("sets of lists");
        }
      }
    }
    const std::size_t sets = groups.size() - 1;
    if (!image.record_lists_.empty() &&
        (image.record_lists_.size() != image.asns_.size() || !all_below(image.record_lists_, sets))) {
      return damaged("lists of the records");
    }
    if (auto error = check_list_index(image.list_index4_, kSectionListIndex4, sets)) return error;
    return check_list_index(image.list_index6_, kSectionListIndex6, sets);
  }

  template <class Index>
  std::optional<Error> check_list_index(std::optional<Index>& index, SectionId id, std::size_t sets) const {
    std::span<const std::byte> bytes;
    take(id, bytes);
    if (bytes.empty()) return std::nullopt;
    auto opened = Index::open(bytes, static_cast<std::uint32_t>(sets));
    if (!opened) return damaged(opened.error().message);
    index = *opened;
    return std::nullopt;
  }

  // A number that is none is not between the two either.
  std::optional<Error> check_counts(const FamilyCounts& counts, std::size_t postings, double space) const {
    const bool good =
        counts.ranges == postings && counts.asns <= counts.ranges && counts.addresses >= 0 && counts.addresses <= space;
    if (good) return std::nullopt;
    return damaged("counts of a family");
  }

  template <class FamilyView>
  std::optional<Error> check_family(FamilyView& view, SectionId index, SectionId starts, SectionId postings,
                                    SectionId groups) {
    const std::size_t records = header_->sections[kSectionAsns].size / sizeof(std::uint32_t);
    std::span<const std::byte> index_bytes;
    take(index, index_bytes);
    auto opened = decltype(view.index)::open(index_bytes, static_cast<std::uint32_t>(records));
    if (!opened) return damaged(opened.error().message);
    view.index = *opened;
    if (!take(starts, view.starts) || !take(postings, view.postings) || !take(groups, view.groups)) {
      return damaged("size of a section of ranges");
    }
    if (view.starts.empty() || view.starts.size() > UINT32_MAX ||
        view.starts[0] != std::remove_cvref_t<decltype(view.starts[0])>{} || !ascends(view.starts)) {
      return damaged("starts of the ranges");
    }
    if (view.groups.size() != records + 1 || view.groups.front() != 0 || view.groups.back() != view.postings.size()) {
      return damaged("groups of the ranges");
    }
    unsigned falls = 0;
    for (std::size_t i = 0; i < records; ++i) falls |= static_cast<unsigned>(view.groups[i] > view.groups[i + 1]);
    if (falls != 0) return damaged("groups of the ranges");
    if (!all_below(view.postings, view.starts.size())) return damaged("postings");
    if (!groups_ascend(view.postings, view.groups)) return damaged("postings");
    return std::nullopt;
  }

  std::span<const std::byte> bytes_;
  const ImageHeader* header_ = nullptr;
};

Result<Image> Image::open(std::span<const std::byte> bytes) {
  return guarded("checking an index", "", [&] { return ImageChecker(bytes).check(); });
}

bool is_image(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= sizeof(kImageMagic) && std::memcmp(bytes.data(), kImageMagic, sizeof(kImageMagic)) == 0;
}

}  // namespace ip2asn
