// How long it takes from a compiled index in a file to a database that is ready to serve.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/unique_fd.hh"
#include "compile/compile.hh"
#include "compile/database.hh"
#include "data.hh"
#include "stages.hh"
#include "store/mapping.hh"

namespace ip2asn::bench {

namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

// A file that goes when its object does.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::byte> bytes) {
    const char* directory = std::getenv("TMPDIR");
    path_ = std::string(directory != nullptr ? directory : "/tmp") + "/ip2asn-start-XXXXXX";
    const int file = mkstemp(path_.data());
    good_ = file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    if (file >= 0) close(file);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  bool good() const { return good_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool good_ = false;
};

class AlignedBlock {
 public:
  explicit AlignedBlock(const Result<std::vector<std::byte>>& bytes) {
    if (!bytes) return;
    buffer_ = ImageBuffer(bytes->size());
    std::memcpy(buffer_.bytes().data(), bytes->data(), bytes->size());
  }
  std::span<const std::byte> bytes() const { return buffer_.bytes(); }

 private:
  ImageBuffer buffer_;
};

int run(const StagesOptions& options) {
  const auto& [source, json, rounds] = options;
  Findings findings;
  auto compiled = Database::open({source}, {}, {}, findings);
  if (!compiled) return complain(compiled.error());
  const TemporaryFile file(compiled->image().bytes());
  if (!file.good()) return std::perror(file.path().c_str()), 1;
  // The structural check of the two index blocks alone, on blocks of the same data.
  const auto records = compiled->image().record_count();
  const AlignedBlock index4(build_index4(data4_of(compiled->image()).runs));
  const AlignedBlock index6(build_index6(data6_of(compiled->image()).runs));
  Stages stages;
  for (int round = 0; round < rounds; ++round) {
    const Time begin = Time::now();
    const UniqueFd index(::open(file.path().c_str(), O_RDONLY | O_CLOEXEC));
    auto mapping = Mapping::read(index.get(), compiled->image().bytes().size(), Mapping::Use::inherit);
    if (!mapping) return complain(mapping.error());
    const Time in_memory = stages.add("read", begin);
    const auto image = Image::open(mapping->bytes());
    if (!image) return complain(image.error());
    stages.add("check", in_memory);
    stages.add("file to ready", begin);

    const Time indexes = Time::now();
    const bool good = static_cast<bool>(Index4::open(index4.bytes(), records)) &&
                      static_cast<bool>(Index6::open(index6.bytes(), records));
    stages.add("  of it: structure of the indexes", indexes);
    if (!good) return std::fputs("an index block is refused\n", stderr), 1;

    const Time other = Time::now();
    auto database = Database::open({file.path()}, {}, {}, findings);
    if (!database) return complain(database.error());
    stages.add("file to ready, read (Database::open)", other);
    if (database->compiled() || image->content_id() != compiled->image().content_id()) {
      return std::fprintf(stderr, "the index of %s is not what was compiled\n", source.c_str()), 1;
    }
  }
  stages.print("compiled index of " + source + " to ready, " + std::to_string(rounds) + " rounds");
  return json.empty() || stages.write_json(json) ? 0 : 1;
}

}  // namespace

}  // namespace ip2asn::bench

int main(int argc, char** argv) { return ip2asn::bench::run_stages(argc, argv, "start", 101, ip2asn::bench::run); }
