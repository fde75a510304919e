#include "module/generations.hh"

#include <time.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "module/retained.hh"

namespace ip2asn::httpd {
namespace {

constexpr char kWithout[] = "; no network is known until there is good data";

}  // namespace

Moment moment() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return {std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec, file_clock_ns()};
}

Instead instead(Generations& g) noexcept {
  return Slots::Pin(g.slots).image() != nullptr ? Instead::before : Instead::without;
}

void log_refusal(const server_rec* server, const Recipe& recipe, const Error& error, Instead instead) {
  const std::string where = describe(blame_of(global_config(), recipe, error));
  const bool end = instead == Instead::end;
  ap_log_error(APLOG_MARK, APLOG_ERR | (end ? APLOG_STARTUP : 0), 0, server, "%s: %s%s", where.c_str(),
               error.message.c_str(),
               end                          ? ""
               : instead == Instead::before ? "; the index that was loaded before stays in use"
                                            : kWithout);
}

void log_waiting(const server_rec* server, const Recipe& recipe, const Error& error) {
  const std::string where = describe(blame_of(global_config(), recipe, error));
  ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, server,
               "%s: %s; no network is known until there is data: fetch it with ip2asn-update, and it is taken on while "
               "serving",
               where.c_str(), error.message.c_str());
}

void log_remarks(const server_rec* server, const Recipe& recipe, const std::vector<Remark>& remarks, bool at_start,
                 Instead instead) {
  for (const Remark& remark : remarks) {
    const Blame blame = blame_of(global_config(), recipe, remark.error);
    const bool taken = remark.verdict == Verdict::take_warned;
    const int level = remark.verdict == Verdict::refuse ? APLOG_ERR : APLOG_WARNING;
    ap_log_error(APLOG_MARK, level | (at_start ? APLOG_STARTUP : 0), 0, server, "%s (%s line %d): %s%s",
                 blame.directive, blame.place.file, blame.place.line, remark.error.message.c_str(),
                 taken                         ? ""
                 : instead == Instead::without ? kWithout
                                               : "; the last good state of it stays in use");
  }
}

void log_findings(const server_rec* server, const Findings& findings) {
  if (const std::string summary = findings.summary(); !summary.empty()) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server, "ip2asn: %s", summary.c_str());
  }
  for (const Findings::Example& example : findings.examples()) {
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, server, "ip2asn: %s line %" APR_UINT64_T_FMT ": %s: %s",
                 example.file.c_str(), static_cast<apr_uint64_t>(example.line),
                 std::string(describe(example.kind)).c_str(), example.text.c_str());
  }
}

namespace {

// Clients that do not read keep their answers' generations in all other slots. Said once, until they have let go.
void complain_of_held_slots(Generations& g, std::uint64_t number, const server_rec* server) {
  constexpr std::uint64_t kHeldSlots = ~std::uint64_t{0};
  if (std::exchange(g.adopt_complaint, kHeldSlots) == kHeldSlots) return;
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
               "ip2asn: generation %" APR_UINT64_T_FMT
               " cannot be taken on yet: clients that read slowly hold %d older ones in this process, which answers "
               "from generation %" APR_UINT64_T_FMT " until one of them reads on or its connection times out (Timeout)",
               static_cast<apr_uint64_t>(number), static_cast<int>(Slots::kSlots) - 1,
               static_cast<apr_uint64_t>(g.current.number));
}

}  // namespace

void adopt(Generations& g, const server_rec* server) {
  if (g.block == nullptr) return;
  const std::uint64_t published = g.block->published();
  if (published == g.seen) return;
  const auto newest = g.block->latest(g.epoch);
  if (!newest || newest->number <= g.current.number) {
    g.seen = published;
    return;
  }
  if (g.slots.free() == 0) {
    complain_of_held_slots(g, newest->number, server);
    return;
  }
  // Root does not take the word of a process that is not.
  auto opened = open_announced(*newest, g.request.store, g.handover, ::geteuid() == 0);
  if (!opened) {
    // Whoever looks at the sources next hands it over again, or writes the entry again.
    g.block->wanted.store(newest->number);
    const std::uint64_t complaint = complaint_of(opened.error());
    if (std::exchange(g.adopt_complaint, complaint) != complaint) {
      ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                   "ip2asn: generation %" APR_UINT64_T_FMT " cannot be taken on yet: %s",
                   static_cast<apr_uint64_t>(newest->number), opened.error().message.c_str());
    }
    return;
  }
  g.adopt_complaint = 0;
  if (!g.slots.install(std::move(opened->mapping), opened->image)) return;
  describe_image(server->process->pool, g);
  g.current = opened->announcement;
  g.seen = published;
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server, "ip2asn: took on generation %" APR_UINT64_T_FMT,
               static_cast<apr_uint64_t>(g.current.number));
}

}  // namespace ip2asn::httpd
