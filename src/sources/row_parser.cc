#include "sources/row_parser.hh"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "index/image.hh"
#include "index/index4.hh"
#include "net/address.hh"

namespace ip2asn {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::uint64_t kMostSkipped = 10;
constexpr std::uint64_t kRowsForOneMoreSkipped = 10'000;  // 0.01 %

}  // namespace

void RowParser::begin_file(std::string_view name) {
  name_ = name;
  line_ = 0;
  file_findings_ = {};
  announces_ = false;
  at_start_ = true;
  over_long_ = false;
  carry_.clear();
  table_.files.emplace_back(name);
}

// Judges the first bytes of a file, and takes a byte order mark off `text`.
std::optional<Error> RowParser::start(std::string_view& text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return Error{Errc::damaged, name_ + ": is UTF-16; save it as UTF-8"};
  }
  if (is_image(std::as_bytes(std::span(text)))) {
    return Error{Errc::argument, name_ + ": is a compiled index, which stands alone; name only it, or only sources"};
  }
  if (text.starts_with('<')) {
    return Error{Errc::damaged, name_ + ": is an HTML or XML page, not a source; fetch the file again"};
  }
  return std::nullopt;
}

Result<Done> RowParser::feed(std::string_view block) {
  if (!at_start_) return parse(block);
  carry_ += block;
  if (carry_.size() < kByteOrderMark.size() + kIndexMagicBytes) return Done{};
  at_start_ = false;
  const std::string head = std::exchange(carry_, {});
  std::string_view text = head;
  if (auto error = start(text)) return *std::move(error);
  return parse(text);
}

Result<Done> RowParser::parse(std::string_view block) {
  if (const std::size_t nul = block.find('\0'); nul != std::string_view::npos) {
    const auto lines =
        static_cast<std::uint64_t>(std::count(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(nul), '\n'));
    return Error{Errc::damaged,
                 name_ + ": line " + std::to_string(line_ + lines + 1) + ": holds a NUL byte; this is no text"};
  }
  if (table_.labels.size() > kMaxRecords) {
    return Error{Errc::limit, name_ + ": has more than " + std::to_string(kMaxRecords) +
                                  " combinations of AS, country and description; this is no IP-to-ASN source"};
  }
  if (table_.rows > options_.max_rows) {
    return Error{Errc::limit,
                 name_ + ": has more than " + std::to_string(options_.max_rows) + " rows; this is no IP-to-ASN source"};
  }
  if (carry_.empty() && !over_long_) {
    whole_lines(block);
    return Done{};
  }

  // Complete the line that the last block left unfinished.
  const std::size_t newline = block.find('\n');
  const std::string_view rest = block.substr(0, newline);
  if (!over_long_) {
    if (carry_.size() + rest.size() > options_.max_line_bytes) {
      over_long_ = true;
      carry_.resize(std::min<std::size_t>(carry_.size(), 256));
    } else {
      carry_ += rest;
    }
  }
  if (newline == std::string_view::npos) return Done{};
  finish_line();
  whole_lines(block.substr(newline + 1));
  return Done{};
}

void RowParser::whole_lines(std::string_view text) {
  // Several at a time, so that the look-ups of their labels overlap.
  std::array<Line, 32> lines;
  while (!text.empty()) {
    std::size_t count = 0;
    while (count < lines.size()) {
      const auto* end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
      if (end == nullptr) break;
      const auto size = static_cast<std::size_t>(end - text.data());
      lines[count] = split(text.substr(0, size));
      labels_.prefetch_slot(lines[count].hash);
      ++count;
      text.remove_prefix(size + 1);
    }
    for (std::size_t i = 0; i < count; ++i) labels_.prefetch_text(lines[i].hash);
    for (std::size_t i = 0; i < count; ++i) count_line(lines[i]);
    if (count == lines.size()) continue;
    if (text.size() > options_.max_line_bytes) {
      over_long_ = true;
      text = text.substr(0, 256);
    }
    carry_ = text;
    return;
  }
}

// The next line of the file.
void RowParser::count_line(const Line& next) {
  ++line_;
  ++table_.rows;
  if (next.size > options_.max_line_bytes) {
    add(Finding::line_too_long, next.text.substr(0, 256));
  } else {
    line(next);
  }
}

