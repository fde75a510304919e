// Answers that own their texts: kept beyond the image they came from, or read out of JSON.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "answer/answer.hh"
#include "answer/fields.hh"

namespace ip2asn::api {

/// A copy of an answer with its texts. Copies of it share them; any thread may read them.
class KeptAnswer {
 public:
  KeptAnswer() = default;
  explicit KeptAnswer(const Answer& answer);

  const Answer& operator*() const noexcept { return answer_; }
  const Answer* operator->() const noexcept { return &answer_; }

 private:
  Answer answer_;
  std::shared_ptr<const char[]> texts_;
};

/// Puts an answer together from the members of its JSON. Texts are made clean (see repair_text), for whoever sent them
/// may not be trusted. What follows from other fields (the prefix) is not read. Not thread-safe.
class AnswerReader {
 public:
  AnswerReader() = default;
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  void restart();
  /// The field of a member that is read, or kFieldCount.
  static Field field_of(std::string_view key) noexcept;

  /// Take the value of such a field; false when the field has none like that.
  bool take(Field field, bool value);
  bool take(Field field, std::uint32_t value);
  bool take(Field field, std::string_view text);
  bool has(Field field) const noexcept { return (taken_ & bit(field)) != 0; }

  /// Valid until the next restart(). A number of 0 and `announced` are as they were taken.
  const Answer& answer() const noexcept { return answer_; }

 private:
  template <class Value>
  bool put(Field field, const Value& value);

  Answer answer_;
  FieldSet taken_ = 0;
  std::array<std::string, kFieldCount> texts_;
};

}  // namespace ip2asn::api
