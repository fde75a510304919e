#include "module/endpoint/held_index.hh"

namespace ip2asn::httpd {
namespace {

using std::chrono::seconds;
static_assert(!lets_go(seconds(0), 0) && !lets_go(seconds(5), 0));
static_assert(lets_go(seconds(6), 0) && lets_go(seconds(6), 1));
static_assert(!lets_go(seconds(3600), 2));

}  // namespace

HeldIndex::HeldIndex() noexcept : since_(std::chrono::steady_clock::now()) {
  pin_.emplace();
  if (*pin_) content_id_ = (*pin_)->content_id();
}

const Image* HeldIndex::image() noexcept {
  if (!pin_) pin_.emplace();
  return *pin_ && (*pin_)->content_id() == content_id_ ? &**pin_ : nullptr;
}

void HeldIndex::before_wait() noexcept {
  if (lets_go(std::chrono::steady_clock::now() - since_, free_slots())) pin_.reset();
}

}  // namespace ip2asn::httpd
