#include "module/refresher.hh"

#include <ap_mpm.h>
#include <apr_global_mutex.h>
#include <apr_shm.h>
#include <mod_watchdog.h>
#include <util_mutex.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "module/generations.hh"
#include "module/names.hh"
#include "module/obstacles.hh"
#include "serve/idle_time.hh"

namespace ip2asn::httpd {
namespace {

constexpr char kLockName[] = "ip2asn-refresh";
constexpr char kWatchdogName[] = "_ip2asn_";
constexpr apr_interval_time_t kLongestTick = APR_USEC_PER_SEC;

apr_global_mutex_t* lock = nullptr;

// The lock, if it could be had at once.
class Turn {
 public:
  Turn() noexcept : taken_(apr_global_mutex_trylock(lock) == APR_SUCCESS) {}
  ~Turn() {
    if (taken_) apr_global_mutex_unlock(lock);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const noexcept { return taken_; }

 private:
  bool taken_;
};

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

void look(Generations& g, const server_rec* server) {
  const RefreshSettings settings = {global_config().refresh_interval * 1000, global_config().max_drift, g.epoch,
                                    missing_name, load_in_idle_time};
  const Moment start = moment();
  const Slots::Pin serving(g.slots);
  std::uint64_t random = 0;
  ap_random_insecure_bytes(&random, sizeof random);
  const RefreshReport report = refresh(*g.block, g.request, settings, serving.image(), start, random, log_working,
                                       const_cast<server_rec*>(server));
  const double seconds = static_cast<double>(moment().monotonic_ns - start.monotonic_ns) / 1e9;
  switch (report.outcome) {
    case RefreshOutcome::quiet:
      return;
    case RefreshOutcome::recovered:
      ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                   "ip2asn: the sources are good again, and the same; generation %" APR_UINT64_T_FMT " stays in use",
                   static_cast<apr_uint64_t>(g.current.number));
      break;
    case RefreshOutcome::published:
      log_published(server, report, serving.image(), seconds);
      break;
    case RefreshOutcome::refused:
      log_refusal(server, g.request.recipe, report.error, true);
      break;
  }
}

void tick(Generations& g, const server_rec* server) {
  adopt(g, server);
  g.slots.reclaim();
  tidy_left_behind();
  ControlBlock& block = *g.block;
  const std::int64_t interval = global_config().refresh_interval * 1000;
  const std::int64_t now = moment().monotonic_ns;
  if (lock == nullptr || now < block.next_look.load() || block.epoch.load() != g.epoch) return;
  const Turn turn;
  if (!turn || now < block.next_look.load()) return;
  // Before the work: if it kills us, the next one does not die of it at once.
  block.next_look.store(now + interval);
  look(g, server);
  adopt(g, server);
}

apr_status_t on_watchdog(int state, void* data, apr_pool_t*) noexcept {
  auto* server = static_cast<server_rec*>(data);
  return guarded(server, APR_SUCCESS, [&] {
    if (state == AP_WATCHDOG_STATE_STARTING) give_way();
    if (state == AP_WATCHDOG_STATE_STOPPING) await_left_behind();
    if (state == AP_WATCHDOG_STATE_RUNNING && generations() != nullptr) tick(*generations(), server);
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
  lock = nullptr;
  Generations* g = generations();
  if (g == nullptr || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  if (g->block == nullptr) g->block = make_block(server->process->pool, server);
  if (g->block == nullptr) return OK;
  ControlBlock& block = *g->block;
  const std::int64_t interval = global_config().refresh_interval * 1000;
  const std::int64_t now = moment().monotonic_ns;
  ++g->epoch;
  g->current.epoch = g->epoch;
  block.epoch.store(g->epoch);
  block.next_look.store(now + interval);
  block.retry_at.store(now + interval);
  block.complaint.store(g->load_complaint);
  block.failures.store(g->load_complaint != 0 ? 1 : 0);
  block.looked_at.store(g->identity);
  g->current.number = block.announce(g->current);
  g->seen = g->current.number;
  if (interval == 0 || !start_watchdog(pool, server)) return OK;
  if (const std::string obstacle = cache_obstacle(g->request.store); !obstacle.empty()) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "ip2asn: the index is refreshed at restarts only: IP2ASNCacheDir %s", obstacle.c_str());
  }
  warn_of_obstacles(server, g->request);
  if (ap_global_mutex_create(&lock, nullptr, kLockName, nullptr, server, pool, 0) != APR_SUCCESS) {
    return HTTP_INTERNAL_SERVER_ERROR;  // httpd has said why
  }
  return OK;
}

}  // namespace

int register_refresh_lock(apr_pool_t* pool) noexcept {
  // Of the mechanisms that all can do, this one lets go of a lock whose holder is killed.
#if APR_HAS_PROC_PTHREAD_SERIALIZE
  constexpr apr_lockmech_e kMechanism = APR_LOCK_PROC_PTHREAD;
#else
  constexpr apr_lockmech_e kMechanism = APR_LOCK_DEFAULT;
#endif
  return ap_mutex_register(pool, kLockName, nullptr, kMechanism, 0) == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

int prepare_refresh(apr_pool_t* pool, server_rec* server) noexcept {
  return guarded(server, HTTP_INTERNAL_SERVER_ERROR, [&] { return prepare(pool, server); });
}

void start_refresh(apr_pool_t* pool, server_rec* server) noexcept {
  guarded(server, 0, [&] {
    if (lock != nullptr) {
      const apr_status_t status = apr_global_mutex_child_init(&lock, apr_global_mutex_lockfile(lock), pool);
      if (status != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, status, server, "ip2asn: the lock %s cannot be used by a child", kLockName);
        lock = nullptr;
      }
    }
    if (generations() != nullptr) adopt(*generations(), server);
    return 0;
  });
}

int monitor_generations(server_rec* server) noexcept {
  return guarded(server, DECLINED, [&] {
    if (Generations* g = generations(); g != nullptr && g->block != nullptr) {
      adopt(*g, server);
      g->slots.reclaim();
    }
    return DECLINED;
  });
}

}  // namespace ip2asn::httpd
