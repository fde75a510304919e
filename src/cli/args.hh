// The command line of a subcommand, read by getopt_long(3) from the table of its options.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hh"

namespace ip2asn::cli {

class Arguments {
 public:
  /// `argv[0]` is the subcommand's name.
  Arguments(const Command& command, int argc, char** argv);

  /// Gives the values to `options`. Returns an exit status when that is all there is to do: --help was printed, or the
  /// usage is wrong, which was said. Uses getopt's global state, so one at a time.
  std::optional<int> read(const Options& options);

  /// What is not an option, after read().
  const std::vector<std::string>& operands() const noexcept { return operands_; }
  /// Whether the option with this name was given.
  bool given(std::string_view name) const noexcept;

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
  std::vector<std::string> operands_;
  std::vector<std::string_view> given_;
};

/// Prints `title: message` on standard error as one line, with control and bidi characters made harmless.
void complain(std::string_view title, std::string_view message);

}  // namespace ip2asn::cli
