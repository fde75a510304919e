// The directory of the cache: whose it is, who works in it at the moment, and what goes when it is full.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hh"
#include "base/unique_fd.hh"
#include "store/cache.hh"

namespace ip2asn {

bool is_root();

/// Makes the store's directory when it is not there; why it cannot be used, or nothing.
std::optional<Error> make_cache_directory(const Store& store);

/// Held while an entry is compiled: the directory itself is the lock, so that there is no file to leave behind, and the
/// kernel lets go of it when its holder dies. Whoever cannot have it in time goes on without: the work is then done
/// twice, which harms nobody.
class CompileLock {
 public:
  explicit CompileLock(const Store& store);
  CompileLock(const CompileLock&) = delete;
  CompileLock& operator=(const CompileLock&) = delete;

  /// Another process had it: what we are about to compile may be there by now.
  bool waited() const { return waited_; }

 private:
  UniqueFd fd_;
  bool waited_ = false;
};

/// Removes all entries and notes but `current` and the newest others, and what a process that was killed left half
/// written. Files of other names are none of ours. What cannot be removed stays: another process may be doing the same.
void drop_old_files(const Store& store, const std::string& current, std::int64_t now_ns);

}  // namespace ip2asn
