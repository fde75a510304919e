#include "compile/flatten.hh"

#include <algorithm>
#include <array>
#include <sstream>
#include <string>

#include "cunit_main.hh"
#include "support.hh"

namespace {

using ip2asn::Finding;
using ip2asn::Findings;
using ip2asn::Key6;
using ip2asn::Row4;
using ip2asn::Row6;
using ip2asn::Table;
using ip2asn::test::Random;
using ip2asn::test::same;

// Rows told as "0-9:1 3-4:2" (first, last, label). Small numbers are told from the start of the space, "z" is its last
// address, and "z-3" would be ambiguous, so that "y" is the one before the last.
std::uint32_t position(const std::string& word) {
  if (word == "z") return ~0u;
  if (word == "y") return ~0u - 1;
  return static_cast<std::uint32_t>(std::stoul(word));
}

std::string told(std::uint32_t at) { return at == ~0u ? "z" : at == ~0u - 1 ? "y" : std::to_string(at); }

Key6 key6(std::uint32_t at) { return at >= ~0u - 1 ? Key6{~0ull, ~0ull - (~0u - at)} : Key6{0, at}; }

// From 1 on, keys that cross from one half to the other on their way.
Key6 crossing(std::uint32_t at) {
  if (at == 0) return {0, 0};
  return at < 32 ? Key6{0, ~0ull - (31 - at)} : Key6{1, at - 32};
}

Table table_of(const std::string& rows) {
  Table table;
  for (std::uint32_t asn = 0; asn < 10; ++asn) table.labels.push_back({asn, "", ""});
  table.files = {"f"};
  std::istringstream words(rows);
  std::uint32_t line = 0;
  for (std::string word; words >> word;) {
    const std::size_t dash = word.find('-'), colon = word.find(':');
    const std::uint32_t first = position(word.substr(0, dash));
    const std::uint32_t last = position(word.substr(dash + 1, colon - dash - 1));
    const auto label = static_cast<std::uint32_t>(std::stoul(word.substr(colon + 1)));
    const Key6 first6 = key6(first), last6 = key6(last);
    table.v4.push_back({first, last, label, ++line});
    table.v6.push_back({first6.hi, first6.lo, last6.hi, last6.lo, label, line});
    ++table.rows;
  }
  return table;
}

std::string told_counts(const Findings& findings) {
  std::string text;
  if (const auto n = findings.count(Finding::duplicate)) text += " d" + std::to_string(n);
  if (const auto n = findings.count(Finding::overlap)) text += " o" + std::to_string(n);
  if (const auto n = findings.count(Finding::conflict)) text += " c" + std::to_string(n);
  return text;
}

std::string flattened4(const std::string& rows) {
  Findings findings;
  std::string text;
  for (const auto& run : flatten4(table_of(rows), findings))
    text += told(run.start) + ':' + std::to_string(run.label) + ' ';
  if (!text.empty()) text.pop_back();
  return text + told_counts(findings);
}

// The same through the IPv6 side.
std::string flattened6(const std::string& rows) {
  Findings findings;
  std::string text;
  for (const auto& run : flatten6(table_of(rows), findings)) {
    const bool high = run.start.hi != 0;
    const auto at = static_cast<std::uint32_t>(high ? ~0u - (~0ull - run.start.lo) : run.start.lo);
    text += told(run.start == key6(at) ? at : 99) + ':' + std::to_string(run.label) + ' ';
  }
  if (!text.empty()) text.pop_back();
  return text + told_counts(findings);
}

void rows_become_runs() {
  struct {
    const char *rows, *runs;
  } const table[] = {
      {"", "0:0"},
      {"0-z:1", "0:1"},
      {"5-9:1", "0:0 5:1 10:0"},
      {"5-5:1", "0:0 5:1 6:0"},
      {"0-0:1", "0:1 1:0"},
      {"z-z:1", "0:0 z:1"},
      {"0-y:1 z-z:2", "0:1 z:2"},
      {"y-z:1", "0:0 y:1"},
      // neighbours, with and without a gap
      {"5-9:1 10-12:2", "0:0 5:1 10:2 13:0"},
      {"5-9:1 11-12:2", "0:0 5:1 10:0 11:2 13:0"},
      {"5-9:1 10-12:1", "0:0 5:1 10:1 13:0"},
      // nested: the most specific wins
      {"0-z:1 5-9:2", "0:1 5:2 10:1"},
      {"5-20:1 5-9:2", "0:0 5:2 10:1 21:0"},
      {"5-20:1 15-20:2", "0:0 5:1 15:2 21:0"},
      {"5-20:1 8-18:2 10-12:3", "0:0 5:1 8:2 10:3 13:2 19:1 21:0"},
      {"5-20:1 8-10:2 15-18:3", "0:0 5:1 8:2 11:1 15:3 19:1 21:0"},
      {"5-20:1 8-10:2 11-18:3", "0:0 5:1 8:2 11:3 19:1 21:0"},
      {"5-9:1 5-6:2 7-9:3", "0:0 5:2 7:3 10:0"},
      {"0-z:1 0-0:2 z-z:3", "0:2 1:1 z:3"},
      {"0-z:1 0-9:2 10-z:3", "0:2 10:3"},
      {"5-20:1 8-10:1", "0:0 5:1 8:1 11:1 21:0"},
      // a nested row of AS 0 is not routed
      {"5-20:1 8-10:0", "0:0 5:1 8:0 11:1 21:0"},
      {"5-20:0 8-10:1", "0:0 8:1 11:0"},
      {"0-4:0 5-9:1 10-z:0", "0:0 5:1 10:0"},
      {"0-4:0 5-9:0 10-z:0", "0:0"},
      // exact copies
      {"5-9:1 5-9:1", "0:0 5:1 10:0 d1"},
      {"5-9:1 20-21:2 5-9:1 5-9:1", "0:0 5:1 10:0 20:2 22:0 d2"},
      // the same range of another AS: the first in the source stays
      {"5-9:1 5-9:2", "0:0 5:1 10:0 c1"},
      {"5-9:2 5-9:1", "0:0 5:2 10:0 c1"},
      {"5-9:1 5-9:2 5-9:1", "0:0 5:1 10:0 d1 c1"},
      {"5-9:0 5-9:2", "0:0 c1"},
      // overlap without nesting: the one that starts first stays, whatever the order, and the other keeps the rest
      {"5-9:1 8-12:2", "0:0 5:1 10:2 13:0 o1"},
      {"8-12:2 5-9:1", "0:0 5:1 10:2 13:0 o1"},
      {"5-9:1 9-12:2", "0:0 5:1 10:2 13:0 o1"},
      {"5-9:1 8-12:1", "0:0 5:1 10:1 13:0 o1"},
      {"5-9:1 8-12:2 11-14:3", "0:0 5:1 10:2 13:3 15:0 o2"},
      {"0-30:1 5-9:2 8-12:3", "0:1 5:2 10:3 13:1 31:0 o1"},
      {"0-30:1 5-9:2 20-40:3", "0:1 5:2 10:1 31:3 41:0 o1"},
      {"5-9:1 8-z:2", "0:0 5:1 10:2 o1"},
      {"0-10:1 5-20:2 8-12:3", "0:1 11:3 13:2 21:0 o2"},
      {"0-10:1 5-8:2 7-9:3 6-20:4", "0:1 5:2 9:3 10:1 11:4 21:0 o2"},
      {"0-10:1 5-20:2 12-14:3 18-25:4", "0:1 11:2 12:3 15:2 21:4 26:0 o2"},
      // what is left of a row gives way to one that is just that
      {"0-10:1 5-20:2 11-20:3", "0:1 11:3 21:0 o1"},
  };
  for (const auto& row : table) {
    CU_ASSERT(same(flattened4(row.rows), row.runs, row.rows));
    CU_ASSERT(same(flattened6(row.rows), row.runs, row.rows));
  }
}

// Files are divided by "|".
std::string combined(const std::string& files, ip2asn::Combine combine) {
  std::string rows = files;
  std::replace(rows.begin(), rows.end(), '|', ' ');
  Table table = table_of(rows);
  table.files.clear();
  std::istringstream parts(files);
  std::size_t count = 0;
  for (std::string part; std::getline(parts, part, '|');) {
    count += static_cast<std::size_t>(std::count(part.begin(), part.end(), ':'));
    table.files.push_back("f");
    table.v4_ends.push_back(count);
    table.v6_ends.push_back(count);
  }
  Findings findings;
  std::string text;
  for (const auto& run : flatten4(table, findings, combine))
    text += told(run.start) + ':' + std::to_string(run.label) + ' ';
  const auto runs6 = flatten6(table, findings, combine);
  std::string text6;
  for (const auto& run : runs6) {
    const auto at = static_cast<std::uint32_t>(run.start.hi != 0 ? ~0u - (~0ull - run.start.lo) : run.start.lo);
    text6 += told(at) + ':' + std::to_string(run.label) + ' ';
  }
  text.pop_back();
  return text + (text6 == text + ' ' ? "" : " but IPv6: " + text6);
}

void several_files_are_combined_as_asked() {
  struct {
    const char *files, *merged, *filled, *replaced;
  } const table[] = {
      {"0-9:1|20-29:2", "0:1 10:0 20:2 30:0", "0:1 10:0 20:2 30:0", "0:1 10:0 20:2 30:0"},
      {"0-9:1|5-6:2", "0:1 5:2 7:1 10:0", "0:1 10:0", "0:1 5:2 7:1 10:0"},
      {"5-6:1|0-9:2", "0:2 5:1 7:2 10:0", "0:2 5:1 7:2 10:0", "0:2 10:0"},
      {"0-9:1|0-9:2", "0:1 10:0", "0:1 10:0", "0:2 10:0"},
      {"0-9:1|5-z:2", "0:1 10:2", "0:1 10:2", "0:1 5:2"},
      {"0-9:1 20-29:1|5-25:2|8-40:3", "0:1 10:2 26:1 30:3 41:0", "0:1 10:2 20:1 30:3 41:0", "0:1 5:2 8:3 41:0"},
      // what a source says that nobody announces is left to the others
      {"0-9:0 10-19:1|0-30:2", "0:0 10:1 20:2 31:0", "0:2 10:1 20:2 31:0", "0:2 31:0"},
  };
  for (const auto& row : table) {
    CU_ASSERT(same(combined(row.files, ip2asn::Combine::merge), row.merged, std::string("merge ") + row.files));
    CU_ASSERT(same(combined(row.files, ip2asn::Combine::fill), row.filled, std::string("fill ") + row.files));
    CU_ASSERT(same(combined(row.files, ip2asn::Combine::replace), row.replaced, std::string("replace ") + row.files));
  }
}

void a_finding_names_the_row_and_its_line() {
  Findings findings;
  flatten4(table_of("0-9:1 20-29:2 5-15:3"), findings);
  CU_ASSERT_EQUAL_FATAL(findings.examples().size(), 1);
  const auto& example = findings.examples()[0];
  CU_ASSERT(same(example.file, "f", "file"));
  CU_ASSERT_EQUAL(example.line, 3);
  CU_ASSERT(same(example.text, "0.0.0.5-0.0.0.15 AS3", "text"));
}

// Rows that nest or stand apart, drawn by dividing a small space again and again.
void draw(Random& random, std::uint32_t first, std::uint32_t last, int depth, std::vector<Row4>& rows) {
  while (first <= last) {
    const std::uint32_t size = 1 + random.below(last - first + 1);
    const std::uint32_t end = first + size - 1;
    if (random.below(4) != 0) {
      const bool copy = !rows.empty() && rows.back().first == first && rows.back().last == end;
      if (!copy) rows.push_back({first, end, random.below(6), 1});
    }
    if (depth > 0 && size > 1) draw(random, first, end - random.below(2), depth - 1, rows);
    first = end + 1 + random.below(3);
  }
}

bool each_range_once(const std::vector<Row4>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (rows[i].first == rows[j].first && rows[i].last == rows[j].last) return false;
    }
  }
  return true;
}

