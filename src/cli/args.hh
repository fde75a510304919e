// The command line of a subcommand: options by getopt_long(3), and the values that several subcommands read.
#pragma once

#include <getopt.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hh"

namespace ip2asn::cli {

/// Reads the options of one subcommand. `--help` and mistakes are dealt with here: after next() has returned 0,
/// status() tells whether there is anything left to do. Uses getopt's global state, so there is one at a time.
class Arguments {
 public:
  /// `argv[0]` is the subcommand's name.
  Arguments(const Command& command, int argc, char** argv);

  /// Options and their letters, as for getopt_long, but without an end mark. A `val` below 256 is a short option as
  /// well. `shared` are those that the command has in common with others.
  void accept(std::span<const option> options, std::span<const option> shared = {});

  /// The `val` of the next option, or 0 when there is none left or reading has come to an end for another reason.
  int next();
  /// The value of the option that next() returned.
  std::string_view value() const noexcept { return optarg; }

  /// The exit status when help was printed or the usage was wrong.
  std::optional<int> status() const noexcept { return status_; }
  /// What is not an option. Only after next() has returned 0.
  std::vector<std::string> operands() const;

  /// Says what is wrong with the command line and where help is; returns kUsage.
  int bad_usage(std::string_view message) const;
  /// Prints `ip2asn COMMAND: message` on standard error, control characters made harmless.
  void complain(std::string_view message) const;
  /// The same for an error; returns its exit status.
  int fail(const Error& error) const;

  const Command& command() const noexcept { return command_; }

 private:
  const Command& command_;
  std::string title_;
  std::vector<char*> argv_;
  std::vector<option> options_;
  std::string letters_;
  std::optional<int> status_;
};

/// Prints `title: message` on standard error as one line, with control and bidi characters made harmless.
void complain(std::string_view title, std::string_view message);

/// "90", "90s", "15m", "36h", "7d" or "2w" in seconds.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// A share from 0 to 100, with or without a per cent sign.
std::optional<double> parse_percent(std::string_view text);

}  // namespace ip2asn::cli
