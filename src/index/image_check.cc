// The check of an image at open: everything that a look-up relies on.

#include <algorithm>
#include <future>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/checksum.hh"
#include "base/system_error.hh"
#include "base/text.hh"
#include "index/image.hh"
#include "index/image_format.hh"
#include "index/image_reader.hh"
#include "index/list_format.hh"

namespace ip2asn {
namespace {

// An image of so many bytes takes some ten times as long to check as a thread takes to make.
constexpr std::uint64_t kWorthAThread = 4 << 20;

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

bool are_zero(const std::byte* begin, const std::byte* end) {
  return std::all_of(begin, end, [](std::byte b) { return b == std::byte{0}; });
}

// Two capitals, or NULs.
bool is_country(const RecordEntry& entry) {
  const auto is_capital = [](char c) { return static_cast<unsigned char>(c - 'A') < 26; };
  const bool named = is_capital(entry.country[0]) & is_capital(entry.country[1]);
  const bool none = (entry.country[0] | entry.country[1]) == 0;
  return named | none;
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
  explicit ImageChecker(const Image& image)
      : image_(image), header_(image.header()), strings_(image_.strings_, header_.sections[kSectionStrings].size) {}

  std::optional<Error> check() const {
    // Of a large image the two halves are looked at side by side; where no thread can be had, one after the other.
    const auto how = header_.size < kWorthAThread ? std::launch::deferred : std::launch::async | std::launch::deferred;
    auto v4 = std::async(how, [this] { return check_family(image_.v4_, kSectionIndex4, header_.v4, 0x1p32); });
    if (auto error = check_sections()) return error;
    if (auto error = check_records()) return error;
    if (auto error = check_lists()) return error;
    if (auto error = check_family(image_.v6_, kSectionIndex6, header_.v6, 0x1p128)) return error;
    return v4.get();
  }

 private:
  std::span<const std::byte> section(std::size_t id) const { return section_of(image_.bytes_, header_, id); }

  std::optional<Error> check_sections() const {
    const std::byte* end = image_.bytes_.data() + sizeof(ImageHeader);
    for (std::size_t i = 0; i < kSectionCount; ++i) {
      const auto bytes = section(i);
      const std::string name(kSectionNames[i]);
      if (checksum(bytes) != header_.sections[i].checksum) {
        return damaged_image("checksum of section " + name);
      }
      // What stands between sections is zero, so that no bit of the file is without a guard.
      if (!are_zero(end, bytes.data())) return damaged_image("padding before section " + name);
      end = bytes.data() + bytes.size();
    }
    if (!are_zero(end, image_.bytes_.data() + image_.bytes_.size())) return damaged_image("padding at the end");
    return std::nullopt;
  }

  std::optional<Error> check_records() const {
    const std::size_t count = image_.asns_.size();
    if (count == 0 || count >= kMaxRecords || image_.records_.size() != count || image_.by_asn_.size() != count - 1 ||
        image_.asns_[0] != 0) {
      return damaged_image("number of records");
    }
    if (strings_.empty() || strings_.front() != '\0' || strings_.back() != '\0' ||
        !are_clean({strings_.data(), strings_.size()})) {
      return damaged_image("strings");
    }
    if (image_.hosters_.empty()) return damaged_image("hosters");
    for (const HosterEntry& hoster : image_.hosters_) {
      if (hoster.name >= strings_.size() || hoster.category >= strings_.size() ||
          begins_inside(strings_, hoster.name) || begins_inside(strings_, hoster.category)) {
        return damaged_image("hosters");
      }
    }
    unsigned bad = 0;
    for (std::size_t id = 0; id < count; ++id) {
      const RecordEntry& entry = image_.records_[id];
      const std::uint64_t end = std::uint64_t{entry.description} + entry.description_size;
      const std::size_t begin = std::min<std::size_t>(entry.description, strings_.size() - 1);
      const char ended = strings_[std::min<std::uint64_t>(end, strings_.size() - 1)];
      bad |= static_cast<unsigned>(entry.asn != image_.asns_[id]) | static_cast<unsigned>(end >= strings_.size()) |
             static_cast<unsigned char>(ended) | static_cast<unsigned>(entry.hoster >= image_.hosters_.size()) |
             static_cast<unsigned>(!is_country(entry)) | static_cast<unsigned>(begins_inside(strings_, begin));
    }
    if (bad != 0) return damaged_image("records");
    if (!all_below(image_.by_asn_, count)) return damaged_image("order of the records");
    // By AS, then by record: one number holds both.
    std::uint64_t before = 0;
    for (const RecordId id : image_.by_asn_) {
      const std::uint64_t key = std::uint64_t{image_.asns_[id]} << 32 | id;
      bad |= static_cast<unsigned>(key < before);
      before = key + 1;
    }
    if (bad != 0) return damaged_image("order of the records");
    return std::nullopt;
  }

  std::optional<Error> check_lists() const {
    const auto& groups = image_.list_groups_;
    const auto& members = image_.list_members_;
    if (image_.lists_.size() >= UINT16_MAX || !all_below(image_.lists_, strings_.size())) return damaged_image("lists");
    for (std::size_t i = 0; i < image_.lists_.size(); ++i) {
      if (!is_list_name(image_.list_name(static_cast<ListId>(i)))) return damaged_image("name of a list");
    }
    for (std::size_t i = 1; i < image_.lists_.size(); ++i) {
      if (image_.list_name(static_cast<ListId>(i - 1)) >= image_.list_name(static_cast<ListId>(i))) {
        return damaged_image("order of the lists");
      }
    }
    if (groups.size() < 2 || groups.size() > kMaxRecords || groups[0] != 0 || groups[1] != 0 ||
        groups.back() != members.size()) {
      return damaged_image("sets of lists");
    }
    for (std::size_t set = 1; set + 1 < groups.size(); ++set) {
      if (groups[set] >= groups[set + 1] || groups[set + 1] > members.size()) return damaged_image("sets of lists");
      for (std::size_t i = groups[set]; i < groups[set + 1]; ++i) {
        if (members[i] >= image_.lists_.size() || (i != groups[set] && members[i - 1] >= members[i])) {
          return damaged_image("sets of lists");
        }
      }
    }
    const std::size_t sets = groups.size() - 1;
    std::uint32_t most = 0;
    for (const RecordEntry& entry : image_.records_) most = std::max<std::uint32_t>(most, entry.lists);
    if (most >= sets) return damaged_image("lists of the records");
    if (auto error = check_list_index(image_.list_index4_, kSectionListIndex4, sets)) return error;
    const auto space = image_.list_index4_ ? list_space4(*image_.list_index4_) : std::vector<std::uint64_t>();
    if (!std::equal(space.begin(), space.end(), image_.list_space4_.begin(), image_.list_space4_.end())) {
      return damaged_image("space of the lists");
    }
    return check_list_index(image_.list_index6_, kSectionListIndex6, sets);
  }

  template <class Index>
  std::optional<Error> check_list_index(const std::optional<Index>& index, SectionId id, std::size_t sets) const {
    if (!index) return std::nullopt;
    if (auto good = Index::open(section(id), static_cast<std::uint32_t>(sets)); !good) {
      return damaged_image(good.error().message);
    }
    return std::nullopt;
  }

  template <class FamilyView>
  std::optional<Error> check_family(const FamilyView& view, SectionId index, const FamilyCounts& counts,
                                    double space) const {
    const std::size_t records = image_.asns_.size();
    if (auto good = decltype(view.index)::open(section(index), static_cast<std::uint32_t>(records)); !good) {
      return damaged_image(good.error().message);
    }
    if (view.starts.empty() || view.starts.size() > UINT32_MAX ||
        view.starts[0] != std::remove_cvref_t<decltype(view.starts[0])>{} || !ascends(view.starts)) {
      return damaged_image("starts of the ranges");
    }
    if (view.groups.size() != records + 1 || view.groups.front() != 0 || view.groups.back() != view.postings.size()) {
      return damaged_image("groups of the ranges");
    }
    unsigned falls = 0;
    for (std::size_t i = 0; i < records; ++i) falls |= static_cast<unsigned>(view.groups[i] > view.groups[i + 1]);
    if (falls != 0) return damaged_image("groups of the ranges");
    if (!all_below(view.postings, view.starts.size())) return damaged_image("postings");
    if (!groups_ascend(view.postings, view.groups)) return damaged_image("postings");
    // A number that is none is not between the two either.
    const bool good = counts.ranges == view.postings.size() && counts.asns <= counts.ranges && counts.addresses >= 0 &&
                      counts.addresses <= space;
    if (!good) return damaged_image("counts of a family");
    return std::nullopt;
  }

  const Image& image_;
  const ImageHeader& header_;
  std::span<const char> strings_;
};

Result<Image> Image::open(std::span<const std::byte> bytes) {
  return guarded("checking an index", "", [&]() -> Result<Image> {
    auto image = ImageReader::read(bytes);
    if (!image) return image;
    if (auto error = ImageChecker(*image).check()) return *std::move(error);
    return image;
  });
}

}  // namespace ip2asn
