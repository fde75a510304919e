// The address space of an AS or a country, against the same made range by range.
#include "index/subnets.hh"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer/render.hh"
#include "cunit_main.hh"
#include "support.hh"

using namespace ip2asn;

namespace {

std::string drained(const Image& image, Subnets subnets) {
  std::string text;
  Prefix prefix;
  while (subnets.next(image, prefix)) text += to_string(prefix) + ' ';
  return text;
}

// Walks all ranges, joins neighbours whose record `wanted` likes, and cuts each run into prefixes.
template <class Wanted>
std::string walked(const Image& image, const Wanted& wanted) {
  std::string text;
  for (const Family family : {Family::v4, Family::v6}) {
    std::optional<Range> run;
    const auto finish = [&] {
      if (!run) return;
      for (const Prefix& prefix : prefixes(*run)) text += to_string(prefix) + ' ';
      run.reset();
    };
    for (std::size_t i = 0; i < image.range_count(family); ++i) {
      const Match match = image.range(family, i);
      if (match.record == 0 || !wanted(image.record(match.record))) {
        finish();
      } else if (run) {
        run->last = match.range.last;
      } else {
        run = match.range;
      }
    }
    finish();
  }
  return text;
}

// A source whose ranges of few ASes and countries often touch, with both ends of both spaces in it.
std::string made_source(test::Random& random) {
  constexpr const char* kCountries[] = {"DE", "US", "None"};
  std::string source =
      "0.0.0.0\t0.0.0.9\t1\tDE\tA\n255.255.255.0\t255.255.255.255\t1\tUS\tB\n"
      "::\t::ff\t2\tUS\tA\nffff::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t1\tDE\tC\n";
  std::uint32_t at = 0x01000000;
  std::uint64_t at6 = 0x2001'0000'0000'0000;
  for (int i = 0; i < 200; ++i) {
    const auto row = [&](const Address& first, const Address& last) {
      source += to_string(first) + '\t' + to_string(last) + '\t' + std::to_string(1 + random.below(3)) + '\t' +
                kCountries[random.below(3)] + '\t' + std::string(1, static_cast<char>('A' + random.below(3))) + '\n';
    };
    const std::uint32_t size = 1 + random.below(1u << random.below(16));
    row(Address::v4(at), Address::v4(at + size - 1));
    at += size + (random.below(2) == 0 ? random.below(300) : 0);
    const std::uint64_t size6 = 1 + random.bits64() % (std::uint64_t{1} << (1 + random.below(50)));
    row(Address::v6(at6, 0), Address::v6(at6 + size6 - 1, random.below(2) == 0 ? ~0ull : random.bits64()));
    at6 += size6 + (random.below(2) == 0 ? random.below(300) : 0);
  }
  return source;
}

void as_walked_range_by_range() {
  test::Random random(7);
  for (int round = 0; round < 20; ++round) {
    Findings findings;
    const auto buffer = test::compile_text(made_source(random), findings);
    CU_ASSERT_FATAL(static_cast<bool>(buffer));
    const auto image = Image::open(buffer->bytes());
    CU_ASSERT_FATAL(static_cast<bool>(image));
    for (std::uint32_t asn = 0; asn <= 4; ++asn) {
      const std::string wanted = walked(*image, [&](const Record& record) { return record.asn == asn; });
      CU_ASSERT(test::same(drained(*image, Subnets::of_as(*image, asn)), wanted, "AS" + std::to_string(asn)));
      CU_ASSERT(wanted.empty() == (asn == 0 || asn == 4));
    }
    for (const std::string_view country : {"DE", "US", "FR"}) {
      const std::string wanted = walked(*image, [&](const Record& record) { return record.country == country; });
      CU_ASSERT(test::same(drained(*image, Subnets::of_country(*image, country)), wanted, country));
    }
  }
}

void the_whole_space_is_one_prefix() {
  Findings findings;
  const auto buffer = test::compile_text(
      "0.0.0.0\t255.255.255.255\t1\tUS\tA\n::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t1\tUS\tA\n", findings);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  const auto image = Image::open(buffer->bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  CU_ASSERT(drained(*image, Subnets::of_as(*image, 1)) == "0.0.0.0/0 ::/0 ");
}

void the_largest_prefix_of_any_range() {
  test::Random random(11);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint32_t mask = ~0u >> random.below(32);
    std::uint32_t first = static_cast<std::uint32_t>(random.bits64()),
                  last = first + (static_cast<std::uint32_t>(random.bits64()) & mask);
    if (last < first) last = ~0u;
    if (random.below(100) == 0) first = 0, last = ~0u;
    const Range range{Address::v4(first), Address::v4(last)};
    const std::uint64_t size = std::uint64_t{last} - first + 1;
    const Address address = Address::v4(static_cast<std::uint32_t>(first + random.bits64() % size));
    const Prefix prefix = largest_prefix(range, address);
    const Range inner = prefix.range();
    CU_ASSERT_FATAL(inner.contains(address) && range.contains(inner.first) && range.contains(inner.last));
    if (prefix.length == 0) continue;
    // One bit less, and it sticks out.
    const std::uint32_t host = static_cast<std::uint32_t>(0xffffffffull >> (prefix.length - 1));
    CU_ASSERT_FATAL((address.v4_bits() & ~host) < first || (address.v4_bits() | host) > last);
  }
}

}  // namespace

int main() {
  return test::run("subnets", {
                                  {"an AS's and a country's space, as walked range by range", as_walked_range_by_range},
                                  {"the whole space is one prefix", the_whole_space_is_one_prefix},
                                  {"the largest prefix of any range", the_largest_prefix_of_any_range},
                              });
}
