// What makes an entry of the cache believed: not its name, and not its owner alone.
#include "store/cache_entry.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "cunit_main.hh"
#include "index/image_format.hh"
#include "support.hh"

using namespace ip2asn;
using test::read_bytes;
using test::TemporaryDirectory;
using test::write_bytes;

namespace {

// A cache that a server started by root has, with an entry for each of two sources.
struct Place {
  TemporaryDirectory scratch;
  CacheRequest request;
  Digest digest[2];
  std::string path[2];

  explicit Place(bool with_key) {
    request.store.directory = scratch / "cache";
    request.recipe.sources = {scratch / "source.tsv"};
    if (with_key) {
      auto key = EntryKey::load(scratch / "key");
      CU_ASSERT_TRUE_FATAL(static_cast<bool>(key));
      request.store.key = *key;
    }
    for (int i = 0; i < 2; ++i) {
      write_bytes(request.recipe.sources[0], "10.0.0.0\t10.0.0.255\t" + std::to_string(64500 + i) + "\tDE\tTEST\n");
      Findings findings;
      auto loaded = load_cached(request, 0, findings);
      CU_ASSERT_TRUE_FATAL(loaded && !loaded->path.empty());
      digest[i] = loaded->digest;
      path[i] = loaded->path;
    }
  }
  // Puts these bytes in the first entry's place.
  void put(const std::string& bytes) const {
    ::unlink(path[0].c_str());
    write_bytes(path[0], bytes);
  }
  bool believed() const { return static_cast<bool>(open_entry(request.store, digest[0])); }
};

ImageHeader header_of(const std::string& bytes) {
  ImageHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

std::string with_header(const std::string& bytes, ImageHeader header) {
  header.checksum = header_checksum(header);
  std::string changed = bytes;
  std::memcpy(changed.data(), &header, sizeof header);
  return changed;
}

void an_entry_is_what_its_name_says() {
  for (const bool with_key : {false, true}) {
    const Place place(with_key);
    CU_ASSERT_TRUE(place.believed());
    // A good index, of other data.
    place.put(read_bytes(place.path[1]));
    CU_ASSERT_FALSE(place.believed());
    // The same, as 'ip2asn compile' would write it.
    ImageHeader header = header_of(read_bytes(place.path[1]));
    header.inputs = {};
    header.tag = {};
    place.put(with_header(read_bytes(place.path[1]), header));
    CU_ASSERT_FALSE(place.believed());
  }
}

void what_claims_to_be_it_needs_the_tag_where_there_is_a_secret() {
  for (const bool with_key : {false, true}) {
    const Place place(with_key);
    ImageHeader header = header_of(read_bytes(place.path[1]));
    header.inputs = place.digest[0];
    place.put(with_header(read_bytes(place.path[1]), header));
    CU_ASSERT_EQUAL(place.believed(), !with_key);
  }
}

void a_tag_is_of_one_secret_one_header_and_one_body() {
  const Place place(true);
  const std::string good = read_bytes(place.path[0]);
  const ImageHeader header = header_of(good);
  const auto body = std::as_bytes(std::span(good)).subspan(sizeof header);
  const EntryKey& key = *place.request.store.key;
  CU_ASSERT_TRUE(key.fits(header) && key.fits(header, body));
  auto other = EntryKey::load(place.scratch / "other");
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(other));
  CU_ASSERT_FALSE(other->fits(header) || other->fits(header, body));
  auto again = EntryKey::load(place.scratch / "key");
  CU_ASSERT_TRUE(again && again->fits(header) && again->fits(header, body));
  for (std::size_t i = 0; i < body.size(); i += 97) {
    std::string bad = good;
    bad[sizeof header + i] = static_cast<char>(bad[sizeof header + i] ^ 1);
    CU_ASSERT_FALSE(key.fits(header, std::as_bytes(std::span(bad)).subspan(sizeof header)));
  }
  for (std::size_t i = 0; i < sizeof header; ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const bool checksum = i >= offsetof(ImageHeader, checksum) && i < offsetof(ImageHeader, checksum) + 8;
    CU_ASSERT_EQUAL(key.fits(header_of(bad)), checksum);
  }
  // Two entries of the same data have tags of their own.
  EntrySink sink(place.request.store, place.digest[0]);
  CU_ASSERT_TRUE_FATAL(sink.begin(good.size()) && sink.append(body) && sink.finish(header));
  auto twin = sink.take();
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(twin));
  ImageHeader second;
  std::memcpy(&second, twin->mapping.bytes().data(), sizeof second);
  CU_ASSERT_TRUE(second.tag.nonce != header.tag.nonce && second.tag.body != header.tag.body);
}

void size_is_bounded_before_anything_is_read() {
  const Place place(false);
  const std::string good = read_bytes(place.path[0]);
  ImageHeader header = header_of(good);
  for (const std::uint64_t size : {kMostImageBytes + 1, std::uint64_t{1} << 40}) {
    header.size = size;
    place.put(with_header(good, header));
    // A hole takes no room on the disk; memory for it would have to be found.
    CU_ASSERT_EQUAL(::truncate(place.path[0].c_str(), static_cast<off_t>(size)), 0);
    CU_ASSERT_FALSE(place.believed());
  }
  place.put(good + "more");
  CU_ASSERT_FALSE(place.believed());
  place.put(good.substr(0, sizeof header - 1));
  CU_ASSERT_FALSE(place.believed());
}

