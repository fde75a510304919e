#include "compile/list_json.hh"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <utility>

#include "compile/list_member.hh"
#include "net/asn.hh"
#include "net/prefix_text.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kValuesShown = 8;

enum class Kind : std::uint8_t { prefix, address, range_start, range_end, asn, listed_asn };

struct Pending {
  Range network;
  std::uint32_t asn = 0;
  Kind kind = Kind::asn;
  std::uint8_t depth = 0;  // of the array or object that it stands in
  std::uint32_t fits = 0;  // groups of selectors, as bits
};

struct Frame {
  bool object = false;
  MemberRole role = MemberRole::none;  // of the member that is being read; an array has that of its own member
  std::string key;                     // likewise
  std::uint32_t under = 0;             // selectors that what stands here fits by the members on the way to it
  std::uint32_t fits = 0;              // selectors that this object's members fit
  std::size_t first = 0;               // of the pending entries in it
  std::optional<int> length;
  bool has_network = false;
};

class Finder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Finder> {
 public:
  Finder(const rapidjson::MemoryStream& stream, std::span<const ListSelector> selectors, bool is_line, JsonFound& found)
      : stream_(stream), selectors_(selectors), is_line_(is_line), found_(found) {
    found_.values.resize(selectors.size());
    std::vector<std::string_view> members;
    for (const ListSelector& selector : selectors) {
      const std::string_view member = selector.value ? std::string_view(selector.member) : std::string_view();
      const auto at =
          std::find_if(members.begin(), members.end(), [&](auto& each) { return same_member(each, member); });
      groups_.push_back(1u << (at - members.begin()));
      if (at == members.end()) members.push_back(member);
      all_ |= groups_.back();
    }
  }

  bool Default() { return true; }
  bool Bool(bool value) { return note(value ? "true" : "false"); }
  bool Int(int value) { return Int64(value); }
  bool Uint(unsigned value) { return number(value, value); }
  bool Int64(std::int64_t value) {
    const auto magnitude = value < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
    return number(magnitude, value);
  }
  bool Uint64(std::uint64_t value) { return number(value, value); }
  bool Double(double) {
    if (here().role == MemberRole::asn) bad("a fraction", "a fraction is not an AS number");
    return true;
  }

  bool String(const char* data, rapidjson::SizeType size, bool) {
    const std::string_view text(data, size);
    note(text);
    if (frames_.size() == 1 && frames_[0].object && same_member(frames_[0].key, "type")) {
      found_.metadata = is_line_ && text == "metadata";
    }
    take(text);
    return true;
  }

  bool Key(const char* data, rapidjson::SizeType size, bool) {
    Frame& frame = frames_.back();
    frame.key.assign(data, size);
    frame.role = member_role(frame.key);
    return true;
  }

  bool StartObject() { return enter(true); }
  bool StartArray() { return enter(false); }
  bool EndObject(rapidjson::SizeType) {
    settle_object();
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    const bool listed = frames_.empty() ? !is_line_ : !frames_.back().object;
    for (std::size_t i = frame.first; i < pending_.size(); ++i) {
      pending_[i].fits |= frame.fits;
      // What stands in an array is an element of a list for itself, whatever stands beside the array.
      if (listed && pending_[i].kind == Kind::asn) pending_[i].kind = Kind::listed_asn;
    }
    return leave(frame);
  }
  bool EndArray(rapidjson::SizeType) {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    // So is an array at the top of a document.
    if (!is_line_ && frames_.size() <= 1) {
      for (std::size_t i = frame.first; i < pending_.size(); ++i) {
        if (pending_[i].kind == Kind::asn) pending_[i].kind = Kind::listed_asn;
      }
    }
    return leave(frame);
  }

  bool too_deep() const { return too_deep_; }

  void finish() {
    for (const Pending& each : pending_) {
      if ((each.fits & all_) != all_) {
        ++found_.unselected;
      } else if (each.kind == Kind::asn || each.kind == Kind::listed_asn) {
        found_.asns.push_back(each.asn);
      } else {
        found_.networks.push_back(each.network);
      }
    }
  }

 private:
  static constexpr std::uint32_t kNoGroup = 0;

