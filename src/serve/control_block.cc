#include "serve/control_block.hh"

#include <new>

#include "base/hash.hh"

namespace ip2asn {
namespace {

template <std::size_t N>
std::uint64_t checksum_of(const std::array<std::uint64_t, N>& words) {
  return XXH3_64bits(words.data(), sizeof(words));
}

}  // namespace

ControlBlock* ControlBlock::create(void* memory) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t aligned = (at + alignof(ControlBlock) - 1) / alignof(ControlBlock) * alignof(ControlBlock);
  return new (reinterpret_cast<void*>(aligned)) ControlBlock();
}

std::uint64_t ControlBlock::announce(Announcement a) noexcept {
  if (a.number == 0) a.number = next_number();
  const std::array<std::uint64_t, kWords> words = {a.number,    a.epoch,     a.content_id, a.bytes,
                                                   a.digest[0], a.digest[1], a.digest[2],  a.digest[3]};
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
  return Announcement{words[0], words[1], words[2], words[3], {words[4], words[5], words[6], words[7]}};
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
