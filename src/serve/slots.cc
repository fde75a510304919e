#include "serve/slots.hh"

#include <utility>

namespace ip2asn {
namespace {

// Holds a flag that only one thread can have, without waiting for it.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& flag) noexcept
      : flag_(flag), taken_(!flag.exchange(true, std::memory_order_acquire)) {}
  ~Turn() {
    if (taken_) flag_.store(false, std::memory_order_release);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const noexcept { return taken_; }

 private:
  std::atomic<bool>& flag_;
  bool taken_;
};

}  // namespace

bool Slots::install(Mapping&& mapping, const Image& image) noexcept {
  const Turn turn(busy_);
  if (!turn) return false;
  const std::uint32_t current = current_.load();
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    Slot& slot = slots_[i];
    if (i == current || slot.pins.load() != 0) continue;
    slot.mapping = std::move(mapping);
    slot.mapping.close_descriptor();  // the others have theirs
    mapping = Mapping();              // an older generation that still was in the slot
    slot.image = image;
    slot.used = true;
    current_.store(i);
    return true;
  }
  return false;
}

std::size_t Slots::free() const noexcept {
  const std::uint32_t current = current_.load();
  std::size_t free = 0;
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    if (i != current && slots_[i].pins.load() == 0) ++free;
  }
  return free;
}

std::size_t Slots::reclaim() noexcept {
  const Turn turn(busy_);
  if (!turn) return 0;
  const std::uint32_t current = current_.load();
  std::size_t open = 0;
  for (std::uint32_t i = 0; i < kSlots; ++i) {
    Slot& slot = slots_[i];
    if (!slot.used) continue;
    if (i == current || slot.pins.load() != 0) {
      ++open;
      continue;
    }
    slot.image = Image();
    slot.mapping = Mapping();
    slot.used = false;
  }
  return open;
}

}  // namespace ip2asn