void nested_rows_in_any_order_give_each_address_its_smallest_range() {
  constexpr std::uint32_t kSpace = 64;
  Random random(7);
  int rounds = 0;
  while (rounds < 3000) {
    std::vector<Row4> rows;
    draw(random, 1 + random.below(8), kSpace - 1, 3, rows);
    if (!each_range_once(rows)) continue;
    ++rounds;
    std::array<std::uint32_t, kSpace + 1> model{};
    for (std::uint32_t at = 0; at < model.size(); ++at) {
      std::uint32_t smallest = ~0u;
      for (const Row4& row : rows) {
        if (at < row.first || at > row.last || row.last - row.first >= smallest) continue;
        smallest = row.last - row.first;
        model[at] = row.label;
      }
    }
    std::shuffle(rows.begin(), rows.end(), random);
    Table table = table_of("");
    table.v4.assign(rows.begin(), rows.end());
    for (const Row4& row : rows) {
      const Key6 first = crossing(row.first), last = crossing(row.last);
      table.v6.push_back({first.hi, first.lo, last.hi, last.lo, row.label, 1});
    }
    Findings findings;
    const auto runs4 = flatten4(table, findings);
    const auto runs6 = flatten6(table, findings);
    bool good = findings.skipped() == 0 && findings.count(Finding::duplicate) == 0 && runs4[0].start == 0 &&
                runs6.size() == runs4.size();
    for (std::size_t i = 1; i < runs4.size(); ++i) {
      good = good && runs4[i - 1].start < runs4[i].start && (runs4[i - 1].label != 0 || runs4[i].label != 0);
    }
    for (std::uint32_t at = 0; good && at < model.size(); ++at) {
      const auto behind = std::find_if(runs4.begin(), runs4.end(), [&](const auto& run) { return run.start > at; });
      good = (behind - 1)->label == model[at];
    }
    for (std::size_t i = 0; good && i < runs4.size(); ++i) {
      good = runs6[i].start == crossing(runs4[i].start) && runs6[i].label == runs4[i].label;
    }
    if (good) continue;
    CU_FAIL("runs differ from the model");
    return;
  }
}

