#include "base/json_read.hh"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace ip2asn {
namespace {

// Hands the reader's events on to the document as long as they are not nested too deeply.
class DepthGuard {
 public:
  using Ch = char;

  DepthGuard(rapidjson::Document& document, std::size_t max_depth) : document_(document), left_(max_depth) {}

  bool Null() { return document_.Null(); }
  bool Bool(bool value) { return document_.Bool(value); }
  bool Int(int value) { return document_.Int(value); }
  bool Uint(unsigned value) { return document_.Uint(value); }
  bool Int64(std::int64_t value) { return document_.Int64(value); }
  bool Uint64(std::uint64_t value) { return document_.Uint64(value); }
  bool Double(double value) { return document_.Double(value); }
  bool RawNumber(const Ch* text, rapidjson::SizeType size, bool copy) { return document_.RawNumber(text, size, copy); }
  bool String(const Ch* text, rapidjson::SizeType size, bool copy) { return document_.String(text, size, copy); }
  bool Key(const Ch* text, rapidjson::SizeType size, bool copy) { return document_.Key(text, size, copy); }
  bool StartObject() { return enter() && document_.StartObject(); }
  bool StartArray() { return enter() && document_.StartArray(); }
  bool EndObject(rapidjson::SizeType count) {
    ++left_;
    return document_.EndObject(count);
  }
  bool EndArray(rapidjson::SizeType count) {
    ++left_;
    return document_.EndArray(count);
  }

  bool too_deep() const { return too_deep_; }

 private:
  bool enter() {
    too_deep_ = left_ == 0;
    if (!too_deep_) --left_;
    return !too_deep_;
  }

  rapidjson::Document& document_;
  std::size_t left_;
  bool too_deep_ = false;
};

}  // namespace

std::string read_json(std::string_view text, std::size_t max_depth, rapidjson::Document& document) {
  std::string problem;
  document.SetNull();
  const auto generate = [&](rapidjson::Document& into) {
    DepthGuard guard(into, max_depth);
    rapidjson::MemoryStream bytes(text.data(), text.size());
    rapidjson::Reader reader;
    const rapidjson::ParseResult result = reader.Parse<rapidjson::kParseIterativeFlag>(bytes, guard);
    if (guard.too_deep()) {
      problem = "is nested deeper than " + std::to_string(max_depth) + " levels";
    } else if (!result) {
      problem = "is not valid JSON at byte " + std::to_string(result.Offset()) + ": " +
                rapidjson::GetParseError_En(result.Code());
    }
    return problem.empty();
  };
  document.Populate(generate);
  return problem;
}

const rapidjson::Value* json_member(const rapidjson::Value& object, std::string_view name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(rapidjson::Value(name.data(), static_cast<rapidjson::SizeType>(name.size())));
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string_view json_string(const rapidjson::Value& object, std::string_view name) {
  const rapidjson::Value* const value = json_member(object, name);
  return value != nullptr ? json_text(*value) : std::string_view();
}

const rapidjson::Value* json_array(const rapidjson::Value& object, std::string_view name) {
  const rapidjson::Value* const value = json_member(object, name);
  return value != nullptr && value->IsArray() ? value : nullptr;
}

}  // namespace ip2asn
