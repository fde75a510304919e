#include "sources/source.hh"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "cunit_main.hh"
#include "sources/row_parser.hh"
#include "support.hh"

namespace {

using ip2asn::Errc;
using ip2asn::Findings;
using ip2asn::SourceOptions;
using ip2asn::Table;
using ip2asn::test::counters;
using ip2asn::test::gzip;
using ip2asn::test::holds;
using ip2asn::test::name_of;
using ip2asn::test::Random;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

constexpr std::string_view kRow = "192.0.2.0\t192.0.2.255\t64500\tDE\tEXAMPLE\n";

std::string told(const ip2asn::Result<Table>& table, const Findings& findings) {
  if (!table) return std::string(name_of(table.error().code));
  std::string text;
  const auto row = [&](const std::string& first, const std::string& last, std::uint32_t index) {
    const ip2asn::Label& label = table->labels[index];
    text += first + '-' + last + ' ' + std::to_string(label.asn) + ' ';
    text.append(label.country).append(" ").append(label.description) += '|';
  };
  for (const auto& r : table->v4) {
    row(to_string(ip2asn::Address::v4(r.first)), to_string(ip2asn::Address::v4(r.last)), r.label);
  }
  for (const auto& r : table->v6) {
    row(to_string(ip2asn::Address::v6(r.first_hi, r.first_lo)), to_string(ip2asn::Address::v6(r.last_hi, r.last_lo)),
        r.label);
  }
  return text + counters(findings);
}

std::string told(std::string_view bytes, const SourceOptions& options = {}, std::string_view name = "s") {
  Findings findings;
  return told(read_source_bytes(bytes, name, options, findings), findings);
}

std::string error_of(std::string_view bytes, const SourceOptions& options = {}) {
  Findings findings;
  const auto table = read_source_bytes(bytes, "s", options, findings);
  return table ? "" : table.error().message;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// What one row comes to, beside a good one.
void each_row_is_kept_repaired_or_skipped() {
  struct {
    std::string_view row, wanted;
  } const table[] = {
      {"1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET", "1.0.0.0-1.0.0.255 13335 US CLOUDFLARENET|"},
      {"0.0.0.0\t255.255.255.255\t1\tUS\tALL", "0.0.0.0-255.255.255.255 1 US ALL|"},
      {"255.255.255.255\t255.255.255.255\t4294967295\tUS\tLAST", "255.255.255.255-255.255.255.255 4294967295 US LAST|"},
      {"2001:db8::\t2001:db8::ffff\t1\tUS\tSIX", "2001:db8::-2001:db8::ffff 1 US SIX|"},
      {"::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t1\tUS\tALL",
       "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1 US ALL|"},
      {"1.0.0.0\t1.0.0.255\t0\tNone\tNot routed", "1.0.0.0-1.0.0.255 0  |"},
      {"1.0.0.0\t1.0.0.255\t0\tUS\tAnything", "1.0.0.0-1.0.0.255 0  |"},
      {"1.0.0.0\t1.0.0.255\t5\tNone\tX", "1.0.0.0-1.0.0.255 5  X|"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\t", "1.0.0.0-1.0.0.255 5 US |"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\t \"a,b\" <c> & =d", "1.0.0.0-1.0.0.255 5 US  \"a,b\" <c> & =d|"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\tX\r", "1.0.0.0-1.0.0.255 5 US X|"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\tX\r\r", "1.0.0.0-1.0.0.255 5 US X\xEF\xBF\xBD|1 repaired text"},
      // text is repaired
      {"1.0.0.0\t1.0.0.255\t5\tUS\ta\x1B[0m", "1.0.0.0-1.0.0.255 5 US a\xEF\xBF\xBD[0m|1 repaired text"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\tf\xFCr", "1.0.0.0-1.0.0.255 5 US f\xEF\xBF\xBDr|1 repaired text"},
      {"1.0.0.0\t1.0.0.255\t5\tus\tX", "1.0.0.0-1.0.0.255 5  X|1 dropped country"},
      {"1.0.0.0\t1.0.0.255\t5\t\tX", "1.0.0.0-1.0.0.255 5  X|1 dropped country"},
      {"1.0.0.0\t1.0.0.255\t5\tUSA\tX", "1.0.0.0-1.0.0.255 5  X|1 dropped country"},
      {"1.0.0.0\t1.0.0.255\t5\t<>\t\x01", "1.0.0.0-1.0.0.255 5  \xEF\xBF\xBD|1 repaired text, 1 dropped country"},
      // numbers and structure are skipped
      {"", "1 wrong number of fields"},
      {"\t\t\t\t", "1 bad AS number"},
      {"# a comment", "1 wrong number of fields"},
      {"1.0.0.0\t1.0.0.255\t5\tUS", "1 wrong number of fields"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\tX\tY", "1 wrong number of fields"},
      {"1.0.0.0\t1.0.0.255\t5\tUS\tX\t", "1 wrong number of fields"},
      {"1.0.0.0,1.0.0.255,5,US,X", "1 wrong number of fields"},
      {"1.0.0.0\t1.0.0.255\tAS5\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t-1\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t+1\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t1.5\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t 5\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t0x5\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t4294967296\tUS\tX", "1 bad AS number"},
      {"1.0.0.0\t1.0.0.255\t18446744073709551617\tUS\tX", "1 bad AS number"},
      {"1.0.0\t1.0.0.255\t5\tUS\tX", "1 bad address"},
      {"1.0.0.00\t1.0.0.255\t5\tUS\tX", "1 bad address"},
      {"1.0.0.0\t1.0.0.256\t5\tUS\tX", "1 bad address"},
      {"1.0.0.0 \t1.0.0.255\t5\tUS\tX", "1 bad address"},
      {"1.0.0.0/24\t1.0.0.255\t5\tUS\tX", "1 bad address"},
      {"fe80::1%eth0\tfe80::2\t5\tUS\tX", "1 bad address"},
      {"16777216\t16777471\t5\tUS\tX", "1 bad address"},
      {"\t1.0.0.255\t5\tUS\tX", "1 bad address"},
      {"1.0.0.0\t2001:db8::\t5\tUS\tX", "1 mixed families"},
      {"::1.0.0.0\t1.0.0.255\t5\tUS\tX", "1 mixed families"},
      {"1.0.0.255\t1.0.0.0\t5\tUS\tX", "1 reversed range"},
      {"2001:db8:0:1::\t2001:db8::\t5\tUS\tX", "1 reversed range"},
  };
  for (const auto& row : table) {
    // Before a good row, behind it, and as a last line without an end. The table has IPv4 rows first.
    const std::string line(row.row), good(kRow);
    const std::string rows(row.wanted.substr(0, row.wanted.rfind('|') + 1)), counts(row.wanted.substr(rows.size()));
    const std::string good_row = "192.0.2.0-192.0.2.255 64500 DE EXAMPLE|";
    const bool v6 = rows.starts_with("::") || rows.starts_with("2001");
    CU_ASSERT(same(told(line + '\n' + good), (v6 ? good_row + rows : rows + good_row) + counts, row.row));
    CU_ASSERT(same(told(good + line + '\n'), good_row + rows + counts, row.row));
    CU_ASSERT(same(told(good + line), good_row + rows + (line.empty() ? "" : counts), row.row));
  }
}

void what_is_no_text_is_rejected() {
  const std::string row(kRow);
  struct {
    std::string name, bytes;
    Errc code;
  } const table[] = {
      {"empty", "", Errc::empty},
      {"byte order mark only", "\xEF\xBB\xBF", Errc::empty},
      {"a NUL", row + std::string("a\0b\n", 4), Errc::damaged},
      {"a NUL at the end", row + std::string(1, '\0'), Errc::damaged},
      {"a NUL in an overlong line", row + std::string(100'000, 'x') + std::string(1, '\0'), Errc::damaged},
      {"UTF-16, little endian",
       std::string("\xFF\xFE"
                   "1\0.\0",
                   6),
       Errc::damaged},
      {"UTF-16, big endian",
       std::string("\xFE\xFF\0"
                   "1\0.",
                   6),
       Errc::damaged},
      {"UTF-16's mark alone", "\xFF\xFE", Errc::damaged},
      {"UTF-16 without a mark", std::string("1\0.\0", 4), Errc::damaged},
      {"a page", "<!DOCTYPE html>\n<html>", Errc::damaged},
      {"a page after a byte order mark", "\xEF\xBB\xBF<html>", Errc::damaged},
      {"a compiled index", "IP2ASN\r\nxxxxxxxxx", Errc::argument},
      {"a compiled index of eight bytes", "IP2ASN\r\n", Errc::argument},
      {"not routed only", "0.0.0.0\t255.255.255.255\t0\tNone\tNot routed\n", Errc::empty},
      {"no good row", "hello\n", Errc::empty},
      {"one byte", "\x1F", Errc::empty},
      {"newlines", "\n\n\n", Errc::empty},
  };
  for (const auto& c : table) {
    CU_ASSERT(same(told(c.bytes), name_of(c.code), c.name));
    // No block boundary changes the verdict.
    for (const std::size_t step : {1, 2, 3, 7}) {
      Table parsed;
      Findings findings;
      const SourceOptions options;
      ip2asn::RowParser parser(parsed, options, findings);
      parser.begin_file("s");
      ip2asn::Result<ip2asn::Done> done = ip2asn::Done{};
      for (std::size_t at = 0; at < c.bytes.size() && done; at += step)
        done = parser.feed(std::string_view(c.bytes).substr(at, step));
      if (done) done = parser.end_file();
      CU_ASSERT(holds(!done && done.error().code == c.code, c.name + " in small blocks"));
    }
  }
  CU_ASSERT(same(error_of(row + row + "x\n" + std::string(1, '\0')), "s: line 4: holds a NUL byte; this is not text",
                 "the line is told"));
}

void blocks_may_end_anywhere() {
  std::string text = "\xEF\xBB\xBF" + std::string(kRow) + "bad\n\r\n" + std::string(300, 'x') +
                     "\n2001:db8::\t2001:db8::1\t7\tFR\tSIX\r\n" + std::string(260, 'y') + '\n' +
                     std::string(256, 'z') + "\n10.0.0.0\t10.0.0.1\t8\tFR\t" + std::string(250, 'd');
  SourceOptions options;
  options.max_line_bytes = 280;
  const std::string wanted = told(text, options);
  CU_ASSERT(wanted.ends_with("1 line too long, 4 wrong number of fields"));
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{64}, std::size_t{270}, text.size()}) {
      Table table;
      Findings findings;
      ip2asn::RowParser parser(table, options, findings);
      parser.begin_file("s");
      bool good = static_cast<bool>(parser.feed(std::string_view(text).substr(0, first)));
      for (std::size_t at = first; at < text.size(); at += step) {
        good = good && parser.feed(std::string_view(text).substr(at, step));
      }
      good = good && parser.end_file();
      if (good && told(std::move(table), findings) == wanted && findings.examples()[0].line == 2) continue;
      std::printf("\n    first block %zu, then %zu\n", first, step);
      CU_FAIL("a block boundary shows");
      return;
    }
  }
}

void lines_up_to_64_kib_are_read_and_longer_ones_skipped() {
  const std::string head = "10.0.0.0\t10.0.0.1\t8\tFR\t";
  for (const int over : {-1, 0, 1, 2}) {
    const auto size = static_cast<std::size_t>(65536 + over);
    const std::string line = head + std::string(size - head.size(), 'd');
    for (const std::string_view end : {"\n", ""}) {
      Findings findings;
      const auto table = read_source_bytes(std::string(kRow) + line + std::string(end), "s", {}, findings);
      CU_ASSERT_FATAL(static_cast<bool>(table));
      CU_ASSERT(same(counters(findings), over <= 0 ? "1 shortened text" : "1 line too long", std::to_string(over)));
      CU_ASSERT_EQUAL(table->rows, 2);
    }
  }
  // Longer than any buffer, in the middle and at the end.
  const std::string endless(3'000'000, 'x');
  CU_ASSERT(same(told(std::string(kRow) + endless + '\n' + std::string(kRow)).substr(78), "1 line too long", "middle"));
  CU_ASSERT(same(told(std::string(kRow) + endless).substr(39), "1 line too long", "end"));
  Findings findings;
  CU_ASSERT(static_cast<bool>(read_source_bytes(std::string(kRow) + endless, "s", {}, findings)));
  CU_ASSERT(findings.examples()[0].text.size() <= 120);
  CU_ASSERT_EQUAL(findings.examples()[0].line, 2);
}

void more_skipped_rows_than_a_share_reject_the_file() {
  struct {
    int good, bad;
    bool strict, accepted;
  } const table[] = {
      {1, 0, true, true},         {1, 1, true, false},        {1, 10, false, true},
      {1, 11, false, false},      {100'000, 10, false, true}, {109'988, 11, false, false},
      {109'989, 11, false, true}, {119'988, 12, false, true}, {119'987, 12, false, false},
  };
  for (const auto& c : table) {
    SourceOptions options;
    options.strict = c.strict;
    const std::string text = repeated(kRow, c.good) + repeated("bad\n", c.bad);
    const std::string got = error_of(text, options);
    CU_ASSERT(holds(got.empty() == c.accepted, std::to_string(c.good) + " good, " + std::to_string(c.bad) + " bad"));
  }
  CU_ASSERT(
      same(error_of(std::string(kRow) + repeated("bad\n", 11)),
           "s: 11 rows skipped (11 wrong number of fields) of 12, 10 are allowed; first: s line 2: wrong number of "
           "fields: bad",
           "message"));
  // A row that is only repaired does not count.
  CU_ASSERT(same(error_of(std::string(kRow) + repeated("1.0.0.0\t1.0.0.1\t1\tx\t\x01\n", 50)), "", "repairs"));
}

void each_file_answers_for_itself() {
  TemporaryDirectory directory;
  const std::string good = directory / "good.tsv", bad = directory / "bad.tsv", none = directory / "none.tsv";
  write_bytes(good, repeated(kRow, 300'000));
  write_bytes(bad, std::string(kRow) + repeated("bad\n", 15));
  write_bytes(none, "404 not found\n");
  Findings findings;
  // 15 of 300,016 would be few.
  const auto first = ip2asn::read_sources({good, bad}, {}, findings);
  CU_ASSERT(
      holds(!first && first.error().code == Errc::damaged && first.error().message.starts_with(bad), "a bad file"));
  const auto second = ip2asn::read_sources({good, none}, {}, findings);
  CU_ASSERT(holds(!second && second.error().code == Errc::empty && second.error().message.starts_with(none), "no row"));
  const auto both = ip2asn::read_sources({good, good}, {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(both));
  CU_ASSERT_EQUAL(both->rows, 600'000);
  CU_ASSERT_EQUAL(both->files.size(), 2);
}

void labels_that_are_equal_once_repaired_are_one() {
  const std::string text =
      "1.0.0.0\t1.0.0.0\t5\tUS\ta\x01\n"
      "1.0.0.1\t1.0.0.1\t5\tUS\ta\x02\n"
      "1.0.0.2\t1.0.0.2\t5\tUS\ta\xEF\xBF\xBD\n"
      "1.0.0.3\t1.0.0.3\t05\tUS\ta\x7F\n"
      "1.0.0.4\t1.0.0.4\t5\tUS\ta\x7F\n"
      "1.0.0.5\t1.0.0.5\t5\tNone\ta\x7F\n"
      "1.0.0.6\t1.0.0.6\t5\tus\ta\x01\n"
      "1.0.0.7\t1.0.0.7\t0\tus\ta\x01\n"
      "1.0.0.8\t1.0.0.8\t000\tUS\tb\n"
      "1.0.0.9\t1.0.0.9\t5\tUS\t" +
      std::string(255, 'd') +
      "\n"
      "1.0.0.10\t1.0.0.10\t5\tUS\t" +
      std::string(255, 'd') +
      "e\n"
      "1.0.0.11\t1.0.0.11\t5\tUS\t" +
      std::string(2000, 'd') + "\n";
  Findings findings;
  const auto table = read_source_bytes(text, "s", {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(table));
  std::string labels;
  for (const auto& row : table->v4) labels += std::to_string(row.label);
  CU_ASSERT(same(labels, "111112200333", "labels"));
  CU_ASSERT_EQUAL(table->labels.size(), 4);
}

void many_labels_are_told_apart() {
  std::string text;
  constexpr std::uint32_t kLabels = 200'000;  // more than the table of labels starts with
  for (std::uint32_t i = 0; i < kLabels * 2; ++i) {
    text += "10.0.0.0\t10.0.0.0\t" + std::to_string(i % kLabels + 1) + "\tUS\tN" + std::to_string(i % kLabels % 1000) +
            '\n';
  }
  Findings findings;
  const auto table = read_source_bytes(text, "s", {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(table));
  CU_ASSERT_EQUAL(table->labels.size(), kLabels + 1);
  bool good = true;
  for (std::uint32_t i = 0; i < table->v4.size(); ++i) {
    good = good && table->labels[table->v4[i].label].asn == i % kLabels + 1;
  }
  CU_ASSERT_TRUE(good);
}

void gzip_is_told_by_content_and_read_to_its_very_end() {
  const std::string one(kRow), two = "10.0.0.0\t10.0.0.1\t8\tFR\tB\n";
  const std::string wanted = told(one + two);
  CU_ASSERT(same(told(gzip(one + two)), wanted, "one member"));
  CU_ASSERT(same(told(gzip(one) + gzip(two)), wanted, "two members"));
  CU_ASSERT(same(told(gzip(one.substr(0, 5)) + gzip("") + gzip(one.substr(5) + two)), wanted, "a line in two members"));
  CU_ASSERT(same(told(gzip(one + two, 0)), wanted, "stored"));
  CU_ASSERT(same(told(gzip(""), {}), "empty", "nothing packed"));
  std::string named = gzip(one + two);
  named.replace(0, 10, std::string("\x1f\x8b\x08\x1e\0\0\0\0\0\xff\x04\0abcdname\0comment\0", 29));
  // FHCRC is set: the check of the header follows, computed by zlib.
  uLong crc = crc32(0, reinterpret_cast<const Bytef*>(named.data()), 29);
  named.insert(29, {static_cast<char>(crc & 0xFF), static_cast<char>(crc >> 8 & 0xFF)});
  CU_ASSERT(same(told(named), wanted, "all header fields"));

  for (const std::string& bad :
       {gzip(one) + "x", gzip(one) + std::string(512, '\0'), gzip(one) + one, gzip(one) + "\x1f",
        gzip(one) + "\x1f\x8b", gzip(one) + gzip(two).substr(0, 15), gzip(one) + gzip(two) + "\n"}) {
    CU_ASSERT(same(told(bad), "damaged", "something behind a member"));
  }
  CU_ASSERT(same(told(one, {}, "s.tsv.gz"), "damaged", "plain text named .gz"));
  CU_ASSERT(same(told(gzip(one + two), {}, "s.tsv"), wanted, "gzip named otherwise"));
}

void gzip_cut_or_changed_anywhere_is_rejected() {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += "10.0." + std::to_string(i) + ".0\t10.0." + std::to_string(i) + ".255\t" +
            std::to_string(i * 7919 % 65000 + 1) + "\tDE\tN" + std::to_string(i) + '\n';
  }
  const std::string whole = gzip(text), members = gzip(text.substr(0, 100)) + gzip(text.substr(100));
  const std::string wanted = told(text);
  CU_ASSERT(same(told(whole), wanted, "whole"));
  CU_ASSERT(same(told(members), wanted, "whole, in two members"));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    // One byte of the magic number alone is no gzip, but no row either.
    CU_ASSERT(same(told(whole.substr(0, size)), size == 1 ? "empty" : "damaged", "cut at " + std::to_string(size)));
  }
  const std::size_t first = gzip(text.substr(0, 100)).size();
  for (std::size_t size = first + 1; size < members.size(); ++size) {
    CU_ASSERT(same(told(members.substr(0, size)), "damaged", "second member cut at " + std::to_string(size)));
  }
  // Any bit: rejected, or the very same text, as for the header's time stamp or a deflate code that nothing uses.
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const std::string got = told(flipped);
    CU_ASSERT(holds(got == "damaged" || got == "empty" || got == wanted, "bit " + std::to_string(bit)));
  }
}

void output_is_bounded_while_it_streams() {
  SourceOptions options;
  const std::string zeros(20 << 20, '0');
  const std::string bomb = gzip(zeros, 9);
  CU_ASSERT(holds(zeros.size() / bomb.size() > 500, "it is a bomb"));
  CU_ASSERT(same(told(bomb), "limit", "ratio"));
  CU_ASSERT(same(told(gzip(std::string(kRow)) + bomb), "limit", "ratio of a later member"));
  options.max_ratio = 2000;
  CU_ASSERT(same(told(bomb, options), "empty", "one long line, once the ratio is allowed"));
  options.max_bytes = 10 << 20;
  CU_ASSERT(same(told(bomb, options), "limit", "size"));
  CU_ASSERT(same(told(zeros, options), "limit", "size of plain text"));
  options.max_bytes = kRow.size();
  CU_ASSERT(holds(error_of(std::string(kRow), options).empty(), "just the size that is allowed"));
  options.max_bytes = kRow.size() - 1;
  CU_ASSERT(same(told(std::string(kRow), options), "limit", "a byte more"));
  // What unpacks to nothing is bounded by what goes in.
  options.max_bytes = 1 << 20;
  CU_ASSERT(same(told(gzip(std::string(kRow)) + repeated(gzip(""), 80'000), options), "limit", "empty members"));
  options = {};
  options.max_rows = 100;
  CU_ASSERT(holds(error_of(repeated(kRow, 100), options).empty(), "just as many rows as allowed"));
  CU_ASSERT(same(told(repeated(kRow, 20'000), options), "limit", "more rows"));
}

void only_regular_files_are_read() {
  TemporaryDirectory directory;
  const std::string fifo = directory / "fifo", file = directory / "file", link = directory / "link";
  CU_ASSERT_EQUAL_FATAL(::mkfifo(fifo.c_str(), 0600), 0);
  write_bytes(file, kRow);
  CU_ASSERT_EQUAL_FATAL(::symlink(file.c_str(), link.c_str()), 0);
  struct {
    std::string path, wanted;
  } const table[] = {
      {file, ""},
      {link, ""},
      {fifo, "is not a regular file; name a file"},
      {directory.path(), "is not a regular file; name a file"},
      {"/dev/null", "is not a regular file; name a file"},
      {directory / "missing", "cannot be opened: No such file or directory"},
      {file + "/x", "cannot be opened: Not a directory"},
      {"", "cannot be opened: No such file or directory"},
  };
  for (const auto& c : table) {
    Findings findings;
    const auto got = ip2asn::read_sources({c.path}, {}, findings);
    CU_ASSERT(same(got ? "" : got.error().message, c.wanted.empty() ? "" : c.path + ": " + c.wanted, c.path));
    if (!got) CU_ASSERT_EQUAL(got.error().code, Errc::unreadable);
  }
  Findings findings;
  const auto none = ip2asn::read_sources({}, {}, findings);
  CU_ASSERT(holds(!none && none.error().code == Errc::argument, "no source"));
}

void a_file_that_changes_while_it_is_read_is_an_error() {
  TemporaryDirectory directory;
  const std::string path = directory / "s.tsv";
  struct {
    const char* name;
    void (*change)(const std::string& path);
  } const table[] = {
      {"appended", [](const std::string& p) { std::ofstream(p, std::ios::app) << kRow; }},
      {"cut", [](const std::string& p) { CU_ASSERT_EQUAL(::truncate(p.c_str(), 1000), 0); }},
      {"emptied", [](const std::string& p) { CU_ASSERT_EQUAL(::truncate(p.c_str(), 0), 0); }},
      {"removed", [](const std::string& p) { CU_ASSERT_EQUAL(::unlink(p.c_str()), 0); }},
  };
  struct Once {
    const std::string* path;
    void (*change)(const std::string& path);
  };
  for (const auto& c : table) {
    write_bytes(path, repeated(kRow, 20'000));
    Once once{&path, c.change};
    SourceOptions options;
    options.progress_context = &once;
    options.progress = [](void* context, std::uint64_t, std::uint64_t) {
      auto* o = static_cast<Once*>(context);
      if (o->change != nullptr) std::exchange(o->change, nullptr)(*o->path);
    };
    Findings findings;
    const auto got = ip2asn::read_sources({path}, options, findings);
    CU_ASSERT(holds(!got && got.error().code == Errc::changed, c.name));
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "source",
      {
          {"each row is kept, repaired or skipped", each_row_is_kept_repaired_or_skipped},
          {"what is no text is rejected", what_is_no_text_is_rejected},
          {"blocks may end anywhere", blocks_may_end_anywhere},
          {"lines up to 64 KiB are read, and longer ones skipped", lines_up_to_64_kib_are_read_and_longer_ones_skipped},
          {"more skipped rows than a share reject the file", more_skipped_rows_than_a_share_reject_the_file},
          {"each file answers for itself", each_file_answers_for_itself},
          {"labels that are equal once repaired are one", labels_that_are_equal_once_repaired_are_one},
          {"many labels are told apart", many_labels_are_told_apart},
          {"gzip is told by content and read to its very end", gzip_is_told_by_content_and_read_to_its_very_end},
          {"gzip cut or changed anywhere is rejected", gzip_cut_or_changed_anywhere_is_rejected},
          {"output is bounded while it streams", output_is_bounded_while_it_streams},
          {"only regular files are read", only_regular_files_are_read},
          {"a file that changes while it is read is an error", a_file_that_changes_while_it_is_read_is_an_error},
      });
}
