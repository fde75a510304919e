#include "base/text.hh"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "cunit_main.hh"
#include "sources/findings.hh"
#include "support.hh"

namespace {

using ip2asn::are_clean;
using ip2asn::is_clean;
using ip2asn::repair_text;
using ip2asn::test::holds;
using ip2asn::test::same;

#define MARK "\xEF\xBF\xBD"

// A character's bytes by the definition of UTF-8, for surrogates and beyond the last character too.
std::string encode(char32_t c) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | c >> 18), tail(12), tail(6), tail(0)};
}

bool is_unwanted(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return true;
  constexpr char32_t kBidi[] = {0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C,
                                0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069};
  return std::find(std::begin(kBidi), std::end(kBidi), c) != std::end(kBidi);
}

void text_that_is_fine_stays_as_it_is() {
  for (const std::string_view text :
       {"", "GOOGLE", "A,B \"C\" 'D' <E> & = + - @ | ; $(F) `G` \\n %0a () { :; };", "-leading", "=1+1", "\xC3\xBC",
        "\xE4\xB8\xAD\xE6\x96\x87", "\xF0\x9F\x8C\x8D", "\xF4\x8F\xBF\xBF",
        "a\xEF\xBB\xBF"
        "b",
        "\xC2\xA0"}) {
    CU_ASSERT(holds(is_clean(text), text));
    const auto got = repair_text(text);
    CU_ASSERT(same(got.text, text, text));
    CU_ASSERT_FALSE(got.repaired);
    CU_ASSERT_FALSE(got.shortened);
  }
}

void each_maximal_subpart_becomes_one_mark() {
  struct {
    std::string_view text, wanted;
  } const rows[] = {
      {"\x01", MARK},
      {"a\tb\rc\nd", "a" MARK "b" MARK "c" MARK "d"},
      {"\x7F", MARK},
      {"\x1B[31mred", MARK "[31mred"},
      {"\xC2\x85 next line", MARK " next line"},
      {"\xC2\x9B"
       "31m",
       MARK "31m"},
      {"\xE2\x80\xAE"
       "gnp",
       MARK "gnp"},
      {"\xE2\x81\xA6x\xE2\x81\xA9", MARK "x" MARK},
      {"\x80", MARK},
      {"\xFF\xFE", MARK MARK},
      {"\xC0\xAF", MARK MARK},  // overlong
      {"\xE0\x80\xAF", MARK MARK MARK},
      {"\xF0\x80\x80\xAF", MARK MARK MARK MARK},
      {"\xED\xA0\x80", MARK MARK MARK},           // a surrogate
      {"\xF4\x90\x80\x80", MARK MARK MARK MARK},  // beyond U+10FFFF
      {"\xF8\x88\x80\x80\x80", MARK MARK MARK MARK MARK},
      {"\xE2\x82", MARK},  // cut at the end
      {"\xE2\x82z", MARK "z"},
      {"\xF0\x9F\x8C", MARK},
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", MARK MARK MARK MARK "A"},  // the Unicode standard's own example
      {"f\xFCr", "f" MARK "r"},                                           // Latin-1
  };
  for (const auto& row : rows) {
    CU_ASSERT(holds(!is_clean(row.text), row.wanted));
    const auto got = repair_text(row.text);
    CU_ASSERT(same(got.text, row.wanted, row.wanted));
    CU_ASSERT_TRUE(got.repaired);
    CU_ASSERT_FALSE(got.shortened);
  }
}

void every_character_is_kept_or_marked_as_its_kind_says() {
  for (char32_t c = 0; c < 0x110400; ++c) {
    const std::string text = encode(c);
    const bool character = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);
    const bool kept = character && !is_unwanted(c);
    if (is_clean(text) == kept && (repair_text(text).text == text) == kept) continue;
    std::printf("\n    U+%04X\n", static_cast<unsigned>(c));
    CU_FAIL("a character is not treated as its kind");
    return;
  }
}

void long_text_is_cut_between_characters() {
  const std::string a(252, 'a');
  struct {
    std::string text, wanted;
    bool repaired, shortened;
  } const rows[] = {
      {a + "bcd", a + "bcd", false, false},
      {a + "bcde", a + "bcd", false, true},
      {a + "\xE2\x82\xAC", a + "\xE2\x82\xAC", false, false},
      {a + "b\xE2\x82\xAC", a + "b", false, true},
      {a + "\xF0\x9F\x8C\x8D", a, false, true},
      {a + "\x01", a + MARK, true, false},
      {a + "b\x01", a + "b", false, true},  // what was cut off was not repaired
      {std::string(100, '\x02'),
       [] {
         std::string marks;
         for (int i = 0; i < 85; ++i) marks += MARK;
         return marks;
       }(),
       true, true},
  };
  for (const auto& row : rows) {
    const auto got = repair_text(row.text);
    CU_ASSERT(same(got.text, row.wanted, row.text));
    CU_ASSERT_EQUAL(got.repaired, row.repaired);
    CU_ASSERT_EQUAL(got.shortened, row.shortened);
  }
  CU_ASSERT(same(repair_text("abc", 0).text, "", "nothing fits"));
  CU_ASSERT(repair_text("", 0).shortened == false);
}

