#include "module/advice/advice.hh"

#include <apr_hash.h>

#include "module/advice/config_tree.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

constexpr char kSaidKey[] = "mod_ip2asn advice";

// What was said before, in a pool of its own; the next reading of the configuration replaces it. It holds texts only,
// because this module's code is unloaded and loaded again in between.
struct Said {
  apr_pool_t* pool;
  apr_hash_t* texts;
};

Said* said_before(apr_pool_t* process_pool) {
  void* data = nullptr;
  apr_pool_userdata_get(&data, kSaidKey, process_pool);
  return static_cast<Said*>(data);
}

// Keeps `advice` as what was said last.
void remember(apr_pool_t* process_pool, Said* before, const Advice& advice) {
  apr_pool_t* pool = nullptr;
  if (apr_pool_create(&pool, process_pool) != APR_SUCCESS) return;
  Said* said = before;
  if (said == nullptr) {
    said = static_cast<Said*>(apr_pcalloc(process_pool, sizeof(Said)));
    // set, not setn: the key must not be of the code that is about to be unloaded.
    apr_pool_userdata_set(said, kSaidKey, nullptr, process_pool);
  } else {
    apr_pool_destroy(said->pool);
  }
  said->pool = pool;
  said->texts = apr_hash_make(pool);
  for (const std::string& text : advice)
    apr_hash_set(said->texts, apr_pstrdup(pool, text.c_str()), APR_HASH_KEY_STRING, "");
}

void say(server_rec* server, const Advice& advice) {
  apr_pool_t* const process_pool = server->process->pool;
  // The first reading of a start is said on the terminal, the second in the log.
  const bool first = ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
  Said* const before = first ? nullptr : said_before(process_pool);
  for (const std::string& text : advice) {
    if (before != nullptr && apr_hash_get(before->texts, text.c_str(), APR_HASH_KEY_STRING) != nullptr) continue;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server, "ip2asn: %s", text.c_str());
  }
  if (!first && (before != nullptr || !advice.empty())) remember(process_pool, before, advice);
}

}  // namespace

void advise(server_rec* server) noexcept {
  // Whoever has the configuration shown has asked for something else.
  if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP) return;
  guarded(server, 0, [server] {
    const ConfigTree tree(server, ap_conftree);
    Advice advice;
    if (const IndexPin pin; pin) advise_on_countries(tree, *pin, advice);
    advise_on_engine(tree, advice);
    advise_on_merging(tree, advice);
    say(server, advice);
    return 0;
  });
}

}  // namespace ip2asn::httpd
