#include "store/cache.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cunit_main.hh"
#include "support.hh"

namespace {

using ip2asn::CacheRequest;
using ip2asn::CacheResult;
using ip2asn::Errc;
using ip2asn::Findings;
using ip2asn::test::announced;
using ip2asn::test::gzip;
using ip2asn::test::holds;
using ip2asn::test::name_of;
using ip2asn::test::read_bytes;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

std::string row(int i) {
  const std::string net = "10.0." + std::to_string(i) + '.';
  return net + "0\t" + net + "255\t" + std::to_string(64500 + i) + "\tDE\tEXAMPLE " + std::to_string(i) + '\n';
}

// A source and a cache beside each other.
struct Place {
  TemporaryDirectory directory;
  std::string source = directory / "s.tsv";
  std::string cache = directory / "cache";
  CacheRequest request;
  // How far the clock is ahead: far enough for the stamps of what was just written to be noted.
  std::int64_t ahead = 60'000'000'000;

  Place() {
    write_bytes(source, row(1));
    request.recipe.sources = {source};
    request.store.directory = cache;
  }
  ip2asn::Result<CacheResult> load() {
    Findings findings;
    return load_cached(request, ip2asn::file_clock_ns() + ahead, findings);
  }
  std::size_t entries() const { return paths(".idx").size(); }
  std::vector<std::string> paths(std::string_view extension) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(cache)) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    return found;
  }
};

// "compiled", "found", or what went wrong.
std::string told(const ip2asn::Result<CacheResult>& result) {
  if (!result) return std::string(name_of(result.error().code));
  if (!result->warning.empty()) return "warning: " + result->warning;
  return result->compiled ? "compiled" : "found";
}

