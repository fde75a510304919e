#include "cli/refreshers.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <exception>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace ip2asn::cli {

Result<Refreshers::Start> Refreshers::start(const std::function<void()>& work) const {
  Start start;
  UniqueFd place(-1);
  for (unsigned i = 1; i <= limit_; ++i) {
    const std::string path = directory_ + "/refresher-" + std::to_string(i);
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return system_error(path, "cannot be opened, so that nothing is renewed in the background");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      ++start.at_work;
    } else if (!place) {
      place = std::move(fd);
    }
  }
  if (!place) return start;
  const pid_t child = ::fork();
  if (child < 0) return system_error("fork", "failed, so that nothing is renewed in the background");
  if (child == 0) {
    // The place goes with this process. Whoever waits for the end of our output must not wait for it.
    ::setsid();
    std::signal(SIGHUP, SIG_IGN);
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
    try {
      work();
    } catch (const std::exception&) {
    }
    ::_exit(0);
  }
  start.started = true;
  ++start.at_work;
  return start;
}

}  // namespace ip2asn::cli
