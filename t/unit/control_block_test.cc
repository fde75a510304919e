// The control block: what is announced, and what a torn announcement comes to.
#include "serve/control_block.hh"

#include <cstring>
#include <vector>

#include "cunit_main.hh"

using namespace ip2asn;

namespace {

// A block as shared memory gives it: anywhere, and zero.
struct Memory {
  std::vector<char> bytes = std::vector<char>(ControlBlock::memory_size() + 8);
  ControlBlock& block = *ControlBlock::create(bytes.data() + 8);
};

Announcement about(std::uint64_t epoch, std::uint64_t content) { return {0, epoch, content, 4096, {1, 2, 3, content}}; }

void the_block_is_aligned() {
  for (std::size_t offset = 0; offset < 64; offset += 8) {
    std::vector<char> bytes(ControlBlock::memory_size() + offset);
    ControlBlock* block = ControlBlock::create(bytes.data() + offset);
    CU_ASSERT_EQUAL(reinterpret_cast<std::uintptr_t>(block) % alignof(ControlBlock), 0);
    CU_ASSERT_TRUE(reinterpret_cast<char*>(block) + sizeof(ControlBlock) <= bytes.data() + bytes.size());
  }
}

void nothing_is_announced_at_first() {
  const Memory memory;
  CU_ASSERT_EQUAL(memory.block.published(), 0);
  CU_ASSERT_FALSE(memory.block.latest(0).has_value());
}

void the_newest_of_an_epoch_counts() {
  const Memory memory;
  for (std::uint64_t i = 1; i <= 3 * ControlBlock::kRing; ++i) {
    CU_ASSERT_EQUAL(memory.block.announce(about(1, i)), i);
    CU_ASSERT_EQUAL(memory.block.published(), i);
    const auto latest = memory.block.latest(1);
    CU_ASSERT_TRUE_FATAL(latest.has_value());
    CU_ASSERT_EQUAL(latest->number, i);
    CU_ASSERT_EQUAL(latest->content_id, i);
    CU_ASSERT_EQUAL(latest->bytes, 4096);
    CU_ASSERT_TRUE((latest->digest == Digest{1, 2, 3, i}));
  }
  const std::uint64_t other = memory.block.announce(about(2, 77));
  CU_ASSERT_EQUAL(memory.block.latest(2)->number, other);
  CU_ASSERT_EQUAL(memory.block.latest(1)->number, 3 * ControlBlock::kRing);
  CU_ASSERT_FALSE(memory.block.latest(3).has_value());
}

void a_torn_announcement_does_not_count() {
  Memory memory;
  const Announcement good = about(1, 10);
  memory.block.announce(good);
  memory.block.announce(about(1, 11));
  // Any byte of the second one, changed, makes the first the newest.
  std::vector<char> copy = memory.bytes;
  const Digest digest = {1, 2, 3, 11};
  std::size_t found = 0;
  for (std::size_t at = 0; at + sizeof(digest) <= memory.bytes.size(); at += 8) {
    if (std::memcmp(memory.bytes.data() + at, &digest, sizeof(digest)) != 0) continue;
    ++found;
    for (std::size_t i = 0; i < sizeof(digest); ++i) {
      memory.bytes[at + i] = static_cast<char>(memory.bytes[at + i] ^ 1);
      CU_ASSERT_EQUAL(memory.block.latest(1)->content_id, 10);
      memory.bytes[at + i] = copy[at + i];
    }
  }
  CU_ASSERT_EQUAL(found, 1);
  CU_ASSERT_EQUAL(memory.block.latest(1)->content_id, 11);
}

void digests_are_text_and_back() {
  const Digest digest = {0x0123456789abcdef, 0, ~0ull, 42};
  const std::string hex = "0123456789abcdef0000000000000000ffffffffffffffff000000000000002a";
  CU_ASSERT_EQUAL(to_hex(digest), hex);
  CU_ASSERT_TRUE(parse_digest(hex) == digest);
  for (const std::string& bad : {std::string(), hex.substr(1), hex + "0", std::string(64, 'g'), "-" + hex.substr(1)}) {
    CU_ASSERT_FALSE(parse_digest(bad).has_value());
  }
}

}  // namespace

int main() {
  return test::run("control block", {
                                        {"it is aligned wherever memory begins", the_block_is_aligned},
                                        {"at first nothing is announced", nothing_is_announced_at_first},
                                        {"the newest announcement of an epoch counts", the_newest_of_an_epoch_counts},
                                        {"a torn announcement does not count", a_torn_announcement_does_not_count},
                                        {"digests become text and back", digests_are_text_and_back},
                                    });
}
