// What a process of the server knows about generations of its index.
#pragma once

#include <cstdint>
#include <vector>

#include "module/global_config.hh"
#include "module/httpd.hh"
#include "serve/control_block.hh"
#include "serve/refresh.hh"
#include "serve/slots.hh"
#include "store/cache.hh"

namespace ip2asn::httpd {

/// Made by the parent, and inherited by each child as a copy of its own; `block` alone is shared. Lives in the
/// process's pool, because it must outlive each reading of the configuration and the module's own code, which httpd
/// unloads and loads again between two of them. Nothing destroys it, for the code to do so may be gone by then: the
/// kernel does.
struct Generations {
  Slots slots;
  CacheRequest request;               ///< what the configuration asks for
  std::uint64_t identity = 0;         ///< state of the inputs that the parent last loaded from; 0 when that failed
  std::uint64_t epoch = 0;            ///< readings of the configuration so far
  ControlBlock* block = nullptr;      ///< null until the server serves
  Handover handover;                  ///< beside the block
  std::uint64_t seen = 0;             ///< block->published() when this process last looked
  Announcement current;               ///< what is current in `slots`
  std::uint64_t adopt_complaint = 0;  ///< what kept the last attempt to adopt from success; 0 for nothing
  std::uint64_t load_complaint = 0;   ///< the same for the parent's last attempt to load
  std::int64_t touched_ns = 0;        ///< when the parent last noted that the records of what is good are in use
  std::uint64_t unwritten = 0;        ///< hash of why what it loaded is not in the cache; 0 when it is
};

/// This process's generations, or null when no database is configured. For the parent's main thread and a child's
/// watchdog thread.
Generations* generations() noexcept;

/// Makes the newest announced generation this process's own. One thread at a time.
void adopt(Generations& g, const server_rec* server);

/// What serves where new data is refused.
enum class Instead {
  end,      ///< nothing: the server does not start
  before,   ///< the index that was loaded before
  without,  ///< requests, without an index
};

/// What serves in the place of data that is refused, in a server that goes on.
Instead instead(Generations& g) noexcept;

/// Logs an error of the database or the hoster map, with the directive that it comes from.
void log_refusal(const server_rec* server, const Recipe& recipe, const Error& error, Instead instead);

/// Logs that the server serves without an index until there is data.
void log_waiting(const server_rec* server, const Recipe& recipe, const Error& error);

/// Logs what is to be said of the parts of an index: what was not taken, as far as it is not only looked at once more,
/// is an error. `instead` is what serves where one is refused.
void log_remarks(const server_rec* server, const Recipe& recipe, const std::vector<Remark>& remarks, bool at_start,
                 Instead instead = Instead::before);

/// Logs what was skipped and repaired.
void log_findings(const server_rec* server, const Findings& findings);

/// The clocks, now.
Moment moment() noexcept;

}  // namespace ip2asn::httpd
