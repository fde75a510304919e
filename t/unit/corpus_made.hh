// The files of the corpus that are packed, or too large to be kept.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "mmdb_made.hh"
#include "support.hh"

namespace ip2asn::test {

inline constexpr std::string_view kGoodRow = "192.0.2.0\t192.0.2.255\t64500\tDE\tEXAMPLE\n";
inline constexpr std::string_view kOtherRow = "10.0.0.0\t10.0.0.255\t64501\tFR\tOTHER\n";

inline std::string repeated(std::string_view text, int times) {
  std::string all;
  all.reserve(text.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// `count` rows of one address each, of few labels or of one label each.
inline std::string many_rows(int count, bool v6, bool own_labels, std::string_view description = "N") {
  std::string text;
  for (int i = 0; i < count; ++i) {
    char address[40];
    if (v6) {
      std::snprintf(address, sizeof address, "2001:db8:%x::%x", i / 1000, i % 1000);
    } else {
      std::snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
    }
    text += std::string(address) + '\t' + address + '\t' + std::to_string(i % (own_labels ? count : 100) + 1) +
            "\tDE\t" + std::string(description) + '\n';
  }
  return text;
}

inline std::string shuffled(const std::string& text, std::size_t rows) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    lines.push_back(std::string_view(text).substr(at, end - at));
    at = end;
  }
  if (lines.size() != rows) std::abort();
  Random random(5);
  std::shuffle(lines.begin(), lines.end(), random);
  std::string all;
  for (const std::string_view line : lines) all += line;
  return all;
}

inline std::string with_byte(std::string text, std::size_t at, int flip) {
  text[at] = static_cast<char>(text[at] ^ flip);
  return text;
}

/// A gzip member with every optional field of the header.
inline std::string with_all_fields(std::string member) {
  std::string header("\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x04\0abcdname\0comment\0", 29);
  const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(header.data()), static_cast<uInt>(header.size()));
  header += {static_cast<char>(crc & 0xFF), static_cast<char>(crc >> 8 & 0xFF)};
  return member.replace(0, 10, header);
}

/// A gzip member of these deflate bytes; its trailer is never reached.
inline std::string with_deflate(std::string_view data) {
  return std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10) + std::string(data) + std::string(8, '\0');
}

using Makers = std::map<std::string, std::function<std::string()>>;

