#include "base/process.hh"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "base/unique_fd.hh"

namespace ip2asn {
namespace {

struct Status {
  char state = 0;
  std::uint32_t start = 0;  // clock ticks since the machine's start, the low half; never 0
};

// /proc/PID/stat (proc(5)): the id, the command in parentheses, which may hold anything, the state, and from there on
// numbers, of which the nineteenth is the time of the start.
std::optional<Status> parse(std::string_view text) noexcept {
  constexpr int kFieldsToStart = 19;
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string_view::npos || command_end + 2 >= text.size()) return std::nullopt;
  text.remove_prefix(command_end + 2);
  Status status;
  status.state = text[0];
  for (int i = 0; i < kFieldsToStart; ++i) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  std::uint64_t start = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), start).ec != std::errc()) return std::nullopt;
  status.start = static_cast<std::uint32_t>(start) | 1;
  return status;
}

std::optional<Status> status_of(std::uint32_t pid) noexcept {
  std::array<char, 32> path;
  std::snprintf(path.data(), path.size(), "/proc/%u/stat", static_cast<unsigned>(pid));
  const UniqueFd fd(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::array<char, 1024> text;
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size <= 0) return std::nullopt;
  return parse({text.data(), static_cast<std::size_t>(size)});
}

}  // namespace

ProcessWord this_process() noexcept {
  const auto pid = static_cast<std::uint32_t>(::getpid());
  const auto status = status_of(pid);
  return std::uint64_t{pid} << 32 | (status ? status->start : 0);
}

ProcessState state_of(ProcessWord process) noexcept {
  const std::uint32_t pid = pid_of(process);
  const auto start = static_cast<std::uint32_t>(process);
  const auto status = status_of(pid);
  if (!status) {
    const bool gone = ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
    return gone ? ProcessState::gone : ProcessState::alive;
  }
  if (start != 0 && start != status->start) return ProcessState::gone;
  switch (status->state) {
    case 'Z':
    case 'X':
    case 'x':
      return ProcessState::gone;
    case 'T':
    case 't':
      return ProcessState::stopped;
    default:
      return ProcessState::alive;
  }
}

}  // namespace ip2asn
