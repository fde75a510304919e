#include <algorithm>
#include <string>

#include "index/index4.hh"
#include "sources/reader.hh"

namespace ip2asn {
namespace {

constexpr std::uint64_t kMostSkipped = 10;
constexpr std::uint64_t kRowsForOneMoreSkipped = 10'000;  // 0.01 %

}  // namespace

void RowSink::begin_file(std::string_view name) {
  name_ = name;
  line_ = 0;
  file_findings_ = {};
  announces_ = false;
  table_.files.emplace_back(name);
}

Result<Done> RowSink::end_file() {
  table_.v4_ends.push_back(table_.v4.size());
  table_.v6_ends.push_back(table_.v6.size());
  if (auto error = too_many_skipped(name_, line_, options_, file_findings_)) return *std::move(error);
  if (!announces_) return Error{Errc::empty, name_ + ": no row announces an address"};
  return Done{};
}

void RowSink::add_repairs(const LabelSet::Entry& entry, std::string_view text) {
  if (entry.repaired_text) add(Finding::repaired_text, text);
  if (entry.shortened_text) add(Finding::shortened_text, text);
  if (entry.dropped_country) add(Finding::dropped_country, text);
}

std::uint32_t RowSink::label(std::uint32_t asn, std::string_view country, std::string_view name,
                             std::string_view text) {
  tail_ = std::to_string(asn);
  tail_ += '\t';
  tail_ += country.empty() ? "None" : country;
  tail_ += '\t';
  tail_ += name;
  // A tab would look like one more field: it is repaired as any other control character.
  std::replace(tail_.end() - static_cast<std::ptrdiff_t>(name.size()), tail_.end(), '\t', '\x01');
  const LabelSet::Entry entry = labels_.intern(tail_, LabelSet::hash_of(tail_));
  add(entry, text);
  return entry.label;
}

void RowSink::add_bad_range(const std::optional<Address>& first, const std::optional<Address>& last,
                            std::string_view text) {
  if (!first || !last) return add(Finding::bad_address, text);
  add(first->family != last->family ? Finding::mixed_families : Finding::reversed_range, text);
}

std::optional<Error> RowSink::too_large() const {
  if (table_.labels.size() > kMaxRecords) {
    return Error{Errc::limit, name_ + ": has more than " + std::to_string(kMaxRecords) +
                                  " combinations of AS, country and description; this is not an IP-to-ASN source"};
  }
  if (table_.rows > options_.max_rows) {
    return Error{Errc::limit, name_ + ": has more than " + std::to_string(options_.max_rows) +
                                  " rows; this is not an IP-to-ASN source"};
  }
  return std::nullopt;
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
