#include "cli/annotate_kind.hh"

#include <algorithm>
#include <iterator>

namespace ip2asn::cli {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::string_view magic, name, remedy;
};

constexpr std::string_view kGzip = "\x1F\x8B"sv;
constexpr Kind kKinds[] = {
    {"\xFD"
     "7zXZ\0"sv,
     "compressed by xz", "xz -dc"},
    {"\x28\xB5\x2F\xFD"sv, "compressed by zstd", "zstd -dc"},
    {"BZh"sv, "compressed by bzip2", "bzip2 -dc"},
    {"\x04\x22\x4D\x18"sv, "compressed by lz4", "lz4 -dc"},
    {"LZIP\x01"sv, "compressed by lzip", "lzip -dc"},
    {"\x1F\x9D"sv, "compressed by compress", "gzip -dc"},
    {"PK\x03\x04"sv, "a zip archive", "unzip -p"},
    {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive", "7z x -so"},
    {"\xFF\xFE"sv, "text in UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {"\xFE\xFF"sv, "text in UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {"PAR1"sv, "a Parquet file", ""},
    {"ElfFile\0"sv, "a Windows event log", ""},
    {"LPKSHHRH"sv, "a journal of systemd", "journalctl -o short-iso --file"},
    {"SQLite format 3\0"sv, "an SQLite database", ""},
};

// "BZh" may begin a word of text.
bool has_magic(const Kind& kind, std::string_view start) noexcept {
  if (!start.starts_with(kind.magic)) return false;
  return kind.magic != "BZh" || start.substr(4).starts_with("1AY&SY") ||
         start.substr(4).starts_with("\x17\x72\x45\x38\x50\x90");
}

bool is_odd(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && (byte < 0x08 || byte > 0x0D) && byte != 0x1B;
}

}  // namespace

bool is_gzip(std::string_view start) noexcept { return start.starts_with(kGzip); }

bool kind_is_open(std::string_view start) noexcept {
  constexpr std::size_t kShort = 64, kSample = 512;
  const bool line = start.find('\n') != std::string_view::npos;
  const bool odd = std::any_of(start.begin(), start.end(), is_odd);
  return (!line && start.size() < kShort) || (odd && start.size() < kSample);
}

std::string refusal(std::string_view start) {
  if (is_gzip(start)) return {};
  for (const Kind& kind : kKinds) {
    if (!has_magic(kind, start)) continue;
    std::string reason = "is " + std::string(kind.name) + ", which is not read";
    if (!kind.remedy.empty()) reason += "; give what '" + std::string(kind.remedy) + " FILE' writes";
    return reason;
  }
  // A log that was cut while its writer went on has a hole at its start.
  start.remove_prefix(std::min(start.find_first_not_of('\0'), start.size()));
  start = start.substr(0, 4096);
  constexpr std::size_t kEnough = 8;
  if (start.size() < kEnough) return {};
  const auto odd = static_cast<std::size_t>(std::count_if(start.begin(), start.end(), is_odd));
  const auto zeros = static_cast<std::size_t>(std::count(start.begin(), start.end(), '\0'));
  if (zeros * 5 > start.size() * 2 && zeros * 5 < start.size() * 3) {
    return "is text in UTF-16, which is not read; give what 'iconv -f UTF-16LE -t UTF-8 FILE' writes";
  }
  return odd * 20 > start.size() ? "is not text" : "";
}

}  // namespace ip2asn::cli
