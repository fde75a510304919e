#include "index/index6.hh"

#include <algorithm>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "cunit_main.hh"
#include "index_block_test.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::AlignedBlock;

constexpr std::uint32_t kRecords = 1000;
constexpr Key6 kLast{~0ull, ~0ull};
constexpr std::size_t kTree = 64 + 65536 * 4;  // where a block's directory ends

std::uint32_t naive(const std::vector<Run6>& runs, Key6 address) {
  const auto after =
      std::upper_bound(runs.begin(), runs.end(), address, [](const Key6& a, const Run6& run) { return a < run.start; });
  return std::prev(after)->record;
}

Key6 plus(Key6 key, std::uint64_t n) {
  const std::uint64_t lo = key.lo + n;
  return {key.hi + (lo < n), lo};
}

Key6 minus(Key6 key, std::uint64_t n) { return {key.hi - (key.lo < n), key.lo - n}; }

// A key with only the upper `length` bits set.
Key6 mask(int length) {
  if (length == 0) return {0, 0};
  if (length <= 64) return {~0ull << (64 - length), 0};
  return {~0ull, ~0ull << (128 - length)};
}

std::vector<Run6> from_map(const std::map<Key6, std::uint32_t>& starts) {
  std::vector<Run6> runs;
  for (const auto& [start, record] : starts) runs.push_back({start, record});
  return runs;
}

