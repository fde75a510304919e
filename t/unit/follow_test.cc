// Following a log through rotations: what is read, by a clock of the test's own.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/annotate_follow.hh"
#include "cunit_main.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using namespace ip2asn::cli;
using ip2asn::test::holds;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
namespace fs = std::filesystem;

// A writer that keeps a file open, whatever is done to its name.
class Writer {
 public:
  explicit Writer(const std::string& path, std::ios::openmode mode = std::ios::app) : out_(path, mode) {}
  void write(std::string_view text) { out_ << text << std::flush; }

 private:
  std::ofstream out_;
};

class Follower {
 public:
  explicit Follower(const std::string& path) {
    auto opened = FollowedLog::open(path, [this](const std::string& text) { notices.push_back(text); });
    CU_ASSERT_FATAL(static_cast<bool>(opened));
    log_ = *std::move(opened);
    CU_ASSERT_PTR_NOT_NULL_FATAL(log_.get());
  }

  // All that is there now.
  std::string all() {
    Block block;
    std::string text;
    while (log_->collect(block, now_)) text += block.text();
    return text;
  }
  void pass(std::chrono::seconds time) { now_ += time; }
  FollowedLog& log() { return *log_; }

  std::vector<std::string> notices;

 private:
  std::unique_ptr<FollowedLog> log_;
  FollowedLog::Clock::time_point now_ = FollowedLog::Clock::now();
};

constexpr std::chrono::seconds kSoon{1}, kNotYet = FollowedLog::kStill - kSoon;

void what_is_written_to_a_rotated_file_is_read_beside_the_new_one() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer first(path);
  first.write("a\n");
  Follower follower(path);
  CU_ASSERT(same(follower.all(), "a\n", "what is there"));
  fs::rename(path, path + ".1");
  Writer second(path);
  first.write("b\n");
  second.write("x\n");
  CU_ASSERT(same(follower.all(), "b\nx\n", "both"));
  first.write("c");
  second.write("y");
  CU_ASSERT(same(follower.all(), "", "lines without an end"));
  first.write("c\n");
  CU_ASSERT(same(follower.all(), "cc\n", "each has its own"));
  second.write("y\n");
  CU_ASSERT(same(follower.all(), "yy\n", "each has its own"));
  // It stays open as long as something comes now and then.
  for (int i = 0; i < 5; ++i) {
    follower.pass(kNotYet);
    first.write("d\n");
    CU_ASSERT(same(follower.all(), "d\n", "after a while"));
  }
}

void a_rotated_file_is_given_up_when_it_is_still() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer first(path);
  first.write("a\nno end");
  Follower follower(path);
  CU_ASSERT(same(follower.all(), "a\n", "what is there"));
  follower.pass(FollowedLog::kStill * 10);
  CU_ASSERT(same(follower.all(), "", "what has the name is never given up"));
  fs::rename(path, path + ".1");
  Writer second(path);
  CU_ASSERT(same(follower.all(), "", "the time begins at the rotation"));
  follower.pass(kNotYet);
  CU_ASSERT(same(follower.all(), "", "not yet"));
  follower.pass(kSoon);
  CU_ASSERT(same(follower.all(), "no end\n", "its last line is given an end"));
  // Given back its name, it is read on, not anew.
  fs::rename(path + ".1", path);
  first.write("b\n");
  CU_ASSERT(same(follower.all(), "b\n", "known again"));
}

