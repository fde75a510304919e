#include "cli/registry_options.hh"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

namespace ip2asn::cli {
namespace {

// "NAME=REST"; both empty when it is not that.
std::pair<std::string, std::string_view> split_assignment(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return {};
  return {std::string(text.substr(0, equals)), text.substr(equals + 1)};
}

// Microseconds between two queries; 0 when `text` is not N/T.
std::int64_t read_rate(std::string_view text) {
  constexpr std::int64_t kMostQueries = 1'000'000;
  const std::size_t slash = text.find('/');
  std::int64_t count = 0;
  if (slash == std::string_view::npos || !number(count, 1, kMostQueries)(text.substr(0, slash)).empty()) return 0;
  const auto seconds = parse_duration(text.substr(slash + 1));
  if (!seconds || *seconds <= 0 || *seconds > 86400) return 0;
  return std::max<std::int64_t>(1, *seconds * 1'000'000 / count);
}

std::string take_rate(PaceWishes& wishes, std::string_view value) {
  const auto [name, rate] = split_assignment(value);
  const std::int64_t interval = read_rate(rate);
  if (interval == 0) return "is not REGISTRY=N/T, such as arin=1/2s, with N from 1 to 1000000 and T up to a day";
  wishes.interval_us[name] = interval;
  return {};
}

std::string take_in_flight(PaceWishes& wishes, std::string_view value) {
  const auto [name, most] = split_assignment(value);
  unsigned count = 0;
  if (name.empty() || !number(count, 1, 1024)(most).empty()) return "is not REGISTRY=N with N from 1 to 1024";
  wishes.in_flight[name] = count;
  return {};
}

std::string take_whois_server(InquiryOptions& inquiry, std::string_view value) {
  const auto [name, server] = split_assignment(value);
  const bool fits = !server.empty() && std::all_of(server.begin(), server.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
  if (!fits) return "is not REGISTRY=HOST or REGISTRY=HOST:PORT";
  inquiry.whois_servers[name] = server;
  return {};
}

constexpr std::string_view kRegistryNames = "arin|ripencc|apnic|lacnic|afrinic";

}  // namespace

void RegistryOptions::describe(Options& options) {
  options.group("Which registries are asked, and how");
  options.add({"bootstrap", 0, "DIR", text(bootstrap),
               "directory with IANA's tables ipv4.json, ipv6.json and asn.json instead of the installed ones",
               "These are in @bootstrap_dir@."});
  options.add({"registry", 0, "R",
               [this](std::string_view value) {
                 only.emplace(value);
                 return std::string();
               },
               "ask this registry only; may be given again",
               "R is arin, ripencc, apnic, lacnic or afrinic, or the name of another host of the tables, with its port "
               "where the table has one.",
               kRegistryNames});
  options.add({"rate", 0, "R=N/T", [this](std::string_view value) { return take_rate(wishes, value); },
               "ask registry R at most N times in time T, evenly, such as arin=1/2s"});
  options.add({"max-in-flight", 0, "R=N", [this](std::string_view value) { return take_in_flight(wishes, value); },
               "have at most N questions to registry R open at a time"});
  options.add({"i-have-permission",
               0,
               "R",
               [this](std::string_view value) {
                 wishes.permissions.emplace(value);
                 return std::string();
               },
               "registry R allows more than the default rate, so that --rate and --max-in-flight may ask for it",
               {},
               kRegistryNames});
  options.add({"via", 0, "rdap|whois|both",
               one_of(inquiry.via, Words<Via>{{"rdap", Via::rdap}, {"whois", Via::whois}, {"both", Via::both}}),
               "how registries are asked (default: rdap); both is WHOIS where RDAP fails",
               "WHOIS is asked on port 43, and follows referrals to rwhois servers and national registries that "
               "--allow-host allows."});
  options.add({"whois-server", 0, "R=HOST[:PORT]",
               [this](std::string_view value) { return take_whois_server(inquiry, value); },
               "the WHOIS server of registry R", "Those of the five are known."});
  options.add({"allow-host", 0, "HOST", collect(allowed_hosts),
               "follow redirects to this host and its subdomains as well",
               "Otherwise redirects lead to hosts of the tables alone, never from https to http, and never into "
               "special-purpose space."});
  options.add({"with-contacts", 0, "", flag(inquiry.with_contacts), "keep the handles of persons"});
  options.add(
      {"insecure-test-hosts", 0, "", flag(insecure_test_hosts), "allow plain http and servers on loopback: for tests"});
}

std::optional<std::string> RegistryOptions::contradiction() const {
  const std::string forbidden = wishes.forbidden();
  if (forbidden.empty()) return std::nullopt;
  return "more than the default of " + forbidden + " takes its permission: if you have it, '--i-have-permission " +
         forbidden + "'";
}

HostPolicy RegistryOptions::policy(const Bootstrap& tables) const {
  HostPolicy policy{tables.hosts(), insecure_test_hosts};
  policy.hosts.insert(policy.hosts.end(), allowed_hosts.begin(), allowed_hosts.end());
  return policy;
}

std::string xdg_directory(const char* variable, const char* fallback) {
  const char* const named = std::getenv(variable);
  if (named != nullptr && *named == '/') return std::string(named) + "/ip2asn";
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/" + fallback + "/ip2asn" : "";
}

Result<std::string> registry_state_directory() {
  const std::string base = xdg_directory("XDG_STATE_HOME", ".local/state");
  if (base.empty()) {
    return Error{Errc::unreadable,
                 "there is no place for the registries' paces: set XDG_STATE_HOME or HOME to an absolute path"};
  }
  return base + "/registries";
}

}  // namespace ip2asn::cli
