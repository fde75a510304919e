// Unpacking a source on a thread of its own, a few blocks ahead of the parser.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "base/byte_source.hh"
#include "base/page_vector.hh"
#include "base/result.hh"

namespace ip2asn {

/// Reads a stream in blocks. Unpacking takes about as long as parsing, so the two overlap: after the first few blocks,
/// which is all that a small source has, a thread reads ahead by at most kBlocks - 1 blocks. Where no thread can be
/// had, the caller's does all the work. To be used by one thread; the source must not be touched by anyone else
/// meanwhile.
class ReadAhead {
 public:
  /// `source` outlives this.
  explicit ReadAhead(ByteSource& source);
  /// Waits until the thread has ended, which takes one block at most.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next bytes, valid until the next call; none at the end only. An error is final.
  Result<std::string_view> next();

 private:
  static constexpr std::size_t kBlocks = 4;

  void start_thread();
  void read_on() noexcept;

  ByteSource& source_;
  std::array<PageVector<char>, kBlocks> blocks_;
  std::thread thread_;
  std::size_t taken_ = 0;  // how many blocks the caller has asked for

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::size_t, kBlocks> sizes_{};
  std::size_t filled_ = 0;      // how many blocks have been read
  std::size_t released_ = 0;    // how many the caller is done with
  std::optional<Error> error_;  // behind the last block that was read
  bool stop_ = false;
};

}  // namespace ip2asn