  Frame& here() {
    static_assert(kMaxListDepth < 256);
    return frames_.empty() ? root_ : frames_.back();
  }

  // Selectors without a value that what stands here fits.
  std::uint32_t under_here() {
    const Frame& frame = here();
    std::uint32_t fits = frame.under;
    for (std::size_t i = 0; i < selectors_.size(); ++i) {
      if (!selectors_[i].value && same_member(selectors_[i].member, frame.key)) fits |= groups_[i];
    }
    return fits;
  }

  bool enter(bool object) {
    too_deep_ = frames_.size() == kMaxListDepth;
    if (too_deep_) return false;
    Frame frame;
    frame.object = object;
    frame.under = selectors_.empty() ? kNoGroup : under_here();
    if (!object) frame.role = here().role;
    if (!object) frame.key = here().key;
    frame.first = pending_.size();
    frames_.push_back(std::move(frame));
    return true;
  }

  bool leave(const Frame& frame) {
    here().has_network |= frame.has_network;
    return true;
  }

  // A value of a member of the object that stands nearest.
  bool note(std::string_view value) {
    if (selectors_.empty() || frames_.empty()) return true;
    Frame& frame = frames_.back();
    for (std::size_t i = 0; i < selectors_.size(); ++i) {
      if (!selectors_[i].value || !same_member(selectors_[i].member, frame.key)) continue;
      auto& values = found_.values[i];
      if (values.size() < kValuesShown && std::find(values.begin(), values.end(), value) == values.end()) {
        values.emplace_back(value);
      }
      if (!value_fits(selectors_[i], value)) continue;
      for (auto at = frames_.rbegin(); at != frames_.rend(); ++at) {
        if (!at->object) continue;
        at->fits |= groups_[i];
        break;
      }
    }
    return true;
  }

  template <class Number>
  bool number(std::optional<std::uint64_t> value, Number shown) {
    note(std::to_string(shown));
    Frame& frame = here();
    if (frames_.size() == 1 && frame.object && frame.key == "records") found_.records = value;
    const bool plain_list = frames_.size() == 1 && !frame.object;
    if (frame.role == MemberRole::asn || plain_list) {
      if (!value || *value > UINT32_MAX) {
        bad(std::to_string(shown), std::to_string(shown) + " is not an AS number; those end with 4294967295");
      } else {
        add_asn(static_cast<std::uint32_t>(*value));
      }
    } else if (frame.object && frame.role == MemberRole::length && value && *value <= 128) {
      frame.length = static_cast<int>(*value);
    }
    return true;
  }

  void take(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    Frame& frame = here();
    if (text.empty() || frame.role == MemberRole::version) return;
    if (frame.role == MemberRole::mask) {
      if (const auto mask = parse_address(text)) frame.length = mask_length(*mask);
      return;
    }
    if (frame.role == MemberRole::length) take_length(text);
    if (const auto address = parse_address(text)) {
      const Kind kind = frame.role == MemberRole::start ? Kind::range_start
                        : frame.role == MemberRole::end ? Kind::range_end
                                                        : Kind::address;
      const Address plain = unmapped(*address);
      return add_network({plain, plain}, kind);
    }
    const std::size_t slash = text.find('/');
    const bool prefix = slash != std::string_view::npos && slash + 1 < text.size() &&
                        text.find_first_not_of("0123456789", slash + 1) == std::string_view::npos &&
                        parse_address(text.substr(0, slash));
    if (prefix || split_range(text)) {
      const ListEntry entry = parse_list_entry(text);
      if (const auto* range = std::get_if<Range>(&entry)) return add_network(*range, Kind::prefix);
      return bad(text, std::get<std::string>(entry));
    }
    take_asn(text, frame.role == MemberRole::asn || (frames_.size() == 1 && !frame.object));
  }

  void take_length(std::string_view text) {
    if (const auto length = parse_asn(text); length && *length <= 128) here().length = static_cast<int>(*length);
  }

