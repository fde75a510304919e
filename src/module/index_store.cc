#include "module/index_store.hh"

#include <unixd.h>

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "module/generations.hh"
#include "module/names.hh"
#include "module/retained.hh"
#include "serve/intake.hh"

namespace ip2asn::httpd {
namespace {

// Trivial to destroy, as everything static in a module that is loaded and unloaded again.
Generations* active = nullptr;

CacheRequest request_of(const GlobalConfig& config) {
  CacheRequest request;
  for (int i = 0; i < config.database->nelts; ++i) {
    request.recipe.sources.emplace_back(APR_ARRAY_IDX(config.database, i, const char*));
  }
  const auto chosen = config.hoster_map != nullptr ? std::optional<std::string>(config.hoster_map) : std::nullopt;
  request.recipe.options.combine = config.combine;
  request.recipe.hoster_map = hoster_map_path(chosen, IP2ASN_HOSTER_MAP);
  add_local_data(config, request.recipe);
  request.store.directory = config.cache_dir != nullptr ? config.cache_dir : IP2ASN_CACHE_DIR;
  request.store.user = FileOwner{ap_unixd_config.user_id, ap_unixd_config.group_id};
  return request;
}

void log_loaded(server_rec* server, const CacheResult& loaded, const Findings& findings) {
  const FamilyInfo v4 = loaded.image.family_info(Family::v4), v6 = loaded.image.family_info(Family::v6);
  const bool test = is_config_test();
  ap_log_error(
      APLOG_MARK, test ? APLOG_DEBUG : APLOG_NOTICE, 0, server,
      "ip2asn: index %016" APR_UINT64_T_HEX_FMT " %s: %" APR_UINT64_T_FMT " IPv4 and %" APR_UINT64_T_FMT " IPv6 ranges",
      static_cast<apr_uint64_t>(loaded.image.content_id()), loaded.compiled ? "compiled" : "found in the cache",
      static_cast<apr_uint64_t>(v4.ranges), static_cast<apr_uint64_t>(v6.ranges));
  log_findings(server, findings);
  // Whoever tests the configuration as an ordinary user is seldom the one who may use the server's cache.
  if (!loaded.warning.empty() && !(test && ::geteuid() != 0)) {
    ap_log_error(
        APLOG_MARK, APLOG_WARNING, 0, server,
        "ip2asn: %s; the index is kept in memory only, and will be compiled again at each start (see IP2ASNCacheDir)",
        loaded.warning.c_str());
  }
}

Result<Intake> take_in(const Generations* g, const CacheRequest& request, Findings& findings) {
  const GlobalConfig& config = global_config();
  const Slots::Pin serving = g != nullptr ? Slots::Pin(const_cast<Generations*>(g)->slots) : Slots::Pin();
  IntakeSettings settings;
  settings.limits = {config.max_drift, config.max_refusal};
  settings.names = used_hosters();
  settings.objection = missing_name;
  settings.map_objection = missing_in_map;
  // Other sources are compared with nothing: that the configuration names them is intent.
  if (g != nullptr && g->request.recipe.sources == request.recipe.sources) settings.serving = serving.image();
  settings.map_is_shipped = config.hoster_map == nullptr;
  settings.remember = !is_config_test();
  // A start reads its configuration twice, which is one look at the data.
  settings.wait = settings.remember && ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG;
  return ip2asn::take_in(request, settings, moment().wall_ns, findings);
}

// Whether what is served was made of inputs in this state. What was written within the grain of a stamp's clock after
// they were read does not show in the state; the children's first look reads them again, if there is one.
bool is_known_good(const Generations& g, std::uint64_t identity) {
  return g.load_complaint == 0 && g.identity == identity && global_config().refresh_interval != 0;
}

// After the module was replaced by another build: goes on with the image that the other one served, as far as this one
// can read it. Null when there was none: a first start.
Generations* take_over(apr_pool_t* process_pool, const server_rec* server) {
  Inherited inherited = inherit_image(process_pool);
  if (!inherited.served) return nullptr;
  Generations* g = make_generations(process_pool);
  if (!inherited.image) {
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
                 "ip2asn: the module was replaced by one of another index format: the data is compiled anew");
    return g;
  }
  CacheResult& image = *inherited.image;
  g->current = {0, 0, image.image.content_id(), image.image.bytes().size(), image.digest};
  g->slots.install(std::move(image.mapping), image.image);
  describe_image(process_pool, *g);
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, server,
               "ip2asn: the module was replaced: index %016" APR_UINT64_T_HEX_FMT " is taken over",
               static_cast<apr_uint64_t>(g->current.content_id));
  return g;
}

