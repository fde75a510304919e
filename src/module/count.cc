#include "module/count.hh"

#include <apr_shm.h>

#include "module/count_places.hh"
#include "module/count_tick.hh"
#include "module/global_config.hh"
#include "module/limit.hh"
#include "module/network.hh"

namespace ip2asn::httpd {
namespace {

// Without the version: a newer module is to find the memory, and to see for itself whether it can read it.
constexpr char kRetainedKey[] = "mod_ip2asn counters";

// Trivial to destroy, as everything static in a module that is loaded and unloaded again.
Counters* shared = nullptr;
Recent* slots = nullptr;
RequestLimits* allowances = nullptr;

constexpr std::size_t kLimitsAt = Counters::memory_size() + Recent::memory_size();
constexpr std::size_t kMemorySize = kLimitsAt + RequestLimits::memory_size();

void* recent_in(void* memory) noexcept { return static_cast<std::byte*>(memory) + Counters::memory_size(); }
void* limits_in(void* memory) noexcept { return static_cast<std::byte*>(memory) + kLimitsAt; }

Counters* make_counters(apr_pool_t* process_pool, const server_rec* server) {
  apr_shm_t* memory = nullptr;
  const apr_status_t made = apr_shm_create(&memory, kMemorySize, nullptr, process_pool);
  if (made != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_ERR, made, server, "ip2asn: no shared memory; requests are not counted");
    return nullptr;
  }
  std::uint64_t segment = 0;
  while (segment == 0) {
    const apr_status_t drawn =
        apr_generate_random_bytes(reinterpret_cast<unsigned char*>(&segment), static_cast<apr_size_t>(sizeof segment));
    if (drawn != APR_SUCCESS) segment = static_cast<std::uint64_t>(apr_time_now());
  }
  // set, not setn: the key must not be of the code that is about to be unloaded.
  apr_pool_userdata_set(memory, kRetainedKey, nullptr, process_pool);
  // The kernel's pages are all zeros.
  const apr_time_t now = apr_time_now();
  slots = Recent::create(recent_in(apr_shm_baseaddr_get(memory)), now);
  allowances = RequestLimits::create(limits_in(apr_shm_baseaddr_get(memory)));
  return Counters::create(apr_shm_baseaddr_get(memory), segment, now);
}

Counters* find_counters(apr_pool_t* process_pool, const server_rec* server) {
  void* data = nullptr;
  apr_pool_userdata_get(&data, kRetainedKey, process_pool);
  auto* memory = static_cast<apr_shm_t*>(data);
  if (memory == nullptr) return nullptr;
  Counters* found = nullptr;
  if (apr_shm_size_get(memory) == kMemorySize) {
    found = Counters::attach(apr_shm_baseaddr_get(memory));
    slots = Recent::attach(recent_in(apr_shm_baseaddr_get(memory)));
    allowances = RequestLimits::attach(limits_in(apr_shm_baseaddr_get(memory)));
  }
  if (found != nullptr && slots != nullptr && allowances != nullptr) {
    found->restarts().fetch_add(1, std::memory_order_relaxed);
    return found;
  }
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
               "ip2asn: the counters begin anew, because another version of the module laid them out otherwise");
  // Children of before have it mapped for themselves.
  apr_pool_userdata_set(nullptr, kRetainedKey, nullptr, process_pool);
  apr_shm_destroy(memory);
  return nullptr;
}

bool is_counted(const request_rec* r) noexcept {
  const ap_conf_vector_t* section = r->per_dir_config != nullptr ? r->per_dir_config : r->server->lookup_defaults;
  return static_cast<const DirConfig*>(ap_get_module_config(section, &ip2asn_module))->count.value_or(false);
}

// What the requests from `r` on, each of which an internal redirect has made of the one before, have in common.
struct Chain {
  request_rec* last;
  bool refused = false;
  bool refused_unseen = false;
  bool reported = false;
  bool limited = false;
};

