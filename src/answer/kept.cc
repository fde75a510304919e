#include "answer/kept.hh"

#include <cstring>

#include "base/text.hh"

namespace ip2asn::api {
namespace {

// What the getter of a field returns for an answer that may be changed.
template <Field field>
using Place = decltype(std::get<field>(kFieldRows).get(std::declval<Answer&>()));

constexpr FieldSet kRead = []<Field... field>(std::index_sequence<field...>) {
  return (FieldSet{0} | ... |
          (kFields[field].published && std::is_lvalue_reference_v<Place<field>> ? bit(field) : FieldSet{0}));
}
(std::make_index_sequence<kFieldCount>());

}  // namespace

KeptAnswer::KeptAnswer(const Answer& answer) : answer_(answer) {
  std::size_t size = 0;
  each_text(answer_, [&](const std::string_view& text) { size += text.size(); });
  if (size == 0) return;
  const auto texts = std::make_shared<char[]>(size);
  char* at = texts.get();
  each_text(answer_, [&](std::string_view& text) {
    if (text.empty()) return;
    std::memcpy(at, text.data(), text.size());
    text = {at, text.size()};
    at += text.size();
  });
  texts_ = texts;
}

void AnswerReader::restart() {
  answer_ = {};
  taken_ = 0;
}

Field AnswerReader::field_of(std::string_view key) noexcept {
  const Field field = find_key(key);
  return field < kFieldCount && (kRead & bit(field)) != 0 ? field : kFieldCount;
}

template <class Value>
bool AnswerReader::put(Field wanted, const Value& value) {
  bool fits = false;
  each_field([&](auto field) {
    if constexpr (std::is_same_v<Place<field>, Value&>) {
      if (field != wanted) return;
      std::get<field>(kFieldRows).get(answer_) = value;
      fits = true;
    }
  });
  if (fits) taken_ |= bit(wanted);
  return fits;
}

bool AnswerReader::take(Field field, bool value) { return put(field, value); }
bool AnswerReader::take(Field field, std::uint32_t value) { return put(field, value); }

bool AnswerReader::take(Field field, std::string_view text) {
  if (const auto address = parse_address(text); address && put(field, unmapped(*address))) return true;
  std::string& kept = texts_[field];
  kept = text == kFields[field].unknown ? std::string() : repair_text(text).text;
  return put(field, std::string_view(kept));
}

}  // namespace ip2asn::api
