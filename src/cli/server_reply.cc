#include "cli/server_reply.hh"

#include <rapidjson/reader.h>

#include <optional>
#include <utility>

#include "answer/kept.hh"
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

// Takes an array of objects. Members that it does not know may be anything, but not deep.
class Entries : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Entries> {
 public:
  Entries(const std::vector<Address>& asked, ReplyReader& reader) : asked_(asked), reader_(reader) {}

  bool Default() { return value() && is_unknown(); }
  bool Bool(bool given) { return value() && (is_unknown() || entry_.take(field_, given)); }
  bool Uint(unsigned given) { return value() && (is_unknown() || entry_.take(field_, given)); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (!value()) return false;
    if (is_error_) error_ = repair_text({text, size}).text;
    return is_error_ || is_unknown() || entry_.take(field_, std::string_view(text, size));
  }
  bool StartObject() {
    if (depth_ == 1) {
      entry_.restart();
      error_.clear();
    }
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
    if (depth_ == 2) {
      const std::string_view name(text, size);
      field_ = api::AnswerReader::field_of(name);
      is_error_ = name == "error";
    }
    return true;
  }

  std::size_t count() const { return count_; }
  /// Why reading was stopped, where it was not for the form alone.
  const std::string& problem() const { return problem_; }

 private:
  static constexpr int kDeepest = 8;

  // A value that is neither array nor object stands in an object.
  bool value() const { return depth_ >= 2; }
  bool is_unknown() const { return field_ == api::kFieldCount && !is_error_; }

  // The outermost is an array, and what is in it are objects (`level` 1).
  bool open(int level) {
    if (depth_ < 2 ? depth_ != level : !is_unknown()) return false;
    return ++depth_ <= kDeepest;
  }

  bool stop(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  bool finish() {
    if (count_ == asked_.size()) return stop("has more entries than were asked for");
    const Address& address = asked_[count_++];
    const api::Answer& given = entry_.answer();
    if (!entry_.has(api::kAddr) || given.address != address) {
      return stop("is to another address where " + to_string(address) + " is due");
    }
    if (!error_.empty()) {
      reader_.refused(address, error_);
      return true;
    }
    api::Answer answer;
    answer.address = address;
    if (!given.announced || (entry_.has(api::kAsn) && given.record.asn == 0)) {
      reader_.answered(answer);
      return true;
    }
    if (!entry_.has(api::kFirstIp) || !entry_.has(api::kLastIp) || !entry_.has(api::kAsn)) {
      return stop("lacks the range or the AS of " + to_string(address));
    }
    if (given.range.first.family != given.range.last.family || !given.range.contains(address)) {
      return stop("has a range for " + to_string(address) + " that does not contain it");
    }
    reader_.answered(given);
    return true;
  }

  const std::vector<Address>& asked_;
  ReplyReader& reader_;
  api::AnswerReader entry_;
  std::string error_;
  api::Field field_ = api::kFieldCount;  // of the member that is being read
  bool is_error_ = false;
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
