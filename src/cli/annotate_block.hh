// Blocks of whole lines, made of what is read of a log piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace ip2asn::cli {

/// Memory for whole lines, each with its end.
class Block {
 public:
  static constexpr std::size_t kCapacity = std::size_t{1} << 20;

  Block() : bytes_(std::make_unique_for_overwrite<char[]>(kCapacity)) {}
  std::string_view text() const noexcept { return {bytes_.get(), size_}; }
  /// A number for the log that the lines are from; all of one log.
  std::uint64_t log() const noexcept { return log_; }

 private:
  friend class LineTail;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::uint64_t log_ = 0;
};

/// What of one log has no end yet, from one block to the next. A line longer than a block is cut, and counted.
///
/// A block is filled so: put_back(); then, until whole_lines() or the log's end, bytes are read into room(), and
/// added() is called; at last keep() or, when no more can come, end().
class LineTail {
 public:
  LineTail() noexcept { begin_log(); }
  /// What comes from now on is from another log.
  void begin_log() noexcept;
  void put_back(Block& block);
  std::span<char> room(Block& block) const noexcept;
  void added(Block& block, std::size_t size);
  /// Leaves in `block` what has its end, or a line that was cut, and keeps the rest. False, and the block as it is,
  /// when there is neither.
  bool whole_lines(Block& block);
  /// Leaves nothing in `block`.
  void keep(Block& block);
  /// Gives the last line in `block` an end; false when the block is empty.
  bool end(Block& block);

  bool full(const Block& block) const noexcept { return block.size_ == kRoom; }
  bool empty() const noexcept { return tail_.empty(); }
  std::uint64_t cut_lines() const noexcept { return cut_lines_; }

 private:
  // One byte is left for the end of a line without one.
  static constexpr std::size_t kRoom = Block::kCapacity - 1;

  std::vector<char> tail_;
  std::uint64_t log_ = 0;
  bool skipping_ = false;  // what follows belongs to a line that was cut
  std::uint64_t cut_lines_ = 0;
};

}  // namespace ip2asn::cli
