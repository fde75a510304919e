#include "registry/pace_file.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "base/system_error.hh"

namespace ip2asn {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kBytes = 384;
constexpr const char* kLine = "ip2asn-pace %d %63s %lld %lld %lld %lld %lld %lld %u %u %u %u %u end";
constexpr std::int64_t kInFlightPollUs = 20'000;

std::string read_boot_id() {
  char id[64] = "unknown";
  const UniqueFd fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (fd) {
    const ssize_t size = ::read(fd.get(), id, sizeof id - 1);
    id[size > 0 ? size : 0] = '\0';
    id[std::strcspn(id, "\n")] = '\0';
  }
  return id[0] != '\0' ? id : "unknown";
}

}  // namespace

Moment Moment::now() {
  static const auto* const id = new std::string(read_boot_id());
  timespec boot{}, wall{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  clock_gettime(CLOCK_REALTIME, &wall);
  return {boot.tv_sec * kSecondUs + boot.tv_nsec / 1000, wall.tv_sec, *id};
}

Result<PaceFile> PaceFile::open(const std::string& directory, const std::string& registry, const Pace& pace) {
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  std::string name = registry;
  std::replace(name.begin(), name.end(), '/', '_');
  const std::string path = directory + '/' + name;
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return system_error(path, "cannot be opened, and without it the registry's pace cannot be kept");
  return PaceFile(std::move(fd), path, pace);
}

PaceFile::Lock::Lock(PaceFile& file, const Moment& now) : file_(file) {
  while (::flock(file_.fd_.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  file_.read(now);
}

PaceFile::Lock::~Lock() { ::flock(file_.fd_.get(), LOCK_UN); }

void PaceFile::read(const Moment& now) {
  char text[kBytes + 1];
  const ssize_t size = ::pread(fd_.get(), text, kBytes, 0);
  text[size > 0 ? size : 0] = '\0';
  state_ = {};
  if (size == 0) return;
  int format = 0, end = 0;
  char boot_id[64] = {};
  long long boot_us = 0, wall_s = 0, next = 0, paused = 0, refused = 0, open = 0;
  PaceState& s = state_;
  const int fields = std::sscanf(text, "ip2asn-pace %d %63s %lld %lld %lld %lld %lld %lld %u %u %u %u %u end%n",
                                 &format, boot_id, &boot_us, &wall_s, &next, &paused, &refused, &open, &s.limits,
                                 &s.clean, &s.slowed_permille, &s.failures, &s.openings, &end);
  // Cut short it has no "end".
  if (fields != 13 || end == 0 || format != kFormat || s.slowed_permille == 0 || s.slowed_permille > 1000) {
    state_ = {};
    state_.next_us = now.boot_us + interval_of(state_, pace_);
    return;
  }
  // After another start of the machine, the clock on the wall tells how much time has passed; set back, it tells none.
  const long long shift =
      boot_id == now.boot_id ? 0 : now.boot_us - boot_us - std::max<long long>(0, now.wall_s - wall_s) * kSecondUs;
  s.next_us = next + shift;
  s.paused_until_us = paused != 0 ? paused + shift : 0;
  s.refused_until_us = refused != 0 ? refused + shift : 0;
  s.open_until_us = open != 0 ? open + shift : 0;
}

void PaceFile::write(const Moment& now) {
  char text[kBytes];
  const PaceState& s = state_;
  const int size = std::snprintf(text, sizeof text, kLine, kFormat, std::string(now.boot_id).c_str(),
                                 static_cast<long long>(now.boot_us), static_cast<long long>(now.wall_s),
                                 static_cast<long long>(s.next_us), static_cast<long long>(s.paused_until_us),
                                 static_cast<long long>(s.refused_until_us), static_cast<long long>(s.open_until_us),
                                 s.limits, s.clean, s.slowed_permille, s.failures, s.openings);
  // Always of one size, so that a disk that is full later stops no update of what is there.
  std::memset(text + size, ' ', sizeof text - static_cast<std::size_t>(size));
  text[sizeof text - 1] = '\n';
  [[maybe_unused]] const ssize_t written = ::pwrite(fd_.get(), text, sizeof text, 0);
}

PaceSlot::~PaceSlot() {
  if (place_ == nullptr) return;
  ::flock(place_->fd.get(), LOCK_UN);
  place_->taken = false;
}

std::optional<PaceSlot> PaceFile::take(const Moment& now, std::int64_t& wait_us) {
  const Lock lock(*this, now);
  wait_us = earliest(state_) - now.boot_us;
  if (wait_us > 0) return std::nullopt;
  places_.resize(pace_.in_flight);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] == nullptr) places_[i] = std::make_shared<PacePlace>();
    PacePlace& place = *places_[i];
    if (place.taken) continue;
    if (!place.fd) {
      const std::string path = path_ + ".in-flight-" + std::to_string(i + 1);
      place.fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    }
    // Another process may have it.
    if (!place.fd || ::flock(place.fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    place.taken = true;
    take_token(state_, pace_, now.boot_us);
    write(now);
    wait_us = 0;
    return PaceSlot(places_[i]);
  }
  wait_us = kInFlightPollUs;
  return std::nullopt;
}

}  // namespace ip2asn