inline Makers makers() {
  const std::string good(kGoodRow), both = good + std::string(kOtherRow);
  const std::string member = gzip(both), small = gzip(good);
  const auto cut = [member](std::size_t from_end) { return member.substr(0, member.size() - from_end); };
  const std::string long_line(2 << 20, 'x');
  Makers made;
  const auto add = [&](const char* name, std::function<std::string()> make) { made.emplace(name, std::move(make)); };
  const auto is = [&](const char* name, std::string bytes) { made.emplace(name, [bytes] { return bytes; }); };
  is("gz-magic-only.tsv.gz", "\x1f\x8b");
  is("gz-header-only.tsv.gz", member.substr(0, 10));
  is("gz-cut-in-the-header.tsv.gz", member.substr(0, 5));
  is("gz-cut-in-the-name.tsv.gz", with_all_fields(member).substr(0, 20));
  is("gz-cut-in-the-data.tsv.gz", member.substr(0, 40));
  is("gz-cut-before-the-crc.tsv.gz", cut(8));
  is("gz-cut-in-the-crc.tsv.gz", cut(6));
  is("gz-cut-in-the-length.tsv.gz", cut(1));
  is("gz-second-member-cut.tsv.gz", small + cut(20));
  is("gz-trailing-magic.tsv.gz", member + "\x1f\x8b");
  is("gz-trailing-member-header.tsv.gz", member + member.substr(0, 10));
  is("gz-bad-crc.tsv.gz", with_byte(member, member.size() - 8, 1));
  is("gz-bad-length.tsv.gz", with_byte(member, member.size() - 1, 1));
  is("gz-bad-method.tsv.gz", with_byte(member, 2, 1));
  is("gz-bad-header-crc.tsv.gz", with_byte(with_all_fields(member), 30, 1));
  is("gz-reserved-flags.tsv.gz", with_byte(member, 3, 0x80));
  is("gz-trailing-text.tsv.gz", member + "and more");
  is("gz-trailing-zeros.tsv.gz", member + std::string(512, '\0'));
  is("gz-trailing-newline.tsv.gz", member + '\n');
  is("gz-second-member-bad-crc.tsv.gz", small + with_byte(member, member.size() - 7, 0x10));
  is("gz-plain-text-behind.tsv.gz", small + std::string(kOtherRow));
  is("gz-bad-block-type.tsv.gz", with_deflate("\x07\0\0"));
  is("gz-bad-stored-length.tsv.gz", with_deflate(std::string("\x01\x05\0\x05\0hello", 10)));
  is("gz-bad-distance.tsv.gz", with_deflate(std::string("\x03\x02\0", 3)));  // fixed codes: a match before the start
  is("gz-bad-code-lengths.tsv.gz", with_deflate(std::string("\x05\xe0\xff\xff\xff", 5)));
  is("gz-data-overwritten.tsv.gz", std::string(member).replace(30, 8, "\xff\xff\xff\xff\xff\xff\xff\xff"));
  is("gz-of-nothing.tsv.gz", gzip(""));
  is("gz-of-many-nothings.tsv.gz", repeated(gzip(""), 1000));
  is("gz-of-a-page.tsv.gz", gzip("<!DOCTYPE html><html></html>"));
  is("gz-of-nul.tsv.gz", gzip(good + std::string("a\0b", 3)));
  is("gz-of-utf16.tsv.gz", gzip(std::string("\xff\xfe"
                                            "1\0.\0",
                                            6)));
  is("gz-of-a-mark.tsv.gz", gzip("\xef\xbb\xbf"));
  is("gz-of-gz.tsv.gz", gzip(small));
  is("gz-of-unrouted.tsv.gz", gzip("10.0.0.0\t10.0.0.255\t0\tNone\tNot routed\n"));
  is("gz-of-an-index.tsv.gz", gzip("IP2ASN\r\nxxxxxxxxxxxx"));
  is("gz-of-bad-rows.tsv.gz", gzip(good + "a\nb\nc\n"));
  add("gz-bomb-of-zeros.tsv.gz", [] { return gzip(std::string(20 << 20, '0'), 9); });
  add("gz-bomb-of-rows.tsv.gz", [] { return gzip(repeated(kGoodRow, 600'000), 9); });
  add("gz-bomb-in-the-second-member.tsv.gz", [small] { return small + gzip(std::string(20 << 20, ' '), 9); });
  add("gz-over-512-mib.tsv.gz", [] {
    // Lines of 100,000 bytes, in members that pack less well than the ratio's limit.
    Random random(9);
    std::string line(100'000, 'x');
    for (std::size_t i = 0; i < line.size(); i += 100) line[i] = static_cast<char>('a' + random.below(26));
    line.back() = '\n';
    return repeated(gzip(repeated(line, 10)), 540);
  });
  const std::string mmdb = mmdb_sample();
  is("geolite2-asn.mmdb", mmdb);
  is("geolite2-asn.mmdb.gz", gzip(mmdb));
  is("v4-24.mmdb", mmdb_sample({24, 4}));
  is("aliases-32.mmdb", mmdb_sample({32, 6, "DBIP-ASN-Lite (compat=GeoLite2-ASN)", {"::ffff:0:0/96", "2002::/16"}}));
  is("cut.mmdb", mmdb.substr(0, mmdb.size() - 30));
  is("cut-front.mmdb", mmdb.substr(700));
  is("cut-metadata.mmdb", mmdb.substr(0, mmdb.rfind("record_size")));
  is("country.mmdb",
     mmdb_file(mmdb_map({{"country", mmdb_text("DE")}}), {{"1.0.0.0/24", 0}}, {28, 6, "GeoLite2-Country"}));
  is("record-outside.mmdb", mmdb_file(mmdb_as(1, "X"), {{"1.0.0.0/24", 100'000}}));
  is("zlib-stream.tsv", "\x78\x9c\x4b\x4c\x4a");
  const std::string head = "10.0.0.0\t10.0.0.255\t64501\tFR\t";
  is("line-of-64-kib.tsv", good + head + std::string(65536 - head.size(), 'd') + '\n');
  is("line-of-64-kib-and-one.tsv", good + head + std::string(65537 - head.size(), 'd') + '\n');
  is("line-of-2-mib.tsv", long_line + '\n' + good);
  is("line-of-2-mib-at-the-end.tsv", good + long_line);
  is("line-of-2-mib-alone.tsv", long_line);
  is("lines-too-long-eleven.tsv", good + repeated(std::string(70'000, 'x') + '\n', 11));
  is("line-too-long-with-tabs.tsv", good + repeated("10.0.0.0\t", 10'000) + '\n');
  is("description-of-60000-bytes.tsv", head + std::string(60'000, 'd') + '\n');
  is("nul-in-an-overlong-line.tsv", good + std::string(70'000, 'x') + std::string(1, '\0') + '\n');
  add("nul-after-a-mebibyte.tsv", [] { return repeated(kGoodRow, 30'000) + std::string(1, '\0'); });
  add("skipped-12-of-120000.tsv", [] { return repeated(kGoodRow, 119'988) + repeated("x\n", 12); });
  add("skipped-13-of-120000.tsv", [] { return repeated(kGoodRow, 119'987) + repeated("x\n", 13); });
  add("skipped-most-of-50000.tsv", [good] { return good + repeated("10.0.0.0\t10.0.0.1\tx\tDE\tX\n", 49'999); });
  add("conflicts-20000.tsv", [] {
    std::string text(kOtherRow);
    for (int i = 0; i < 20'000; ++i) text += "10.0.0.0\t10.0.0.255\t" + std::to_string(i + 1) + "\tDE\tX\n";
    return text;
  });
  add("repairs-20000.tsv", [] { return many_rows(20'000, false, false, "A\x01"); });

  is("gz-one-member.tsv.gz", member);
  is("gz-two-members.tsv.gz", small + gzip(kOtherRow));
  is("gz-a-line-in-two-members.tsv.gz", gzip(both.substr(0, 7)) + gzip(both.substr(7)));
  is("gz-empty-members-between.tsv.gz", gzip("") + small + gzip("") + gzip("") + gzip(kOtherRow) + gzip(""));
  is("gz-all-header-fields.tsv.gz", with_all_fields(member));
  is("gz-stored.tsv.gz", gzip(both, 0));
  is("gz-fastest.tsv.gz", gzip(both, 1));
  is("gz-best.tsv.gz", gzip(both, 9));
  is("gz-named-otherwise.tsv", member);
  add("gz-a-member-a-line.tsv.gz", [] {
    std::string packed;
    for (int i = 0; i < 500; ++i) {
      const std::string net = "10." + std::to_string(i / 256) + '.' + std::to_string(i % 256);
      packed += gzip(net + ".0\t" + net + ".255\t1\tDE\tX\n");
    }
    return packed;
  });
  add("gz-a-member-a-byte.tsv.gz", [both] {
    std::string packed;
    for (const char c : both) packed += gzip({&c, 1});
    return packed;
  });
  is("gz-bom-and-crlf.tsv.gz", gzip("\xef\xbb\xbf"
                                    "10.0.0.0\t10.0.0.1\t1\tDE\tX\r\n10.0.0.2\t10.0.0.2\t1\tDE\tX\r\n"));
  is("gz-no-newline-at-the-end.tsv.gz", gzip(both.substr(0, both.size() - 1)));
  add("rows-60000.tsv", [] { return many_rows(60'000, false, false); });
  add("rows-60000-shuffled.tsv", [] { return shuffled(many_rows(60'000, false, false), 60'000); });
  add("rows-60000-v6.tsv", [] { return many_rows(60'000, true, false); });
  add("labels-60000.tsv", [] { return many_rows(60'000, false, true); });
  return made;
}

}  // namespace ip2asn::test
