// What the tests of the core share: files that go away again, gzip, and images told as text.
#pragma once

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "compile/compile.hh"
#include "index/image.hh"
#include "sources/source.hh"

namespace ip2asn::test {

/// Whether `got` is `wanted`; says what `about` came to when not.
inline bool same(std::string_view got, std::string_view wanted, std::string_view about) {
  if (got == wanted) return true;
  std::printf("\n    %.*s\n    got    '%.*s'\n    wanted '%.*s'\n", static_cast<int>(about.size()), about.data(),
              static_cast<int>(got.size()), got.data(), static_cast<int>(wanted.size()), wanted.data());
  return false;
}

/// Whether `condition` holds; says what `about` is when not.
inline bool holds(bool condition, std::string_view about) {
  if (!condition) std::printf("\n    not so: %.*s\n", static_cast<int>(about.size()), about.data());
  return condition;
}

/// Numbers that are the same at each run.
class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  /// 0 to less than `n`, which is not 0.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
  std::uint64_t bits64() { return std::uint64_t{static_cast<std::uint32_t>(engine_())} << 32 | engine_(); }

  using result_type = std::mt19937::result_type;
  static constexpr result_type min() { return std::mt19937::min(); }
  static constexpr result_type max() { return std::mt19937::max(); }
  result_type operator()() { return engine_(); }

 private:
  std::mt19937 engine_;
};

/// A directory of the test's own, removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* base = std::getenv("TMPDIR");
    std::string name = std::string(base != nullptr ? base : "/tmp") + "/ip2asn-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string operator/(std::string_view name) const { return path_ + '/' + std::string(name); }
  const std::string& path() const { return path_; }
  /// The names in it, sorted, divided by blanks.
  std::string names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    std::string text;
    for (const std::string& name : all) text += (text.empty() ? "" : " ") + name;
    return text;
  }

 private:
  std::string path_;
};

inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One gzip member.
inline std::string gzip(std::string_view text, int level = 6) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string_view name_of(Errc code) {
  constexpr std::string_view kNames[] = {"argument", "unreadable", "damaged", "version", "empty",
                                         "limit",    "changed",    "drift",   "memory"};
  return kNames[static_cast<std::size_t>(code)];
}

/// "1 bad address, 2 conflict" for what `findings` counted.
inline std::string counters(const Findings& findings) {
  std::string text;
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const auto kind = static_cast<Finding>(i);
    if (findings.count(kind) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(findings.count(kind)) + ' ' + std::string(describe(kind));
  }
  return text;
}

/// Every announced range, one a line: first, last, AS, country, description, as a source has them.
inline std::string announced(const Image& image) {
  std::string text;
  for (const Family family : {Family::v4, Family::v6}) {
    for (std::size_t i = 0; i < image.range_count(family); ++i) {
      const Match match = image.range(family, i);
      if (match.record == 0) continue;
      const Record record = image.record(match.record);
      text += to_string(match.range.first) + '\t' + to_string(match.range.last) + '\t' + std::to_string(record.asn) +
              '\t' + std::string(record.country.empty() ? "None" : record.country) + '\t' +
              std::string(record.description) + '\n';
    }
  }
  return text;
}

/// Reads and compiles one source in memory.
inline Result<ImageBuffer> compile_text(std::string_view text, Findings& findings, const SourceOptions& options = {},
                                        std::string_view name = "s", const HosterMap& hosters = {}) {
  const auto table = read_source_bytes(text, name, options, findings);
  if (!table) return table.error();
  return compile(*table, hosters, options, findings);
}

}  // namespace ip2asn::test
