#include "index/index4.hh"

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
constexpr std::size_t kSlices = 64 + (std::size_t{1} << 18) * 3;  // where a block's directory ends

std::uint32_t naive(const std::vector<Run4>& runs, std::uint32_t address) {
  const auto after = std::upper_bound(runs.begin(), runs.end(), address,
                                      [](std::uint32_t a, const Run4& run) { return a < run.start; });
  return std::prev(after)->record;
}

std::vector<Run4> from_map(const std::map<std::uint32_t, std::uint32_t>& starts) {
  std::vector<Run4> runs;
  for (const auto& [start, record] : starts) runs.push_back({start, record});
  return runs;
}

// Every start, the addresses around it, and random ones, single and as a batch of an odd length.
void expect_same(const std::vector<Run4>& runs, const Index4& index, std::mt19937& random) {
  std::vector<std::uint32_t> addresses;
  for (const Run4& run : runs) {
    for (const std::uint32_t near : {0u, 1u, 255u, 256u, ~0u, ~255u}) addresses.push_back(run.start + near);
  }
  for (int i = 0; i < 2000; ++i) addresses.push_back(static_cast<std::uint32_t>(random()));
  addresses.push_back(~0u);
  std::vector<std::uint32_t> records(addresses.size());
  index.lookup(addresses, records.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint32_t expected = naive(runs, addresses[i]);
    wrong += records[i] != expected;
    wrong += index.lookup(addresses[i]) != expected;
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

void expect_index_of(const std::vector<Run4>& runs, std::mt19937& random) {
  const auto built = build_index4(runs);
  CU_ASSERT_FATAL(static_cast<bool>(built));
  AlignedBlock block(*built);
  const auto index = Index4::open(block.bytes(), kRecords);
  CU_ASSERT_FATAL(static_cast<bool>(index));
  expect_same(runs, *index, random);
}

// Cuts `count` prefixes of `length` into the space, most of them close to one another.
std::vector<Run4> cut(int length, int count, std::mt19937& random) {
  std::map<std::uint32_t, std::uint32_t> starts{{0, 0}};
  std::uint32_t near = static_cast<std::uint32_t>(random());
  for (int i = 0; i < count; ++i) {
    if (i % 20 == 0) near = static_cast<std::uint32_t>(random());
    const std::uint32_t mask = length == 0 ? 0 : ~0u << (32 - length);
    const std::uint32_t first = (near + static_cast<std::uint32_t>(random()) % 4096 * (i % 3 == 0 ? 1 : 16)) & mask;
    const std::uint32_t last = first | ~mask;
    const std::uint32_t behind = std::prev(starts.upper_bound(last))->second;
    starts.erase(starts.lower_bound(first), starts.upper_bound(last));
    starts[first] = static_cast<std::uint32_t>(random()) % kRecords;
    if (last != ~0u) starts.emplace(last + 1, behind);
  }
  return from_map(starts);
}

void finds_every_granularity() {
  std::mt19937 random(4);
  for (int length = 0; length <= 32; ++length) {
    for (int count : {1, 2, 9, 60, 700}) expect_index_of(cut(length, count, random), random);
  }
}

void finds_mixed_granularities() {
  std::mt19937 random(5);
  for (int round = 0; round < 40; ++round) {
    std::map<std::uint32_t, std::uint32_t> starts{{0, 7}};
    for (int i = 0; i < 500; ++i) {
      const auto at = static_cast<std::uint32_t>(random());
      starts[at & (~0u << random() % 32)] = static_cast<std::uint32_t>(random()) % kRecords;
    }
    expect_index_of(from_map(starts), random);
  }
}

void finds_crowded_slices() {
  std::mt19937 random(6);
  // How many runs of how many addresses each begin at 192.0.2.0: every size of slice and fine slice, and their limits.
  struct {
    std::uint32_t count, step;
  } const cases[] = {{1, 256}, {7, 256}, {8, 256}, {9, 256}, {256, 256}, {257, 256}, {65536, 1},
                     {6, 1},   {7, 1},   {8, 1},   {9, 1},   {15, 1},    {16, 1},    {17, 1},
                     {255, 1}, {256, 1}, {257, 1}, {300, 3}, {64, 64},   {513, 128}};
  for (const auto& c : cases) {
    std::vector<Run4> runs{{0, 1}};
    for (std::uint32_t i = 0; i < c.count; ++i) runs.push_back({0xC0000200 + i * c.step, i % kRecords});
    expect_index_of(runs, random);
  }
}

void finds_the_ends_of_the_space() {
  std::mt19937 random(7);
  expect_index_of({{0, 999}}, random);
  expect_index_of({{0, 1}, {1, 2}}, random);
  expect_index_of({{0, 1}, {~0u, 2}}, random);
  expect_index_of({{0, 1}, {0xFFFFFF00, 2}, {0xFFFFFFFE, 3}, {0xFFFFFFFF, 4}}, random);
}

void joins_neighbours_with_one_record() {
  const std::vector<Run4> apart{{0, 1}, {5, 1}, {256, 1}, {65536, 2}, {65540, 2}};
  const std::vector<Run4> joined{{0, 1}, {65536, 2}};
  CU_ASSERT(*build_index4(apart) == *build_index4(joined));
}

void refuses_runs_that_are_none() {
  const std::vector<Run4> cases[] = {
      {}, {{1, 0}}, {{0, 0}, {7, 1}, {7, 2}}, {{0, 0}, {7, 1}, {6, 2}}, {{0, kMaxRecords}}};
  for (const auto& runs : cases) {
    const auto built = build_index4(runs);
    CU_ASSERT_FATAL(!built);
    CU_ASSERT(built.error().code == Errc::argument);
    CU_ASSERT(!built.error().message.empty());
  }
}

void takes_the_greatest_record() {
  const auto built = build_index4(std::vector<Run4>{{0, kMaxRecords - 1}, {1, 0}, {256, kMaxRecords - 1}, {65536, 3}});
  AlignedBlock block(*built);
  const auto index = Index4::open(block.bytes(), kMaxRecords);
  CU_ASSERT_FATAL(static_cast<bool>(index));
  CU_ASSERT_EQUAL(index->lookup(0), kMaxRecords - 1);
  CU_ASSERT_EQUAL(index->lookup(1), 0);
  CU_ASSERT_EQUAL(index->lookup(256), kMaxRecords - 1);
  CU_ASSERT(!Index4::open(block.bytes(), kMaxRecords - 1));
}

// Inline and pooled leaves, and fine slices of one and of several groups.
std::vector<std::byte> small_block() {
  std::vector<Run4> runs{{0, 1}, {0x01000000, 2}, {0x01000001, 3}, {0x01000100, 4}};
  for (std::uint32_t i = 0; i < 12; ++i) runs.push_back({0x02000000 + i * 256, 10 + i});
  for (std::uint32_t i = 0; i < 20; ++i) runs.push_back({0x02010000 + i * 3, 30 + i});
  return *build_index4(runs);
}

std::vector<std::uint32_t> probes() {
  std::mt19937 random(8);
  std::vector<std::uint32_t> addresses;
  for (std::uint32_t i = 0; i < 600; ++i) {
    addresses.push_back(i % 2 == 0 ? 0x01000000 + i : 0x02000000 + i * 37 % 0x10400);
  }
  for (int i = 0; i < 100; ++i) addresses.push_back(static_cast<std::uint32_t>(random()));
  return addresses;
}

ip2asn::test::Damage<Index4, std::uint32_t> damage() {
  // The directory's words are all alike: some of them, with those that lead on, will do.
  const auto skip = [](std::size_t at) {
    const std::size_t word = (at - 64) / 3;
    return word != 0x01000000 >> 14 && word != 0x02000000 >> 14 && word % 4999 != 0;
  };
  return {small_block(), probes(), kRecords, kSlices, skip};
}

void survives_every_flipped_bit() { damage().flip_every_bit(); }
void survives_random_bytes() { damage().write_random_bytes(); }
void refuses_cut_and_grown_blocks() { damage().cut_and_grow(); }
void refuses_records_beyond_the_count() { damage().count_fewer_records(50, {0, 1, 5, 20, 49}); }
void refuses_a_block_out_of_line() { damage().put_out_of_line(8); }

void tells_its_shape() {
  AlignedBlock block(small_block());
  const IndexShape shape = Index4::open(block.bytes(), kRecords)->shape();
  CU_ASSERT_EQUAL(shape.bytes, block.bytes().size());
  CU_ASSERT_EQUAL(shape.slices, 3);
  CU_ASSERT_EQUAL(shape.least_starts, 3);
  CU_ASSERT_EQUAL(shape.most_starts, 21);
  CU_ASSERT_EQUAL(shape.starts, 3 + 12 + 21);
}

}  // namespace

int main() {
  return ip2asn::test::run("index4", {
                                         {"finds every granularity from /0 to /32", finds_every_granularity},
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
