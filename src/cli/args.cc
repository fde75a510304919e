#include "cli/args.hh"

#include <getopt.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.hh"
#include "cli/manual.hh"
#include "cli/output.hh"
#include "cli/progress.hh"

namespace ip2asn::cli {
namespace {

constexpr std::size_t kLongestMessage = 4096;
// What getopt returns for the first option of the table; below are letters.
constexpr int kFirst = 256;

int argument_kind(const Option& option) {
  return option.value.empty() ? no_argument : option.value.starts_with('[') ? optional_argument : required_argument;
}

}  // namespace

Arguments::Arguments(const Command& command, int argc, char** argv)
    : command_(command), title_("ip2asn " + std::string(command.name)), argv_(argv, argv + argc) {
  // getopt begins its messages with argv[0].
  argv_[0] = title_.data();
  argv_.push_back(nullptr);
}

std::optional<int> Arguments::read(const Options& options) {
  const std::vector<const Option*> table = options.all();
  std::vector<option> names;
  std::vector<std::string> terminated;
  terminated.reserve(table.size());
  std::string letters = "h";
  for (std::size_t i = 0; i < table.size(); ++i) {
    const int kind = argument_kind(*table[i]);
    names.push_back({terminated.emplace_back(table[i]->name).c_str(), kind, nullptr, kFirst + static_cast<int>(i)});
    if (table[i]->letter == 0) continue;
    letters += table[i]->letter;
    if (kind == required_argument) letters += ':';
  }
  names.push_back({"help", no_argument, nullptr, 'h'});
  names.push_back({});
  std::string wrong;
  optind = 1;
  while (true) {
    const int found =
        getopt_long(static_cast<int>(argv_.size()) - 1, argv_.data(), letters.c_str(), names.data(), nullptr);
    if (found == -1) break;
    if (found == 'h') {
      Output output;
      output.write(help_text(command_, options));
      return output.finish(title_);
    }
    if (found == '?') {
      complain("see '" + title_ + " --help'");
      return kUsage;
    }
    const auto at = found >= kFirst ? table.begin() + (found - kFirst)
                                    : std::find_if(table.begin(), table.end(),
                                                   [&](const Option* each) { return each->letter == found; });
    const Option& option = **at;
    const std::string_view value = optarg == nullptr ? std::string_view() : std::string_view(optarg);
    given_.push_back(option.name);
    const std::string problem = option.take(value);
    if (problem.empty() || !wrong.empty()) continue;
    wrong = "--" + std::string(option.name) + " '" + std::string(value) + "' " + problem;
  }
  operands_.assign(argv_.begin() + optind, argv_.end() - 1);
  if (wrong.empty()) wrong = options.contradiction(given_);
  if (!wrong.empty()) return bad_usage(wrong);
  return std::nullopt;
}

bool Arguments::given(std::string_view name) const noexcept {
  return std::find(given_.begin(), given_.end(), name) != given_.end();
}

int Arguments::bad_usage(std::string_view message) const {
  complain(std::string(message) + "; see '" + title_ + " --help'");
  return kUsage;
}

void Arguments::complain(std::string_view message) const { cli::complain(title_, message); }

int Arguments::fail(const Error& error) const {
  complain(error.message);
  return exit_status(error.code);
}

void complain(std::string_view title, std::string_view message) {
  hide_progress();
  std::string line(title);
  line += ": ";
  line += repair_text(message, kLongestMessage).text;
  line += '\n';
  // Nobody is left to tell when this fails.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace ip2asn::cli
