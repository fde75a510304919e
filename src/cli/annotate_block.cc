#include "cli/annotate_block.hh"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace ip2asn::cli {

void LineTail::begin_log() noexcept {
  static std::atomic<std::uint64_t> logs{0};
  log_ = ++logs;
}

void LineTail::put_back(Block& block) {
  block.size_ = tail_.size();
  std::copy(tail_.begin(), tail_.end(), block.bytes_.get());
  tail_.clear();
}

std::span<char> LineTail::room(Block& block) const noexcept {
  return {block.bytes_.get() + block.size_, kRoom - block.size_};
}

void LineTail::added(Block& block, std::size_t size) {
  block.log_ = log_;
  char* const at = block.bytes_.get() + block.size_;
  if (skipping_) {
    const void* const end = std::memchr(at, '\n', size);
    if (end == nullptr) return;
    skipping_ = false;
    const std::size_t dropped = static_cast<std::size_t>(static_cast<const char*>(end) - at) + 1;
    size -= dropped;
    std::memmove(at, at + dropped, size);
  }
  block.size_ += size;
}

bool LineTail::whole_lines(Block& block) {
  const char* const text = block.bytes_.get();
  if (const void* const last = memrchr(text, '\n', block.size_); last != nullptr) {
    const std::size_t whole = static_cast<std::size_t>(static_cast<const char*>(last) - text) + 1;
    tail_.assign(text + whole, text + block.size_);
    block.size_ = whole;
    return true;
  }
  if (!full(block)) return false;
  ++cut_lines_;
  skipping_ = true;
  block.bytes_[block.size_++] = '\n';
  return true;
}

void LineTail::keep(Block& block) {
  tail_.assign(block.bytes_.get(), block.bytes_.get() + block.size_);
  block.size_ = 0;
}

bool LineTail::end(Block& block) {
  skipping_ = false;
  if (block.size_ > 0 && block.bytes_[block.size_ - 1] != '\n') block.bytes_[block.size_++] = '\n';
  return block.size_ > 0;
}

}  // namespace ip2asn::cli