void set_age(const std::string& path, std::int64_t seconds_ago) {
  const timespec time{std::time(nullptr) - seconds_ago, 0};
  const timespec times[2] = {time, time};
  CU_ASSERT_EQUAL(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

void unchanged_input_is_compiled_once_and_a_changed_byte_again() {
  Place place;
  CU_ASSERT(same(told(place.load()), "compiled", "first"));
  const auto found = place.load();
  CU_ASSERT(same(told(found), "found", "again"));
  CU_ASSERT(same(announced(found->image), row(1), "content"));
  // Neither time nor name is what counts, but content.
  set_age(place.source, 100'000);
  CU_ASSERT(same(told(place.load()), "found", "touched"));
  const std::string other = place.directory / "other.tsv";
  write_bytes(other, row(1));
  place.request.recipe.sources = {other};
  CU_ASSERT(same(told(place.load()), "found", "the same under another name"));
  std::string changed = row(1);
  changed[changed.size() - 2] = '2';
  write_bytes(other, changed);
  CU_ASSERT(same(told(place.load()), "compiled", "one byte changed"));
  write_bytes(other, gzip(row(1)));
  CU_ASSERT(same(told(place.load()), "compiled", "packed"));
  place.request.recipe.sources = {place.source, other};
  CU_ASSERT(same(told(place.load()), "compiled", "two sources"));
  place.request.recipe.sources = {other, place.source};
  CU_ASSERT(same(told(place.load()), "compiled", "the other way round"));
}

void whatever_the_image_depends_on_is_in_its_name() {
  Place place;
  CU_ASSERT(same(told(place.load()), "compiled", "without hosters"));
  place.request.recipe.hoster_map = place.directory / "hosters";
  write_bytes(place.request.recipe.hoster_map, "example cloud AS64501\n");
  const auto with = place.load();
  CU_ASSERT(same(told(with), "compiled", "with hosters"));
  CU_ASSERT(same(with->image.record(1).hoster, "example", "hoster"));
  write_bytes(place.request.recipe.hoster_map, "another cloud AS64501\n");
  CU_ASSERT(same(told(place.load()), "compiled", "other hosters"));
  CU_ASSERT(same(told(place.load()), "found", "the same hosters"));
  place.request.recipe.options.strict = true;
  CU_ASSERT(same(told(place.load()), "compiled", "strict"));
  // An index is a source as well.
  place.request = {};
  place.request.store.directory = place.cache;
  place.request.recipe.sources = {with->path};
  const auto index = place.load();
  CU_ASSERT(same(told(index), "compiled", "an index"));
  CU_ASSERT_EQUAL(index->image.content_id(), with->image.content_id());
}

void what_is_wrong_with_the_input_is_an_error_and_leaves_no_entry() {
  struct {
    std::string_view name, bytes, hosters, wanted;
  } const table[] = {
      {"s.tsv", "", "", "empty"},
      {"s.tsv", "hello\n", "", "empty"},
      {"s.tsv.gz", "text", "", "damaged"},
      {"s.tsv", "1.0.0.0\t1.0.0.1\t1\tUS\tX\n", "a mistake", "argument"},
      {"s.idx", "IP2ASN\r\nand so on", "", "damaged"},
  };
  for (const auto& c : table) {
    Place place;
    place.request.recipe.sources = {place.directory / c.name};
    write_bytes(place.request.recipe.sources[0], c.bytes);
    if (!c.hosters.empty()) {
      place.request.recipe.hoster_map = place.directory / "hosters";
      write_bytes(place.request.recipe.hoster_map, c.hosters);
    }
    CU_ASSERT(same(told(place.load()), c.wanted, c.bytes));
    CU_ASSERT_EQUAL(place.entries(), 0);
  }
  Place place;
  place.request.recipe.sources = {place.directory / "missing"};
  CU_ASSERT(same(told(place.load()), "unreadable", "missing"));
  place.request.recipe.sources = {};
  CU_ASSERT(same(told(place.load()), "argument", "nothing"));
}

void a_damaged_or_foreign_entry_is_made_again() {
  struct {
    const char* name;
    void (*spoil)(const Place& place, const std::string& entry);
  } const table[] = {
      {"a flipped bit",
       [](const Place&, const std::string& entry) {
         std::string bytes = read_bytes(entry);
         bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
         ::unlink(entry.c_str());
         write_bytes(entry, bytes);
       }},
      {"cut short",
       [](const Place&, const std::string& entry) {
         const std::string bytes = read_bytes(entry);
         ::unlink(entry.c_str());
         write_bytes(entry, bytes.substr(0, 1000));
       }},
      {"empty",
       [](const Place&, const std::string& entry) {
         ::unlink(entry.c_str());
         write_bytes(entry, "");
       }},
      {"writable by all", [](const Place&, const std::string& entry) { ::chmod(entry.c_str(), 0666); }},
      {"of another user",
       [](const Place&, const std::string& entry) {
         // Only root can give a file away; for others the mode does.
         if (::chown(entry.c_str(), 65534, 65534) != 0) ::chmod(entry.c_str(), 0666);
       }},
      {"a link",
       [](const Place& place, const std::string& entry) {
         ::rename(entry.c_str(), (place.directory / "moved").c_str());
         CU_ASSERT_EQUAL(::symlink((place.directory / "moved").c_str(), entry.c_str()), 0);
       }},
      {"a FIFO",
       [](const Place&, const std::string& entry) {
         ::unlink(entry.c_str());
         CU_ASSERT_EQUAL(::mkfifo(entry.c_str(), 0600), 0);
       }},
  };
  for (const auto& c : table) {
    Place place;
    const std::string entry = place.load()->path;
    c.spoil(place, entry);
    const auto again = place.load();
    CU_ASSERT(same(told(again), "compiled", c.name));
    CU_ASSERT(same(again->path, entry, c.name));
    CU_ASSERT(same(told(place.load()), "found", c.name));
    CU_ASSERT_EQUAL(place.entries(), 1);
  }
}

void a_directory_that_cannot_be_used_is_told_and_done_without() {
  struct {
    const char* name;
    void (*prepare)(Place& place);
  } const table[] = {
      {"below a file", [](Place& place) { place.request.store.directory = place.source + "/cache"; }},
      {"a file", [](Place& place) { place.request.store.directory = place.source; }},
      {"no name", [](Place& place) { place.request.store.directory.clear(); }},
      {"writable by all",
       [](Place& place) {
         ::mkdir(place.cache.c_str(), 0700);
         ::chmod(place.cache.c_str(), 0777);
       }},
      {"a link",
       [](Place& place) {
         ::mkdir((place.directory / "real").c_str(), 0700);
         CU_ASSERT_EQUAL(::symlink((place.directory / "real").c_str(), place.cache.c_str()), 0);
       }},
      {"the entry's place is a directory",
       [](Place& place) {
         const std::string entry = place.load()->path;
         ::unlink(entry.c_str());
         ::mkdir(entry.c_str(), 0700);
       }},
  };
  for (const auto& c : table) {
    Place place;
    c.prepare(place);
    const auto result = place.load();
    CU_ASSERT(holds(told(result).starts_with("warning: "), c.name));
    CU_ASSERT_FATAL(static_cast<bool>(result));
    CU_ASSERT(same(result->path, "", c.name));
    CU_ASSERT_TRUE(result->compiled);
    CU_ASSERT(same(announced(result->image), row(1), c.name));
  }
}

void inputs_whose_stamps_are_noted_are_not_read() {
  Place place;
  const std::string first = place.load()->path;
  CU_ASSERT_EQUAL(place.paths(".at").size(), 1);
  const std::string note = place.paths(".at").at(0);
  write_bytes(place.source, row(2));
  const std::string second = place.load()->path;
  CU_ASSERT_EQUAL(place.paths(".at").size(), 2);
  // A note that says something else shows whether it is asked.
  const std::string other = place.paths(".at").at(place.paths(".at").at(0) == note ? 1 : 0);
  const auto lead_to = [&other](const std::string& target) {
    ::unlink(other.c_str());
    CU_ASSERT_EQUAL(::symlink(target.c_str(), other.c_str()), 0);
  };
  lead_to(std::filesystem::path(first).filename());
  CU_ASSERT(same(place.load()->path, first, "noted"));
  // A hoster map or another format is another matter.
  place.request.recipe.options.strict = true;
  CU_ASSERT(same(told(place.load()), "compiled", "other settings"));
  place.request.recipe.options.strict = false;
  for (const std::string_view target : {"nowhere", "/etc/passwd", "../s.tsv", ""}) {
    lead_to(target.empty() ? std::string(64, '0') + ".idx" : std::string(target));
    CU_ASSERT(same(place.load()->path, second, target));
  }
  // Another file with the same name, content, size and time of modification.
  std::filesystem::copy(place.source, place.directory / "copy");
  ::rename((place.directory / "copy").c_str(), place.source.c_str());
  CU_ASSERT(same(told(place.load()), "found", "replaced"));
  for (int i = 0; i < 9; ++i) {
    write_bytes(place.source, row(i));
    CU_ASSERT_TRUE(static_cast<bool>(place.load()));
  }
  CU_ASSERT_EQUAL(place.paths(".at").size(), place.request.store.keep);
}

void stamps_of_what_was_just_written_are_not_noted() {
  Place place;
  for (const std::int64_t seconds : {-60, 0, 2}) {
    place.ahead = seconds * 1'000'000'000;
    CU_ASSERT_TRUE(static_cast<bool>(place.load()));
    CU_ASSERT_EQUAL(place.paths(".at").size(), 0);
  }
}

// The id of a process that has ended.
std::string dead_process() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return std::to_string(pid);
}

void the_newest_entries_stay_and_files_of_others_too() {
  Place place;
  place.request.store.keep = 3;
  std::vector<std::string> entries;
  for (int i = 0; i < 5; ++i) {
    write_bytes(place.source, row(i));
    entries.push_back(place.load()->path);
    set_age(entries.back(), 1000 - i);
  }
  write_bytes(place.cache + "/precious.idx", "mine");
  write_bytes(place.cache + "/README", "mine");
  const std::string temporary = place.cache + "/." + std::filesystem::path(entries[0]).filename().string() + '.';
  const std::string old_temporary = temporary + dead_process() + ".new", new_temporary = temporary + "1.new";
  write_bytes(old_temporary, "half");
  write_bytes(new_temporary, "half");
  // Used again, the oldest that is left becomes the newest.
  write_bytes(place.source, row(2));
  CU_ASSERT(same(told(place.load()), "found", "used"));
  write_bytes(place.source, row(9));
  CU_ASSERT(same(told(place.load()), "compiled", "one more"));
  using std::filesystem::exists;
  CU_ASSERT_FALSE(exists(entries[0]));
  CU_ASSERT_FALSE(exists(entries[1]));
  CU_ASSERT_TRUE(exists(entries[2]));
  CU_ASSERT_FALSE(exists(entries[3]));
  CU_ASSERT_TRUE(exists(entries[4]));
  CU_ASSERT_TRUE(exists(place.cache + "/precious.idx"));
  CU_ASSERT_TRUE(exists(place.cache + "/README"));
  CU_ASSERT_FALSE(exists(old_temporary));
  CU_ASSERT_TRUE(exists(new_temporary));
}

void an_entry_from_the_future_does_not_outlive_new_ones() {
  Place place;
  place.request.store.keep = 2;
  const std::string old = place.load()->path;
  set_age(old, -315'360'000);  // ten years ahead
  write_bytes(place.source, row(2));
  const std::string second = place.load()->path;
  CU_ASSERT_TRUE(std::filesystem::exists(second));
  write_bytes(place.source, row(3));
  const std::string third = place.load()->path;
  CU_ASSERT_TRUE(std::filesystem::exists(third));
  CU_ASSERT_TRUE(std::filesystem::exists(second));
  CU_ASSERT_FALSE(std::filesystem::exists(old));
  place.request.store.keep = 0;  // the one that was asked for is there all the same
  write_bytes(place.source, row(4));
  CU_ASSERT_TRUE(std::filesystem::exists(place.load()->path));
  CU_ASSERT_EQUAL(place.entries(), 1);
}

void an_image_stays_good_after_its_entry_is_gone() {
  Place place;
  auto result = place.load();
  CU_ASSERT_FATAL(static_cast<bool>(result));
  const CacheResult moved = *std::move(result);
  std::filesystem::remove_all(place.cache);
  CU_ASSERT(same(announced(moved.image), row(1), "content"));
  struct stat st {};
  CU_ASSERT(same(told(place.load()), "compiled", "made again"));
  CU_ASSERT_EQUAL(::stat(place.cache.c_str(), &st), 0);
  CU_ASSERT_EQUAL(st.st_mode & 07777, 0700);
}

void directories_above_the_cache_are_made_for_all_to_pass() {
  Place place;
  place.request.store.directory = place.directory / "new/state/cache";
  const mode_t before = ::umask(077);
  CU_ASSERT(same(told(place.load()), "compiled", "first"));
  ::umask(before);
  CU_ASSERT(same(told(place.load()), "found", "again"));
  struct stat st {};
  for (const auto& [path, mode] : {std::pair("new", 0755u), {"new/state", 0755u}, {"new/state/cache", 0700u}}) {
    CU_ASSERT_EQUAL(::stat((place.directory / path).c_str(), &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 07777, mode);
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "cache",
      {
          {"unchanged input is compiled once, and a changed byte again",
           unchanged_input_is_compiled_once_and_a_changed_byte_again},
          {"whatever the image depends on is in its name", whatever_the_image_depends_on_is_in_its_name},
          {"what is wrong with the input is an error and leaves no entry",
           what_is_wrong_with_the_input_is_an_error_and_leaves_no_entry},
          {"a damaged or foreign entry is made again", a_damaged_or_foreign_entry_is_made_again},
          {"a directory that cannot be used is told, and done without",
           a_directory_that_cannot_be_used_is_told_and_done_without},
          {"directories above the cache are made, for all to pass",
           directories_above_the_cache_are_made_for_all_to_pass},
          {"inputs whose stamps are noted are not read", inputs_whose_stamps_are_noted_are_not_read},
          {"stamps of what was just written are not noted", stamps_of_what_was_just_written_are_not_noted},
          {"the newest entries stay, and files of others too", the_newest_entries_stay_and_files_of_others_too},
          {"an entry from the future does not outlive new ones", an_entry_from_the_future_does_not_outlive_new_ones},
          {"an image stays good after its entry is gone", an_image_stays_good_after_its_entry_is_gone},
      });
}
