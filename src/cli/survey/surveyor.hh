// The resolutions of a survey: what the cache has, what needs no question, and what the name servers say.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/stop_signals.hh"
#include "cli/survey/cache.hh"
#include "cli/survey/input.hh"
#include "cli/survey/resolver.hh"

namespace ip2asn::cli {

/// Shows progress on a terminal. Not thread-safe.
class Surveyor {
 public:
  /// All outlive it.
  Surveyor(const std::vector<SurveyHost>& hosts, const ResolverOptions& options, SurveyCache& cache, StopSignals& stop);

  /// Asks for what the cache does not have, into it; it is saved every few seconds. Errors: as resolve().
  Result<Done> ask() { return ask(missing_, "resolving"); }
  /// What was served past its first age is asked for again, for the next run.
  Result<Done> renew() { return ask(stale_, "renewing"); }

  /// By host; empty for those that were not come to before the stop.
  const std::vector<std::optional<Resolution>>& resolutions() const noexcept { return resolutions_; }
  /// How many there was no name server for, which are not kept.
  std::size_t unreached() const noexcept { return unreached_; }

 private:
  void begin(std::size_t place);
  Result<Done> ask(const std::vector<std::size_t>& places, std::string_view what);
  void save_now_and_then();

  static constexpr std::chrono::seconds kBetweenSaves{5};

  const std::vector<SurveyHost>& hosts_;
  const ResolverOptions& options_;
  SurveyCache& cache_;
  StopSignals& stop_;
  std::vector<std::optional<Resolution>> resolutions_;
  std::vector<std::size_t> missing_, stale_;
  std::size_t unreached_ = 0;
  std::chrono::steady_clock::time_point next_save_ = std::chrono::steady_clock::now() + kBetweenSaves;
};

}  // namespace ip2asn::cli
