#include "module/refresher.hh"

#include <ap_mpm.h>
#include <apr_shm.h>
#include <mod_watchdog.h>
#include <util_mutex.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

#include "module/generations.hh"
#include "module/names.hh"
#include "module/obstacles.hh"
#include "module/retained.hh"
#include "serve/good_record.hh"
#include "serve/idle_time.hh"
#include "serve/turn.hh"

namespace ip2asn::httpd {
namespace {

constexpr char kLockName[] = "ip2asn-refresh";
constexpr char kWatchdogName[] = "_ip2asn_";
constexpr apr_interval_time_t kLongestTick = APR_USEC_PER_SEC;

// Whether a look is under way in this process.
std::atomic<bool> looking{false};

class Looking {
 public:
  Looking() noexcept { looking.store(true); }
  ~Looking() { looking.store(false); }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
};

// Waits for the end of a look that is under way. A child that serves few requests ends while its look has just begun,
// and httpd does not wait for the watchdog's thread: without this, no child might live long enough to make an index.
void await_look() noexcept {
  constexpr int kPauseMs = 10;
  constexpr int kLongestMs = 30'000;
  for (int waited_ms = 0; looking.load() && waited_ms < kLongestMs; waited_ms += kPauseMs) {
    apr_sleep(apr_time_from_msec(kPauseMs));
  }
}

apr_status_t end_looking(void*) noexcept {
  await_look();
  return APR_SUCCESS;
}

std::uint64_t random_number() noexcept {
  std::uint64_t random = 0;
  ap_random_insecure_bytes(&random, sizeof random);
  return random;
}

ControlBlock* make_block(apr_pool_t* process_pool, server_rec* server) {
  apr_shm_t* memory = nullptr;
  const apr_status_t status = apr_shm_create(&memory, ControlBlock::memory_size(), nullptr, process_pool);
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_ERR, status, server,
                 "ip2asn: no shared memory; the index is refreshed at restarts only");
    return nullptr;
  }
  std::memset(apr_shm_baseaddr_get(memory), 0, ControlBlock::memory_size());
  return ControlBlock::create(apr_shm_baseaddr_get(memory));
}

void log_published(const server_rec* server, const RefreshReport& report, const Image* before, double seconds) {
  const CacheResult& loaded = *report.loaded;
  std::string counts;
  for (const Family family : {Family::v4, Family::v6}) {
    if (!counts.empty()) counts += ", ";
    counts += family == Family::v4 ? "IPv4 ranges " : "IPv6 ranges ";
    if (before != nullptr) counts += std::to_string(before->family_info(family).ranges) + " -> ";
    counts += std::to_string(loaded.image.family_info(family).ranges);
  }
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
               "ip2asn: refreshed: generation %" APR_UINT64_T_FMT ", index %016" APR_UINT64_T_HEX_FMT
               " %s in %.2f s: %s",
               static_cast<apr_uint64_t>(report.number), static_cast<apr_uint64_t>(loaded.image.content_id()),
               loaded.compiled ? "compiled" : "found in the cache", seconds, counts.c_str());
  log_findings(server, report.findings);
}

void log_working(void* server) {
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, static_cast<const server_rec*>(server), "ip2asn: looking at the sources");
}

void look(Generations& g, const server_rec* server, ProcessWord self) {
  const RefreshSettings settings = {global_config().refresh_interval * 1000,
                                    global_config().max_drift,
                                    g.epoch,
                                    self,
                                    &g.handover,
                                    missing_name,
                                    load_in_idle_time,
                                    global_config().max_refusal,
                                    used_hosters(),
                                    missing_in_map};
  const Moment start = moment();
  const Slots::Pin serving(g.slots);
  const RefreshReport report = refresh(*g.block, g.request, settings, serving.image(), start, random_number(),
                                       log_working, const_cast<server_rec*>(server));
  if (!report.warning.empty()) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "ip2asn: %s; the index is served from memory, and will be compiled again at the next start unless it "
                 "can be written before (see IP2ASNCacheDir)",
                 report.warning.c_str());
  }
  const double seconds = static_cast<double>(moment().monotonic_ns - start.monotonic_ns) / 1e9;
  switch (report.outcome) {
    case RefreshOutcome::quiet:
      break;
    case RefreshOutcome::recovered:
      ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                   "ip2asn: the sources are good again, and the same; generation %" APR_UINT64_T_FMT " stays in use",
                   static_cast<apr_uint64_t>(g.current.number));
      break;
    case RefreshOutcome::published:
      log_published(server, report, serving.image(), seconds);
      break;
    case RefreshOutcome::refused:
      break;
  }
  log_remarks(server, g.request.recipe, report.remarks, false,
              serving.image() != nullptr ? Instead::before : Instead::without);
}

// When the sources are looked at next. Whoever waits for the first data has just called for it.
std::int64_t next_look(Generations& g, std::int64_t now_ns) noexcept {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t interval = global_config().refresh_interval * 1000;
  return now_ns + (instead(g) == Instead::without ? std::min(interval, kSecond) : interval);
}

