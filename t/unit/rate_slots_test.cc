// Rates in slots: the published example, and what readings may do.
#include "serve/rate_slots.hh"

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "cunit_main.hh"
#include "support.hh"

using ip2asn::ClosedSlots;
using ip2asn::RateRows;
using ip2asn::RateSlots;
using ip2asn::Reading;
using ip2asn::RowSettings;
using ip2asn::SlotSettings;
using ip2asn::test::same;

namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::string shown(double rate) {
  if (std::isnan(rate)) return "unknown";
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, rate).ptr};
}

struct Folded {
  std::string slots, rows;
  int refused = 0;
};

struct Given {
  std::int64_t second;
  double value;
  std::uint64_t segment = 0;
  std::int64_t since = 0;
};

Folded fold(const SlotSettings& settings, std::int64_t start, const std::vector<Given>& readings,
            const RowSettings& rows = {}) {
  Folded folded;
  RateSlots series(settings, start * kSecond);
  RateRows joined(rows, series.open_slot());
  for (const Given& given : readings) {
    const Reading reading{given.second * kSecond, given.value, given.segment, given.since * kSecond};
    const bool taken = series.update(reading, [&](const ClosedSlots& closed) {
      for (std::int64_t i = 0; i < closed.count; ++i) {
        folded.slots += std::to_string((closed.first + i) * settings.step) + '=' + shown(closed.rate) + ' ';
      }
      joined.add(closed, [&](std::int64_t row, double rate) {
        folded.rows += std::to_string(row * rows.slots * settings.step) + '=' + shown(rate) + ' ';
      });
    });
    folded.refused += taken ? 0 : 1;
  }
  return folded;
}

constexpr std::int64_t kStart = 1430701270;

void the_example_comes_out_exactly() {
  const std::vector<Given> all = {{1430701282, 50}, {1430701288, 10}, {1430701293, 30}, {1430701301, 30}};
  const RowSettings two = {2, 0.5, false};
  Folded got = fold({10, 20}, kStart, all, two);
  CU_ASSERT(same(got.slots, "1430701270=50 1430701280=22 1430701290=30 ", "all readings"));
  CU_ASSERT(same(got.rows, "1430701260=50 1430701280=26 ", "rows of two"));
  got = fold({10, 20}, kStart, {all[0], all[2], all[3]}, two);
  CU_ASSERT(same(got.slots, "1430701270=50 1430701280=34 1430701290=30 ", "one reading less"));
  CU_ASSERT(same(got.rows, "1430701260=50 1430701280=32 ", "rows of one reading less"));
  got = fold({10, 10}, kStart, all, two);
  CU_ASSERT(same(got.slots, "1430701270=unknown 1430701280=15 1430701290=30 ", "heartbeat 10"));
  CU_ASSERT(same(got.rows, "1430701260=unknown 1430701280=22.5 ", "rows at heartbeat 10"));
}

void what_is_not_later_is_refused_and_changes_nothing() {
  const Folded got = fold({10, 20}, 0, {{5, 1}, {5, 9}, {3, 9}, {10, 1}});
  CU_ASSERT(same(got.slots, "0=1 ", "two refused"));
  CU_ASSERT(got.refused == 2);
}

void a_gap_is_unknown_and_not_zero() {
  const SlotSettings counter = {10, 25, true};
  CU_ASSERT(same(fold(counter, 0, {{0, 0}, {1, 0}, {10, 90}, {20, 100}, {60, 500}, {70, 600}}).slots,
                 "0=10 10=1 20=unknown 30=unknown 40=unknown 50=unknown 60=10 ", "40 s at a heartbeat of 25"));
  CU_ASSERT(same(fold(counter, 0, {{1, 0}, {20, 190}, {30, NAN}, {40, 300}, {50, 400}}).slots,
                 "0=10 10=10 20=unknown 30=unknown 40=10 ", "an unknown reading"));
}

void a_counter_that_began_anew_counts_from_nought() {
  const SlotSettings counter = {10, 60, true, 0};
  CU_ASSERT(same(fold(counter, 0, {{1, 100}, {10, 190}, {20, 40}, {30, 140}}).slots, "0=10 10=unknown 20=10 ",
                 "without segments a fall is unknown"));
  CU_ASSERT(same(fold(counter, 0, {{1, 100, 7}, {10, 190, 7}, {20, 40, 8, 12}, {30, 140, 8, 12}}).slots,
                 "0=10 10=5 20=10 ", "with segments its value is the difference since it began"));
  CU_ASSERT(same(fold(counter, 0, {{1, 100, 7}, {10, 190, 7}, {20, 400, 8, 5}}).slots, "0=10 10=40 ",
                 "one that began before the last reading"));
}

void rates_outside_the_bounds_are_unknown() {
  CU_ASSERT(same(fold({10, 20, false, 0, 5}, 0, {{10, 5}, {20, 6}, {30, -1}, {40, 0}}).slots,
                 "0=5 10=unknown 20=unknown 30=0 ", "0 to 5"));
}

void rows_keep_the_share_of_unknown_slots() {
  const std::vector<Given> readings = {{10, 1}, {20, 2},   {30, NAN}, {40, NAN},
                                       {50, 4}, {60, NAN}, {70, NAN}, {80, NAN}};
  CU_ASSERT(same(fold({10, 20}, 0, readings, {4, 0.5}).rows, "0=1.5 40=unknown ", "half may be unknown"));
  CU_ASSERT(same(fold({10, 20}, 0, readings, {4, 0.75}).rows, "0=1.5 40=4 ", "three quarters"));
  CU_ASSERT(same(fold({10, 20}, 0, readings, {4, 0.5, true}).rows, "0=2 40=unknown ", "the highest"));
}

void many_slots_pass_at_once() {
  RateSlots series({1, 1'000'000'000}, 0);
  std::int64_t count = 0;
  series.update({900'000'000 * kSecond, 3}, [&count](const ClosedSlots& closed) { count += closed.count; });
  CU_ASSERT(count == 900'000'000);
  CU_ASSERT(!series.has_begun());
  series.update({900'000'000 * kSecond + 1, 3}, [](const ClosedSlots&) {});
  CU_ASSERT(series.has_begun() && series.open_slot() == 900'000'000);
}

}  // namespace

int main() {
  return ip2asn::test::run("rate slots",
                           {
                               {"the example comes out exactly", the_example_comes_out_exactly},
                               {"what is not later is refused", what_is_not_later_is_refused_and_changes_nothing},
                               {"a gap is unknown, and not zero", a_gap_is_unknown_and_not_zero},
                               {"a counter that began anew", a_counter_that_began_anew_counts_from_nought},
                               {"rates outside the bounds are unknown", rates_outside_the_bounds_are_unknown},
                               {"rows keep the share of unknown slots", rows_keep_the_share_of_unknown_slots},
                               {"many slots pass at once", many_slots_pass_at_once},
                           });
}
