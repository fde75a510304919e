#include "sources/refused.hh"

#include <algorithm>
#include <cstddef>

namespace ip2asn {
namespace {

using namespace std::literals;

struct Magic {
  std::size_t offset;
  std::string_view bytes, says;
};

// What is packed with gzip once has been unpacked before anybody looks here.
constexpr Magic kMagics[] = {
    {0, "\x1f\x8b"sv, "is packed twice; unpack it once with gzip -d"},
    {0,
     "\xFD"
     "7zXZ"sv,
     "is packed with xz; unpack it with xz -d"},
    {0, "\x28\xB5\x2F\xFD"sv, "is packed with Zstandard; unpack it with zstd -d"},
    {0, "BZh"sv, "is packed with bzip2; unpack it with bzip2 -d"},
    {0, "PK\x03\x04"sv, "is a zip archive; unpack it and name the file inside"},
    {0, "\x1f\x9d"sv, "is packed with compress; unpack it with uncompress (or gzip -d)"},
    {0, "7z\xBC\xAF\x27\x1C"sv, "is a 7-Zip archive; unpack it and name the file inside"},
    {0, "Rar!\x1A\x07"sv, "is a RAR archive; unpack it and name the file inside"},
    {0, "\x04\x22\x4D\x18"sv, "is packed with LZ4; unpack it with lz4 -d"},
    {0, "LZIP"sv, "is packed with lzip; unpack it with lzip -d"},
    {257, "ustar"sv, "is a tar archive; unpack it and name the file inside"},
    {0, "LOCDBXX"sv,
     "is libloc's binary database; write its text with 'location --database FILE dump OUT' and name that"},
    {0, "PAR1"sv, "is a Parquet file; take the same data as CSV, JSON lines or MMDB"},
    {0, "ORC"sv, "is an ORC file; take the same data as CSV, JSON lines or MMDB"},
    {0, "ARROW1"sv, "is an Arrow file; take the same data as CSV, JSON lines or MMDB"},
    {0, "SQLite format 3"sv, "is an SQLite database; export its table as CSV"},
    {0, "%PDF-"sv, "is a PDF document, not a source"},
    {0,
     "\x7F"
     "ELF"sv,
     "is a program, not a source"},
    {0, "-----BEGIN PGP"sv, "is a PGP signature or message, not a source; name the file that it is about"},
    {0, "version https://git-lfs"sv, "is a pointer of Git LFS, not the file itself; fetch it with 'git lfs pull'"},
    {0, "RIR|"sv, "is a registry's statistics of allocations, which hold no origin ASes; name a source that does"},
    {0, "2|"sv, "is a registry's statistics of allocations, which hold no origin ASes; name a source that does"},
    {0, "2.3|"sv, "is a registry's statistics of allocations, which hold no origin ASes; name a source that does"},
    {0, "INSERT INTO"sv, "is SQL; export the table as CSV"},
    {0, "CREATE TABLE"sv, "is SQL; export the table as CSV"},
    {0, "-- "sv, "is SQL; export the table as CSV"},
    {0, "["sv, "is a JSON array; write one object a line, as with jq -c '.[]'"},
};

// An MRT record: a time, a type and a subtype; types 12 (TABLE_DUMP) and 13 (TABLE_DUMP_V2) are routing tables, 16 and
// 17 updates (RFC 6396).
bool is_mrt(std::string_view head) noexcept {
  if (head.size() < 12 || head[4] != '\0' || head[6] != '\0') return false;
  const char type = head[5];
  return type == 12 || type == 13 || type == 16 || type == 17;
}

}  // namespace

std::optional<std::string_view> refused_by_magic(std::string_view head) noexcept {
  for (const Magic& magic : kMagics) {
    if (head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes)) return magic.says;
  }
  if (is_mrt(head)) {
    return "is a BGP routing table in MRT form; take a table that is published as text, such as CAIDA's pfx2as or "
           "RIPE's riswhoisdump";
  }
  return std::nullopt;
}

}  // namespace ip2asn
