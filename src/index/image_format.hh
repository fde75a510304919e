// The layout of an image, shared by its writer and its checker. All numbers are little endian.
//
//     header        magic, version, sizes, counts, the table of sections
//     sections      each at a multiple of 64 bytes, padded with zeros, in the order of SectionId
//
// A look-up that wants no more than the AS number touches the column `asns` alone; one that wants it all finds what
// there is of a record beside each other, and only its texts elsewhere. The records that cover most space come first,
// so that the ones which are asked for most share cache lines.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/digest.hh"
#include "index/index6.hh"

namespace ip2asn {

static_assert(std::endian::native == std::endian::little, "images are little endian and are read in place");

enum SectionId : std::uint32_t {
  kSectionIndex4,       // see index4.hh
  kSectionIndex6,       // see index6.hh
  kSectionStarts4,      // uint32: starts of all ranges, gaps included, ascending from 0
  kSectionStarts6,      // Key6: the same
  kSectionAsns,         // uint32: AS of each record; record 0 is "not announced"
  kSectionRecords,      // RecordEntry: each record, its AS once more
  kSectionByAsn,        // uint32: records but 0, by AS and id
  kSectionPostings4,    // uint32: numbers of IPv4 ranges, grouped by record, ascending in each group
  kSectionGroups4,      // uint32: where each record's group begins, and the end of the last
  kSectionPostings6,    // the same for IPv6
  kSectionGroups6,      //
  kSectionHosters,      // HosterEntry: hoster 0 is "none"
  kSectionLists,        // uint32: name of each list, an offset into the strings; ascending by name
  kSectionListGroups,   // uint32: where each set of lists begins among the members, and the end of the last; set 0 is
                        // empty
  kSectionListMembers,  // uint16: the lists of each set, ascending
  kSectionListIndex4,   // address → set, as an index4 of sets; empty when no list holds an IPv4 network
  kSectionListIndex6,   // the same for IPv6
  kSectionListSpace4,   // uint64: a bit for each IPv4 /16, set where an address of it is in a set; empty with the index
  kSectionStrings,      // texts, each once, each ended by a NUL; the empty one first
  kSectionSources,      // names of the sources, divided by newlines
  kSectionCount,
};

inline constexpr std::array<std::string_view, kSectionCount> kSectionNames = {
    "index4",       "index6",      "starts4",     "starts6",     "asns",    "records", "by_asn",
    "postings4",    "groups4",     "postings6",   "groups6",     "hosters", "lists",   "list_groups",
    "list_members", "list_index4", "list_index6", "list_space4", "strings", "sources"};

inline constexpr char kImageMagic[8] = {'I', 'P', '2', 'A', 'S', 'N', '\r', '\n'};

struct SectionEntry {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;  // XXH3 (64 bits) of the section
};

struct FamilyCounts {
  std::uint64_t ranges = 0;
  std::uint64_t asns = 0;
  double addresses = 0;
};

/// Proof that whoever knows a secret wrote the image (see store/entry_key.hh); 0 where nobody gave any.
struct ImageTag {
  std::array<std::uint8_t, 16> nonce{};  // for `body`, never used twice with the same secret
  std::array<std::uint8_t, 16> body{};   // UMAC-128 of all that follows the header
  std::array<std::uint8_t, 32> head{};   // HMAC-SHA256 of the header, with this field and the checksum as 0
};

struct ImageHeader {
  char magic[8] = {};
  std::uint32_t version = 0;
  std::uint32_t section_count = 0;
  std::uint64_t size = 0;        // of the whole image
  std::uint64_t checksum = 0;    // XXH3 of this header with the field as 0
  std::uint64_t content_id = 0;  // XXH3 of the checksums of all sections but the sources
  std::uint64_t source_rows = 0;
  std::int64_t data_time = 0;
  FamilyCounts v4, v6;
  SectionEntry sections[kSectionCount];
  Digest inputs{};  // SHA-256 of what the image was made of (see store/cache.hh); 0 where nobody told
  ImageTag tag;
  std::uint64_t reserved = 0;
};
static_assert(sizeof(ImageHeader) % 8 == 0);

/// The largest image that is read. A header that says more is not believed, before any memory is asked for.
inline constexpr std::uint64_t kMostImageBytes = std::uint64_t{4} << 30;

struct RecordEntry {
  std::uint32_t asn = 0;
  std::uint32_t description = 0;  // offset into the strings
  std::uint32_t description_size : 8 = 0;
  std::uint32_t lists : 24 = 0;  // the set of lists that the AS is in
  std::uint16_t hoster = 0;
  char country[2] = {};  // two capitals, or NULs
};
static_assert(sizeof(RecordEntry) == 16);

struct HosterEntry {
  std::uint32_t name = 0;  // offsets into the strings
  std::uint32_t category = 0;
};

/// Times of data, in seconds since 1970, that an image may tell: what the calendar has in years of four digits.
inline constexpr std::int64_t kFirstDataTime = -62'135'596'800;
inline constexpr std::int64_t kLastDataTime = 253'402'300'799;

inline constexpr std::uint64_t kSectionAlignment = 64;

constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment;
}

/// The bytes of a section of `image`, whose places are good.
inline std::span<const std::byte> section_of(std::span<const std::byte> image, const ImageHeader& header,
                                             std::size_t id) {
  return image.subspan(header.sections[id].offset, header.sections[id].size);
}

/// The header's checksum, and the content id; `header` is whole but for the fields that they go into.
std::uint64_t header_checksum(ImageHeader header);
std::uint64_t content_id_of(const ImageHeader& header);

}  // namespace ip2asn
