// The table of subcommands.
#include <algorithm>

#include "cli/command.hh"

namespace ip2asn::cli {
namespace {

const Command* const kCommands[] = {
    &kLookupCommand, &kAnnotateCommand, &kSurveyCommand, &kWhoisCommand,    &kCompileCommand,   &kInfoCommand,
    &kVerifyCommand, &kDumpCommand,     &kCrawlCommand,  &kCoverageCommand, &kTelemetryCommand, &kAcceptCommand,
};

}  // namespace

std::span<const Command* const> commands() noexcept { return kCommands; }

const Command* find_command(std::string_view name) noexcept {
  const auto found =
      std::find_if(std::begin(kCommands), std::end(kCommands), [&](const Command* each) { return each->name == name; });
  return found == std::end(kCommands) ? nullptr : *found;
}

}  // namespace ip2asn::cli
