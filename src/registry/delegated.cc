#include "registry/delegated.hh"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hh"
#include "net/asn.hh"
#include "registry/text_lines.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kFields = 16;

struct Line {
  std::array<std::string_view, kFields> field;
  std::size_t count = 0;
};

Line split(std::string_view text) {
  Line line;
  while (line.count < kFields) {
    const std::size_t bar = text.find('|');
    line.field[line.count++] = text.substr(0, bar);
    if (bar == std::string_view::npos) break;
    text.remove_prefix(bar + 1);
  }
  return line;
}

bool read_count(std::string_view text, std::uint64_t& count) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  return problem == std::errc() && end == text.data() + text.size();
}

// The count of addresses need not be a power of two; of IPv6 it is the length of a prefix.
bool read_range(const Line& line, Range& range) {
  std::uint64_t count = 0;
  const auto first = parse_address(line.field[3]);
  if (!first || !read_count(line.field[4], count)) return false;
  range.first = *first;
  if (line.field[2] == "ipv4") {
    constexpr std::uint64_t kAll = std::uint64_t{1} << 32;
    if (first->family != Family::v4 || count == 0 || count > kAll - first->lo) return false;
    range.last = Address::v4(static_cast<std::uint32_t>(first->lo + count - 1));
    return true;
  }
  const auto prefix = count <= 128 ? parse_prefix(to_string(*first) + "/" + std::to_string(count)) : std::nullopt;
  if (first->family != Family::v6 || !prefix) return false;
  range = prefix->range();
  return true;
}

}  // namespace

bool Delegated::is_header(std::string_view text) {
  const Line line = split(text);
  return line.count >= 7 && line.field[0].starts_with('2') && line.field[0].size() <= 4 &&
         (line.field[0].size() == 1 || line.field[0][1] == '.') && !line.field[1].empty();
}

std::uint16_t Delegated::registry_number(std::string_view name) {
  auto found = std::find(registries_.begin(), registries_.end(), name);
  if (found == registries_.end() && registries_.size() < 0xFFFF) {
    found = registries_.insert(registries_.end(), std::string(name));
  }
  return static_cast<std::uint16_t>(found - registries_.begin());
}

std::uint32_t Delegated::holder_number(std::string_view registry, std::string_view id) {
  if (id.empty()) return 0;
  const std::string key = std::string(registry) + "|" + std::string(id);
  const auto [found, is_new] = holder_numbers_.try_emplace(key, static_cast<std::uint32_t>(holders_.size()));
  if (is_new) holders_.push_back(key);
  return found->second;
}

Result<Done> Delegated::add(ByteSource& bytes, std::string_view name) {
  const std::size_t before = records_.size();
  Result<Done> added = add_records(bytes, name);
  if (!added) records_.resize(before);
  return added;
}

Result<Done> Delegated::add_records(ByteSource& bytes, std::string_view name) {
  TextLines lines(bytes);
  const auto wrong = [&](std::string_view what) {
    return Error{Errc::damaged, std::string(name) + ", line " + std::to_string(lines.number()) + ": " +
                                    std::string(what) + "; the file is not used: download it again"};
  };
  std::uint64_t told[3] = {}, held[3] = {}, header = 0;
  bool has_header = false, has_summary = false;
  std::string_view text;
  Result<bool> more = lines.next(text);
  for (; more && *more; more = lines.next(text)) {
    if (text.empty() || text.front() == '#') continue;
    const Line line = split(text);
    if (!has_header) {
      if (!is_header(text) || !read_count(line.field[3], header)) return wrong("does not begin with a header 2|…");
      has_header = true;
      continue;
    }
    const auto kind = [&]() -> int {
      return line.field[2] == "ipv4" ? 0 : line.field[2] == "ipv6" ? 1 : line.field[2] == "asn" ? 2 : -1;
    }();
    if (line.count < 6 || kind < 0) return wrong("is neither a summary nor a record");
    if (line.field[5] == "summary") {
      if (!read_count(line.field[4], told[kind])) return wrong("has a summary without a count");
      has_summary = true;
      continue;
    }
    ++held[kind];
    if (kind == 2) continue;
    Record record;
    if (line.count < 7 || !read_range(line, record.range)) return wrong(quoted(text) + " is not a record");
    record.registry = registry_number(line.field[0]);
    if (const auto country = parse_country(line.field[1])) {
      record.country[0] = country->letters[0];
      record.country[1] = country->letters[1];
    }
    record.held = line.field[6] == "allocated" || line.field[6] == "assigned";
    if (line.count > 7) record.holder = holder_number(line.field[0], line.field[7]);
    records_.push_back(record);
  }
  std::string problem;
  if (!more) {
    problem = more.error().message;
  } else if (!has_header || !has_summary) {
    problem = "has no header or no summary";
  } else if (lines.cut()) {
    problem = "ends in the middle of a line";
  } else if (!std::equal(std::begin(told), std::end(told), std::begin(held))) {
    problem = "holds other records than its summary counts: it was cut";
  } else if (header != held[0] + held[1] + held[2]) {
    problem = "holds other records than its header counts: it was cut";
  }
  if (problem.empty()) return Done{};
  return wrong(problem);
}

void Delegated::sort() {
  std::sort(records_.begin(), records_.end(), [](const Record& a, const Record& b) {
    return a.range.first != b.range.first ? a.range.first < b.range.first : b.range.last < a.range.last;
  });
  of_holder_.assign(holders_.size(), {});
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (records_[i].holder != 0) of_holder_[records_[i].holder].push_back(static_cast<std::uint32_t>(i));
  }
}

DelegatedRecord Delegated::view(const Record& record) const {
  const std::string_view holder = holders_[record.holder];
  DelegatedRecord result{record.range,
                         registries_[record.registry],
                         {record.country, record.country[0] != '\0' ? std::size_t{2} : 0},
                         holder,
                         record.held};
  if (const std::size_t bar = holder.find('|'); bar != std::string_view::npos) {
    result.opaque_id = holder.substr(bar + 1);
  }
  return result;
}

std::optional<DelegatedRecord> Delegated::find(const Range& range) const {
  auto record = std::upper_bound(records_.begin(), records_.end(), range.first,
                                 [](const Address& at, const Record& each) { return at < each.range.first; });
  if (record == records_.begin()) return std::nullopt;
  --record;
  if (!record->range.contains(range.first) || !record->range.contains(range.last)) return std::nullopt;
  return view(*record);
}

std::vector<DelegatedRecord> Delegated::same_holder(const DelegatedRecord& record) const {
  std::vector<DelegatedRecord> others;
  const auto holder = holder_numbers_.find(std::string(record.registry) + "|" + std::string(record.opaque_id));
  if (record.opaque_id.empty() || holder == holder_numbers_.end()) return others;
  for (const std::uint32_t i : of_holder_[holder->second]) {
    if (!(records_[i].range == record.range)) others.push_back(view(records_[i]));
  }
  return others;
}

}  // namespace ip2asn
