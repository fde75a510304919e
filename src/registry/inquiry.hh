// One query of a range or an AS, from the first URL to its outcome: redirects, and the second try by address.
//
// Pure: it says what to fetch next, and is given what came. Each step names the registry whose token it takes.
#pragma once

#include <cstdint>
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
};

/// What to fetch, and by whose leave.
struct InquiryStep {
  std::string registry;  ///< see registry_name()
  std::string url;
};

/// What is asked for: a prefix, or an AS.
struct Question {
  std::optional<Prefix> prefix;
  std::uint32_t asn = 0;
};

class Inquiry {
 public:
  /// `policy` outlives it. `base_url` is the registry's, and may be empty: then there is no step, and the outcome says
  /// that no registry was found.
  Inquiry(const HostPolicy& policy, const Question& question, std::string_view base_url, bool with_contacts);

  /// What to do next; nullopt when reading() is the outcome.
  const std::optional<InquiryStep>& step() const noexcept { return step_; }
  /// The end of the fetch that step() asked for.
  void take(const Fetched& fetched);

  const Reading& reading() const noexcept { return reading_; }
  Reading&& take_reading() noexcept { return std::move(reading_); }
  const Question& question() const noexcept { return question_; }

 private:
  void ask(bool by_address);
  void go_to(std::string url);
  void end(Outcome outcome, std::string text);

  const HostPolicy& policy_;
  Question question_;
  std::string base_;
  bool with_contacts_;
  bool by_address_ = false;
  std::vector<std::string> visited_;
  std::optional<InquiryStep> step_;
  Reading reading_;
};

/// The registry at a base URL.
std::string registry_of_url(std::string_view url);

}  // namespace ip2asn
