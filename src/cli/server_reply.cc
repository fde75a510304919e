#include "cli/server_reply.hh"

#include <rapidjson/reader.h>

#include <optional>
#include <utility>

#include "base/text.hh"

namespace ip2asn::cli {
namespace {

// Without recursion: a reply may be nested as deeply as it is long.
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

// RapidJSON's input stream over text that need not end with a NUL. One in the text ends it.
class Stream {
 public:
  using Ch = char;

  explicit Stream(std::string_view text) : text_(text) {}

  Ch Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  Ch Take() { return at_ < text_.size() ? text_[at_++] : '\0'; }
  std::size_t Tell() const { return at_; }

  // RapidJSON wants these of every stream; it writes to none that is read so.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  void Flush() {}
  std::size_t PutEnd(Ch*) { return 0; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

enum class Member { unknown, ip, announced, first, last, asn, country, description, hoster, hoster_class, error };

Member member_named(std::string_view name) {
  constexpr std::pair<std::string_view, Member> kMembers[] = {
      {"ip", Member::ip},
      {"announced", Member::announced},
      {"first_ip", Member::first},
      {"last_ip", Member::last},
      {"as_number", Member::asn},
      {"as_country_code", Member::country},
      {"as_description", Member::description},
      {"hoster", Member::hoster},
      {"hoster_class", Member::hoster_class},
      {"error", Member::error},
  };
  for (const auto& [known, member] : kMembers) {
    if (name == known) return member;
  }
  return Member::unknown;
}

// One answer, as far as it has been read.
struct Entry {
  std::optional<Address> ip, first, last;
  std::optional<bool> announced;
  std::optional<std::uint32_t> asn;
  std::string country, description, hoster, hoster_class, error;
};

// Takes an array of objects. Members that it does not know may be anything, but not deep.
class Entries : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Entries> {
 public:
  Entries(const std::vector<Address>& asked, ReplyReader& reader) : asked_(asked), reader_(reader) {}

  bool Default() { return value() && member_ == Member::unknown; }
  bool Bool(bool value_given) {
    if (!value()) return false;
    if (member_ == Member::announced) entry_.announced = value_given;
    return member_ == Member::announced || member_ == Member::unknown;
  }
  bool Uint(unsigned number) {
    if (!value()) return false;
    if (member_ == Member::asn) entry_.asn = number;
    return member_ == Member::asn || member_ == Member::unknown;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return value() && string({text, size}); }
  bool StartObject() {
    if (depth_ == 1) entry_ = {};
    return open(1);
  }
  bool EndObject(rapidjson::SizeType) {
    if (--depth_ > 1) return true;
    return finish();
  }
  bool StartArray() { return open(0); }
  bool EndArray(rapidjson::SizeType) {
    --depth_;
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ == 2) member_ = member_named({text, size});
    return true;
  }

  std::size_t count() const { return count_; }
  /// Why reading was stopped, where it was not for the form alone.
  const std::string& problem() const { return problem_; }

 private:
  static constexpr int kDeepest = 8;

  // A value that is neither array nor object stands in an object.
  bool value() const { return depth_ >= 2; }

  // The outermost is an array, and what is in it are objects (`level` 1).
  bool open(int level) {
    if (depth_ < 2 ? depth_ != level : member_ != Member::unknown) return false;
    return ++depth_ <= kDeepest;
  }

  bool string(std::string_view text) {
    switch (member_) {
      case Member::ip:
        return address(text, entry_.ip);
      case Member::first:
        return address(text, entry_.first);
      case Member::last:
        return address(text, entry_.last);
      case Member::country:
        entry_.country = text == "None" ? "" : repair_text(text).text;
        return true;
      case Member::description:
        entry_.description = repair_text(text).text;
        return true;
      case Member::hoster:
        entry_.hoster = repair_text(text).text;
        return true;
      case Member::hoster_class:
        entry_.hoster_class = repair_text(text).text;
        return true;
      case Member::error:
        entry_.error = repair_text(text).text;
        return true;
      case Member::unknown:
        return true;
      case Member::announced:
      case Member::asn:
        break;
    }
    return false;
  }

  static bool address(std::string_view text, std::optional<Address>& to) {
    if (const auto parsed = parse_address(text)) to = unmapped(*parsed);
    return to.has_value();
  }

  bool stop(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  bool finish() {
    if (count_ == asked_.size()) return stop("has more entries than were asked for");
    const Address& address = asked_[count_++];
    if (!entry_.ip || *entry_.ip != address) {
      return stop("is to another address where " + to_string(address) + " is due");
    }
    if (!entry_.error.empty()) {
      reader_.refused(address, entry_.error);
      return true;
    }
    if (!entry_.announced.value_or(false) || entry_.asn == 0u) {
      reader_.answered(address, {address, address}, nullptr);
      return true;
    }
    if (!entry_.first || !entry_.last || !entry_.asn) return stop("lacks the range or the AS of " + to_string(address));
    const Range range{*entry_.first, *entry_.last};
    if (range.first.family != range.last.family || !range.contains(address)) {
      return stop("has a range for " + to_string(address) + " that does not contain it");
    }
    const Record record{*entry_.asn, entry_.country, entry_.description, entry_.hoster, entry_.hoster_class};
    reader_.answered(address, range, &record);
    return true;
  }

  const std::vector<Address>& asked_;
  ReplyReader& reader_;
  Entry entry_;
  Member member_ = Member::unknown;
  int depth_ = 0;
  std::size_t count_ = 0;
  std::string problem_;
};

// Takes {"error": "…"}, with other members of any kind but arrays and objects.
class Reason : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Reason> {
 public:
  bool StartObject() { return !std::exchange(begun_, true); }
  bool StartArray() { return false; }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    here_ = std::string_view(text, size) == "error";
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (here_) found_ = repair_text({text, size}).text;
    return begun_;
  }
  std::string found() && { return std::move(found_); }

 private:
  bool begun_ = false, here_ = false;
  std::string found_;
};

}  // namespace

Result<Done> read_reply(std::string_view json, const std::vector<Address>& asked, ReplyReader& reader) {
  Stream stream(json);
  Entries entries(asked, reader);
  rapidjson::Reader parser;
  if (!parser.Parse<kFlags>(stream, entries)) {
    const std::string problem = entries.problem().empty() ? "is not the JSON that an ip2asn endpoint sends (byte " +
                                                                std::to_string(parser.GetErrorOffset()) + ")"
                                                          : entries.problem();
    return Error{Errc::damaged, "the answer " + problem};
  }
  if (entries.count() != asked.size()) {
    return Error{Errc::damaged, "the answer has " + std::to_string(entries.count()) + " entries where " +
                                    std::to_string(asked.size()) + " are due"};
  }
  return Done();
}

std::string error_in(std::string_view json) {
  Stream stream(json);
  Reason reason;
  rapidjson::Reader parser;
  return parser.Parse<kFlags>(stream, reason) ? std::move(reason).found() : std::string();
}

}  // namespace ip2asn::cli
