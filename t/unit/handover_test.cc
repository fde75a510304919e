// Memory that is handed over: what it lasts through, who gets it, and what is not taken.
#include "serve/handover.hh"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "cunit_main.hh"
#include "store/mapping.hh"
#include "support.hh"

using namespace ip2asn;

namespace {

std::vector<std::byte> content(std::size_t size, unsigned seed) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 7 + i / 251 + seed) & 255);
  return bytes;
}

bool same(const Mapping& mapping, const std::vector<std::byte>& bytes) {
  return mapping.bytes().size() == bytes.size() && std::memcmp(mapping.bytes().data(), bytes.data(), bytes.size()) == 0;
}

Mapping sealed(const std::vector<std::byte>& bytes) {
  auto mapping = Mapping::copy({}, bytes, Mapping::Use::hand_over);
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(mapping));
  CU_ASSERT_TRUE_FATAL(mapping->descriptor() >= 0);
  return *std::move(mapping);
}

Announcement about(std::uint64_t number, std::size_t bytes) {
  return {number, 1, number * 3, bytes, {number, 2, 3, 4}};
}

std::size_t descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

constexpr std::size_t kSizes[] = {1, 64, 4095, 4096, 4097, (2u << 20) - 1, 2u << 20, (5u << 20) + 12345};

void memory_holds_what_it_was_made_of() {
  for (const std::size_t size : kSizes) {
    const auto bytes = content(size, 1);
    for (const auto use : {Mapping::Use::inherit, Mapping::Use::hand_over}) {
      const auto all = std::span(bytes);
      const auto copy = Mapping::copy(all.first(size / 3), all.subspan(size / 3), use);
      CU_ASSERT_TRUE(copy && same(*copy, bytes));
      CU_ASSERT_EQUAL(reinterpret_cast<std::uintptr_t>(copy->bytes().data()) % 4096, 0);
      const test::TemporaryDirectory scratch;
      const std::string path = scratch / "file";
      test::write_bytes(path, {reinterpret_cast<const char*>(bytes.data()), size});
      const UniqueFd file(::open(path.c_str(), O_RDONLY));
      auto read = Mapping::read(file.get(), size, use);
      CU_ASSERT_TRUE(read && same(*read, bytes));
      // Whatever happens to the file.
      CU_ASSERT_EQUAL(::truncate(path.c_str(), 0), 0);
      CU_ASSERT_TRUE(read && same(*read, bytes));
      const auto cut = Mapping::read(file.get(), size, use);
      CU_ASSERT_TRUE(!cut && cut.error().code == Errc::changed);
    }
  }
}

