// ip2asn: the table of subcommands, and the way into them.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "cli/args.hh"
#include "cli/command.hh"
#include "cli/output.hh"
#include "index/image.hh"

namespace ip2asn::cli {
namespace {

const Command* const kCommands[] = {
    &kLookupCommand, &kAnnotateCommand, &kSurveyCommand, &kWhoisCommand,    &kCompileCommand,   &kInfoCommand,
    &kVerifyCommand, &kDumpCommand,     &kCrawlCommand,  &kCoverageCommand, &kTelemetryCommand, &kAcceptCommand,
};

std::string overview() {
  std::string text =
      "Usage: ip2asn COMMAND [OPTION]... [ARGUMENT]...\n"
      "\n"
      "Tells which autonomous system (AS) announces an IP address, from iptoasn.com's\n"
      "database files.\n"
      "\n"
      "Commands:\n";
  for (const Command* command : kCommands) {
    text += "  ";
    text += command->name;
    text.append(11 - command->name.size(), ' ');
    text += command->summary;
    text += '\n';
  }
  text +=
      "\n"
      "  ip2asn COMMAND --help   what a command does and takes, with examples\n"
      "  ip2asn --version        version, and the format of the indexes it writes\n"
      "\n"
      "A database (DB) is one or more iptoasn.com files, plain or gzip, or a compiled\n"
      "index; which of them a file is, is told by its content.\n"
      "\n"
      "Exit status:\n"
      "  0  fine\n"
      "  1  an address was no address (the others were answered), or out of memory\n"
      "  2  wrong usage\n"
      "  3  damaged: content of a file, or answer of a server, is not what it should be\n"
      "  4  stale: the data is older than allowed\n"
      "  5  drifted: the data lost more than the allowed share of the old\n"
      "  6  a file or standard output could not be read or written, or a server does\n"
      "     not answer\n"
      "\n"
      "Examples:\n"
      "  ip2asn lookup -d ip2asn-combined.tsv.gz 8.8.8.8 2001:4860:4860::8888\n"
      "  ip2asn compile ip2asn-combined.tsv.gz -o ip2asn.idx\n"
      "  cut -d' ' -f1 access.log | ip2asn lookup -d ip2asn.idx --tsv\n";
  return text;
}

int print(std::string_view text) {
  Output output;
  output.write(text);
  return output.finish("ip2asn");
}

// A closed standard descriptor would be given to the next file that is opened. Opened the wrong way round, its use is
// an error.
void fill_standard_descriptors() {
  constexpr int kFlags[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) == -1 && open("/dev/null", kFlags[descriptor]) != descriptor)
      std::_Exit(kUnreadable);
  }
}

int run(int argc, char** argv) {
  if (argc < 2) {
    complain(
        "ip2asn",
        "a command is missing: lookup, annotate, survey, whois, crawl, coverage, telemetry, compile, info, verify, "
        "dump or accept; see 'ip2asn --help'");
    return kUsage;
  }
  const std::string_view name = argv[1];
  for (const Command* command : kCommands) {
    if (command->name != name) continue;
    Arguments arguments(*command, argc - 1, argv + 1);
    return command->run(arguments);
  }
  if (name == "--help" || name == "-h" || (name == "help" && argc == 2)) return print(overview());
  if (name == "help") {
    for (const Command* command : kCommands) {
      if (command->name == argv[2]) return print(command->help);
    }
    complain("ip2asn", "there is no command '" + std::string(argv[2]) + "'; see 'ip2asn --help'");
    return kUsage;
  }
  if (name == "--version" || name == "-V") {
    return print("ip2asn " PACKAGE_VERSION " (index format " + std::to_string(kImageVersion) + ")\n");
  }
  complain("ip2asn", "there is no " + std::string(name.starts_with('-') ? "option '" : "command '") +
                         std::string(name) + "'; see 'ip2asn --help'");
  return kUsage;
}

}  // namespace
}  // namespace ip2asn::cli

int main(int argc, char** argv) {
  using namespace ip2asn::cli;
  fill_standard_descriptors();
  // A reader that has gone away is an error like any other, so that a pipeline which lost answers does not look
  // complete.
  signal(SIGPIPE, SIG_IGN);
  // So is a limit on the size of files (ulimit -f): the write fails, and that is said.
  signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    complain("ip2asn", "out of memory");
    return kPartly;
  } catch (const std::exception& problem) {
    complain("ip2asn", problem.what());
    return kPartly;
  }
}
