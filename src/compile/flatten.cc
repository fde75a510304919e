#include "compile/flatten.hh"

#include <algorithm>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <string_view>

#include "compile/overlay.hh"
#include "net/address.hh"

namespace ip2asn {
namespace {

Key6 after(const Key6& key) { return {key.hi + (key.lo == ~0ull), key.lo + 1}; }
std::uint32_t after(std::uint32_t key) { return key + 1; }
bool is_last(const Key6& key) { return (key.hi & key.lo) == ~0ull; }
bool is_last(std::uint32_t key) { return key == ~0u; }
Address address_of(const Key6& key) { return Address::v6(key.hi, key.lo); }
Address address_of(std::uint32_t key) { return Address::v4(key); }

std::uint32_t first_of(const Row4& row) { return row.first; }
std::uint32_t last_of(const Row4& row) { return row.last; }
Key6 first_of(const Row6& row) { return {row.first_hi, row.first_lo}; }
Key6 last_of(const Row6& row) { return {row.last_hi, row.last_lo}; }

// By start, and of those that start together the widest first: a range then stands behind all that contain it.
template <class Row>
bool before(const Row& a, const Row& b) {
  if (first_of(a) != first_of(b)) return first_of(a) < first_of(b);
  return last_of(b) < last_of(a);
}

// One sweep over the sorted rows. The stack holds the ranges that contain the current position, the innermost last;
// `at_` is the first address that has no run yet.
template <class Key>
class Sweep {
 public:
  explicit Sweep(std::size_t rows) { runs_.reserve(rows + rows / 8 + 2); }

  // The innermost range that reaches `first`, after those that ended before it have been closed.
  const auto* enter(Key first) {
    while (!stack_.empty() && stack_.back().last < first) close();
    return stack_.empty() ? nullptr : &stack_.back();
  }

  // After enter(first): the widest range that reaches `first` and ends before `last`, so that it overlaps without
  // nesting. There is one.
  Key end_of_overlapped(Key last) const {
    // The ends of those on the stack fall towards its top.
    return std::partition_point(stack_.begin(), stack_.end(), [&](const Open& open) { return !(open.last < last); })
        ->last;
  }

  void push(Key first, Key last, std::uint32_t label) {
    if (at_ && *at_ < first) emit(*at_, stack_.empty() ? 0 : stack_.back().label);
    at_ = first;
    stack_.push_back({first, last, label});
  }

  LabelRuns<Key> finish() {
    while (!stack_.empty()) close();
    if (at_) emit(*at_, 0);
    return std::move(runs_);
  }

 private:
  struct Open {
    Key first, last;
    std::uint32_t label;
  };

  void close() {
    const Open top = stack_.back();
    stack_.pop_back();
    if (!at_ || top.last < *at_) return;
    emit(*at_, top.label);
    at_ = is_last(top.last) ? std::nullopt : std::optional<Key>(after(top.last));
  }

  void emit(Key start, std::uint32_t label) {
    if (label == 0 && !runs_.empty() && runs_.back().label == 0) return;
    runs_.push_back({start, label});
  }

  std::vector<Open> stack_;
  LabelRuns<Key> runs_;
  std::optional<Key> at_ = Key{};  // none: the whole space is covered
};

bool equal(const Row4& a, const Row4& b) {
  return a.first == b.first && a.last == b.last && a.label == b.label && a.line == b.line;
}
bool equal(const Row6& a, const Row6& b) {
  return first_of(a) == first_of(b) && last_of(a) == last_of(b) && a.label == b.label && a.line == b.line;
}

// The name of the file that `row` came from. Rows carry their line alone, so that they stay small; of the few that are
// told, the file is looked for.
template <class Row>
std::string_view file_of(const Table& table, const PageVector<Row>& rows, const std::vector<std::size_t>& ends,
                         const Row& row) {
  if (table.files.size() == 1) return table.files[0];
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const Row& other) { return equal(other, row); });
  const auto end = std::upper_bound(ends.begin(), ends.end(), static_cast<std::size_t>(at - rows.begin()));
  const auto file = static_cast<std::size_t>(end - ends.begin());
  return file < table.files.size() ? std::string_view(table.files[file]) : std::string_view();
}

