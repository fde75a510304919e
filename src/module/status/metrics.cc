#include "module/status/metrics.hh"

#include <map>
#include <string>
#include <vector>

#include "base/exposition.hh"
#include "module/count.hh"
#include "module/endpoint/hexadecimal.hh"
#include "module/generations.hh"
#include "module/index_store.hh"
#include "module/send.hh"
#include "module/status/hoster_classes.hh"
#include "serve/count_snapshot.hh"

namespace ip2asn::httpd {
namespace {

using Type = Exposition::Type;

// One family of each kind of key: what its name ends in, the count, and what it is.
struct Family {
  const char* name;
  Count count;
  const char* help;
};
constexpr Family kFamilies[] = {
    {"requests", kRequests, "Requests"},
    {"response_bytes", kBytes, "Bytes of response bodies"},
    {"request_seconds", kMicros, "Seconds from requests to the end of their answers"},
    {"errors", kErrors4xx, "Answers of 4xx and of 5xx"},
    {"denied", kDenied, "Requests that a Require line by network denied"},
    {"reported", kReported, "Requests that IP2ASNReport let through"},
};

// Calls f(labels…) for each key of a kind, and writes the family's samples with what it is given.
template <class Each>
void put_families(Exposition& out, const std::string& prefix, const std::string& of, const Each& each) {
  for (const Family& family : kFamilies) {
    out.family(prefix + family.name, Type::counter, family.help + of + '.');
    each([&](const Counts& counts, std::string_view name, std::string_view value, std::string_view category = "") {
      const auto put = [&](std::string_view code, std::uint64_t amount) {
        const Exposition::Label key{name, value}, type{"class", category}, status{"code", code};
        const auto write = [&](Exposition::Labels labels) {
          family.count == kMicros ? out.sample_micros(labels, amount) : out.sample(labels, amount);
        };
        if (name.empty()) {
          code.empty() ? write({}) : write({status});
        } else if (category.empty()) {
          code.empty() ? write({key}) : write({key, status});
        } else {
          code.empty() ? write({key, type}) : write({key, type, status});
        }
      };
      if (family.count == kErrors4xx) {
        put("4xx", counts[kErrors4xx]);
        put("5xx", counts[kErrors5xx]);
      } else {
        put("", counts[family.count]);
      }
    });
  }
}

void put_server(Exposition& out, const IndexPin& pin, const CountSnapshot& snapshot) {
  out.family("ip2asn_counting_start_time_seconds", Type::gauge, "When the counters began, in seconds since 1970.");
  out.sample_micros({}, static_cast<std::uint64_t>(snapshot.since));
  out.family("ip2asn_counted_ases", Type::gauge, "ASes that requests came from.");
  out.sample({}, snapshot.ases.size());
  if (pin) {
    char content[16];
    put_hexadecimal(pin->content_id(), content);
    out.family("ip2asn_database", Type::info, "The database that is in use, by its content.");
    out.sample({{"content", {content, sizeof content}}}, 1);
  }
  const Generations* g = generations();
  if (g == nullptr || g->block == nullptr) return;
  const ControlBlock& block = *g->block;
  out.family("ip2asn_refreshes", Type::counter, "Times that new data was taken on while serving.");
  out.sample({}, block.refreshes.load());
  out.family("ip2asn_refresh_failures", Type::counter, "Times that new data was refused or could not be read.");
  out.sample({}, block.refusals.load());
  if (const std::int64_t good = block.last_good.load(); good > 0) {
    out.family("ip2asn_database_last_good_timestamp_seconds", Type::gauge,
               "When the sources were last found good, in seconds since 1970.");
    out.sample({}, static_cast<std::uint64_t>(good));
  }
}

void put_limits(Exposition& out, const RequestLimits& limits) {
  out.family("ip2asn_limited", Type::counter, "Requests over a limit, whether turned away or only reported.");
  limits.each([&](std::string_view name, const Counts& counts, std::uint64_t) {
    out.sample({{"limit", name}}, counts[kRequests]);
  });
  out.family("ip2asn_limit_unplaced", Type::counter,
             "Requests that were not limited for want of room for their network.");
  limits.each([&](std::string_view name, const Counts&, std::uint64_t passed) {
    out.sample({{"limit", name}}, passed);
  });
}

// One that metrics show, and who it is by today's data.
struct ShownAs {
  std::string asn;
  Counts counts;
  std::string_view name, country, hoster;
};

std::vector<ShownAs> shown_ases(const Counters& counted, const IndexPin& pin) {
  std::vector<ShownAs> shown;
  const Recent* const slots = recent();
  if (slots == nullptr) return shown;
  const unsigned most = global_config().metrics_max;
  slots->each_shown([&](std::uint32_t place) {
    std::uint32_t asn = 0;
    const CountCell* const cell = counted.as_at(place, asn);
    if (cell == nullptr || shown.size() >= most) return;
    ShownAs each{std::to_string(asn), cell->read(), {}, {}, {}};
    if (pin) {
      if (const auto records = pin->records_of(asn); !records.empty()) {
        const Record record = pin->record(records.front());
        each.name = record.description;
        each.country = record.country;
        each.hoster = record.hoster;
      }
    }
    shown.push_back(std::move(each));
  });
  return shown;
}

// Never the rest as an AS of its own: it would fall whenever an AS begins to be shown, which is a counter's reset.
void put_ases(Exposition& out, const std::vector<ShownAs>& ases) {
  put_families(out, "ip2asn_as_", " of an AS among the busiest of late", [&](const auto& put) {
    for (const ShownAs& each : ases) put(each.counts, "asn", each.asn);
  });
  out.family("ip2asn_as", Type::info, "Who the ASes are whose requests are shown.");
  for (const ShownAs& each : ases) {
    out.sample({{"asn", each.asn}, {"name", each.name}, {"country", each.country}, {"hoster", each.hoster}}, 1);
  }
  out.family("ip2asn_shown_ases", Type::gauge, "ASes that have series of their own.");
  out.sample({}, ases.size());
}

}  // namespace

int answer_metrics(request_rec* r, Counters& counted) {
  apr_table_mergen(r->headers_out, "Vary", "Accept");
  const IndexPin pin;
  // The ASes first: no sum over them is above the total.
  const std::vector<ShownAs> ases = shown_ases(counted, pin);
  const CountSnapshot snapshot = take_snapshot(counted);
  Exposition out(prefers_openmetrics(apr_table_get(r->headers_in, "Accept")));
  const HosterClasses classes = hoster_classes(pin);
  put_families(out, "ip2asn_", "", [&](const auto& put) { put(snapshot.all, "", ""); });
  put_families(out, "ip2asn_hoster_", " of a hosting company's networks", [&](const auto& put) {
    for (const auto& [name, counts] : snapshot.hosters) put(counts, "hoster", name, class_of(classes, name));
  });
  put_families(out, "ip2asn_country_", " of a country's networks, by the registries", [&](const auto& put) {
    for (const auto& [name, counts] : snapshot.countries) put(counts, "country", name.empty() ? "none" : name);
  });
  put_families(out, "ip2asn_list_", " of clients that are on a list", [&](const auto& put) {
    for (const auto& [name, counts] : snapshot.lists) put(counts, "list", name);
  });
  put_limits(out, *limits());
  put_ases(out, ases);
  put_server(out, pin, snapshot);
  const char* const type = out.media_type();
  ap_set_content_type(r, type);
  return send_whole(r, std::move(out).finish());
}

}  // namespace ip2asn::httpd
