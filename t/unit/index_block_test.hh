// What the tests of both index blocks share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace ip2asn::test {

/// A copy of a block that begins as `open` wants it and is not a byte longer, so that sanitizers see reads beyond it.
class AlignedBlock {
 public:
  explicit AlignedBlock(std::span<const std::byte> bytes)
      : storage_(static_cast<std::byte*>(::operator new (bytes.size(), std::align_val_t{64}))), size_(bytes.size()) {
    std::memcpy(storage_.get(), bytes.data(), bytes.size());
  }

  std::span<std::byte> bytes() { return {storage_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* block) const { ::operator delete (block, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Free> storage_;
  std::size_t size_;
};

}  // namespace ip2asn::test
