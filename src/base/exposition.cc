#include "base/exposition.hh"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/text.hh"

namespace ip2asn {
namespace {

bool same_word(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view cut(std::string_view& rest, char at) noexcept {
  const std::size_t end = rest.find(at);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return trimmed(part);
}

// A quality in thousandths; what is none counts as the highest, as a parameter that is missing does.
int thousandths(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 1000;
  int value = (text[0] - '0') * 1000, weight = 100;
  for (std::size_t i = 2; i < text.size() && i < 5 && text[i] >= '0' && text[i] <= '9'; ++i, weight /= 10) {
    value += (text[i] - '0') * weight;
  }
  return std::min(value, 1000);
}

void append_number(std::string& to, std::uint64_t value) {
  char digits[20];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_label_value(std::string& to, std::string_view value) {
  for (const char c : is_clean(value, std::string_view::npos) ? std::string(value) : clean_text(value)) {
    if (c == '\\' || c == '"') to += '\\';
    to += c;
  }
}

constexpr std::string_view kTypes[] = {"counter", "gauge", "info"};

}  // namespace

bool prefers_openmetrics(const char* accept) noexcept {
  std::string_view rest = accept != nullptr ? accept : "";
  int openmetrics = 0, plain = 0;
  while (!rest.empty()) {
    std::string_view range = cut(rest, ',');
    const std::string_view type = cut(range, ';');
    int quality = 1000;
    bool known_version = true;
    while (!range.empty()) {
      std::string_view value = cut(range, ';');
      const std::string_view name = cut(value, '=');
      if (same_word(name, "q")) quality = thousandths(trimmed(value));
      if (same_word(name, "version")) known_version = trimmed(value) == "1.0.0" || trimmed(value) == "0.0.1";
    }
    if (same_word(type, "application/openmetrics-text")) {
      if (known_version) openmetrics = std::max(openmetrics, quality);
    } else if (same_word(type, "text/plain") || same_word(type, "text/*") || type == "*/*") {
      plain = std::max(plain, quality);
    }
  }
  return openmetrics > plain;
}

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  if (type == Type::counter) name_ += "_total";
  if (type == Type::info) name_ += "_info";
  const std::string family = openmetrics_ ? std::string(name) : name_;
  const std::string_view type_name = type == Type::info && !openmetrics_ ? "gauge" : kTypes[static_cast<int>(type)];
  text_ += "# HELP " + family + ' ' + std::string(help) + "\n# TYPE " + family + ' ' + std::string(type_name) + '\n';
}

void Exposition::begin(Labels labels) {
  text_ += name_;
  char separator = '{';
  for (const Label& label : labels) {
    text_ += separator;
    text_ += label.name;
    text_ += "=\"";
    append_label_value(text_, label.value);
    text_ += '"';
    separator = ',';
  }
  if (separator == ',') text_ += '}';
  text_ += ' ';
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  begin(labels);
  append_number(text_, value);
  text_ += '\n';
}

void Exposition::sample_micros(Labels labels, std::uint64_t value) {
  begin(labels);
  append_number(text_, value / 1'000'000);
  char fraction[8] = ".";
  std::uint64_t rest = value % 1'000'000 + 1'000'000;
  for (int i = 6; i > 0; --i, rest /= 10) fraction[i] = static_cast<char>('0' + rest % 10);
  text_.append(fraction, 7);
  text_ += '\n';
}

const char* Exposition::media_type() const noexcept {
  return openmetrics_ ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                      : "text/plain; version=0.0.4; charset=utf-8";
}

std::string Exposition::finish() && {
  if (openmetrics_) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace ip2asn
