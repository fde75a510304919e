#include "module/limit.hh"

#include <time.h>

#include <optional>

#include "module/count.hh"
#include "module/network.hh"

namespace ip2asn::httpd {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Of a clock that all processes of a machine share, and that nobody sets.
std::int64_t now_ns() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

// Whose allowance the request is of; nothing when the client has no such thing.
std::optional<std::uint64_t> key_of(LimitKind kind, const api::Answer& answer) noexcept {
  if (!answer.announced) return std::nullopt;
  const Record& record = answer.record;
  switch (kind) {
    case LimitKind::asn:
      if (record.asn != 0) return record.asn;
      break;
    case LimitKind::hoster:
      // By name: its number is another one in each generation.
      if (record.hoster.empty()) break;
      if (const NamedOrdinal place = counters()->place_of(NamedKind::hoster, record.hoster); place != 0) return place;
      break;
    case LimitKind::country:
      if (record.country.size() != 2) break;
      return static_cast<std::uint64_t>(static_cast<unsigned char>(record.country[0])) << 8 |
             static_cast<unsigned char>(record.country[1]);
  }
  return std::nullopt;
}

// The record's texts, where there are any, are each ended by a NUL.
const char* describe(apr_pool_t* pool, LimitKind kind, const Record& record) noexcept {
  if (kind == LimitKind::hoster) return apr_pstrcat(pool, "hoster ", record.hoster.data(), nullptr);
  if (kind == LimitKind::country) return apr_pstrcat(pool, "country ", record.country.data(), nullptr);
  return apr_psprintf(pool, "AS%u", record.asn);
}

int turn_away(request_rec* r, const LimitUse& use, std::int64_t wait) {
  mark(r, &RequestState::limited);
  apr_table_setn(r->err_headers_out, "Retry-After",
                 apr_psprintf(r->pool, "%" APR_INT64_T_FMT, static_cast<apr_int64_t>((wait + kSecond - 1) / kSecond)));
  constexpr Counts kDeniedOne = {1, 0, 0, 1, 0, 1, 0};
  limits()->cell(use.limit->place).add(kDeniedOne);
  return HTTP_TOO_MANY_REQUESTS;
}

int let_through(request_rec* r, const LimitUse& use) {
  constexpr Counts kReportedOne = {1, 0, 0, 0, 0, 0, 1};
  limits()->cell(use.limit->place).add(kReportedOne);
  mark(r, &RequestState::reported);
  if (apr_table_get(r->subprocess_env, "IP2ASN_REPORT") == nullptr) {
    apr_table_setn(r->subprocess_env, "IP2ASN_REPORT", "429");
  }
  return DECLINED;
}

int limit(request_rec* r, const apr_array_header_t* uses) {
  const Network* network = nullptr;
  const std::int64_t now = now_ns();
  for (int i = 0; i < uses->nelts; ++i) {
    const LimitUse& use = APR_ARRAY_IDX(uses, i, LimitUse);
    if (use.limit == nullptr || use.limit->place >= RequestLimits::kMostLimits) continue;
    // Nobody's network is known when there is no look-up: a limit is not an access rule.
    if (network == nullptr) network = client_network(r);
    if (network == nullptr) return DECLINED;
    const auto key = key_of(use.limit->kind, network->answer);
    if (!key) continue;
    const LimitAnswer answer = limits()->ask(use.limit->place, *key, use.allowance, now);
    if (!answer.over) continue;
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "ip2asn: limit %s: %s is over %s, burst %" APR_INT64_T_FMT "%s",
                  use.name, describe(r->pool, use.limit->kind, network->answer.record), use.rate,
                  static_cast<apr_int64_t>(use.allowance.burst), use.report ? " (report only)" : "");
    const int status = use.report ? let_through(r, use) : turn_away(r, use, answer.wait);
    if (status != DECLINED) return status;
  }
  return DECLINED;
}

}  // namespace

int limit_request(request_rec* r) noexcept {
  const apr_array_header_t* const uses = dir_config(r).limits;
  if (uses == nullptr || r->main != nullptr || r->prev != nullptr || limits() == nullptr) return DECLINED;
  return guarded(r->server, DECLINED, [&] { return limit(r, uses); });
}

}  // namespace ip2asn::httpd
