#define PCRE2_CODE_UNIT_WIDTH 8
#include "cli/annotate_find.hh"

#include <pcre2.h>

#include <new>

#include "cli/annotate_address.hh"
#include "cli/annotate_json.hh"

namespace ip2asn::cli {
namespace {

pcre2_code* code(const std::shared_ptr<void>& regex) { return static_cast<pcre2_code*>(regex.get()); }

// Most lines of most logs begin so: the client, "-" for ident.
std::optional<Address> leading_client(std::string_view line) noexcept {
  const std::size_t blank = line.substr(0, kMaxAddressText + 1).find(' ');
  if (blank == std::string_view::npos || line.substr(blank, 3) != " - ") return std::nullopt;
  return parse_address(line.substr(0, blank));
}

}  // namespace

std::string_view nth_field(std::string_view line, std::size_t number, std::optional<char> delimiter) noexcept {
  if (delimiter) {
    std::size_t begin = 0;
    for (; number > 1; --number) {
      begin = line.find(*delimiter, begin);
      if (begin == std::string_view::npos) return {};
      ++begin;
    }
    return line.substr(begin, line.find(*delimiter, begin) - begin);
  }
  constexpr std::string_view kBlanks = " \t";
  std::size_t begin = line.find_first_not_of(kBlanks);
  for (; number > 1 && begin != std::string_view::npos; --number) {
    begin = line.find_first_not_of(kBlanks, line.find_first_of(kBlanks, begin));
  }
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_first_of(kBlanks, begin) - begin);
}

Result<std::shared_ptr<void>> Place::compile(const std::string& pattern) {
  int problem = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* const compiled =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), 0, &problem, &at, nullptr);
  if (compiled == nullptr) {
    PCRE2_UCHAR reason[256] = {};
    pcre2_get_error_message(problem, reason, sizeof reason);
    return Error{Errc::argument,
                 std::string(reinterpret_cast<const char*>(reason)) + ", at character " + std::to_string(at + 1)};
  }
  std::shared_ptr<void> regex(compiled, [](void* freed) { pcre2_code_free(static_cast<pcre2_code*>(freed)); });
  // Without it the same is found, more slowly.
  pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
  return regex;
}

Finder::Finder(const Place& place) : place_(place) {
  if (!place.regex) return;
  pcre2_match_data* const data = pcre2_match_data_create_from_pattern(code(place.regex), nullptr);
  if (data == nullptr) throw std::bad_alloc();
  match_ =
      std::shared_ptr<void>(data, [](void* freed) { pcre2_match_data_free(static_cast<pcre2_match_data*>(freed)); });
}

LogEntry Finder::read(std::string_view line, bool with_bytes) {
  LogEntry entry;
  if (!columns_ && !place_.proxies && place_.anywhere()) {
    entry.address = leading_client(line);
    if (entry.address) {
      if (with_bytes) entry.bytes = request_bytes(line);
      return entry;
    }
  }
  if (line.starts_with('#')) {
    if (const std::optional<Columns> columns = read_columns(line, place_))
      columns_ = std::make_shared<Columns>(*columns);
    entry.comment = true;
    return entry;
  }
  if (place_.field || place_.regex) {
    entry.address = find_address(place_.regex ? match_in(line) : nth_field(line, *place_.field, place_.delimiter));
    if (with_bytes) entry.bytes = shaped(line).bytes;
    return entry;
  }
  const ShapedLine shape = shaped(line);
  entry.bytes = shape.bytes;
  entry.address = place_.proxies && shape.forwarded ? shape.forwarded : shape.client ? shape.client : shape.forwarded;
  return entry;
}

ShapedLine Finder::shaped(std::string_view line, bool nested) {
  if (columns_ && !nested) {
    const ColumnLine row = read_row(line, *columns_, place_);
    return {row.client, row.forwarded, row.bytes};
  }
  if (place_.key.empty()) {
    if (const std::optional<ShapedLine> columnar = read_columnar(line)) return *columnar;
  }
  const std::size_t head = head_size(line);
  return shaped_body(line.substr(0, head), line.substr(head), nested);
}

ShapedLine Finder::shaped_body(std::string_view head, std::string_view body, bool nested) {
  if (body.starts_with('{')) {
    const JsonLine json = read_json_line(body, place_);
    if (json.client || (place_.proxies && json.forwarded) || json.text.empty() || nested || !place_.key.empty()) {
      return {json.client, json.forwarded, json.bytes};
    }
    const std::string text = json_unescaped(json.text);
    ShapedLine inner = shaped(text, true);
    if (!inner.client && !inner.forwarded) inner.forwarded = json.forwarded;
    if (!inner.bytes) inner.bytes = json.bytes;
    return inner;
  }
  if (!place_.key.empty()) return read_pairs(body, place_).value_or(ShapedLine());
  if (const std::optional<ShapedLine> found = read_dated(body, place_)) return *found;
  if (const std::optional<ShapedLine> found = read_sshd(head, body)) return *found;
  if (const std::optional<ShapedLine> found = read_marked(body); found && !begins_with_pair(body)) return *found;
  ShapedLine found = read_pairs(body, place_).value_or(ShapedLine());
  if (!found.client && !found.forwarded) found.client = read_other(body);
  return found;
}

std::string_view Finder::match_in(std::string_view line) noexcept {
  auto* const data = static_cast<pcre2_match_data*>(match_.get());
  const int groups =
      pcre2_match(code(place_.regex), reinterpret_cast<PCRE2_SPTR>(line.data()), line.size(), 0, 0, data, nullptr);
  if (groups <= 0) return {};
  const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(data);
  std::uint32_t captures = 0;
  pcre2_pattern_info(code(place_.regex), PCRE2_INFO_CAPTURECOUNT, &captures);
  const std::size_t group = captures > 0 ? 1 : 0;
  if (group >= static_cast<std::size_t>(groups) || ends[2 * group] == PCRE2_UNSET) return {};
  // \K may put the start behind the end.
  if (ends[2 * group] > ends[2 * group + 1]) return {};
  return line.substr(ends[2 * group], ends[2 * group + 1] - ends[2 * group]);
}

}  // namespace ip2asn::cli
