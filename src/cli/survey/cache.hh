// What earlier surveys found out, on disk: addresses by host, hosts without address, answers by address.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer/kept.hh"
#include "base/result.hh"
#include "cli/survey/resolver.hh"
#include "net/address.hh"

namespace ip2asn::cli {

/// In seconds. Past `refresh` an entry is served, and should be renewed; past `expire` there is none.
struct CacheAges {
  std::int64_t refresh, expire;
};

/// Three files in one directory, each replaced atomically. An entry for a host holds both families. Answers are known
/// by address and by the data's generation: data that changed asks anew. Not thread-safe.
class SurveyCache {
 public:
  struct Options {
    std::string directory;  ///< empty: nothing is read or written
    std::string servers;    ///< entries that other name servers gave are dropped
    CacheAges addresses{45 * 60, 3600}, failures{135 * 60, 3 * 3600}, answers{270 * 60, 6 * 3600};
  };

  /// Reads what there is, and drops what is past its age as of `now`. A file that is damaged is renamed to NAME.bad and
  /// told of in warnings().
  SurveyCache(Options options, std::int64_t now);

  struct Known {
    Resolution resolution;
    bool stale = false;  ///< past `refresh`
  };
  std::optional<Known> host(const std::string& name) const;
  void put_host(const std::string& name, const Resolution& resolution, std::int64_t now);

  std::optional<std::pair<api::KeptAnswer, bool>> answer(std::uint64_t generation, const Address& address) const;
  void put_answer(std::uint64_t generation, const Address& address, const api::KeptAnswer& answer);

  /// Writes what has changed.
  Result<Done> save();

  /// "cleanup: 3 addresses, 0 failures, 12 answers": what the constructor dropped.
  std::string cleanup() const;
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  template <class Value>
  struct Entry {
    std::int64_t time = 0;
    Value value;
  };
  using AnswerKey = std::pair<std::uint64_t, Address>;

  template <class Read>
  void load(std::string_view kind, Read&& read);
  template <class Map, class Write>
  Result<Done> store(std::string_view kind, const Map& map, Write&& write);
  std::string path(std::string_view kind) const;

  Options options_;
  std::int64_t now_;
  std::map<std::string, Entry<Resolution>> addresses_;
  std::map<std::string, Entry<std::string>> failures_;
  std::map<AnswerKey, Entry<api::KeptAnswer>> answers_;
  std::uint64_t dropped_[3] = {};
  bool addresses_changed_ = false, failures_changed_ = false, answers_changed_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace ip2asn::cli
