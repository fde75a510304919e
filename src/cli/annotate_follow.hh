// A log that is written and rotated while it is read.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/unique_fd.hh"
#include "cli/annotate_block.hh"
#include "cli/stop_signals.hh"

namespace ip2asn::cli {

/// Follows the name of a log. A rotation gives the name to another file while the writer may go on with the old one: a
/// web server keeps it open until it is told to reload, and beyond that as long as requests last. So every file that
/// had the name is read side by side with the present one until nothing was added to it for kStill; none of them twice,
/// whatever it is called by then. Lines of one file stay in order. A file that is cut (copytruncate) or written over is
/// read from its start; what was written after the copy and before the cut was made is in neither. Only regular files
/// are read, and nothing that is put in their place is waited for.
///
/// For one thread at a time.
class FollowedLog {
 public:
  using Clock = std::chrono::steady_clock;
  /// Takes what there is to tell the user while the log is followed.
  using Notice = std::function<void(const std::string&)>;
  static constexpr std::chrono::seconds kStill{60};
  /// Of the files that had the name, so many are kept open.
  static constexpr std::size_t kMostFiles = 64;

  /// Null for a file that is compressed, which nobody adds to, or otherwise no text. What is there that is not a
  /// regular file is an error.
  static Result<std::unique_ptr<FollowedLog>> open(const std::string& path, Notice notice);

  /// Fills `block` with whole lines of one file, as many as are there and fit, and waits when there are none. Once
  /// `stop` is raised it gives the last lines as far as they were read, and then false.
  bool next(Block& block, const StopSignals& stop);
  /// The same without waiting: false when there is nothing at the moment.
  bool collect(Block& block, Clock::time_point now);

  std::uint64_t cut_lines() const noexcept { return cut_lines_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }

 private:
  // A file that has or had the name.
  struct File {
    UniqueFd descriptor{-1};
    dev_t device = 0;
    ino_t inode = 0;
    off_t at = 0;
    std::string before;           // the last bytes before `at`, to know the content again
    timespec modified{};          // when it was looked at last
    bool at_start = true;         // a writer that does not append leaves a hole before its first line
    Clock::time_point changed{};  // or lost the name
    int watch = -1;
    LineTail tail;
  };
  using FilePointer = std::unique_ptr<File>;
  // Where a file went that had the name.
  struct Moved {
    std::string name;          // empty until the second half of the move is told
    std::uint32_t cookie = 0;  // of the move
    Clock::time_point time;
  };

  FollowedLog(std::string path, Notice notice);

  void watch_directory();
  void read_events(Clock::time_point now);
  void take_event(std::uint32_t mask, std::uint32_t cookie, std::string_view name, Clock::time_point now);
  void look_at_name(Clock::time_point now);
  void look_at_moved(Clock::time_point now);
  void demote(Clock::time_point now);
  Result<FilePointer> open_file(const std::string& path, Clock::time_point now);
  FilePointer take(std::vector<FilePointer>& from, dev_t device, ino_t inode) const;
  bool is_open(dev_t device, ino_t inode) const;
  bool read(File& file, Block& block, Clock::time_point now);
  bool retire_still(Block& block, Clock::time_point now);
  bool end_all(Block& block);
  void trouble(const std::string& what);
  void wait(const StopSignals& stop);

  std::string path_, directory_, name_;
  Notice notice_;
  UniqueFd events_{-1};
  FilePointer named_;                 // has the name; null while nothing has that can be read
  std::vector<FilePointer> old_;      // had it, in this order
  std::vector<FilePointer> retired_;  // closed, and known should they get the name again
  std::vector<Moved> moved_;
  std::string trouble_;  // what was told last
  std::uint64_t cut_lines_ = 0, bytes_read_ = 0;
};

}  // namespace ip2asn::cli