void rotations_between_two_looks_are_all_found() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer(path).write("0\n");
  Follower follower(path);
  CU_ASSERT(same(follower.all(), "0\n", "what is there"));
  // As logrotate does it: the oldest first.
  std::string wanted;
  for (int rotation = 1; rotation <= 6; ++rotation) {
    for (int i = rotation - 1; i > 0; --i) {
      fs::rename(path + '.' + std::to_string(i), path + '.' + std::to_string(i + 1));
    }
    fs::rename(path, path + ".1");
    const std::string line = std::to_string(rotation) + '\n';
    Writer(path).write(line);
    wanted += line;
  }
  CU_ASSERT(same(follower.all(), wanted, "all of them, in their order"));
  follower.pass(FollowedLog::kStill);
  CU_ASSERT(same(follower.all(), "", "and none twice"));
  // As cronolog and dateext do it.
  for (const char* name : {"log-1", "log-2"}) {
    fs::rename(path, directory / name);
    Writer(path).write(name + std::string("\n"));
  }
  CU_ASSERT(same(follower.all(), "log-1\nlog-2\n", "by other names"));
}

void a_file_that_is_cut_is_read_from_its_start() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer writer(path);
  writer.write("first\nsecond\npart");
  Follower follower(path);
  CU_ASSERT(same(follower.all(), "first\nsecond\n", "what is there"));
  fs::resize_file(path, 0);
  CU_ASSERT(same(follower.all(), "part\n", "a part of a line is a line"));
  writer.write("a\n");
  CU_ASSERT(same(follower.all(), "a\n", "a smaller one"));
  fs::resize_file(path, 0);
  writer.write("as large as the first, and larger\n");
  CU_ASSERT(same(follower.all(), "as large as the first, and larger\n", "one that has grown beyond by the next look"));
  const std::string equal = "of the same size, but another one\n";
  CU_ASSERT_EQUAL(equal.size(), fs::file_size(path));
  fs::resize_file(path, 0);
  writer.write(equal);
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  CU_ASSERT(same(follower.all(), equal, "one of the same size"));
}

void a_writer_that_does_not_append_leaves_a_hole() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer writer(path, std::ios::out);
  writer.write(std::string(5000, 'x') + '\n');
  Follower follower(path);
  follower.all();
  fs::resize_file(path, 0);
  CU_ASSERT(same(follower.all(), "", "cut"));
  writer.write("a\n");
  CU_ASSERT(same(follower.all(), "a\n", "without the hole"));
  fs::resize_file(path, 0);
  writer.write("b\n");
  CU_ASSERT(same(follower.all(), "b\n", "cut and written between two looks"));
}

void a_log_that_goes_and_comes_is_waited_for() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer first(path);
  Follower follower(path);
  fs::remove(path);
  first.write("a\n");
  CU_ASSERT(same(follower.all(), "a\n", "its writer goes on"));
  follower.pass(kSoon);
  Writer(path).write("b\n");
  CU_ASSERT(same(follower.all(), "b\n", "made again"));
  for (int i = 0; i < 3; ++i) {
    // The number of the file that was removed may be given to the new one.
    fs::remove(path);
    follower.pass(FollowedLog::kStill);
    CU_ASSERT(same(follower.all(), "", "gone"));
    follower.pass(FollowedLog::kStill);
    CU_ASSERT(same(follower.all(), "", "gone for long"));
    Writer(path).write("c\nd\n");
    CU_ASSERT(same(follower.all(), "c\nd\n", "made again much later"));
  }
  CU_ASSERT(follower.notices.empty());
}

void a_link_that_leads_elsewhere_is_followed() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer first(directory / "monday"), second(directory / "tuesday");
  fs::create_symlink("monday", path);
  first.write("a\n");
  Follower follower(path);
  CU_ASSERT(same(follower.all(), "a\n", "what is there"));
  fs::create_symlink("tuesday", path + ".new");
  fs::rename(path + ".new", path);
  first.write("b\n");
  second.write("x\n");
  CU_ASSERT(same(follower.all(), "b\nx\n", "both"));
}

