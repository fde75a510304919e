#include "registry/seed_list.hh"

#include <bit>
#include <utility>

namespace ip2asn {
namespace {

bool is_left_out(std::uint32_t a) {
  constexpr std::uint32_t kOut[] = {3, 9, 10, 12, 15, 16, 17, 18, 19, 20, 34, 48, 56, 127};
  for (const std::uint32_t out : kOut) {
    if (a == out) return true;
  }
  return a >= 224;
}

bool is_private(std::uint32_t a, std::uint32_t b) {
  return (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) || (a == 169 && b == 254);
}

// Blackman and Vigna.
class Xoshiro256 {
 public:
  explicit Xoshiro256(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15;
      std::uint64_t z = seed;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
      z = (z ^ z >> 27) * 0x94D049BB133111EB;
      word = z ^ z >> 31;
    }
  }

  std::uint64_t operator()() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Without bias: what would make the first numbers likelier is drawn again.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t least = (0 - bound) % bound;
    std::uint64_t drawn = 0;
    do drawn = (*this)();
    while (drawn < least);
    return drawn % bound;
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace

std::vector<std::uint32_t> seed_list() {
  std::vector<std::uint32_t> list;
  list.reserve(4'706'768);
  for (std::uint32_t a = 1; a < 256; ++a) {
    if (is_left_out(a)) continue;
    for (std::uint32_t b = 0; b < 256; ++b) {
      if (is_private(a, b)) continue;
      for (std::uint32_t c = 0; c < 256; c += 12) {
        for (const std::uint32_t d : {1, 65, 129, 193}) list.push_back(a << 24 | b << 16 | c << 8 | d);
      }
    }
  }
  return list;
}

void shuffle(std::vector<std::uint32_t>& list, std::uint64_t seed) {
  Xoshiro256 random(seed);
  for (std::size_t left = list.size(); left > 1; --left) std::swap(list[left - 1], list[random.below(left)]);
}

}  // namespace ip2asn
