// The paces of all registries that a process asks.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hh"
#include "registry/answer.hh"
#include "registry/pace_file.hh"

namespace ip2asn {

/// What the user wants other than the defaults; by a registry's name.
struct PaceWishes {
  std::map<std::string, std::int64_t> interval_us;
  std::map<std::string, unsigned> in_flight;
  std::set<std::string> permissions;  ///< to ask oftener than the default

  Pace pace_of(const std::string& registry) const;
  /// The name of a registry that would be asked oftener than its default without permission; empty when there is none.
  std::string forbidden() const;
};

/// Opens a registry's file when it is first asked for. Not thread-safe.
class Gate {
 public:
  Gate(std::string directory, PaceWishes wishes) : directory_(std::move(directory)), wishes_(std::move(wishes)) {}

  Result<PaceFile*> of(const std::string& registry);

  /// What the end of a query means for the next ones.
  void note(PaceFile& pace, Outcome outcome, std::int64_t retry_after, const Moment& now) const;

  const std::map<std::string, PaceFile>& files() const noexcept { return files_; }

 private:
  std::string directory_;
  PaceWishes wishes_;
  std::map<std::string, PaceFile> files_;
};

}  // namespace ip2asn
