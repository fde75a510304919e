// What the tests of both index blocks share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <random>
#include <span>
#include <vector>

#include "cunit_main.hh"
#include "index/index4.hh"
#include "index/index6.hh"

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

inline std::uint32_t look_up(const Index4& index, std::uint32_t address) { return index.lookup(address); }
inline std::uint32_t look_up(const Index6& index, const Key6& address) { return index.lookup(address.hi, address.lo); }

/// A small good block, and what is done to it: whatever that is, the index is refused, or its answers are records.
template <class Index, class Address>
struct Damage {
  std::vector<std::byte> good;
  std::vector<Address> addresses;  ///< to look up
  std::uint32_t records;           ///< more than the block has
  std::size_t directory_end;       ///< the structure is behind it
  bool (*skip)(std::size_t at);    ///< bytes of the directory that are like others

  void expect_harmless(std::span<std::byte> bytes) const {
    const auto index = Index::open(bytes, records);
    if (!index) {
      CU_ASSERT(index.error().code == Errc::damaged);
      return;
    }
    std::vector<std::uint32_t> found(addresses.size());
    index->lookup(addresses, found.data());
    bool fit = true;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      fit = fit && found[i] < records && look_up(*index, addresses[i]) == found[i];
    }
    CU_ASSERT(fit);
  }

  void flip_every_bit() const {
    AlignedBlock block(good);
    const std::span<std::byte> bytes = block.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i >= 64 && i < directory_end && skip(i)) continue;
      for (int bit = 0; bit < 8; ++bit) {
        bytes[i] ^= static_cast<std::byte>(1 << bit);
        expect_harmless(bytes);
        bytes[i] ^= static_cast<std::byte>(1 << bit);
      }
    }
  }

  /// Beyond the directory.
  void write_random_bytes() const {
    AlignedBlock block(good);
    const std::span<std::byte> bytes = block.bytes();
    std::mt19937 random(9);
    for (int round = 0; round < 1000; ++round) {
      for (int i = 0; i < 1 + round % 4; ++i) {
        bytes[directory_end + random() % (bytes.size() - directory_end)] = static_cast<std::byte>(random());
      }
      expect_harmless(bytes);
      std::copy(good.begin(), good.end(), bytes.begin());
    }
  }

  void cut_and_grow() const {
    for (std::size_t size = 0; size < good.size(); size += size < 64 || size > directory_end - 8 ? 1 : 4099) {
      AlignedBlock cut_block{std::span(good).first(size)};
      const auto index = Index::open(cut_block.bytes(), records);
      CU_ASSERT_FATAL(!index);
      CU_ASSERT(index.error().code == Errc::damaged);
    }
    std::vector<std::byte> grown = good;
    grown.resize(good.size() + 64);
    AlignedBlock grown_block(grown);
    CU_ASSERT(!Index::open(grown_block.bytes(), records));
  }

  void count_fewer_records(std::uint32_t enough, std::initializer_list<std::uint32_t> too_few) const {
    AlignedBlock block(good);
    CU_ASSERT(static_cast<bool>(Index::open(block.bytes(), enough)));
    for (const std::uint32_t count : too_few) CU_ASSERT(!Index::open(block.bytes(), count));
  }

  void put_out_of_line(std::size_t by) const {
    AlignedBlock block(std::vector<std::byte>(good.size() + 64));
    std::copy(good.begin(), good.end(), block.bytes().begin() + static_cast<std::ptrdiff_t>(by));
    const auto index = Index::open(block.bytes().subspan(by, good.size()), records);
    CU_ASSERT_FATAL(!index);
    CU_ASSERT(index.error().code == Errc::argument);
  }
};

}  // namespace ip2asn::test