Chain chain_of(request_rec* r) noexcept {
  Chain chain{r};
  for (request_rec* at = r; at != nullptr; at = at->next) {
    chain.last = at;
    const RequestState* state = find_state(at);
    if (state == nullptr) continue;
    chain.refused = chain.refused || state->refused;
    chain.refused_unseen = chain.refused_unseen || state->refused_unseen;
    chain.reported = chain.reported || state->reported;
    chain.limited = chain.limited || state->limited;
  }
  return chain;
}

RequestCounts counts_of(const request_rec* r, const Chain& chain) noexcept {
  const request_rec* const last = chain.last;
  const int status = last->status;
  const apr_time_t micros = apr_time_now() - r->request_time;
  RequestCounts counts;
  Counts& amounts = counts.amounts;
  amounts[kRequests] = 1;
  counts.plain = status < 400 && !chain.reported;
  // As mod_log_config has it for %B.
  if (last->sent_bodyct != 0 && last->bytes_sent > 0) amounts[kBytes] = static_cast<std::uint64_t>(last->bytes_sent);
  if (micros > 0) amounts[kMicros] = static_cast<std::uint64_t>(micros);
  if (status >= 400 && status < 600) {
    amounts[status < 500 ? kErrors4xx : kErrors5xx] = 1;
    const bool ended_so = status == HTTP_UNAUTHORIZED || status == HTTP_FORBIDDEN;
    if ((chain.refused && ended_so) || (chain.limited && status == HTTP_TOO_MANY_REQUESTS) ||
        (chain.refused_unseen && status == HTTP_INTERNAL_SERVER_ERROR)) {
      amounts[kDenied] = 1;
    }
  }
  amounts[kReported] = chain.reported ? 1 : 0;
  return counts;
}

void count(Counters& counters, request_rec* r) {
  const Chain chain = chain_of(r);
  const RequestCounts amounts = counts_of(r, chain);
  // First, so that whoever reads it last finds no AS, and no sum over ASes, above it.
  counters.all().add_request(amounts);
  // Nearly always known by now. Requests that ended before post_read_request, and those that only a section counts, ask
  // here: their answer is on its way, and nobody waits.
  const Network* network = client_network(chain.last);
  if (network == nullptr) return;
  counters.of_as(network->answer.record.asn).add_request(amounts);
  counters.of_country(network->answer.record.country).add_request(amounts);
  if (network->answer.record.hoster_id == 0 && network->list_ids.empty()) return;
  add_to_named(counters, *network, amounts);
}

}  // namespace

Counters* counters() noexcept { return shared; }
Recent* recent() noexcept { return shared != nullptr ? slots : nullptr; }
RequestLimits* limits() noexcept { return shared != nullptr ? allowances : nullptr; }

int prepare_counting(apr_pool_t* pool, server_rec* server) noexcept {
  return guarded(server, HTTP_INTERNAL_SERVER_ERROR, [&] {
    shared = nullptr;
    slots = nullptr;
    if (is_config_test() || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
    shared = find_counters(server->process->pool, server);
    const bool wanted = global_config().count_place.file != nullptr || global_config().limits != nullptr;
    if (shared == nullptr && wanted) shared = make_counters(server->process->pool, server);
    if (shared == nullptr) return OK;
    place_limits(*allowances, global_config());
    start_ticking(pool, server);
    return OK;
  });
}

int ask_for_count(request_rec* r) noexcept {
  if (shared == nullptr || !is_counted(r)) return DECLINED;
  return guarded(r->server, DECLINED, [r] {
    (void)client_network(r);
    return DECLINED;
  });
}

int count_request(request_rec* r) noexcept {
  if (shared == nullptr || r->main != nullptr || r->prev != nullptr || !is_counted(r)) return DECLINED;
  return guarded(r->server, DECLINED, [r] {
    count(*shared, r);
    return DECLINED;
  });
}

}  // namespace ip2asn::httpd
