#include "module/obstacles.hh"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unixd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "module/generations.hh"

namespace ip2asn::httpd {
namespace {

// What a child of the server gives up before it serves, as mod_unixd does it.
struct Rights {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
  std::vector<gid_t> groups;
  const char* root = nullptr;  // ChrootDir, or null
};

Rights rights_of_children() {
  Rights rights;
  rights.uid = ap_unixd_config.user_id;
  rights.gid = ap_unixd_config.group_id;
  rights.root = ap_unixd_config.chroot_dir;
  // mod_unixd has the name as it was written: "#33" for a number.
  const char* name = ap_unixd_config.user_name;
  if (name == nullptr || *name == '#') {
    const passwd* entry = ::getpwuid(rights.uid);
    name = entry != nullptr ? entry->pw_name : nullptr;
  }
  rights.name = name != nullptr ? name : "#" + std::to_string(rights.uid);
  rights.groups.assign(1, rights.gid);
  if (name == nullptr) return rights;
  int count = 64;
  rights.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(name, rights.gid, rights.groups.data(), &count) < 0) {
    rights.groups.resize(static_cast<std::size_t>(count));
    ::getgrouplist(name, rights.gid, rights.groups.data(), &count);
  }
  rights.groups.resize(static_cast<std::size_t>(count));
  return rights;
}

enum class Access { open, write };

struct Probe {
  std::string path;
  Access access;
};

int give_up_rights(const Rights& rights) {
  if (rights.root != nullptr && (::chdir(rights.root) != 0 || ::chroot(rights.root) != 0 || ::chdir("/") != 0)) {
    return errno;
  }
  if (::setgid(rights.gid) != 0 || ::setgroups(rights.groups.size(), rights.groups.data()) != 0) return errno;
  return ::setuid(rights.uid) == 0 ? 0 : errno;
}

int try_access(const Probe& probe) {
  if (probe.access == Access::write) return ::access(probe.path.c_str(), R_OK | W_OK | X_OK) == 0 ? 0 : errno;
  const int fd = ::open(probe.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

// The first probe that fails, by its number, with its errno; {-1, 0} for none, or when it cannot be found out.
struct Failure {
  int probe = -1;
  int code = 0;
};

Failure first_failure(const Rights& rights, const std::vector<Probe>& probes) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    // Only what is safe after a fork of a process that may have threads.
    Failure failure;
    if (give_up_rights(rights) == 0) {
      for (std::size_t i = 0; i < probes.size() && failure.probe < 0; ++i) {
        if (const int code = try_access(probes[i]); code != 0) failure = {static_cast<int>(i), code};
      }
    }
    const bool written = ::write(ends[1], &failure, sizeof failure) == sizeof failure;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  Failure failure;
  ssize_t got = -1;
  while (child > 0 && (got = ::read(ends[0], &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  ::close(ends[0]);
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return got == sizeof failure ? failure : Failure{};
}

}  // namespace

void warn_of_obstacles(const server_rec* server, const CacheRequest& request, bool handed_over) {
  const Rights rights = rights_of_children();
  if (::geteuid() != 0 || (rights.uid == 0 && rights.root == nullptr)) return;
  std::vector<Probe> probes;
  // What is not there at all is no matter of rights.
  for (std::string& path : request.recipe.inputs()) {
    if (::access(path.c_str(), F_OK) == 0) probes.push_back({std::move(path), Access::open});
  }
  if (rights.root != nullptr) probes.push_back({request.store.directory, Access::write});
  const Failure failure = first_failure(rights, probes);
  if (failure.probe < 0) return;
  const Probe& probe = probes[static_cast<std::size_t>(failure.probe)];
  const bool absent = rights.root != nullptr && (failure.code == ENOENT || failure.code == ENOTDIR);
  const std::string reason = std::generic_category().message(failure.code);
  const std::string problem =
      absent ? ": does not exist inside ChrootDir " + std::string(rights.root)
             : std::string(probe.access == Access::write ? ": cannot be written" : ": cannot be opened") +
                   " by the server's user, " + rights.name + ": " + reason;
  const char* const remedy = absent ? "have it there under the same path as well"
                                    : "give that user access to it and to each directory above it";
  const bool cache = probe.access == Access::write;
  const std::string where =
      describe(cache ? Blame{"IP2ASNCacheDir", global_config().cache_dir_place}
                     : blame_of(global_config(), request.recipe, Error{Errc::unreadable, probe.path + problem}));
  const char* const consequence =
      cache && handed_over
          ? "what is compiled while serving is kept in memory only, and compiled again at the next start"
          : "new data will be taken on at restarts only";
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, server, "ip2asn: %s: %s: %s%s; %s, or set 'IP2ASNRefreshInterval Off'",
               consequence, where.c_str(), probe.path.c_str(), problem.c_str(), remedy);
}

}  // namespace ip2asn::httpd
