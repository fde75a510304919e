// Asking registries one question at a time, within their paces.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/registry_options.hh"
#include "client/http.hh"

namespace ip2asn::cli {

/// Waits for tokens, and says on standard error when that takes longer than a moment. Not thread-safe.
class RegistryClient {
 public:
  static Result<RegistryClient> open(const RegistryOptions& options, const Arguments& arguments);

  /// The answer; Outcome::limited also where a registry is to be left alone for longer than a minute.
  Result<Reading> ask(const Question& question);
  /// The body of the last answer.
  const std::string& body() const noexcept { return body_; }

 private:
  RegistryClient(const RegistryOptions& options, const Arguments& arguments, Bootstrap tables, std::string state);

  // Waits for the registry's token; nullopt with a reason when it is not to be asked now.
  Result<std::optional<PaceSlot>> wait_for(PaceFile& pace, const std::string& registry, std::string& reason);

  const RegistryOptions* options_;
  const Arguments* arguments_;
  std::unique_ptr<Bootstrap> tables_;
  std::unique_ptr<HostPolicy> policy_;
  std::unique_ptr<HttpClient> client_;
  Gate gate_;
  std::uint64_t next_id_ = 1;
  std::string body_;
};

}  // namespace ip2asn::cli