Result<Done> RowParser::end_file() {
  if (at_start_) {  // a file of a few bytes
    at_start_ = false;
    const std::string head = std::exchange(carry_, {});
    std::string_view text = head;
    if (auto error = start(text)) return *std::move(error);
    if (auto done = parse(text); !done) return done;
  }
  if (!carry_.empty() || over_long_) finish_line();
  table_.v4_ends.push_back(table_.v4.size());
  table_.v6_ends.push_back(table_.v6.size());
  if (auto error = too_many_skipped(name_, line_, options_, file_findings_)) return *std::move(error);
  if (!announces_) return Error{Errc::empty, name_ + ": no row announces an address; fetch the file again"};
  return Done{};
}

void RowParser::finish_line() {
  const std::string last = std::move(carry_);
  carry_.clear();
  if (!std::exchange(over_long_, false)) return count_line(split(last));
  ++line_;
  ++table_.rows;
  add(Finding::line_too_long, last);
}

RowParser::Line RowParser::split(std::string_view line) noexcept {
  Line parts{line, line.size(), std::string_view::npos, std::string_view::npos, 0};
  auto& [text, size, tab1, tab2, hash] = parts;
  if (text.ends_with('\r')) text.remove_suffix(1);
  tab1 = text.find('\t');
  if (tab1 != std::string_view::npos) tab2 = text.find('\t', tab1 + 1);
  if (tab2 != std::string_view::npos) hash = LabelSet::hash_of(text.substr(tab2 + 1));
  return parts;
}

void RowParser::line(const Line& line) {
  const auto& [text, size, tab1, tab2, hash] = line;
  if (tab2 == std::string_view::npos) return add(Finding::field_count, text);
  const LabelSet::Entry entry = labels_.intern(text.substr(tab2 + 1), hash);
  if (entry.verdict == LabelSet::Verdict::field_count) return add(Finding::field_count, text);
  if (entry.verdict == LabelSet::Verdict::bad_asn) return add(Finding::bad_asn, text);

  const auto first = parse_address(text.substr(0, tab1));
  const auto last = parse_address(text.substr(tab1 + 1, tab2 - tab1 - 1));
  if (!first || !last) return add(Finding::bad_address, text);
  if (first->family != last->family) return add(Finding::mixed_families, text);
  if (*first > *last) return add(Finding::reversed_range, text);

  if (entry.repaired_text) add(Finding::repaired_text, text);
  if (entry.shortened_text) add(Finding::shortened_text, text);
  if (entry.dropped_country) add(Finding::dropped_country, text);
  announces_ = announces_ || entry.label != 0;
  const auto line_number = static_cast<std::uint32_t>(std::min<std::uint64_t>(line_, UINT32_MAX));
  if (first->family == Family::v4) {
    table_.v4.push_back({first->v4_bits(), last->v4_bits(), entry.label, line_number});
  } else {
    table_.v6.push_back({first->hi, first->lo, last->hi, last->lo, entry.label, line_number});
  }
}

std::string names_of(const Table& table) {
  std::string names;
  for (const std::string& file : table.files) names += (names.empty() ? "" : ", ") + file;
  return names;
}

std::optional<Error> too_many_skipped(std::string_view name, std::uint64_t rows, const SourceOptions& options,
                                      const Findings& findings) {
  const std::uint64_t skipped = findings.skipped();
  const std::uint64_t allowed = options.strict ? 0 : std::max(kMostSkipped, rows / kRowsForOneMoreSkipped);
  if (skipped <= allowed) return std::nullopt;
  std::string message = std::string(name) + ": " + findings.summary() + " of " + std::to_string(rows) + ", " +
                        std::to_string(allowed) + " are allowed";
  for (const Findings::Example& example : findings.examples()) {
    if (!skips(example.kind)) continue;
    message += "; first: " + example.file + " line " + std::to_string(example.line) + ": " +
               std::string(describe(example.kind)) + ": " + example.text;
    break;
  }
  return Error{Errc::damaged, message};
}

}  // namespace ip2asn
