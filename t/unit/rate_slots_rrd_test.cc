// Random series beside RRDtool's library: every slot and every row is the same.
#include <rrd.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "cunit_main.hh"
#include "serve/rate_slots.hh"
#include "support.hh"

using ip2asn::ClosedSlots;
using ip2asn::RateRows;
using ip2asn::RateSlots;
using ip2asn::RowSettings;
using ip2asn::SlotSettings;
using ip2asn::test::Random;

namespace {

constexpr std::int64_t kSecond = 1'000'000;

struct Series {
  SlotSettings settings;
  RowSettings mean, highest;
  std::int64_t start;
  std::vector<std::pair<std::int64_t, double>> readings;
};

// Numbers that have an exact text, so that both sides read the same.
Series make(Random& random) {
  constexpr std::int64_t kSteps[] = {1, 10, 60, 300, 7};
  Series series;
  SlotSettings& settings = series.settings;
  settings.step = kSteps[random.below(5)];
  settings.heartbeat = settings.step * (1 + random.below(4)) / (1 + random.below(2)) + 1;
  settings.counter = random.below(2) == 0;
  if (random.below(2) == 0) settings.min = settings.counter ? 0 : -50;
  if (random.below(3) == 0) settings.max = 400;
  series.mean = {1 + random.below(8), (1 + random.below(9)) / 10.0, false};
  series.highest = {series.mean.slots, series.mean.xff, true};
  series.start = 1'400'000'000 + random.below(10'000);
  std::int64_t now = series.start;
  double value = 0;
  const std::uint32_t count = 20 + random.below(100);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t most = static_cast<std::uint32_t>(settings.step) + 1;
    if (random.below(8) == 0) most *= 6;
    now += 1 + random.below(most);
    if (settings.counter) {
      value += random.below(3000);
      if (random.below(20) == 0) value = random.below(1000);
    } else {
      value = random.below(1000) / 4.0 - 60;
    }
    series.readings.emplace_back(now, random.below(12) == 0 ? NAN : value);
  }
  return series;
}

struct Row {
  std::int64_t start;
  double rate;
};

std::vector<Row> fetch(const std::string& file, const char* function, std::int64_t step, std::int64_t from,
                       std::int64_t to) {
  time_t begin = from, end = to;
  unsigned long resolution = static_cast<unsigned long>(step), sources = 0;
  char** names = nullptr;
  rrd_value_t* data = nullptr;
  std::vector<Row> rows;
  if (rrd_fetch_r(file.c_str(), function, &begin, &end, &resolution, &sources, &names, &data) != 0) std::abort();
  if (static_cast<std::int64_t>(resolution) != step) std::abort();
  std::size_t at = 0;
  // A row is named by its end there.
  for (time_t t = begin; t < end; t += static_cast<time_t>(resolution)) rows.push_back({t, data[at++]});
  for (unsigned long i = 0; i < sources; ++i) rrd_freemem(names[i]);
  rrd_freemem(names);
  rrd_freemem(data);
  return rows;
}

std::string bound(double value) { return std::isinf(value) ? "U" : std::to_string(value); }

std::size_t differences(const std::vector<Row>& ours, const std::vector<Row>& theirs) {
  std::size_t different = 0;
  for (const Row& row : theirs) {
    double our_rate = NAN;
    for (const Row& each : ours) {
      if (each.start == row.start) our_rate = each.rate;
    }
    if (std::isnan(our_rate) && std::isnan(row.rate)) continue;
    if (!(std::abs(our_rate - row.rate) <= 1e-9 * std::max(1.0, std::abs(row.rate)))) ++different;
  }
  return different;
}

void every_slot_and_row_is_the_same() {
  const ip2asn::test::TemporaryDirectory directory;
  const std::string file = directory / "series.rrd";
  const char* many = std::getenv("IP2ASN_RRD_SERIES");
  const int count = many != nullptr ? std::atoi(many) : 1000;
  Random random(20);
  std::size_t compared = 0, different = 0;
  for (int i = 0; i < count; ++i) {
    const Series series = make(random);
    const SlotSettings& settings = series.settings;
    std::vector<std::string> words = {
        "DS:v:" + std::string(settings.counter ? "DERIVE" : "GAUGE") + ':' + std::to_string(settings.heartbeat) + ':' +
        bound(settings.counter ? std::max(settings.min, 0.0) : settings.min) + ':' + bound(settings.max)};
    const auto archive = [&](const char* function, std::int64_t slots, double xff) {
      words.push_back(std::string("RRA:") + function + ':' + std::to_string(xff) + ':' + std::to_string(slots) +
                      ":2000");
    };
    archive("AVERAGE", 1, 0.5);
    if (series.mean.slots > 1) archive("AVERAGE", series.mean.slots, series.mean.xff);
    archive("MAX", series.mean.slots, series.mean.xff);
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    ::unlink(file.c_str());
    if (rrd_create_r(file.c_str(), static_cast<unsigned long>(settings.step), series.start,
                     static_cast<int>(arguments.size()), arguments.data()) != 0) {
      std::abort();
    }
    words.clear();
    for (const auto& [time, value] : series.readings) {
      char number[32];
      // RRDtool takes whole numbers alone from counters.
      std::snprintf(number, sizeof number, settings.counter ? "%.0f" : "%.2f", value);
      words.push_back(std::to_string(time) + ':' + (std::isnan(value) ? "U" : number));
    }
    arguments.clear();
    for (const std::string& word : words) arguments.push_back(word.c_str());
    if (rrd_update_r(file.c_str(), nullptr, static_cast<int>(arguments.size()), arguments.data()) != 0) std::abort();

    std::vector<Row> slots, means, highest;
    RateSlots rates(settings, series.start * kSecond);
    RateRows joined(series.mean, rates.open_slot()), maxima(series.highest, rates.open_slot());
    for (const auto& [time, value] : series.readings) {
      rates.update({time * kSecond, value}, [&](const ClosedSlots& closed) {
        for (std::int64_t slot = 0; slot < closed.count; ++slot) {
          slots.push_back({(closed.first + slot) * settings.step, closed.rate});
        }
        const std::int64_t row_seconds = series.mean.slots * settings.step;
        joined.add(closed, [&](std::int64_t row, double rate) { means.push_back({row * row_seconds, rate}); });
        maxima.add(closed, [&](std::int64_t row, double rate) { highest.push_back({row * row_seconds, rate}); });
      });
    }
    const std::int64_t row_step = series.mean.slots * settings.step;
    const auto compare = [&](const std::vector<Row>& ours, const char* function, std::int64_t step) {
      const std::int64_t from = series.start / step * step;
      const std::int64_t to = series.readings.back().first / step * step;
      if (to <= from) return;
      const auto theirs = fetch(file, function, step, from, to);
      std::vector<Row> known;
      for (const Row& row : theirs) {
        if (row.start < to) known.push_back(row);
      }
      compared += known.size();
      different += differences(ours, known);
    };
    compare(slots, "AVERAGE", settings.step);
    if (series.mean.slots > 1) compare(means, "AVERAGE", row_step);
    compare(highest, "MAX", row_step);
  }
  std::printf(" %zu of %zu differ ", different, compared);
  CU_ASSERT(different == 0);
  CU_ASSERT(compared > 100u * static_cast<unsigned>(count));
}

}  // namespace

int main() {
  return ip2asn::test::run("rate slots beside RRDtool",
                           {{"every slot and row is the same", every_slot_and_row_is_the_same}});
}