void nobody_can_change_or_cut_it() {
  const auto bytes = content(10'000, 2);
  const Mapping mapping = sealed(bytes);
  const int fd = mapping.descriptor();
  CU_ASSERT_TRUE(::write(fd, "x", 1) < 0);
  CU_ASSERT_TRUE(::pwrite(fd, "x", 1, 0) < 0);
  CU_ASSERT_TRUE(::ftruncate(fd, 0) < 0);
  CU_ASSERT_TRUE(::ftruncate(fd, 20'000) < 0);
  CU_ASSERT_TRUE(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  CU_ASSERT_TRUE(::mprotect(const_cast<std::byte*>(mapping.bytes().data()), 4096, PROT_READ | PROT_WRITE) < 0);
  CU_ASSERT_TRUE(::fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) < 0);
  CU_ASSERT_TRUE(same(mapping, bytes));
}

void the_newest_is_there_for_everybody() {
  const Handover handover = Handover::make();
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(handover));
  CU_ASSERT_FALSE(handover.look().has_value());
  const std::size_t before = descriptors();
  for (unsigned i = 1; i <= 20; ++i) {
    const auto bytes = content(10'000 + i, i);
    {
      const Mapping mapping = sealed(bytes);
      CU_ASSERT_TRUE(handover.offer(about(i, bytes.size()), mapping.descriptor()));
    }  // its maker is gone
    for (int again = 0; again < 3; ++again) {
      auto offer = handover.look();
      CU_ASSERT_TRUE_FATAL(offer.has_value());
      CU_ASSERT_EQUAL(offer->announcement.number, i);
      CU_ASSERT_TRUE((offer->announcement.digest == Digest{i, 2, 3, 4}));
      auto received = Mapping::receive(std::move(offer->memory), bytes.size());
      CU_ASSERT_TRUE(received && same(*received, bytes));
    }
    CU_ASSERT_EQUAL(descriptors(), before);
  }
  // Another process, too.
  const pid_t child = ::fork();
  if (child == 0) {
    auto offer = handover.look();
    const auto bytes = content(10'020, 20);
    if (!offer) ::_exit(1);
    auto received = Mapping::receive(std::move(offer->memory), bytes.size());
    ::_exit(received && same(*received, bytes) ? 0 : 2);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  CU_ASSERT_EQUAL(status, 0);
  handover.clear();
  CU_ASSERT_FALSE(handover.look().has_value());
  CU_ASSERT_EQUAL(descriptors(), before);
}

void what_could_change_or_is_not_what_was_said_is_not_taken() {
  const auto bytes = content(10'000, 3);
  struct {
    const char* what;
    int (*make)(const std::vector<std::byte>& bytes);
    std::size_t size;
  } const table[] = {
      {"no seals",
       [](const std::vector<std::byte>& b) {
         const int fd = ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
         CU_ASSERT_EQUAL(::write(fd, b.data(), b.size()), static_cast<ssize_t>(b.size()));
         return fd;
       },
       bytes.size()},
      {"not all seals",
       [](const std::vector<std::byte>& b) {
         const int fd = ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
         CU_ASSERT_EQUAL(::write(fd, b.data(), b.size()), static_cast<ssize_t>(b.size()));
         CU_ASSERT_EQUAL(::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
         return fd;
       },
       bytes.size()},
      {"a file", [](const std::vector<std::byte>&) { return ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC); }, 4096},
      {"a directory", [](const std::vector<std::byte>&) { return ::open("/", O_RDONLY | O_CLOEXEC); }, 4096},
      {"larger", [](const std::vector<std::byte>& b) { return ::dup(sealed(b).descriptor()); }, bytes.size() - 1},
      {"smaller", [](const std::vector<std::byte>& b) { return ::dup(sealed(b).descriptor()); }, bytes.size() + 1},
      {"as said", [](const std::vector<std::byte>& b) { return ::dup(sealed(b).descriptor()); }, bytes.size()},
  };
  for (const auto& row : table) {
    const bool taken = static_cast<bool>(Mapping::receive(UniqueFd(row.make(bytes)), row.size));
    CU_ASSERT_EQUAL(taken, std::strcmp(row.what, "as said") == 0);
  }
}

void a_queue_that_somebody_filled_does_not_keep_the_newest_out() {
  const Handover handover = Handover::make();
  const Mapping mapping = sealed(content(100, 4));
  for (std::uint64_t i = 1; i < 200; ++i) CU_ASSERT_TRUE(handover.offer(about(i, 100), mapping.descriptor()));
  CU_ASSERT_EQUAL(handover.look()->announcement.number, 199);
  CU_ASSERT_FALSE(handover.offer(about(200, 100), -1));
  CU_ASSERT_EQUAL(handover.look()->announcement.number, 199);
}

}  // namespace

int main() {
  return test::run(
      "handover",
      {
          {"memory holds what it was made of, whatever happens to the file", memory_holds_what_it_was_made_of},
          {"nobody can change or cut sealed memory", nobody_can_change_or_cut_it},
          {"the newest is there for everybody, and nothing stays open", the_newest_is_there_for_everybody},
          {"what could change or is not what was said is not taken",
           what_could_change_or_is_not_what_was_said_is_not_taken},
          {"a queue that somebody filled does not keep the newest out",
           a_queue_that_somebody_filled_does_not_keep_the_newest_out},
      });
}