void only_regular_files_are_read() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer(path).write("a\n");
  Follower follower(path);
  CU_ASSERT(same(follower.all(), "a\n", "what is there"));
  struct Other {
    const char* kind;
    void (*make)(const char* path);
  };
  constexpr Other kOthers[] = {
      {"a FIFO", [](const char* name) { CU_ASSERT_EQUAL(::mkfifo(name, 0600), 0); }},
      {"a directory", [](const char* name) { CU_ASSERT_EQUAL(::mkdir(name, 0700), 0); }},
      {"a device", [](const char* name) { CU_ASSERT_EQUAL(::symlink("/dev/zero", name), 0); }},
      {"a socket",
       [](const char* name) {
         sockaddr_un address{AF_UNIX, {}};
         std::string_view(name).copy(address.sun_path, sizeof address.sun_path - 1);
         const int bound = ::socket(AF_UNIX, SOCK_STREAM, 0);
         CU_ASSERT_EQUAL(::bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
         ::close(bound);
       }},
      {"symbolic links", [](const char* name) { CU_ASSERT_EQUAL(::symlink(name, name), 0); }},
  };
  int times = 0;
  for (const Other& other : kOthers) {
    fs::remove(path);
    other.make(path.c_str());
    follower.notices.clear();
    CU_ASSERT(same(follower.all(), "", other.kind));
    CU_ASSERT(same(follower.all(), "", other.kind));
    CU_ASSERT_EQUAL(follower.notices.size(), 1);
    CU_ASSERT(
        holds(!follower.notices.empty() && follower.notices[0].find(other.kind) != std::string::npos, other.kind));
    CU_ASSERT(!FollowedLog::open(path, nullptr));
    fs::remove(path);
    const std::string line = std::to_string(++times) + '\n';
    Writer(path).write(line);
    CU_ASSERT(same(follower.all(), line, "a file again"));
  }
}

void a_line_that_is_too_long_is_cut_and_told() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  Writer writer(path);
  Follower follower(path);
  writer.write(std::string(3'000'000, 'x'));
  CU_ASSERT_EQUAL(follower.all().size(), Block::kCapacity);
  writer.write("rest\nnext\n");
  CU_ASSERT(same(follower.all(), "next\n", "the next is whole"));
  CU_ASSERT_EQUAL(follower.log().cut_lines(), 1);
  CU_ASSERT(follower.notices.size() == 1 && follower.notices[0].ends_with("a line of more than 1 MiB is cut"));
}

void files_do_not_pile_up() {
  TemporaryDirectory directory;
  const std::string path = directory / "log";
  std::string wanted;
  Writer(path).write("0\n");
  Follower follower(path);
  std::string got = follower.all();
  for (int i = 1; i <= 300; ++i) {
    fs::rename(path, path + '.' + std::to_string(i));
    Writer(path).write(std::to_string(i) + '\n');
    got += follower.all();
  }
  for (int i = 0; i <= 300; ++i) wanted += std::to_string(i) + '\n';
  CU_ASSERT(same(got, wanted, "nothing is lost"));
  std::size_t open = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    open += fs::read_symlink(entry.path(), ignored).string().starts_with(directory.path()) ? 1 : 0;
  }
  CU_ASSERT(open <= FollowedLog::kMostFiles + 1);
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "follow", {{"what is written to a rotated file is read beside the new one",
                  what_is_written_to_a_rotated_file_is_read_beside_the_new_one},
                 {"a rotated file is given up when it is still", a_rotated_file_is_given_up_when_it_is_still},
                 {"rotations between two looks are all found", rotations_between_two_looks_are_all_found},
                 {"a file that is cut is read from its start", a_file_that_is_cut_is_read_from_its_start},
                 {"a writer that does not append leaves a hole", a_writer_that_does_not_append_leaves_a_hole},
                 {"a log that goes and comes is waited for", a_log_that_goes_and_comes_is_waited_for},
                 {"a link that leads elsewhere is followed", a_link_that_leads_elsewhere_is_followed},
                 {"only regular files are read", only_regular_files_are_read},
                 {"a line that is too long is cut and told", a_line_that_is_too_long_is_cut_and_told},
                 {"files do not pile up", files_do_not_pile_up}});
}