std::string_view file_of(const Table& table, const Row4& row) { return file_of(table, table.v4, table.v4_ends, row); }
std::string_view file_of(const Table& table, const Row6& row) { return file_of(table, table.v6, table.v6_ends, row); }

template <class Row>
void report(Findings& findings, Finding kind, const Table& table, const Row& row) {
  const bool told = findings.count(kind) < Findings::kExamples;
  std::string text = to_string(address_of(first_of(row))) + '-' + to_string(address_of(last_of(row))) + " AS" +
                     std::to_string(table.labels[row.label].asn);
  findings.add(kind, told ? file_of(table, row) : std::string_view(), row.line, text);
}

void set_first(Row4& row, std::uint32_t first) { row.first = first; }
void set_first(Row6& row, const Key6& first) {
  row.first_hi = first.hi;
  row.first_lo = first.lo;
}

// What is left of a row that overlapped, to be taken where it begins.
template <class Row>
struct Rest {
  Row row;
  std::size_t order;  // of the row among the sorted ones
  friend bool operator<(const Rest& a, const Rest& b) {
    if (before(a.row, b.row) || before(b.row, a.row)) return before(b.row, a.row);
    return a.order > b.order;
  }
};

template <class Key, class Row>
LabelRuns<Key> flatten(std::span<const Row> rows, const Table& table, Findings& findings) {
  PageVector<Row> sorted;
  if (!std::is_sorted(rows.begin(), rows.end(), before<Row>)) {
    sorted.assign(rows.begin(), rows.end());
    std::stable_sort(sorted.begin(), sorted.end(), before<Row>);
    rows = sorted;
  }
  Sweep<Key> sweep(rows.size());
  std::priority_queue<Rest<Row>> rests;
  const auto take = [&](const Row& row, std::size_t order, bool whole) {
    const Key first = first_of(row), last = last_of(row);
    if (const auto* outer = sweep.enter(first)) {
      if (outer->first == first && outer->last == last) {
        if (whole) report(findings, outer->label == row.label ? Finding::duplicate : Finding::conflict, table, row);
        return;
      }
      if (outer->last < last) {
        // What is behind the others is nobody else's.
        if (whole) report(findings, Finding::overlap, table, row);
        Row rest = row;
        set_first(rest, after(sweep.end_of_overlapped(last)));
        rests.push({rest, order});
        return;
      }
    }
    sweep.push(first, last, row.label);
  };
  // A row that stands where a rest begins comes first: its range is what somebody said.
  const auto take_rests_before = [&](const Row* row) {
    while (!rests.empty() && (row == nullptr || before(rests.top().row, *row))) {
      const Rest<Row> rest = rests.top();
      rests.pop();
      take(rest.row, rest.order, false);
    }
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    take_rests_before(&rows[i]);
    take(rows[i], i, true);
  }
  take_rests_before(nullptr);
  return sweep.finish();
}

template <class Key, class Row>
LabelRuns<Key> flatten_files(const PageVector<Row>& rows, const std::vector<std::size_t>& ends, const Table& table,
                             Combine combine, Findings& findings) {
  constexpr std::uint32_t kNobody = UINT32_MAX;  // no label: gaps stay open for the others
  const std::span<const Row> all(rows);
  if (combine == Combine::merge || ends.size() < 2) return flatten<Key>(all, table, findings);
  LabelRuns<Key> runs = flatten<Key>(all.first(ends[0]), table, findings);
  for (std::size_t i = 1; i < ends.size(); ++i) {
    const auto more = flatten<Key>(all.subspan(ends[i - 1], ends[i] - ends[i - 1]), table, findings);
    runs = combine == Combine::fill ? overlaid(more, runs, kNobody) : overlaid(runs, more, kNobody);
  }
  return runs;
}

}  // namespace

LabelRuns<std::uint32_t> flatten4(const Table& table, Findings& findings, Combine combine) {
  return flatten_files<std::uint32_t>(table.v4, table.v4_ends, table, combine, findings);
}

LabelRuns<Key6> flatten6(const Table& table, Findings& findings, Combine combine) {
  return flatten_files<Key6>(table.v6, table.v6_ends, table, combine, findings);
}

}  // namespace ip2asn
