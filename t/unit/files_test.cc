#include "base/files.hh"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <span>
#include <string>
#include <string_view>

#include "cunit_main.hh"
#include "store/mapping.hh"
#include "support.hh"

namespace {

using ip2asn::Errc;
using ip2asn::Mapping;
using ip2asn::test::holds;
using ip2asn::test::read_bytes;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  CU_ASSERT_EQUAL(::lstat(path.c_str(), &st), 0);
  return st.st_mode;
}

void a_file_is_read_whole() {
  TemporaryDirectory directory;
  for (const std::size_t size : {0, 1, 63, 64, 65, 100'000}) {
    const std::string text(size, 'x'), path = directory / "f";
    write_bytes(path, text);
    const auto file = ip2asn::read_file(path, size);
    CU_ASSERT_FATAL(static_cast<bool>(file));
    CU_ASSERT(same(text_of(file->buffer.bytes()), text, std::to_string(size)));
    CU_ASSERT_EQUAL(reinterpret_cast<std::uintptr_t>(file->buffer.bytes().data()) % 64, 0);
    CU_ASSERT(file->stamp == *ip2asn::stamp_file(path));
    if (size == 0) continue;
    const auto larger = ip2asn::read_file(path, size - 1);
    CU_ASSERT(holds(!larger && larger.error().code == Errc::limit, "larger than allowed"));
  }
}

void what_is_no_regular_file_is_refused_without_waiting() {
  TemporaryDirectory directory;
  const std::string fifo = directory / "fifo";
  CU_ASSERT_EQUAL_FATAL(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {fifo, directory.path(), std::string("/dev/zero"), directory / "missing"}) {
    const auto file = ip2asn::read_file(path, 1 << 20);
    CU_ASSERT(holds(!file && file.error().code == Errc::unreadable && file.error().message.starts_with(path), path));
  }
  // The kernel's files tell no size.
  const auto unsized = ip2asn::read_file("/proc/self/status", 1 << 20);
  CU_ASSERT(holds(!unsized && unsized.error().code == Errc::changed, "a file without a size"));
}

void a_replaced_file_is_whole_and_alone() {
  TemporaryDirectory directory;
  const std::string path = directory / "f";
  for (const std::string_view text : {"first", "", "the third, which is longer"}) {
    CU_ASSERT_TRUE(static_cast<bool>(ip2asn::replace_file(path, bytes_of(text), 0440)));
    CU_ASSERT(same(read_bytes(path), text, "content"));
    CU_ASSERT_EQUAL(mode_of(path), S_IFREG | 0440);
    CU_ASSERT(same(directory.names(), "f", "nothing is left over"));
  }
  const std::string large(3'000'000, 'L');
  CU_ASSERT_TRUE(static_cast<bool>(ip2asn::replace_file(path, bytes_of(large), 0600)));
  CU_ASSERT_TRUE(read_bytes(path) == large);
}

void a_link_is_replaced_not_followed() {
  TemporaryDirectory directory;
  const std::string target = directory / "target", link = directory / "link";
  write_bytes(target, "precious");
  CU_ASSERT_EQUAL_FATAL(::symlink(target.c_str(), link.c_str()), 0);
  CU_ASSERT_TRUE(static_cast<bool>(ip2asn::replace_file(link, bytes_of("new"), 0600)));
  CU_ASSERT(same(read_bytes(target), "precious", "the link's target"));
  CU_ASSERT_TRUE(S_ISREG(mode_of(link)));
  // A FIFO at the place is not written to either.
  const std::string fifo = directory / "fifo";
  CU_ASSERT_EQUAL_FATAL(::mkfifo(fifo.c_str(), 0600), 0);
  CU_ASSERT_TRUE(static_cast<bool>(ip2asn::replace_file(fifo, bytes_of("new"), 0600)));
  CU_ASSERT(same(read_bytes(fifo), "new", "the FIFO's place"));
}

void a_failed_replacement_leaves_the_old_file_and_nothing_else() {
  TemporaryDirectory directory;
  const std::string path = directory / "f";
  write_bytes(path, "old");
  const std::string large(1'000'000, 'L');

  // A limit on file sizes stands for a full disk: both make write fail half-way. Its signal, which would end the
  // process, must not get through, nor may its disposition change.
  rlimit before{};
  CU_ASSERT_EQUAL_FATAL(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{100'000, before.rlim_max};
  CU_ASSERT_EQUAL_FATAL(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto full = ip2asn::replace_file(path, bytes_of(large), 0600);
  ::setrlimit(RLIMIT_FSIZE, &before);
  CU_ASSERT(holds(!full && full.error().code == Errc::unreadable, "no space"));
  CU_ASSERT(holds(!full && full.error().message.find("ulimit -f") != std::string::npos, "the limit is named"));
  CU_ASSERT(std::signal(SIGXFSZ, SIG_DFL) == SIG_DFL);
  sigset_t left;
  CU_ASSERT(sigpending(&left) == 0 && sigismember(&left, SIGXFSZ) == 0);
  CU_ASSERT(pthread_sigmask(SIG_BLOCK, nullptr, &left) == 0 && sigismember(&left, SIGXFSZ) == 0);
  CU_ASSERT(same(read_bytes(path), "old", "no space"));
  CU_ASSERT(same(directory.names(), "f", "no space"));

  // No descriptor left.
  CU_ASSERT_EQUAL_FATAL(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{0, before.rlim_max};
  CU_ASSERT_EQUAL_FATAL(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto none = ip2asn::replace_file(path, bytes_of(large), 0600);
  const auto unread = ip2asn::read_file(path, 100);
  ::setrlimit(RLIMIT_NOFILE, &before);
  CU_ASSERT(holds(!none && none.error().message.ends_with("Too many open files"), "no descriptor"));
  CU_ASSERT(holds(!unread && unread.error().message.ends_with("Too many open files"), "no descriptor"));

  CU_ASSERT_EQUAL_FATAL(::mkdir((directory / "d").c_str(), 0700), 0);
  const auto over_directory = ip2asn::replace_file(directory / "d", bytes_of("x"), 0600);
  CU_ASSERT(holds(!over_directory, "a directory is there"));
  CU_ASSERT(same(directory.names(), "d f", "a directory is there"));
  const auto nowhere = ip2asn::replace_file(directory / "no/f", bytes_of("x"), 0600);
  CU_ASSERT(holds(!nowhere && nowhere.error().code == Errc::unreadable, "no such directory"));
}

// The id of a process that has ended.
std::string dead_process() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return std::to_string(pid);
}

void what_killed_writers_left_goes_and_nothing_else() {
  TemporaryDirectory directory;
  const std::string dead = dead_process(), alive = std::to_string(::getppid());
  for (const std::string& name : {".f." + dead + ".new", ".f." + alive + ".new", ".g." + dead + ".new",
                                  std::string(".f.notes.new"), "f." + dead + ".new"}) {
    write_bytes(directory / name, "half");
  }
  CU_ASSERT_TRUE(static_cast<bool>(ip2asn::replace_file(directory / "f", bytes_of("new"), 0600)));
  const std::string others = ".f." + alive + ".new .f.notes.new ";
  CU_ASSERT(same(directory.names(), others + ".g." + dead + ".new f f." + dead + ".new", "of that file"));
  ip2asn::remove_leftovers(directory.path(), "");
  CU_ASSERT(same(directory.names(), others + "f f." + dead + ".new", "of any file"));
}

void a_mapping_moves() {
  auto first = Mapping::copy(bytes_of("content"));
  CU_ASSERT_FATAL(static_cast<bool>(first));
  Mapping moved = *std::move(first);
  CU_ASSERT(same(text_of(moved.bytes()), "content", "moved"));
  CU_ASSERT_TRUE(first->bytes().empty());
  auto copy = Mapping::copy(bytes_of("copied"));
  CU_ASSERT_FATAL(static_cast<bool>(copy));
  moved = *std::move(copy);
  CU_ASSERT(same(text_of(moved.bytes()), "copied", "assigned"));
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "files",
      {
          {"a file is read whole", a_file_is_read_whole},
          {"what is no regular file is refused without waiting", what_is_no_regular_file_is_refused_without_waiting},
          {"a replaced file is whole and alone", a_replaced_file_is_whole_and_alone},
          {"a link is replaced, not followed", a_link_is_replaced_not_followed},
          {"a failed replacement leaves the old file and nothing else",
           a_failed_replacement_leaves_the_old_file_and_nothing_else},
          {"what killed writers left goes, and nothing else", what_killed_writers_left_goes_and_nothing_else},
          {"a mapping moves", a_mapping_moves},
      });
}
