#include "sources/findings.hh"

#include <utility>

#include "base/text.hh"

namespace ip2asn {
namespace {

// Enough of an offending line to find it again.
constexpr std::size_t kExampleBytes = 120;

constexpr std::array<std::string_view, kFindingKinds> kDescriptions = {
    "line too long",  "wrong number of fields", "bad AS number",  "bad address",
    "mixed families", "reversed range",         "conflict",       "overlap",
    "duplicate",      "repaired text",          "shortened text", "dropped country",
    "bad list entry", "bad name entry"};

}  // namespace

std::string_view describe(Finding kind) noexcept { return kDescriptions[static_cast<std::size_t>(kind)]; }

void Findings::add(Finding kind, std::string_view file, std::uint64_t line, std::string_view text) {
  if (counts_[static_cast<std::size_t>(kind)]++ >= kExamples) return;
  examples_.push_back({kind, line, std::string(file), repair_text(text, kExampleBytes).text});
}

std::uint64_t Findings::skipped() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    if (skips(static_cast<Finding>(i))) sum += counts_[i];
  }
  return sum;
}

std::string Findings::summary() const {
  std::string skipped_kinds, kept_kinds;
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    if (counts_[i] == 0 || !is_about_row(static_cast<Finding>(i))) continue;
    std::string& list = skips(static_cast<Finding>(i)) ? skipped_kinds : kept_kinds;
    if (!list.empty()) list += ", ";
    list += std::to_string(counts_[i]) + ' ' + std::string(kDescriptions[i]);
  }
  std::string result;
  if (!skipped_kinds.empty()) result = std::to_string(skipped()) + " rows skipped (" + skipped_kinds + ")";
  if (!kept_kinds.empty()) result += (result.empty() ? "" : "; ") + std::string("rows kept: ") + kept_kinds;
  for (const auto& [kind, what] : {std::pair(Finding::bad_list_entry, " list entries skipped"),
                                   std::pair(Finding::bad_name_entry, " lines of names files skipped")}) {
    if (count(kind) != 0) result += (result.empty() ? "" : "; ") + std::to_string(count(kind)) + what;
  }
  return result;
}

}  // namespace ip2asn
