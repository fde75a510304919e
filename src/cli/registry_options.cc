#include "cli/registry_options.hh"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace ip2asn::cli {
namespace {

enum : int {
  kBootstrap = kRegistryOptionsFrom,
  kRegistry,
  kRate,
  kMaxInFlight,
  kPermission,
  kAllowHost,
  kWithContacts,
  kVia,
  kWhoisServer,
  kInsecure
};

constexpr option kOptions[] = {
    {"bootstrap", required_argument, nullptr, kBootstrap},
    {"registry", required_argument, nullptr, kRegistry},
    {"rate", required_argument, nullptr, kRate},
    {"max-in-flight", required_argument, nullptr, kMaxInFlight},
    {"i-have-permission", required_argument, nullptr, kPermission},
    {"allow-host", required_argument, nullptr, kAllowHost},
    {"via", required_argument, nullptr, kVia},
    {"whois-server", required_argument, nullptr, kWhoisServer},
    {"with-contacts", no_argument, nullptr, kWithContacts},
    {"insecure-test-hosts", no_argument, nullptr, kInsecure},
};

// "NAME=REST"; both empty when it is not that.
std::pair<std::string, std::string_view> split_assignment(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return {};
  return {std::string(text.substr(0, equals)), text.substr(equals + 1)};
}

bool read_count(std::string_view text, std::int64_t& count, std::int64_t most) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  return problem == std::errc() && end == text.data() + text.size() && count > 0 && count <= most;
}

// Microseconds between two queries; 0 when `text` is not N/T.
std::int64_t read_rate(std::string_view text) {
  constexpr std::int64_t kMostQueries = 1'000'000;
  const std::size_t slash = text.find('/');
  std::int64_t count = 0;
  if (slash == std::string_view::npos || !read_count(text.substr(0, slash), count, kMostQueries)) return 0;
  const auto seconds = parse_duration(text.substr(slash + 1));
  if (!seconds || *seconds <= 0 || *seconds > 86400) return 0;
  return std::max<std::int64_t>(1, *seconds * 1'000'000 / count);
}

}  // namespace

std::span<const option> RegistryOptions::table() noexcept { return kOptions; }

std::string RegistryOptions::take(int option, const Arguments& arguments) {
  const std::string_view value = option == kWithContacts || option == kInsecure ? "" : arguments.value();
  switch (option) {
    case kBootstrap:
      bootstrap = value;
      break;
    case kRegistry:
      only.emplace(value);
      break;
    case kRate: {
      const auto [name, rate] = split_assignment(value);
      const std::int64_t interval = read_rate(rate);
      if (interval == 0) return "--rate takes REGISTRY=N/T, as arin=1/2s: N from 1 to 1000000, T up to a day";
      wishes.interval_us[name] = interval;
      break;
    }
    case kMaxInFlight: {
      const auto [name, number] = split_assignment(value);
      std::int64_t count = 0;
      if (!read_count(number, count, 1024)) return "--max-in-flight takes REGISTRY=N, N from 1 to 1024";
      wishes.in_flight[name] = static_cast<unsigned>(count);
      break;
    }
    case kPermission:
      wishes.permissions.emplace(value);
      break;
    case kAllowHost:
      allowed_hosts.emplace_back(value);
      break;
    case kWithContacts:
      inquiry.with_contacts = true;
      break;
    case kVia:
      if (value != "rdap" && value != "whois" && value != "both") return "--via takes rdap, whois or both";
      inquiry.via = value == "rdap" ? Via::rdap : value == "whois" ? Via::whois : Via::both;
      break;
    case kWhoisServer: {
      const auto [name, server] = split_assignment(value);
      const bool fits = !server.empty() && std::all_of(server.begin(), server.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
      });
      if (!fits) return "--whois-server takes REGISTRY=HOST or REGISTRY=HOST:PORT";
      inquiry.whois_servers[name] = server;
      break;
    }
    case kInsecure:
      insecure_test_hosts = true;
      break;
  }
  return {};
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