void tick(Generations& g, const server_rec* server) {
  adopt(g, server);
  g.slots.reclaim();
  tidy_left_behind();
  ControlBlock& block = *g.block;
  const std::int64_t interval = global_config().refresh_interval * 1000;
  const std::int64_t now = moment().monotonic_ns;
  if (interval == 0 || block.epoch.load() != g.epoch) return;
  const bool due = now >= block.next_look.load();
  // Somebody's turn is looked at between two looks, too: whether he is still there.
  if (!due && block.turn.load() == 0) return;
  const Looking looking_now;
  const ProcessWord self = this_process();
  const Turn turn(block, now, self);
  if (!turn) return;
  if (turn.former()) {
    if (const auto error = give_up_attempt(block, *turn.former(), interval, now, random_number())) {
      log_refusal(server, g.request.recipe, *error, instead(g));
    }
  }
  if (now < block.next_look.load()) return;
  // Before the work: if it ends this process, the next one does not begin it at once.
  block.next_look.store(next_look(g, now));
  look(g, server, self);
  adopt(g, server);
}

apr_status_t on_watchdog(int state, void* data, apr_pool_t*) noexcept {
  auto* server = static_cast<server_rec*>(data);
  return guarded(server, APR_SUCCESS, [&] {
    if (state == AP_WATCHDOG_STATE_STARTING) give_way();
    if (state == AP_WATCHDOG_STATE_STOPPING) {
      // This may be another thread than the one that looks.
      await_look();
      await_left_behind();
    }
    // At once after the start, too: a child that serves few requests may not live to see a tick.
    else if (generations() != nullptr)
      tick(*generations(), server);
    return APR_SUCCESS;
  });
}

bool start_watchdog(apr_pool_t* pool, server_rec* server) {
  const auto get_instance = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  if (get_instance == nullptr || register_callback == nullptr) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "ip2asn: new data will be taken on at restarts only, because mod_watchdog is not loaded: load it "
                 "(LoadModule watchdog_module modules/mod_watchdog.so), or set 'IP2ASNRefreshInterval Off'");
    return false;
  }
  ap_watchdog_t* watchdog = nullptr;
  const auto every = std::min<apr_interval_time_t>(global_config().refresh_interval, kLongestTick);
  apr_status_t status = get_instance(&watchdog, kWatchdogName, 0, 0, pool);
  if (status == APR_SUCCESS) status = register_callback(watchdog, every, server, on_watchdog);
  if (status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_ERR, status, server, "ip2asn: no watchdog; the index is refreshed at restarts only");
  }
  return status == APR_SUCCESS;
}

int prepare(apr_pool_t* pool, server_rec* server) {
  Generations* g = generations();
  if (g == nullptr || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  if (g->block == nullptr) {
    g->block = make_block(server->process->pool, server);
    g->handover = Handover::make();
    describe_image(server->process->pool, *g);
  }
  if (g->block == nullptr) return OK;
  // What the children of this configuration begin with they inherit.
  g->handover.clear();
  ControlBlock& block = *g->block;
  const std::int64_t interval = global_config().refresh_interval * 1000;
  const std::int64_t now = moment().monotonic_ns;
  ++g->epoch;
  g->current.epoch = g->epoch;
  block.epoch.store(g->epoch);
  // A child of the former configuration that is at work finds that the turn is not its own any more.
  block.turn.store(0);
  block.attempt.store(0);
  block.wanted.store(0);
  block.unwritten.store(g->unwritten);
  block.next_look.store(next_look(*g, now));
  block.retry_at.store(now + interval);
  // Inputs that two looks have found as they are now need no more; others are read once more.
  if (block.complaint.load() != 0 || block.looked_at.load() != g->identity) block.looked_at.store(0);
  block.complaint.store(g->load_complaint);
  block.failures.store(g->load_complaint != 0 ? 1 : 0);
  g->current.number = block.announce(g->current);
  g->seen = g->current.number;
  if (interval == 0 || !start_watchdog(pool, server)) return OK;
  if (const std::string obstacle = cache_obstacle(g->request.store); !obstacle.empty()) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "ip2asn: what is compiled while serving is kept in memory only, and compiled again at the next start: "
                 "IP2ASNCacheDir %s",
                 obstacle.c_str());
  }
  warn_of_obstacles(server, g->request, static_cast<bool>(g->handover));
  return OK;
}

}  // namespace

int register_refresh_lock(apr_pool_t* pool) noexcept {
  return ap_mutex_register(pool, kLockName, nullptr, APR_LOCK_DEFAULT, 0) == APR_SUCCESS ? OK
                                                                                         : HTTP_INTERNAL_SERVER_ERROR;
}

int prepare_refresh(apr_pool_t* pool, server_rec* server) noexcept {
  return guarded(server, HTTP_INTERNAL_SERVER_ERROR, [&] { return prepare(pool, server); });
}

void start_refresh(apr_pool_t* pool, server_rec* server) noexcept {
  guarded(server, 0, [&] {
    apr_pool_pre_cleanup_register(pool, nullptr, end_looking);
    // What a child makes is for the others, too.
    if (generations() != nullptr) generations()->request.store.use = Mapping::Use::hand_over;
    if (generations() != nullptr) adopt(*generations(), server);
    return 0;
  });
}

int monitor_generations(server_rec* server) noexcept {
  return guarded(server, DECLINED, [&] {
    if (Generations* g = generations(); g != nullptr && g->block != nullptr) {
      adopt(*g, server);
      g->slots.reclaim();
      // The children may not be allowed to make the directory again when it has vanished.
      if (g->block->unwritten.load() != 0) (void)open_store(g->request.store);
      constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1'000'000'000;
      if (const std::int64_t now = moment().monotonic_ns; now - g->touched_ns >= kDay) {
        g->touched_ns = now;
        touch_records(g->request.store, parts_of(g->request.recipe));
      }
    }
    return DECLINED;
  });
}

}  // namespace ip2asn::httpd
