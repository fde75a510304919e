// Logs as blocks of whole lines: files one after another, plain or gzip, to their end or on and on.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "cli/stop_signals.hh"

namespace ip2asn::cli {

/// The bytes of one log, unpacked when they begin as gzip does. "-" is standard input.
class LogFile {
 public:
  static Result<std::unique_ptr<LogFile>> open(const std::string& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Fills the front of `out`, of at least two bytes, with what there is; 0 at the end. The end of a plain file may be
  /// asked for again: it may have grown, been cut or, under the same name, been replaced since.
  Result<std::size_t> read(char* out, std::size_t size);
  enum class Renewal { none, grown, begun_anew };
  /// At the end: goes on where the file has grown, with the start of one that was cut, or with the file that has the
  /// name now.
  Renewal renew();
  /// Whether more may come after the end: standard input and compressed files end for good.
  bool may_grow() const noexcept { return regular_ && !packed_ && descriptor_ != 0; }

  bool regular() const noexcept { return regular_; }
  bool packed() const noexcept { return packed_; }
  const std::string& name() const noexcept { return name_; }
  std::uint64_t size() const noexcept { return size_; }  ///< of a regular file, when it was opened
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }

 private:
  LogFile(int descriptor, std::string name);
  Result<std::size_t> read_raw(char* out, std::size_t size);
  Result<std::size_t> unpack(char* out, std::size_t size);
  Result<std::size_t> end_damaged(std::size_t unpacked, std::string_view reason);

  int descriptor_;
  std::string name_;
  bool regular_ = false, begun_ = false, packed_ = false, in_member_ = false, ended_ = false;
  std::string_view damage_;
  std::uint64_t size_ = 0, bytes_read_ = 0;
  std::vector<char> input_;
  z_stream stream_{};
};

/// Memory for whole lines, each with its end.
class Block {
 public:
  static constexpr std::size_t kCapacity = std::size_t{1} << 20;

  Block() : bytes_(std::make_unique_for_overwrite<char[]>(kCapacity)) {}
  std::string_view text() const noexcept { return {bytes_.get(), size_}; }

 private:
  friend class LogReader;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Reads all logs of a command line. A line longer than a block is cut, and counted. For one thread at a time.
class LogReader {
 public:
  /// `follow`: after the end of the last log it is waited for more, until `stop`, which outlives this, is raised.
  LogReader(std::vector<std::string> paths, StopSignals* follow);
  ~LogReader();

  /// Fills `block` with whole lines: as many as there is room for from files, those that are there from elsewhere.
  /// False at the end of everything. What cannot be read to its end is told by errors(), and the next log is read.
  bool next(Block& block);

  const std::vector<Error>& errors() const noexcept { return errors_; }
  std::uint64_t cut_lines() const noexcept { return cut_lines_; }
  std::uint64_t bytes_done() const noexcept { return done_ + (file_ ? file_->bytes_read() : 0); }
  std::uint64_t bytes_total() const noexcept { return total_; }

 private:
  bool open_next();
  void close();
  bool wait_for_more(Block& block);
  void keep_tail(Block& block);
  void put_back_tail(Block& block);
  bool end_line(Block& block);

  std::vector<std::string> paths_;
  StopSignals* follow_;
  std::size_t next_path_ = 0;
  std::unique_ptr<LogFile> file_;
  std::vector<char> tail_;  // the part of a line that is still without its end
  bool skipping_ = false;   // what follows belongs to a line that was cut
  int watch_ = -1;
  std::vector<Error> errors_;
  std::uint64_t cut_lines_ = 0, done_ = 0, total_ = 0;
};

}  // namespace ip2asn::cli
