#include "answer/bulk.hh"

#include <rapidjson/reader.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "answer/api.hh"
#include "base/text.hh"

namespace ip2asn::api {
namespace {

// How an entry begins in a batch.
constexpr unsigned char kV4 = 4, kV6 = 6, kText = 0, kLongText = 1;

bool equal_in_any_case(std::string_view text, std::string_view in_lower_case) {
  return text.size() == in_lower_case.size() &&
         std::equal(text.begin(), text.end(), in_lower_case.begin(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

// A body without the UTF-8 byte-order mark that some editors and spreadsheets put before it, in whatever pieces it
// comes.
class Unmarked : public BodySource {
 public:
  explicit Unmarked(BodySource& source) : source_(source) {}

  std::string_view more() override {
    if (!begun_) return begin();
    return held_.empty() ? source_.more() : std::exchange(held_, {});
  }

 private:
  static constexpr std::string_view kMark = "\xEF\xBB\xBF";

  std::string_view begin() {
    begun_ = true;
    std::size_t matched = 0;
    for (;;) {
      std::string_view piece = source_.more();
      if (piece.empty()) break;
      while (matched < kMark.size() && !piece.empty() && piece[0] == kMark[matched]) {
        ++matched;
        piece.remove_prefix(1);
      }
      if (piece.empty()) continue;
      if (matched == 0 || matched == kMark.size()) return piece;
      held_ = piece;
      break;
    }
    // The beginning of a mark, and no more of it.
    return kMark.substr(0, matched == kMark.size() ? 0 : matched);
  }

  BodySource& source_;
  std::string_view held_;
  bool begun_ = false;
};

// A body as RapidJSON's input stream. A NUL in the text ends it, as the text's end does.
class Stream {
 public:
  using Ch = char;

  Stream(BodySource& source, std::string_view begun) : source_(source), piece_(begun) {}

  Ch Peek() {
    if (at_ == piece_.size()) refill();
    return at_ < piece_.size() ? piece_[at_] : '\0';
  }
  Ch Take() {
    const Ch c = Peek();
    if (at_ < piece_.size()) ++at_;
    return c;
  }
  std::size_t Tell() const { return before_ + at_; }

  // RapidJSON wants these of every stream; it writes to none that is read so.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  void Flush() {}
  std::size_t PutEnd(Ch*) { return 0; }

 private:
  void refill() {
    if (ended_) return;
    before_ += piece_.size();
    piece_ = source_.more();
    at_ = 0;
    ended_ = piece_.empty();
  }

  BodySource& source_;
  std::string_view piece_;
  std::size_t at_ = 0, before_ = 0;
  bool ended_ = false;
};

// Takes one array of strings; anything else stops the reader.
class Strings : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Strings> {
 public:
  Strings(Batch& batch, std::size_t limit) : batch_(batch), limit_(limit) {}

  bool Default() { return false; }
  bool StartArray() { return !std::exchange(begun_, true); }
  bool EndArray(rapidjson::SizeType) { return true; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (!begun_) return false;
    if (batch_.size() == limit_) {
      too_many_ = true;
      return false;
    }
    batch_.add({text, size});
    return true;
  }
  bool too_many() const { return too_many_; }

 private:
  Batch& batch_;
  const std::size_t limit_;
  bool begun_ = false;
  bool too_many_ = false;
};

BulkOutcome read_json(BodySource& source, std::string_view piece, std::size_t limit, Batch& batch) {
  Stream stream(source, piece);
  Strings strings(batch, limit);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  if (reader.Parse<kFlags>(stream, strings)) return BulkOutcome::fine;
  return strings.too_many() ? BulkOutcome::too_many : BulkOutcome::not_array;
}

// Lines that may be cut anywhere by the pieces they come in.
class Lines {
 public:
  Lines(Batch& batch, std::size_t limit) : batch_(batch), limit_(limit) {}

  /// False when there are too many entries.
  bool take(std::string_view piece) {
    for (;;) {
      const std::size_t end = piece.find('\n');
      if (end == std::string_view::npos) break;
      if (!finish(piece.substr(0, end))) return false;
      piece.remove_prefix(end + 1);
    }
    keep(piece);
    return true;
  }
  bool finish(std::string_view rest) {
    if (kept_.empty()) return line(rest);
    keep(rest);
    const bool fine = line(kept_);
    kept_.clear();
    return fine;
  }

 private:
  // An address with blanks around it may be of any length, but not of any use: the rest of a long line is dropped.
  static constexpr std::size_t kLongest = 4096;

  void keep(std::string_view part) { kept_.append(part.substr(0, kLongest - std::min(kLongest, kept_.size()))); }

  bool line(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return true;
    if (equal_in_any_case(text, "begin")) {
      outside_ = false;
    } else if (equal_in_any_case(text, "end")) {
      outside_ = true;
    } else if (!outside_) {
      if (batch_.size() == limit_) return false;
      batch_.add(text);
    }
    return true;
  }

  Batch& batch_;
  const std::size_t limit_;
  std::string kept_;
  bool outside_ = false;
};

BulkOutcome read_lines(BodySource& source, std::string_view piece, std::size_t limit, Batch& batch) {
  Lines lines(batch, limit);
  for (; !piece.empty(); piece = source.more()) {
    if (!lines.take(piece)) return BulkOutcome::too_many;
  }
  if (!lines.finish({})) return BulkOutcome::too_many;
  return batch.size() == 0 ? BulkOutcome::empty : BulkOutcome::fine;
}

}  // namespace

void Batch::add(std::string_view text) {
  ++size_;
  if (const auto parsed = parse_address(text)) {
    const Address address = unmapped(*parsed);
    const bool v4 = address.family == Family::v4;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + (v4 ? 5 : 17));
    bytes_[at] = v4 ? kV4 : kV6;
    const std::uint32_t bits = address.v4_bits();
    if (v4) {
      std::memcpy(bytes_.data() + at + 1, &bits, 4);
    } else {
      std::memcpy(bytes_.data() + at + 1, &address.hi, 8);
      std::memcpy(bytes_.data() + at + 9, &address.lo, 8);
    }
    // The text of an IPv4 address is canonical, or longer where it stood in IPv6.
    std::size_t length = text.size();
    if (length > longest_ && !(v4 && parsed->family == Family::v4)) {
      char canonical[kMaxAddressText];
      length = format_address(address, canonical);
    }
    longest_ = std::max(longest_, length);
    return;
  }
  const std::string shown = repair_text(text, kMaxShown).text;
  bytes_.push_back(text.size() > kMaxAddressText ? kLongText : kText);
  bytes_.push_back(static_cast<unsigned char>(shown.size()));
  bytes_.insert(bytes_.end(), shown.begin(), shown.end());
  longest_ = std::max(longest_, shown.size());
}

bool Batch::next(std::size_t& position, Entry& entry) const noexcept {
  if (position == bytes_.size()) return false;
  const unsigned char* at = bytes_.data() + position;
  const unsigned char kind = *at++;
  if (kind == kV4) {
    std::uint32_t bits;
    std::memcpy(&bits, at, 4);
    entry.valid = true;
    entry.address = Address::v4(bits);
    position += 5;
  } else if (kind == kV6) {
    std::uint64_t hi, lo;
    std::memcpy(&hi, at, 8);
    std::memcpy(&lo, at + 8, 8);
    entry.valid = true;
    entry.address = Address::v6(hi, lo);
    position += 17;
  } else {
    const std::size_t size = *at++;
    entry.valid = false;
    entry.text = {reinterpret_cast<const char*>(at), size};
    entry.why = kind == kLongText ? "is longer than any address" : why_no_address(entry.text);
    position += 2 + size;
  }
  return true;
}

BulkOutcome read_bulk(BodySource& body, std::size_t limit, Batch& batch) {
  Unmarked source(body);
  for (;;) {
    std::string_view piece = source.more();
    if (piece.empty()) return BulkOutcome::empty;
    const std::size_t first = piece.find_first_not_of(" \t\r\n\v\f");
    if (first == std::string_view::npos) continue;
    piece.remove_prefix(first);
    const bool json = piece[0] == '[' || piece[0] == '{' || piece[0] == '"';
    return json ? read_json(source, piece, limit, batch) : read_lines(source, piece, limit, batch);
  }
}

}  // namespace ip2asn::api