void overlapping_rows_give_the_same_runs_in_any_order() {
  Random random(11);
  for (int round = 0; round < 3000; ++round) {
    std::vector<Row4> rows;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const std::uint32_t first = random.below(40);
      rows.push_back({first, first + random.below(20), 1 + i % 9, 1});
      // A range that two rows give to two ASes is told by their order; leave that out here.
      if (!each_range_once(rows)) rows.pop_back();
    }
    Table table = table_of("");
    table.v4.assign(rows.begin(), rows.end());
    Findings findings;
    const auto wanted = flatten4(table, findings);
    std::shuffle(table.v4.begin(), table.v4.end(), random);
    Findings findings_again;
    const auto got = flatten4(table, findings_again);
    const bool good = std::equal(wanted.begin(), wanted.end(), got.begin(), got.end(),
                                 [](const auto& a, const auto& b) { return a.start == b.start && a.label == b.label; });
    if (good && findings.skipped() == findings_again.skipped()) continue;
    CU_FAIL("the order of the rows shows");
    return;
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "flatten",
      {
          {"rows become runs", rows_become_runs},
          {"several files are combined as asked", several_files_are_combined_as_asked},
          {"a finding names the row and its line", a_finding_names_the_row_and_its_line},
          {"nested rows in any order give each address its smallest range",
           nested_rows_in_any_order_give_each_address_its_smallest_range},
          {"overlapping rows give the same runs in any order", overlapping_rows_give_the_same_runs_in_any_order},
      });
}