void expect_same(const std::vector<Run6>& runs, const Index6& index, std::mt19937_64& random) {
  std::vector<Key6> addresses;
  for (const Run6& run : runs) {
    const Key6 at = run.start;
    for (const std::uint64_t near : {0ull, 1ull, 1ull << 63})
      addresses.insert(addresses.end(), {plus(at, near), minus(at, near)});
    addresses.insert(addresses.end(), {{at.hi ^ 0x10000, at.lo}, {at.hi + 0xFFFF, at.lo}, {at.hi - 1, at.lo}});
    addresses.push_back({at.hi ^ (random() >> 16), random()});
  }
  for (int i = 0; i < 1000; ++i) addresses.push_back({random(), random()});
  addresses.push_back(kLast);
  std::vector<std::uint32_t> records(addresses.size());
  index.lookup(addresses, records.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint32_t expected = naive(runs, addresses[i]);
    wrong += records[i] != expected;
    wrong += index.lookup(addresses[i].hi, addresses[i].lo) != expected;
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

void expect_index_of(const std::vector<Run6>& runs, std::mt19937_64& random) {
  const auto built = build_index6(runs);
  CU_ASSERT_FATAL(static_cast<bool>(built));
  AlignedBlock block(*built);
  const auto index = Index6::open(block.bytes(), kRecords);
  CU_ASSERT_FATAL(static_cast<bool>(index));
  expect_same(runs, *index, random);
}

// Cuts `count` prefixes of `length` into the space, in clusters that share all but their last twelve bits.
std::vector<Run6> cut(int length, int count, std::mt19937_64& random) {
  std::map<Key6, std::uint32_t> starts{{{0, 0}, 0}};
  Key6 near{};
  for (int i = 0; i < count; ++i) {
    if (i % 20 == 0) near = {random(), random()};
    const Key6 keep = mask(length);
    const Key6 cluster = mask(std::max(0, length - 12));
    const Key6 bits{random(), random()};
    const Key6 first{((near.hi & cluster.hi) | (bits.hi & ~cluster.hi)) & keep.hi,
                     ((near.lo & cluster.lo) | (bits.lo & ~cluster.lo)) & keep.lo};
    const Key6 last{first.hi | ~keep.hi, first.lo | ~keep.lo};
    const std::uint32_t behind = std::prev(starts.upper_bound(last))->second;
    starts.erase(starts.lower_bound(first), starts.upper_bound(last));
    starts[first] = static_cast<std::uint32_t>(random() % kRecords);
    if (last != kLast) starts.emplace(plus(last, 1), behind);
  }
  return from_map(starts);
}

void finds_every_granularity() {
  std::mt19937_64 random(4);
  for (int length = 0; length <= 128; ++length) {
    for (int count : {1, 2, 7, 90, 500}) expect_index_of(cut(length, count, random), random);
  }
}

void finds_mixed_granularities() {
  std::mt19937_64 random(5);
  for (int round = 0; round < 40; ++round) {
    std::map<Key6, std::uint32_t> starts{{{0, 0}, 7}};
    Key6 at{};
    for (int i = 0; i < 500; ++i) {
      const Key6 keep = mask(1 + static_cast<int>(random() % 128));
      // Half of them inside the one before.
      at = i % 2 == 0 ? Key6{random(), random()} : Key6{at.hi | random() >> (random() % 64), random()};
      starts[{at.hi & keep.hi, at.lo & keep.lo}] = static_cast<std::uint32_t>(random() % kRecords);
    }
    expect_index_of(from_map(starts), random);
  }
}

void finds_crowded_slices() {
  std::mt19937_64 random(6);
  // `count` runs, `step` apart, from 2001:db8:: on: every size of slice, of tree and of deep slice, and their limits.
  struct {
    std::uint64_t count;
    Key6 step;
  } const cases[] = {
      {8, {1 << 16, 0}},
      {9, {1 << 16, 0}},
      {10, {1 << 16, 0}},
      {144, {1 << 16, 0}},
      {145, {1 << 16, 0}},
      {2304, {1 << 16, 0}},
      {2305, {1 << 16, 0}},
      {40000, {1 << 16, 0}},
      {20, {1ull << 32, 0}},
      {200, {1ull << 48, 0}},
      {1, {0, 1}},
      {2, {0, 1}},
      {3, {0, 1}},
      {4, {0, 1}},
      {1000, {0, 1}},
      {70000, {1, 0}},
      {1000, {0, 1ull << 60}},
      {5000, {0, 1ull << 55}},
      {300, {1 << 14, 0}},
  };
  for (const auto& c : cases) {
    std::vector<Run6> runs{{{0, 0}, 1}};
    Key6 at{0x20010DB8'00000000, 0};
    for (std::uint64_t i = 0; i < c.count; ++i) {
      runs.push_back({at, static_cast<std::uint32_t>(i % kRecords)});
      at = plus(at, c.step.lo);
      at.hi += c.step.hi;
    }
    expect_index_of(runs, random);
  }
}

void finds_the_ends_of_the_space() {
  std::mt19937_64 random(7);
  expect_index_of({{{0, 0}, 999}}, random);
  expect_index_of({{{0, 0}, 1}, {{0, 1}, 2}}, random);
  expect_index_of({{{0, 0}, 1}, {{1, 0}, 2}}, random);
  expect_index_of({{{0, 0}, 1}, {kLast, 2}}, random);
  expect_index_of({{{0, 0}, 1}, {{~0ull, 0}, 2}, {minus(kLast, 1), 3}, {kLast, 4}}, random);
  expect_index_of({{{0, 0}, 1}, {{~0ull << 16, 0}, 2}}, random);
}

void joins_neighbours_with_one_record() {
  const std::vector<Run6> apart{
      {{0, 0}, 1}, {{0, 5}, 1}, {{1ull << 40, 0}, 1}, {{1ull << 50, 0}, 2}, {{1ull << 50, 9}, 2}};
  const std::vector<Run6> joined{{{0, 0}, 1}, {{1ull << 50, 0}, 2}};
  CU_ASSERT(*build_index6(apart) == *build_index6(joined));
}

void refuses_runs_that_are_none() {
  const std::vector<Run6> cases[] = {{},
                                     {{{0, 1}, 0}},
                                     {{{0, 0}, 0}, {{7, 0}, 1}, {{7, 0}, 2}},
                                     {{{0, 0}, 0}, {{7, 1}, 1}, {{7, 0}, 2}},
                                     {{{0, 0}, kMaxRecords}}};
  for (const auto& runs : cases) {
    const auto built = build_index6(runs);
    CU_ASSERT_FATAL(!built);
    CU_ASSERT(built.error().code == Errc::argument);
    CU_ASSERT(!built.error().message.empty());
  }
}

void takes_the_greatest_record() {
  const auto built = build_index6(std::vector<Run6>{{{0, 0}, kMaxRecords - 1},
                                                    {{0, 1}, 0},
                                                    {{0, 2}, kMaxRecords - 1},
                                                    {{1 << 16, 0}, 3},
                                                    {{1ull << 48, 0}, kMaxRecords - 1}});
  AlignedBlock block(*built);
  const auto index = Index6::open(block.bytes(), kMaxRecords);
  CU_ASSERT_FATAL(static_cast<bool>(index));
  CU_ASSERT_EQUAL(index->lookup(0, 0), kMaxRecords - 1);
  CU_ASSERT_EQUAL(index->lookup(0, 1), 0);
  CU_ASSERT_EQUAL(index->lookup(0, 2), kMaxRecords - 1);
  CU_ASSERT_EQUAL(index->lookup(1 << 16, 0), 3);
  CU_ASSERT_EQUAL(index->lookup(~0ull, 0), kMaxRecords - 1);
  CU_ASSERT(!Index6::open(block.bytes(), kMaxRecords - 1));
}

// Two levels of nodes, slices, and deep slices of one start and of several.
std::vector<std::byte> small_block() {
  std::vector<Run6> runs{{{0, 0}, 1}};
  for (std::uint64_t i = 0; i < 200; ++i)
    runs.push_back({{0x20010000'00000000 + (i << 20), 0}, static_cast<std::uint32_t>(i)});
  for (std::uint64_t i = 0; i < 12; ++i)
    runs.push_back({{0x20010DB8'00000000 + i, i}, static_cast<std::uint32_t>(300 + i)});
  runs.push_back({{0x2A000000'00000000, 1}, 400});
  return *build_index6(runs);
}

std::vector<Key6> probes() {
  std::mt19937_64 random(8);
  std::vector<Key6> addresses;
  for (std::uint64_t i = 0; i < 200; ++i) addresses.push_back({0x20010000'00000000 + (i << 20), i});
  for (std::uint64_t i = 0; i < 50; ++i) addresses.push_back({0x20010DB8'00000000 + i / 2, i % 14});
  for (int i = 0; i < 100; ++i) addresses.push_back({0x20000000'00000000 | random() >> 3, random()});
  return addresses;
}

ip2asn::test::Damage<Index6, Key6> damage() {
  // The directory's words are all alike: some of them, with those that lead on, will do.
  const auto skip = [](std::size_t at) {
    const std::size_t word = (at - 64) / 4;
    return word != 0x2001 && word != 0x2A00 && word % 4999 != 0;
  };
  return {small_block(), probes(), kRecords, kTree, skip};
}

void survives_every_flipped_bit() { damage().flip_every_bit(); }
void survives_random_bytes() { damage().write_random_bytes(); }
void refuses_cut_and_grown_blocks() { damage().cut_and_grow(); }
void refuses_records_beyond_the_count() { damage().count_fewer_records(401, {0, 1, 200, 311, 400}); }
void refuses_a_block_out_of_line() { damage().put_out_of_line(16); }

void tells_its_shape() {
  AlignedBlock block(small_block());
  const IndexShape shape = Index6::open(block.bytes(), kRecords)->shape();
  CU_ASSERT_EQUAL(shape.bytes, block.bytes().size());
  // In 2001::/16 the record before, 200 starts, and one /48 with its twelve; then 2a00::/16 with one start in its first
  // /48.
  CU_ASSERT_EQUAL(shape.slices, 24);
  CU_ASSERT_EQUAL(shape.starts, 200 + 13 + 3);
  CU_ASSERT_EQUAL(shape.least_starts, 3);
  CU_ASSERT(shape.most_starts > 12);
}

}  // namespace

int main() {
  return ip2asn::test::run("index6", {
                                         {"finds every granularity from /0 to /128", finds_every_granularity},
                                         {"finds mixed granularities", finds_mixed_granularities},
                                         {"finds crowded slices", finds_crowded_slices},
                                         {"finds the ends of the space", finds_the_ends_of_the_space},
                                         {"joins neighbours with one record", joins_neighbours_with_one_record},
                                         {"refuses runs that are none", refuses_runs_that_are_none},
                                         {"takes the greatest record", takes_the_greatest_record},
                                         {"survives every flipped bit", survives_every_flipped_bit},
                                         {"survives random bytes", survives_random_bytes},
                                         {"refuses cut and grown blocks", refuses_cut_and_grown_blocks},
                                         {"refuses records beyond the count", refuses_records_beyond_the_count},
                                         {"refuses a block out of line", refuses_a_block_out_of_line},
                                         {"tells its shape", tells_its_shape},
                                     });
}
