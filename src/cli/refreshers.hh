// Work that goes on behind an answer: a bounded number of processes that renew what is kept.
//
// They are counted by places, a locked file each, by all processes of the user that share the directory: never by
// looking for processes or threads. The kernel lets go of a place when its process ends, however it ends.
#pragma once

#include <functional>
#include <string>

#include "base/result.hh"

namespace ip2asn::cli {

class Refreshers {
 public:
  Refreshers(std::string directory, unsigned limit) : directory_(std::move(directory)), limit_(limit) {}

  struct Start {
    bool started = false;
    unsigned at_work = 0;  ///< with the one that was started
  };
  /// Has a process of its own do `work`, which has neither standard input nor output, unless as many as there may be are
  /// at work.
  Result<Start> start(const std::function<void()>& work) const;

  unsigned limit() const noexcept { return limit_; }

 private:
  std::string directory_;
  unsigned limit_;
};

}  // namespace ip2asn::cli
