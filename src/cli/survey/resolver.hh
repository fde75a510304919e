// Addresses of many hosts at once, by c-ares.
//
// One thread, one event loop, up to `concurrency` names in flight, each with its A and its AAAA question, and fewer
// where that is more than the way to the server holds. A name has one deadline for all that it takes: retries, both
// families, and what aliases lead to. c-ares matches answers to questions by server, id and question; here only
// addresses count that the question's own chain of aliases leads to.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "cli/stop_signals.hh"
#include "net/address.hh"

namespace ip2asn::cli {

struct Resolution {
  std::vector<Address> addresses;  ///< sorted, each once
  std::string failure;             ///< why there are none, or none of one family; empty when all is well
  bool unreached = false;          ///< there was no server to ask, so that nothing was found out
};

struct ResolverOptions {
  std::string servers;  ///< "127.0.0.1:5353,[::1]:53"; empty for those of the system
  std::chrono::milliseconds timeout{10'000};
  std::size_t concurrency = 256;
};

/// What a caller is told of. Neither throws.
struct ResolverEvents {
  std::function<void(std::size_t, Resolution)> done;  ///< a name, by its place in `names`
  std::function<void()> turn;                         ///< between answers, several times a second; may be empty
};

/// Resolves `names`, which are host names (see is_host_name), in any order. Returns early when `stop` is raised: then
/// some are never told of. Errors: no server to ask.
Result<Done> resolve(std::span<const std::string> names, const ResolverOptions& options, StopSignals& stop,
                     const ResolverEvents& events);

/// What an answer, a DNS message, says about the addresses of one name.
struct AnswerContent {
  std::vector<Address> addresses;
  std::string alias;  ///< where the chain of aliases leads when the message has no address for it
  bool bad = false;   ///< no message, or a chain that is too long or a loop
};
/// Longest chain of aliases that is followed.
inline constexpr int kMostAliases = 10;
AnswerContent read_answer(std::span<const unsigned char> message, std::string_view name, Family family);

}  // namespace ip2asn::cli
