// What a subcommand is, and what the tool's exit statuses mean.
#pragma once

#include <string_view>

#include "base/result.hh"

namespace ip2asn::cli {

class Arguments;

/// Exit statuses: each number means the same in every subcommand.
enum Exit : int {
  kFine = 0,
  kPartly = 1,      ///< an address that was asked for is none (the rest is answered), or memory ran out
  kUsage = 2,       ///< the command line asks for what cannot be
  kDamaged = 3,     ///< content of a file, or of a server's answer, is not what it should be
  kStale = 4,       ///< the data is older than allowed
  kDrifted = 5,     ///< the data lost more than the allowed share of the old
  kUnreadable = 6,  ///< a file, standard output or a server could not be read or written
};

/// The exit status that says what `code` says.
constexpr Exit exit_status(Errc code) noexcept {
  switch (code) {
    case Errc::argument:
      return kUsage;
    case Errc::unreadable:
    case Errc::changed:
      return kUnreadable;
    case Errc::drift:
      return kDrifted;
    case Errc::memory:
      return kPartly;
    case Errc::damaged:
    case Errc::version:
    case Errc::empty:
    case Errc::limit:
      break;
  }
  return kDamaged;
}

struct Command {
  std::string_view name;
  std::string_view summary;  ///< one line for the tool's own --help
  std::string_view help;     ///< the whole text of --help, at most 80 columns wide
  int (*run)(Arguments& arguments);
};

// One for each subcommand, in the file of its name; the table is in main.cc.
extern const Command kAcceptCommand;
extern const Command kCompileCommand;
extern const Command kLookupCommand;
extern const Command kInfoCommand;
extern const Command kVerifyCommand;
extern const Command kDumpCommand;
extern const Command kAnnotateCommand;
extern const Command kSurveyCommand;
extern const Command kWhoisCommand;
extern const Command kCrawlCommand;
extern const Command kCoverageCommand;
extern const Command kTelemetryCommand;

}  // namespace ip2asn::cli
