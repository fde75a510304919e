// One query of a range or an AS, from the first server to its outcome: RDAP with its redirects and the second try by
// address, WHOIS with its referrals, and the national registries, which know the holders of what is theirs.
//
// Pure: it says what to fetch next, and is given what came. Each step names the registry whose token it takes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/http.hh"
#include "registry/answer.hh"
#include "registry/bootstrap.hh"

namespace ip2asn {

/// Which hosts may be asked.
struct HostPolicy {
  std::vector<std::string> hosts;    ///< these and their sub-domains; in lower case
  bool insecure_test_hosts = false;  ///< plain http, and loopback

  /// Why `url` may not be fetched after `before` (empty: at first); empty when it may.
  std::string refusal(const std::string& url, const std::string& before) const;
  /// Why a host may not be asked.
  std::string host_refusal(const std::string& host) const;
};

enum class Via : std::uint8_t { rdap, whois, both };

struct InquiryOptions {
  bool with_contacts = false;
  Via via = Via::rdap;                               ///< both: WHOIS where RDAP fails
  bool national = false;                             ///< what a national registry holds is asked for there, by WHOIS
  std::map<std::string, std::string> whois_servers;  ///< "HOST[:PORT]" by registry, before those that are known
};

/// What to fetch, and by whose leave.
struct InquiryStep {
  std::string registry;  ///< see registry_name()
  std::string url;       ///< of RDAP; else a server of WHOIS and a line for it
  std::string whois_server;
  std::string whois_line;
};

/// Begins the fetch of a step.
void fetch(HttpClient& client, std::uint64_t id, const InquiryStep& step);

/// What is asked for: a prefix, or an AS.
struct Question {
  std::optional<Prefix> prefix;
  std::uint32_t asn = 0;
};

class Inquiry {
 public:
  /// `policy` and `options` outlive it. `base_url` is the registry's, and may be empty: then there is no step, and the
  /// outcome says that no registry was found.
  Inquiry(const HostPolicy& policy, const InquiryOptions& options, const Question& question, std::string_view base_url);

  /// What to do next; nullopt when reading() is the outcome.
  const std::optional<InquiryStep>& step() const noexcept { return step_; }
  /// The end of the fetch that step() asked for. Returns what it means for the registry that was asked.
  Outcome take(const Fetched& fetched);
  /// Leaves out the step, where something is known without it: then reading() is the outcome.
  bool fall_back();
  /// Seconds for which the last server asks to be left alone at `now`, seconds since 1970.
  std::int64_t retry_after(const Fetched& fetched, std::int64_t now) const;

  const Reading& reading() const noexcept { return reading_; }
  Reading&& take_reading() noexcept { return std::move(reading_); }

 private:
  void ask(bool by_address);
  void go_to(std::string url);
  std::string whois_server_of(const std::string& registry) const;
  void ask_whois();
  void ask_for_more();
  void take_rdap(const Fetched& fetched);
  Outcome take_whois(const Fetched& fetched);
  bool follow(const std::string& referral);
  void end(Outcome outcome, std::string text);

  const HostPolicy& policy_;
  const InquiryOptions& options_;
  Question question_;
  std::string base_;
  bool by_address_ = false;
  std::vector<std::string> visited_;
  std::optional<InquiryStep> step_;
  Reading reading_;
  std::optional<Reading> before_referral_;
  std::int64_t whois_retry_after_ = 0;
};

/// The registry at a base URL.
std::string registry_of_url(std::string_view url);

}  // namespace ip2asn
