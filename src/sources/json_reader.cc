#include "sources/json_reader.hh"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/text.hh"
#include "net/integer_address.hh"
#include "sources/columns.hh"
#include "sources/routes.hh"

namespace ip2asn {
namespace {

// The members of one object whose names are known, as texts. What is nested is passed over.
class Members : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Members> {
 public:
  struct Value {
    std::string text;
    bool given = false;
  };

  void clear() {
    for (Value& value : values_) value.given = false;
    depth_ = 0;
    column_ = nullptr;
    object_ = true;
  }

  const Value& operator[](Column column) const { return values_[static_cast<std::size_t>(column)]; }
  std::string_view text(Column column) const {
    const Value& value = (*this)[column];
    return value.given ? trimmed(value.text) : std::string_view();
  }
  bool object() const { return object_; }

  bool Default() { return take({}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return take({text, size}); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return take({text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    column_ = nullptr;
    if (depth_ != 1) return true;
    const auto column = column_of({text, size});
    if (column) column_ = &values_[static_cast<std::size_t>(*column)];
    return true;
  }
  bool StartObject() { return enter(); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() {
    object_ = object_ && depth_ != 0;
    return enter();
  }
  bool EndArray(rapidjson::SizeType) { return leave(); }

 private:
  static constexpr int kMostDepth = 16;

  bool enter() {
    column_ = nullptr;
    return ++depth_ <= kMostDepth;
  }
  bool leave() {
    --depth_;
    return true;
  }
  bool take(std::string_view text) {
    if (depth_ == 0) object_ = false;
    if (column_ != nullptr && !column_->given) {
      column_->text = text;
      column_->given = true;
    }
    column_ = nullptr;
    return true;
  }

  std::array<Value, kColumns> values_;
  Value* column_ = nullptr;
  int depth_ = 0;
  bool object_ = true;
};

bool read(std::string_view line, rapidjson::Reader& reader, Members& members) {
  members.clear();
  rapidjson::MemoryStream stream(line.data(), line.size());
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  return reader.Parse<kFlags>(stream, members) && members.object();
}

bool has_row(const Members& members) {
  const bool range = members[Column::first].given && members[Column::last].given;
  return (members[Column::network].given || range) && members[Column::asn].given;
}

class JsonReader final : public LineReader {
 public:
  explicit JsonReader(RowSink& sink) : LineReader(sink), routes_(sink) {}

  Result<Done> finish() override {
    if (auto done = LineReader::finish(); !done) return done;
    routes_.finish();
    return Done{};
  }

 private:
  void take(std::span<const std::string_view> lines) override {
    for (const std::string_view line : lines) take(trimmed(line));
  }

  void take(std::string_view line) {
    if (line.empty()) return sink_.next_comment();
    sink_.next_row();
    if (!read(line, reader_, members_) || !has_row(members_)) return sink_.add(Finding::field_count, line);
    auto asn = parse_origin(members_.text(Column::asn));
    if (!asn) asn = route_origin(members_.text(Column::asn));
    if (!asn) return sink_.add(Finding::bad_asn, line);
    if (members_[Column::weight].given) return take_route(line, *asn);
    std::optional<Address> first, last;
    if (members_[Column::network].given) {
      if (const auto prefix = parse_prefix(members_.text(Column::network))) {
        first = prefix->range().first;
        last = prefix->range().last;
      }
    } else if (!is_integer(members_.text(Column::first))) {
      first = parse_address(members_.text(Column::first));
      last = parse_address(members_.text(Column::last));
    } else if (const auto range = parse_integer_range(members_.text(Column::first), members_.text(Column::last))) {
      first = range->first;
      last = range->last;
    }
    if (!sink_.check(first, last, line)) return;
    sink_.row(*first, *last, sink_.label(*asn, members_.text(Column::country), members_.text(Column::name), line));
  }

  void take_route(std::string_view line, std::uint32_t asn) {
    const auto prefix = parse_prefix(members_.text(Column::network));
    if (!prefix) return sink_.add(Finding::bad_address, line);
    const std::string_view weight = members_.text(Column::weight);
    if (!is_integer(weight) || weight.size() > 9) return sink_.add(Finding::field_count, line);
    routes_.add(*prefix, asn, static_cast<std::uint32_t>(std::stoul(std::string(weight))));
  }

  rapidjson::Reader reader_;
  Members members_;
  Routes routes_;
};

}  // namespace

bool is_json_row(std::string_view line) {
  rapidjson::Reader reader;
  Members members;
  return read(trimmed(line), reader, members) && has_row(members);
}

std::unique_ptr<Reader> make_json_reader(RowSink& sink) { return std::make_unique<JsonReader>(sink); }

}  // namespace ip2asn
