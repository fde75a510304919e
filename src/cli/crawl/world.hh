// The world of a crawl that is live: the clock, the registries' paces, and the network.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/crawl/lanes.hh"
#include "cli/stop_signals.hh"
#include "client/http.hh"
#include "registry/crawl.hh"
#include "registry/gate.hh"
#include "registry/inquiry.hh"

namespace ip2asn::cli {

class LiveWorld : public CrawlWorld {
 public:
  /// All outlive it.
  LiveWorld(const Lanes& lanes, const HostPolicy& policy, Gate& gate, HttpClient& client, StopSignals& stop,
            const InquiryOptions& options)
      : lanes_(lanes), policy_(policy), gate_(gate), client_(client), stop_(stop), options_(options) {}

  std::int64_t now() override;
  bool take(std::size_t lane, std::int64_t& wait_us) override;
  void ask(std::uint64_t id, std::size_t lane, const Prefix& prefix) override;
  std::vector<CrawlEnd> wait(std::int64_t most_us) override;
  bool stopped() override { return stop_.raised() || (failed_ && failed_()) || !error_.empty(); }

  /// Something else that ends the crawl.
  void stop_when(std::function<bool()> failed) { failed_ = std::move(failed); }
  /// A file of the paces that could not be used; empty when all is well.
  const std::string& error() const noexcept { return error_; }

 private:
  struct Flight {
    Inquiry inquiry;
    std::int64_t begun;
    std::optional<PaceSlot> slot;  // of the registry that is asked just now
  };

  PaceFile* pace_of(const std::string& registry);
  bool take_token(const std::string& registry, std::optional<PaceSlot>& slot, std::int64_t& wait_us);
  // Asks on where a token is to be had, and lowers `most_us` to when that may be for others.
  void serve_hops(std::int64_t& most_us);
  void fetch(std::uint64_t id, Flight& flight);
  void end(std::uint64_t id, Flight& flight, std::vector<CrawlEnd>& ended);

  const Lanes& lanes_;
  const HostPolicy& policy_;
  Gate& gate_;
  HttpClient& client_;
  StopSignals& stop_;
  const InquiryOptions& options_;
  std::function<bool()> failed_;
  std::string error_;
  std::optional<PaceSlot> taken_;  // between take() and ask()
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::vector<std::uint64_t> hops_;      // redirected, without a token yet
  std::vector<CrawlEnd> ended_at_once_;  // could not even be begun
};

}  // namespace ip2asn::cli
