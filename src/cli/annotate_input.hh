// Logs as blocks of whole lines: files one after another, plain or packed, to their end or on and on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "base/unpack.hh"
#include "cli/annotate_block.hh"
#include "cli/annotate_follow.hh"
#include "cli/stop_signals.hh"

namespace ip2asn::cli {

/// The bytes of one log, unpacked when they begin as gzip does; what is not text is refused. "-" is standard input.
class LogFile {
 public:
  /// Where `stop`, which outlives this, is given, neither this nor read() waits once it is raised.
  static Result<std::unique_ptr<LogFile>> open(const std::string& path, const StopSignals* stop);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Fills the front of `out`, of some kilobytes, with what there is; 0 at the end, or when it is time to stop.
  Result<std::size_t> read(std::span<char> out);

  bool regular() const noexcept { return regular_; }
  bool packed() const noexcept { return packed_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }

 private:
  LogFile(int descriptor, std::string name, const StopSignals* stop);
  bool wait_for_input() const;
  Result<std::size_t> read_raw(char* out, std::size_t size);
  Result<std::size_t> unpack(char* out, std::size_t size);
  Error refuse(const std::string& reason);
  Result<std::size_t> end_damaged(std::size_t unpacked, std::string_view reason);

  int descriptor_;
  std::string name_;
  const StopSignals* stop_;
  bool regular_ = false, begun_ = false, packed_ = false, in_member_ = false, ended_ = false;
  std::string damage_;
  Packing packing_ = Packing::none;
  std::uint64_t bytes_read_ = 0;
  std::vector<char> input_;
  std::size_t input_at_ = 0, input_size_ = 0;
  std::unique_ptr<Unpacker> unpacker_;
};

/// Reads all logs of a command line. For one thread at a time.
class LogReader {
 public:
  /// The last log is followed until `stop`, which outlives this, is raised; `notice` is told what is in the way
  /// meanwhile. Without `stop` it is read to its end as the others are.
  LogReader(std::vector<std::string> paths, const StopSignals* stop, FollowedLog::Notice notice);

  /// Fills `block` with whole lines: as many as there is room for from files, those that are there from elsewhere.
  /// False at the end of everything. What cannot be read to its end is told by errors(), and the next log is read.
  bool next(Block& block);

  const std::vector<Error>& errors() const noexcept { return errors_; }
  std::uint64_t cut_lines() const noexcept { return tail_.cut_lines() + (followed_ ? followed_->cut_lines() : 0); }
  std::uint64_t bytes_done() const noexcept {
    return done_ + (file_ ? file_->bytes_read() : 0) + (followed_ ? followed_->bytes_read() : 0);
  }
  std::uint64_t bytes_total() const noexcept { return total_; }

 private:
  bool open_next();
  bool follow(const std::string& path);
  void close();
  bool stopped() const noexcept { return stop_ != nullptr && stop_->raised(); }

  std::vector<std::string> paths_;
  const StopSignals* stop_;
  FollowedLog::Notice notice_;
  std::size_t next_path_ = 0;
  std::unique_ptr<LogFile> file_;
  std::unique_ptr<FollowedLog> followed_;
  LineTail tail_;
  std::vector<Error> errors_;
  std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace ip2asn::cli
