// The options by which a command says which registries are asked, and how: --bootstrap, --rate and so on.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "registry/bootstrap.hh"
#include "registry/gate.hh"
#include "registry/inquiry.hh"

namespace ip2asn::cli {

struct RegistryOptions {
  std::string bootstrap = IP2ASN_BOOTSTRAP_DIR;
  PaceWishes wishes;
  std::set<std::string> only;  ///< these registries; empty: all
  std::vector<std::string> allowed_hosts;
  bool insecure_test_hosts = false;
  InquiryOptions inquiry;

  void describe(Options& options);
  /// What is wrong with them all in all.
  std::optional<std::string> contradiction() const;

  HostPolicy policy(const Bootstrap& tables) const;
  bool asks(const std::string& registry) const { return only.empty() || only.contains(registry); }
};

/// "ip2asn/registries" in $XDG_STATE_HOME, or in ~/.local/state.
Result<std::string> registry_state_directory();
/// "ip2asn" in the directory that an XDG variable names, else in `fallback` of the home directory; empty when there is
/// neither.
std::string xdg_directory(const char* variable, const char* fallback);

}  // namespace ip2asn::cli
