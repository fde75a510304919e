// What a subcommand is, and what the tool's exit statuses mean.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.hh"
#include "cli/options.hh"

namespace ip2asn::cli {

class Arguments;

/// Exit statuses: each number means the same in every subcommand.
enum Exit : int {
  kFine = 0,
  kPartly = 1,      ///< an argument was not what it should be (the rest is answered), or memory ran out
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

/// The options of one run with what runs it. The options refer to what the run reads.
struct Invocation {
  Options options;
  std::function<int(const Arguments&)> run;
};

/// Choices of a type of its own, which `describe` binds to options and `run` obeys.
template <class Choices>
Invocation invocation(void (*describe)(Options&, Choices&), int (*run)(const Arguments&, Choices&)) {
  const auto choices = std::make_shared<Choices>();
  Invocation made;
  describe(made.options, *choices);
  made.run = [choices, run](const Arguments& arguments) { return run(arguments, *choices); };
  return made;
}

/// Texts may be longer than a line: they are wrapped where they are printed. @default_database@, @default_hoster_map@
/// and
/// @bootstrap_dir@ stand for the places that were configured.
struct Command {
  std::string_view name;
  std::string_view summary;   ///< for the tool's own --help, and the title of the man page
  std::string_view usage;     ///< what follows the name in "Usage:"; a line for each form
  std::string_view about;     ///< paragraphs of --help above the options; the man page says more in words of its own
  std::string_view exits;     ///< a line for each exit status: "0 fine"
  std::string_view examples;  ///< command lines
  Invocation (*invoke)();
};

/// All of them, in the order of the tool's own --help.
std::span<const Command* const> commands() noexcept;
/// Null when there is none of this name.
const Command* find_command(std::string_view name) noexcept;

// One for each subcommand, in the file of its name.
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