void what_happens_to_the_file_happens_to_the_file_alone() {
  const Place place(true);
  const auto entry = open_entry(place.request.store, place.digest[0]);
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(entry));
  ::chmod(place.path[0].c_str(), 0600);
  CU_ASSERT_EQUAL(::truncate(place.path[0].c_str(), 0), 0);
  CU_ASSERT_EQUAL(entry->image.asn(entry->image.lookup(Address::v4(0x0a000001))), 64500);
}

void root_believes_a_users_entry_by_its_tag_alone() {
  if (::geteuid() != 0) return;
  for (const bool with_key : {false, true}) {
    Place place(with_key);
    place.request.store.user = FileOwner{65534, 65534};
    CU_ASSERT_TRUE(place.believed());
    CU_ASSERT_EQUAL(::chown(place.path[0].c_str(), 65534, 65534), 0);
    CU_ASSERT_EQUAL(place.believed(), with_key);
    CU_ASSERT_EQUAL(::chown(place.path[0].c_str(), 12345, 12345), 0);
    CU_ASSERT_FALSE(place.believed());
  }
}

void what_others_can_write_to_is_not_believed() {
  const Place place(false);
  for (const mode_t mode : {0400, 0440, 0644, 0664, 0606}) {
    CU_ASSERT_EQUAL(::chmod(place.path[0].c_str(), mode), 0);
    CU_ASSERT_EQUAL(place.believed(), (mode & 022) == 0);
  }
}

void a_secret_that_others_could_know_is_none() {
  const TemporaryDirectory scratch;
  const std::string path = scratch / "key";
  CU_ASSERT_TRUE(static_cast<bool>(EntryKey::load(path)));
  struct stat st;
  CU_ASSERT_EQUAL(::stat(path.c_str(), &st), 0);
  CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
  for (const mode_t mode : {0640, 0604, 0620}) {
    ::chmod(path.c_str(), mode);
    CU_ASSERT_FALSE(static_cast<bool>(EntryKey::load(path)));
  }
  ::chmod(path.c_str(), 0600);
  CU_ASSERT_TRUE(static_cast<bool>(EntryKey::load(path)));
  CU_ASSERT_EQUAL(::truncate(path.c_str(), 5), 0);
  CU_ASSERT_FALSE(static_cast<bool>(EntryKey::load(path)));
  ::unlink(path.c_str());
  CU_ASSERT_TRUE(static_cast<bool>(EntryKey::load(scratch / "real")));
  CU_ASSERT_EQUAL(::symlink((scratch / "real").c_str(), path.c_str()), 0);
  CU_ASSERT_FALSE(static_cast<bool>(EntryKey::load(path)));
  CU_ASSERT_FALSE(static_cast<bool>(EntryKey::load(scratch / "no/key")));
}

void a_note_needs_its_tag_as_well() {
  Place place(true);
  Findings findings;
  const std::int64_t later = file_clock_ns() + 60'000'000'000;
  CU_ASSERT_TRUE(static_cast<bool>(load_cached(place.request, later, findings)));
  std::string note;
  for (const auto& file : std::filesystem::directory_iterator(place.request.store.directory)) {
    if (file.path().extension() == ".at") note = file.path();
  }
  CU_ASSERT_FALSE_FATAL(note.empty());
  // Leads to the other entry, whose tag is right.
  ::unlink(note.c_str());
  CU_ASSERT_EQUAL(::symlink((to_hex(place.digest[0]) + ".idx").c_str(), note.c_str()), 0);
  auto loaded = load_cached(place.request, later, findings);
  CU_ASSERT_TRUE(loaded && loaded->digest == place.digest[1]);
  // The note is right again.
  CU_ASSERT_TRUE(std::filesystem::read_symlink(note).string().starts_with(to_hex(place.digest[1])));
}

}  // namespace

int main() {
  return test::run(
      "cache entry",
      {
          {"an entry is what its name says", an_entry_is_what_its_name_says},
          {"what claims to be it needs the tag where there is a secret",
           what_claims_to_be_it_needs_the_tag_where_there_is_a_secret},
          {"a tag is of one secret, one header and one body", a_tag_is_of_one_secret_one_header_and_one_body},
          {"size is bounded before anything is read", size_is_bounded_before_anything_is_read},
          {"what happens to the file happens to the file alone", what_happens_to_the_file_happens_to_the_file_alone},
          {"root believes a user's entry by its tag alone", root_believes_a_users_entry_by_its_tag_alone},
          {"what others can write to is not believed", what_others_can_write_to_is_not_believed},
          {"a secret that others could know is none", a_secret_that_others_could_know_is_none},
          {"a note needs its tag as well", a_note_needs_its_tag_as_well},
      });
}
