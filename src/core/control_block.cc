#include "ip2asn/control_block.hh"

#include <charconv>
#include <new>

#include "core/hash.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kWordDigits = 16;

template <std::size_t N>
std::uint64_t checksum_of(const std::array<std::uint64_t, N>& words) {
  return XXH3_64bits(words.data(), sizeof(words));
}

}  // namespace

std::string to_hex(const Digest& digest) {
  std::string hex;
  for (const std::uint64_t word : digest) {
    for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(word >> shift) & 15];
  }
  return hex;
}

std::optional<Digest> parse_digest(const std::string& hex) {
  Digest digest;
  if (hex.size() != digest.size() * kWordDigits) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* first = hex.data() + i * kWordDigits;
    const auto [end, error] = std::from_chars(first, first + kWordDigits, digest[i], 16);
    if (error != std::errc() || end != first + kWordDigits) return std::nullopt;
  }
  return digest;
}

ControlBlock* ControlBlock::create(void* memory) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t aligned = (at + alignof(ControlBlock) - 1) / alignof(ControlBlock) * alignof(ControlBlock);
  return new (reinterpret_cast<void*>(aligned)) ControlBlock();
}

std::uint64_t ControlBlock::announce(Announcement a) noexcept {
  a.number = next_number_.fetch_add(1) + 1;
  const std::array<std::uint64_t, kWords> words = {a.number,    a.epoch,     a.content_id, a.bytes, a.digest[0],
                                                   a.digest[1], a.digest[2], a.digest[3],  a.seal};
  Entry& entry = ring_[a.number % kRing];
  entry.checksum.store(0);
  for (std::size_t i = 0; i < kWords; ++i) entry.words[i].store(words[i]);
  entry.checksum.store(checksum_of(words));
  std::uint64_t published = published_.load();
  while (published < a.number && !published_.compare_exchange_weak(published, a.number)) {
  }
  return a.number;
}

std::optional<Announcement> ControlBlock::read(const Entry& entry) const noexcept {
  const std::uint64_t checksum = entry.checksum.load();
  std::array<std::uint64_t, kWords> words;
  for (std::size_t i = 0; i < kWords; ++i) words[i] = entry.words[i].load();
  if (checksum == 0 || checksum != checksum_of(words)) return std::nullopt;
  return Announcement{words[0], words[1], words[2], words[3], {words[4], words[5], words[6], words[7]}, words[8]};
}

std::optional<Announcement> ControlBlock::latest(std::uint64_t wanted_epoch) const noexcept {
  std::optional<Announcement> newest;
  for (const Entry& entry : ring_) {
    const auto announcement = read(entry);
    if (!announcement || announcement->epoch != wanted_epoch) continue;
    if (!newest || newest->number < announcement->number) newest = announcement;
  }
  return newest;
}

}  // namespace ip2asn
