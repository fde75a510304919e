// What is printed from the tables of commands and options: --help, parts of the man pages, and completion for bash.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.hh"

namespace ip2asn::cli {

/// `ip2asn --help`.
std::string overview_text();
/// `ip2asn COMMAND --help`, at most 80 columns wide but for installed paths.
std::string help_text(const Command& command, const Options& options);
/// A command's man page, in which @description@, @version@ and the configured places are to be filled in:
/// `ip2asn help --man COMMAND`.
std::string man_text(const Command& command, const Options& options);
/// The list of commands in the overview's man page: `ip2asn help --man`.
std::string man_commands_text();
/// The whole completion for bash: `ip2asn help --completion`.
std::string completion_text();

}  // namespace ip2asn::cli