int load(apr_pool_t* process_pool, server_rec* server) {
  const GlobalConfig& config = global_config();
  active = nullptr;
  if (config.database == nullptr) {
    const bool engine = config.engine_place.file != nullptr;
    const Place& place = engine ? config.engine_place : config.count_place;
    if (place.file == nullptr) return OK;
    ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, server,
                 "%s (%s line %d): is On, but there is no IP2ASNDatabase; name a database",
                 engine ? "IP2ASNEngine" : "IP2ASNCount", place.file, place.line);
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  Generations* g = find_generations(process_pool);
  if (g == nullptr) g = take_over(process_pool, server);
  // The children may have gone on to a newer generation than the parent's.
  if (g != nullptr) adopt(*g, server);

  CacheRequest request = request_of(config);
  // A directory that cannot be used is told of when the index is loaded.
  if (const auto error = open_store(request.store);
      error && error->message.starts_with(request.store.directory + ".key")) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server,
                 "ip2asn: %s; without this secret, programs of the server's user could set answers by way of the cache",
                 error->message.c_str());
  }
  const std::uint64_t identity = input_state(request).identity;
  if (g == nullptr || !is_known_good(*g, identity)) {
    Findings findings;
    auto taken = take_in(g, request, findings);
    if (!taken) {
      const Error& error = taken.error();
      const Instead serves = g != nullptr ? instead(*g) : Instead::end;
      const bool waits = config.on_bad_data == OnBadData::wait && is_of_database(config, request.recipe, error);
      if (waits && serves != Instead::before) {
        log_waiting(server, request.recipe, error);
      } else {
        log_refusal(server, request.recipe, error, serves);
        if (g == nullptr) return HTTP_INTERNAL_SERVER_ERROR;
      }
      if (g == nullptr) g = make_generations(process_pool);
      g->load_complaint = complaint_of({{Verdict::refuse, error}});
    } else {
      CacheResult& loaded = taken->loaded;
      log_remarks(server, request.recipe, taken->remarks, g == nullptr);
      const std::uint64_t complaint = complaint_of(taken->remarks);
      if (g == nullptr && complaint != 0 && config.on_bad_data == OnBadData::fail) return HTTP_INTERNAL_SERVER_ERROR;
      log_loaded(server, loaded, findings);
      if (g == nullptr) g = make_generations(process_pool);
      g->current = {0, 0, loaded.image.content_id(), loaded.image.bytes().size(), loaded.digest};
      g->unwritten = loaded.warning.empty() ? 0 : complaint_of({Errc::unreadable, loaded.warning});
      g->slots.install(std::move(loaded.mapping), loaded.image);
      g->load_complaint = complaint;
      describe_image(process_pool, *g);
    }
    g->identity = g->load_complaint == 0 ? identity : 0;
  }
  g->slots.reclaim();
  g->request = std::move(request);
  active = g;
  return OK;
}

}  // namespace

Generations* generations() noexcept { return active; }

int load_index(apr_pool_t*, server_rec* server) noexcept {
  return guarded(server, HTTP_INTERNAL_SERVER_ERROR, [&] { return load(server->process->pool, server); });
}

IndexPin::IndexPin() noexcept : pin_(active != nullptr ? Slots::Pin(active->slots) : Slots::Pin()) {}

std::size_t free_slots() noexcept { return active != nullptr ? active->slots.free() : Slots::kSlots; }

}  // namespace ip2asn::httpd