void whatever_comes_in_what_comes_out_is_clean() {
  ip2asn::test::Random random(1);
  for (int round = 0; round < 200'000; ++round) {
    std::string text(random.below(12), '\0');
    // Lead and continuation bytes more often than chance would have them.
    for (char& c : text) c = static_cast<char>(random.below(2) != 0 ? random.below(256) : 0x80 | random.below(0x78));
    const std::size_t most = random.below(14);
    const auto got = repair_text(text, most);
    const bool good = got.text.size() <= most && is_clean(got.text, most) &&
                      repair_text(got.text, most).text == got.text &&
                      is_clean(text, most) == (!got.repaired && !got.shortened);
    if (good) continue;
    CU_FAIL("a repaired text is not clean");
    return;
  }
}

// Wherever in the blocks that are looked at together a text stands, and whatever is beside it.
void texts_side_by_side_are_clean_when_each_is() {
  CU_ASSERT_TRUE(are_clean({}));
  const std::string_view pieces[] = {"GOOGLE",
                                     std::string_view("\0", 1),
                                     "\xC3\xBC",
                                     "\xE4\xB8\xAD",
                                     "\xF0\x9F\x8C\x8D",
                                     "a\x7F"
                                     "b",
                                     "\x1F",
                                     "\x01",
                                     "\xC2\x85",
                                     "\xE2\x80\xAE",
                                     "\x80",
                                     "\xE2\x82",
                                     "\xF0\x9F\x8C",
                                     "\xED\xA0\x80",
                                     "\xC0\xAF"};
  for (const std::string_view piece : pieces) {
    const bool clean = piece[0] == '\0' || is_clean(piece);
    for (std::size_t before = 0; before < 70; ++before) {
      for (const std::size_t after : {0, 1, 40}) {
        std::string text = std::string(before, '\0').append(piece) + std::string(after, 'x');
        CU_ASSERT(holds(are_clean(text) == clean, piece));
      }
    }
  }
  ip2asn::test::Random random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random.below(100), 'x');
    for (std::uint32_t n = random.below(4); n > 0 && !text.empty(); --n) {
      const std::string_view piece = pieces[random.below(std::size(pieces))];
      text.replace(random.below(static_cast<std::uint32_t>(text.size())), piece.size(), piece);
    }
    std::string without = text;
    std::replace(without.begin(), without.end(), '\0', ' ');
    if (are_clean(text) == is_clean(without, text.size())) continue;
    CU_FAIL("texts side by side are not judged as one by one");
    return;
  }
}

void findings_are_counted_and_the_first_three_of_a_kind_kept() {
  using ip2asn::Finding;
  ip2asn::Findings findings;
  CU_ASSERT(same(findings.summary(), "", "nothing"));
  for (std::uint64_t line = 1; line <= 5; ++line) findings.add(Finding::bad_asn, "f", line, "text");
  findings.add(Finding::duplicate, "f", 9, "\x1B[0m\tx");
  CU_ASSERT_EQUAL(findings.count(Finding::bad_asn), 5);
  CU_ASSERT_EQUAL(findings.skipped(), 5);
  CU_ASSERT_EQUAL(findings.examples().size(), 4);
  CU_ASSERT(same(findings.examples()[3].text, MARK "[0m" MARK "x", "an example is safe to print"));
  CU_ASSERT(same(findings.summary(), "5 rows skipped (5 bad AS number); rows kept: 1 duplicate", "summary"));
  findings.add(Finding::conflict, "f", 1, std::string(70'000, 'x'));
  CU_ASSERT(findings.examples().back().text.size() <= 120);
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "text",
      {
          {"text that is fine stays as it is", text_that_is_fine_stays_as_it_is},
          {"each maximal subpart becomes one mark", each_maximal_subpart_becomes_one_mark},
          {"every character is kept or marked as its kind says", every_character_is_kept_or_marked_as_its_kind_says},
          {"long text is cut between characters", long_text_is_cut_between_characters},
          {"whatever comes in, what comes out is clean", whatever_comes_in_what_comes_out_is_clean},
          {"texts side by side are clean when each is", texts_side_by_side_are_clean_when_each_is},
          {"findings are counted, and the first three of a kind kept",
           findings_are_counted_and_the_first_three_of_a_kind_kept},
      });
}
