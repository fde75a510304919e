// ip2asn: the way into the subcommands.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "cli/args.hh"
#include "cli/command.hh"
#include "cli/manual.hh"
#include "cli/output.hh"
#include "index/image.hh"

namespace ip2asn::cli {
namespace {

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

int no_such(std::string_view what, std::string_view name) {
  complain("ip2asn", "there is no " + std::string(what) + " '" + std::string(name) + "'; see 'ip2asn --help'");
  return kUsage;
}

// `help`, `help COMMAND`, and what is printed for the files of the package: `help --man [COMMAND]`, `help
// --completion`.
int help(std::span<char* const> words) {
  if (words.empty()) return print(overview_text());
  const std::string_view first = words.front();
  if (first == "--completion") return print(completion_text());
  const bool man = first == "--man";
  if (man && words.size() == 1) return print(man_commands_text());
  const std::string_view name = man ? words[1] : words[0];
  const Command* const command = find_command(name);
  if (command == nullptr) return no_such("command", name);
  const Invocation invocation = command->invoke();
  return print(man ? man_text(*command, invocation.options) : help_text(*command, invocation.options));
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::string names;
    for (const Command* command : commands()) {
      if (!names.empty()) names += command == commands().back() ? " or " : ", ";
      names += command->name;
    }
    complain("ip2asn", "a command is missing: " + names + "; see 'ip2asn --help'");
    return kUsage;
  }
  const std::string_view name = argv[1];
  if (const Command* const command = find_command(name)) {
    const Invocation invocation = command->invoke();
    Arguments arguments(*command, argc - 1, argv + 1);
    if (const std::optional<int> status = arguments.read(invocation.options)) return *status;
    return invocation.run(arguments);
  }
  if (name == "--help" || name == "-h") return print(overview_text());
  if (name == "help") return help({argv + 2, argv + argc});
  if (name == "--version" || name == "-V") {
    return print("ip2asn " PACKAGE_VERSION " (index format " + std::to_string(kImageVersion) + ")\n");
  }
  return no_such(name.starts_with('-') ? "option" : "command", name);
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
