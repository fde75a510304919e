// The options by which a command says which registries are asked, and how: --bootstrap, --rate and so on.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "registry/bootstrap.hh"
#include "registry/gate.hh"
#include "registry/inquiry.hh"

namespace ip2asn::cli {

/// Their numbers begin here.
inline constexpr int kRegistryOptionsFrom = 2048;

struct RegistryOptions {
  std::string bootstrap = IP2ASN_BOOTSTRAP_DIR;
  PaceWishes wishes;
  std::set<std::string> only;  ///< these registries; empty: all
  std::vector<std::string> allowed_hosts;
  bool insecure_test_hosts = false;
  InquiryOptions inquiry;

  /// For Arguments::accept, beside the command's own.
  static std::span<const option> table() noexcept;
  /// Takes the option that `arguments` is at, when it is one of these. Returns what is wrong with its value; empty when
  /// nothing is.
  std::string take(int option, const Arguments& arguments);
  /// What is wrong with them all in all.
  std::optional<std::string> contradiction() const;

  HostPolicy policy(const Bootstrap& tables) const;
  bool asks(const std::string& registry) const { return only.empty() || only.contains(registry); }
};

/// The options' part of --help.
#define IP2ASN_REGISTRY_OPTIONS_HELP                                              \
  "      --bootstrap D  directory with IANA's tables ipv4.json, ipv6.json and\n"  \
  "                     asn.json instead of the installed ones\n"                 \
  "      --registry R   ask this registry only; may be given again\n"             \
  "      --rate R=N/T   ask registry R at most N times in time T, as arin=1/2s\n" \
  "      --max-in-flight R=N  ask registry R at most N questions at a time\n"     \
  "      --i-have-permission R  registry R allows more than the default rate\n"   \
  "      --via WAY      rdap (default), whois, or both: WHOIS where RDAP fails\n" \
  "      --whois-server R=HOST[:PORT]  the WHOIS server of registry R\n"          \
  "      --allow-host H follow redirects to this host and its sub-domains, too\n" \
  "      --with-contacts  keep the handles of persons\n"                          \
  "      --insecure-test-hosts  allow plain http and servers on loopback\n"

/// "ip2asn/registries" in $XDG_STATE_HOME, or in ~/.local/state.
Result<std::string> registry_state_directory();
/// "ip2asn" in the directory that an XDG variable names, else in `fallback` of the home directory; empty when there is
/// neither.
std::string xdg_directory(const char* variable, const char* fallback);

}  // namespace ip2asn::cli
