#include "answer/bulk.hh"

#include <rapidjson/document.h>

#include <memory>
#include <string>
#include <vector>

#include "answer/api.hh"
#include "answer/render.hh"
#include "base.hh"
#include "base/text.hh"
#include "index/image.hh"
#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

using api::Batch;
using api::BulkOutcome;

// Gives a body in pieces of one size, each in memory of its own, so that a sanitizer sees a byte read behind it.
class Pieces : public api::BodySource {
 public:
  Pieces(std::string_view text, std::size_t size) : rest_(text), size_(size) {}
  std::string_view more() override {
    const std::string_view piece = rest_.substr(0, size_);
    rest_.remove_prefix(piece.size());
    piece_ = std::vector<char>(piece.begin(), piece.end());
    return {piece_.data(), piece_.size()};
  }

 private:
  std::string_view rest_;
  const std::size_t size_;
  std::vector<char> piece_;
};

struct Read {
  BulkOutcome outcome;
  Batch batch;
};

Read read(std::string_view body, std::size_t piece, std::size_t limit) {
  Read read;
  Pieces pieces(body, piece);
  read.outcome = api::read_bulk(pieces, limit, read.batch);
  return read;
}

bool equal(const Batch& a, const Batch& b) {
  if (a.size() != b.size() || a.longest() != b.longest()) return false;
  Batch::Entry x, y;
  for (std::size_t p = 0, q = 0; a.next(p, x);) {
    if (!b.next(q, y) || x.valid != y.valid) return false;
    if (x.valid ? x.address != y.address : x.text != y.text || x.why != y.why) return false;
  }
  return true;
}

// The texts of a JSON body, read whole by RapidJSON's other reader; false when it is no array of strings. A NUL ends a
// body.
bool array_of(std::string_view body, std::vector<std::string>& texts) {
  body = body.substr(0, body.find('\0'));
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsArray()) return false;
  for (const auto& item : document.GetArray()) {
    if (!item.IsString()) return false;
    texts.emplace_back(item.GetString(), item.GetStringLength());
  }
  return true;
}

void check_json(std::string_view body, std::size_t limit, const Read& read) {
  std::vector<std::string> texts;
  if (!array_of(body, texts)) {
    require(read.outcome == BulkOutcome::not_array || read.outcome == BulkOutcome::too_many, "no array of strings");
    return;
  }
  require(read.outcome == (texts.size() > limit ? BulkOutcome::too_many : BulkOutcome::fine), "an array of strings");
  Batch wanted;
  for (std::size_t i = 0; i < texts.size() && i < limit; ++i) wanted.add(texts[i]);
  require(equal(wanted, read.batch), "the array's strings");
}

// Every entry can be answered, as JSON and as a row that has room.
void answer(const Batch& batch) {
  const Image& image = base_image();
  const api::BulkRows rows(batch.longest());
  const std::unique_ptr<char[]> row(new char[rows.room()]);
  JsonText json;
  json.begin_array();
  Batch::Entry entry;
  std::size_t count = 0;
  for (std::size_t position = 0; batch.next(position, entry); ++count) {
    char* end = nullptr;
    if (entry.valid) {
      require(unmapped(entry.address) == entry.address, "mapped addresses are IPv4");
      const api::Answer answer = api::answer_for(image, entry.address);
      api::write(json, answer);
      end = answer.announced ? rows.announced(row.get(), entry.address, answer.record)
                             : rows.unknown(row.get(), entry.address);
    } else {
      require(is_clean(entry.text, Batch::kMaxShown) && !entry.why.empty(), "what is no address can be shown");
      require(entry.text.size() <= batch.longest(), "the longest is the longest");
      api::write_bad_entry(json, entry.text, entry.why);
      end = rows.bad(row.get(), entry.text, entry.why);
    }
    require(end > row.get() && end[-1] == '\n' && is_clean({row.get(), end - 1}, rows.room()), "a row is a line");
  }
  json.end_array();
  require(count == batch.size(), "entries are counted");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(json.text().data(), json.text().size());
  require(!document.HasParseError() && document.Size() == count, "the answer is JSON");
  require(json.text().find_first_of("<>&") == std::string_view::npos, "the answer is safe in a page");
}

}  // namespace

// The first byte says in pieces of which size the body comes, and how many entries may be in it.
void bulk(Input input) {
  if (input.empty()) return;
  const std::string_view body = text_of(input.subspan(1));
  const std::size_t limit = std::size_t{1} << input[0] % 8;
  const Read whole = read(body, body.size() + 1, limit), pieces = read(body, input[0] / 8 + 1, limit);
  require(whole.outcome == pieces.outcome, "where pieces end does not show in the outcome");
  require(equal(whole.batch, pieces.batch), "where pieces end does not show in the entries");
  require(whole.batch.size() <= limit, "no more entries than may be");
  const std::size_t first = body.find_first_not_of(" \t\r\n\v\f");
  if (first == body.npos) {
    require(whole.outcome == BulkOutcome::empty, "blanks are nothing");
  } else if (body[first] == '[' || body[first] == '{' || body[first] == '"') {
    check_json(body.substr(first), limit, whole);
  } else {
    require(whole.outcome != BulkOutcome::not_array, "lines are no array");
    require((whole.outcome == BulkOutcome::empty) == (whole.batch.size() == 0), "empty when there is nothing");
  }
  answer(whole.batch);
}

}  // namespace ip2asn::fuzz
