#include "cli/args.hh"

#include <unistd.h>

#include <charconv>
#include <limits>

#include "base/text.hh"
#include "cli/output.hh"
#include "cli/progress.hh"

namespace ip2asn::cli {
namespace {

constexpr int kHelp = 'h';
constexpr std::size_t kLongestMessage = 4096;

}  // namespace

Arguments::Arguments(const Command& command, int argc, char** argv)
    : command_(command), title_("ip2asn " + std::string(command.name)), argv_(argv, argv + argc) {
  // getopt begins its messages with argv[0].
  argv_[0] = title_.data();
  argv_.push_back(nullptr);
}

void Arguments::accept(std::span<const option> options, std::span<const option> shared) {
  options_.assign(options.begin(), options.end());
  options_.insert(options_.end(), shared.begin(), shared.end());
  options_.push_back({"help", no_argument, nullptr, kHelp});
  letters_.clear();
  for (const option& each : options_) {
    if (each.val >= 256) continue;
    letters_ += static_cast<char>(each.val);
    if (each.has_arg == required_argument) letters_ += ':';
  }
  options_.push_back({});
  optind = 1;
}

int Arguments::next() {
  if (status_) return 0;
  const int option =
      getopt_long(static_cast<int>(argv_.size()) - 1, argv_.data(), letters_.c_str(), options_.data(), nullptr);
  if (option == -1) return 0;
  if (option == kHelp) {
    Output output;
    output.write(command_.help);
    status_ = output.finish(title_);
    return 0;
  }
  if (option == '?') {
    complain("see '" + title_ + " --help'");
    status_ = kUsage;
    return 0;
  }
  return option;
}

std::vector<std::string> Arguments::operands() const { return {argv_.begin() + optind, argv_.end() - 1}; }

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

std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc() || count < 0) return std::nullopt;
  std::int64_t unit = 1;
  const std::string_view name(rest, end);
  if (name == "m") {
    unit = 60;
  } else if (name == "h") {
    unit = 3600;
  } else if (name == "d") {
    unit = 86400;
  } else if (name == "w") {
    unit = 7 * 86400;
  } else if (!name.empty() && name != "s") {
    return std::nullopt;
  }
  if (count > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
  return count * unit;
}

std::optional<double> parse_percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  double share = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, share, std::chars_format::fixed);
  if (problem != std::errc() || rest != end || !(share >= 0 && share <= 100)) return std::nullopt;
  return share;
}

}  // namespace ip2asn::cli
