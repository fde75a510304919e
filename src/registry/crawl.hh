// A crawl: what is wanted, what is known, what is in flight, and when it is over.
//
// The crawl decides; the world (time, tokens, the network) and the log (files) are handed in, so that the same code
// runs against registries, against fakes on loopback and in a simulation. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "index/image.hh"
#include "registry/answer.hh"
#include "registry/delegated.hh"
#include "registry/known_blocks.hh"
#include "registry/order.hh"

namespace ip2asn {

/// How a question ended.
struct CrawlEnd {
  std::uint64_t id = 0;
  Reading reading;
  std::int64_t took_us = 0;
};

/// What a crawl needs of the world. Lanes are registries, numbered from 0.
class CrawlWorld {
 public:
  virtual ~CrawlWorld() = default;
  /// Microseconds of a clock that does not go back.
  virtual std::int64_t now() = 0;
  /// Takes a token for a question, or tells in `wait_us` how long it takes at least until there is one.
  virtual bool take(std::size_t lane, std::int64_t& wait_us) = 0;
  /// Asks, with the token that was taken.
  virtual void ask(std::uint64_t id, std::size_t lane, const Prefix& prefix) = 0;
  /// Waits for an end, for so long at most.
  virtual std::vector<CrawlEnd> wait(std::int64_t most_us) = 0;
  /// Whether somebody wants the crawl to stop.
  virtual bool stopped() = 0;
};

/// What is kept of a crawl.
class CrawlLog {
 public:
  virtual ~CrawlLog() = default;
  virtual void answer(const Prefix& asked, const Reading& reading) = 0;
  virtual void miss(const Prefix& asked, std::size_t lane, const Reading& reading, unsigned tries) = 0;
  /// Between questions, at least once a second.
  virtual void turn() {}
};

struct CrawlOptions {
  bool cover = false;             ///< any known block covers what lies in it
  double until = 0;               ///< addresses (IPv6: /48s) that are to be known by answers; 0: all
  std::uint64_t max_queries = 0;  ///< 0: no limit
  std::int64_t max_time_us = 0;   ///< 0: no limit
};

/// States of what was taken from the order; their sum is how much that is.
struct CrawlCounts {
  std::uint64_t awaiting = 0;  ///< to be tried again
  std::uint64_t unrouted = 0;  ///< no registry is found
  std::uint64_t asking = 0;
  std::uint64_t failed = 0;  ///< final: none, refused, or given up
  std::uint64_t answered = 0;
  std::uint64_t known = 0;  ///< needed no question
  // Not states:
  std::uint64_t queries = 0, limited = 0, none = 0, joined = 0, blocks = 0;
  double covered = 0;  ///< addresses of all answers
};

class Crawl {
 public:
  enum class End { done, until, queries, time, stopped };

  /// `database` may be nullptr. `names` are the lanes' registries. All outlive the crawl.
  Crawl(const Image* database, const CrawlOptions& options, std::size_t lanes, Order& order, KnownBlocks& known,
        CrawlWorld& world, CrawlLog& log);

  /// What earlier runs asked and were told.
  void remember(const Range& block, std::uint32_t asn, const Address& asked);
  void remember_none(const Prefix& asked);

  /// An answer names the holder of all ranges that `delegated`, which outlives the crawl, says are the same holder's.
  void inherit_by(const Delegated& delegated) { delegated_ = &delegated; }

  End run();

  const CrawlCounts& counts() const noexcept { return counts_; }
  CrawlCounts& counts() noexcept { return counts_; }
  std::uint64_t waiting(std::size_t lane) const { return order_.waiting(lane); }
  bool refused(std::size_t lane) const { return lanes_[lane].refused; }
  std::string_view refusal(std::size_t lane) const { return lanes_[lane].refusal; }
  /// The slower half and the slowest hundredth of the last questions begin here; in milliseconds.
  std::array<std::int64_t, 2> latencies_ms(std::size_t lane) const;

 private:
  struct InFlight {
    std::uint64_t id;
    std::size_t lane;
    Wanted wanted;
    Prefix asked;
    std::vector<Wanted> joined;
  };
  struct Retry {
    std::int64_t due;
    Wanted wanted;
  };
  struct Lane {
    std::optional<Wanted> chosen;
    std::vector<Retry> retries;
    std::vector<Wanted> returned;  // joined a question that has ended
    std::vector<std::int64_t> latencies;
    bool refused = false;
    std::string refusal;
  };
  enum class Choice { ask, known, none, joined };

  bool choose(std::size_t lane, std::int64_t now);
  std::optional<Wanted> candidate(std::size_t lane, std::int64_t now);
  Choice judge(const Wanted& wanted);
  void start(std::size_t lane);
  void finish(CrawlEnd&& end);
  void give_up(InFlight& flight, const Reading& reading);
  Range range_of_none(const InFlight& flight) const;
  std::optional<End> over(std::int64_t now, std::int64_t begun) const;
  bool idle() const;
  void inherit(const Reading& reading);
  std::uint32_t asn_at(const Address& address) const;

  const Image* database_;
  const Delegated* delegated_ = nullptr;
  CrawlOptions options_;
  Order& order_;
  KnownBlocks& known_;
  CrawlWorld& world_;
  CrawlLog& log_;
  std::vector<Lane> lanes_;
  std::vector<InFlight> in_flight_;
  std::unordered_set<std::uint64_t> asked_;   // addresses, hashed: a collision leaves one unasked
  std::unordered_set<std::uint64_t> blocks_;  // ranges, hashed
  CrawlCounts counts_;
  std::uint64_t next_id_ = 1;
};

}  // namespace ip2asn