  void take_asn(std::string_view text, bool numbers_are_asns) {
    // "AS64500 Example" where an AS is expected
    if (numbers_are_asns) text = text.substr(0, text.find(' '));
    const bool letters = text.size() > 2 && (text[0] == 'A' || text[0] == 'a') && (text[1] == 'S' || text[1] == 's');
    if (!letters && !numbers_are_asns) return;
    if (const auto asn = parse_asn(text)) add_asn(*asn);
  }

  void add_asn(std::uint32_t asn) {
    Pending each;
    each.asn = asn;
    add(each);
  }
  void add_network(const Range& network, Kind kind) {
    Pending each;
    each.network = network;
    each.kind = kind;
    here().has_network = true;
    add(each);
  }
  void add(Pending& each) {
    each.depth = static_cast<std::uint8_t>(frames_.size());
    each.fits = selectors_.empty() ? kNoGroup : under_here();
    pending_.push_back(each);
  }

  void bad(std::string_view text, std::string_view reason) {
    found_.bad.push_back({stream_.Tell(), std::string(text), std::string(reason)});
  }

  // Judges what stands directly in the object that ends.
  void settle_object() {
    const Frame& frame = frames_.back();
    const auto depth = static_cast<std::uint8_t>(frames_.size());
    const auto begin = pending_.begin() + static_cast<std::ptrdiff_t>(frame.first);
    Pending *start = nullptr, *end = nullptr, *address = nullptr;
    std::size_t addresses = 0;
    bool prefix = false;
    for (auto at = begin; at != pending_.end(); ++at) {
      if (at->depth != depth) continue;
      prefix |= at->kind == Kind::prefix;
      if (at->kind == Kind::range_start) start = &*at;
      if (at->kind == Kind::range_end) end = &*at;
      if (at->kind != Kind::address && at->kind != Kind::range_start) continue;
      address = &*at;
      ++addresses;
    }
    if (!prefix && start != nullptr && end != nullptr) {
      prefix = join(*start, *end);
    } else if (!prefix && addresses == 1 && frame.length) {
      prefix = lengthen(*address, *frame.length);
    }
    const auto superseded = [&](const Pending& each) {
      if (each.kind == Kind::asn) return frame.has_network;
      const bool single = each.kind == Kind::address || each.kind == Kind::range_start || each.kind == Kind::range_end;
      return prefix && single && each.depth == depth;
    };
    pending_.erase(std::remove_if(begin, pending_.end(), superseded), pending_.end());
  }

  bool join(Pending& start, const Pending& end) {
    const std::string text = to_string(start.network.first) + '-' + to_string(end.network.first);
    const ListEntry entry = list_range(start.network.first, end.network.first, text);
    if (const auto* range = std::get_if<Range>(&entry)) {
      start.network = *range;
      start.kind = Kind::prefix;
    } else {
      bad(text, std::get<std::string>(entry));
    }
    return true;
  }

  bool lengthen(Pending& address, int length) {
    const std::string text = to_string(address.network.first) + '/' + std::to_string(length);
    const ListEntry entry = parse_list_entry(text);
    if (const auto* range = std::get_if<Range>(&entry)) {
      address.network = *range;
      address.kind = Kind::prefix;
    } else {
      bad(text, std::get<std::string>(entry));
    }
    return true;
  }

  const rapidjson::MemoryStream& stream_;
  std::span<const ListSelector> selectors_;
  bool is_line_;
  JsonFound& found_;
  std::vector<std::uint32_t> groups_;  // of each selector
  std::uint32_t all_ = 0;
  Frame root_;
  std::vector<Frame> frames_;
  std::vector<Pending> pending_;
  bool too_deep_ = false;
};

}  // namespace

std::string find_list_entries(std::string_view text, std::span<const ListSelector> selectors, bool is_line,
                              JsonFound& found) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  JsonFound here;
  Finder finder(stream, selectors, is_line, here);
  const rapidjson::ParseResult result = reader.Parse<rapidjson::kParseIterativeFlag>(stream, finder);
  if (finder.too_deep()) return "is nested deeper than " + std::to_string(kMaxListDepth) + " levels";
  if (!result) {
    return "is not valid JSON at byte " + std::to_string(result.Offset()) + ": " +
           rapidjson::GetParseError_En(result.Code());
  }
  finder.finish();
  found = std::move(here);
  return {};
}

}  // namespace ip2asn
