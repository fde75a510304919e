// A registry's pace, shared by all processes of a user: a small file for each registry, locked while it is looked at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/unique_fd.hh"
#include "registry/pace.hh"

namespace ip2asn {

/// Now, by a clock that all processes share and nobody sets, and by the one on the wall, which tells how long the
/// machine was off.
struct Moment {
  std::int64_t boot_us = 0;  ///< since the machine started, sleep included
  std::int64_t wall_s = 0;   ///< since 1970
  std::string_view boot_id;  ///< of this start of the machine

  static Moment now();
};

/// A place for a query in flight, locked as long as it is taken: the kernel lets go of it with the process.
struct PacePlace {
  UniqueFd fd{-1};
  bool taken = false;
};

/// A query that is in flight.
class PaceSlot {
 public:
  explicit PaceSlot(std::shared_ptr<PacePlace> place) : place_(std::move(place)) {}
  PaceSlot(PaceSlot&&) = default;
  PaceSlot& operator=(PaceSlot&& other) noexcept {
    std::swap(place_, other.place_);
    return *this;
  }
  ~PaceSlot();

 private:
  std::shared_ptr<PacePlace> place_;
};

/// The file of one registry. Not thread-safe; processes may use it at the same time. A file that is damaged counts as
/// one of a registry that was asked just now.
class PaceFile {
 public:
  /// Makes `directory` when it is not there.
  static Result<PaceFile> open(const std::string& directory, const std::string& registry, const Pace& pace);

  /// Takes a token and one of the places for queries in flight when both are to be had, else tells in `wait_us` how
  /// long it will take at least.
  std::optional<PaceSlot> take(const Moment& now, std::int64_t& wait_us);

  /// Changes the state by one of the note_…() functions.
  template <class Change>
  void change(const Moment& now, const Change& f) {
    const Lock lock(*this, now);
    f(state_);
    write(now);
  }

  /// As it was at the last of these calls.
  const PaceState& state() const noexcept { return state_; }
  const Pace& pace() const noexcept { return pace_; }
  /// The state as it is now.
  const PaceState& look(const Moment& now) {
    const Lock lock(*this, now);
    return state_;
  }

 private:
  class Lock {
   public:
    Lock(PaceFile& file, const Moment& now);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    PaceFile& file_;
  };

  PaceFile(UniqueFd fd, std::string path, const Pace& pace) : fd_(std::move(fd)), path_(std::move(path)), pace_(pace) {}
  void read(const Moment& now);
  void write(const Moment& now);

  UniqueFd fd_;
  std::string path_;
  Pace pace_;
  PaceState state_;
  std::vector<std::shared_ptr<PacePlace>> places_;
};

}  // namespace ip2asn
