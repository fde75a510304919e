// Metrics in text, in either of two formats: Prometheus' own (0.0.4) and OpenMetrics (1.0).
//
// The two differ in what a counter's and an info's family is called, in the mark at the end, and in the media type.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ip2asn {

/// Whether a client that sends this Accept header (null for none) likes OpenMetrics better than plain text.
bool prefers_openmetrics(const char* accept) noexcept;

class Exposition {
 public:
  enum class Type { counter, gauge, info };
  struct Label {
    std::string_view name;
    std::string_view value;  ///< anybody's text
  };
  using Labels = std::initializer_list<Label>;

  explicit Exposition(bool openmetrics) : openmetrics_(openmetrics) {}

  /// Begins a family: `name` without the "_total" of a counter and the "_info" of an info. Its samples follow.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  /// `value` millionths.
  void sample_micros(Labels labels, std::uint64_t value);

  const char* media_type() const noexcept;
  /// All of it. Once, at the end.
  std::string finish() &&;

 private:
  void begin(Labels labels);

  const bool openmetrics_;
  std::string name_;  // of the samples
  std::string text_;
};

}  // namespace ip2asn
