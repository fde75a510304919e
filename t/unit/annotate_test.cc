// Finding the address in a line of a log.
#include <string>
#include <string_view>

#include "cli/annotate_address.hh"
#include "cli/annotate_find.hh"
#include "cunit_main.hh"

namespace {

using namespace ip2asn;
using namespace ip2asn::cli;

struct Row {
  std::string_view text;
  std::string_view address;  ///< empty for none
};

std::string found_in(std::string_view text) {
  const std::optional<Address> address = find_address(text);
  return address ? to_string(*address) : "";
}

void the_first_address_is_found_however_it_is_dressed() {
  constexpr Row kRows[] = {
      {"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 5", "1.2.3.4"},
      {"1.2.3.4:8080", "1.2.3.4"},
      {"(1.2.3.4)", "1.2.3.4"},
      {"client=1.2.3.4, server=5.6.7.8", "1.2.3.4"},
      {"from 1.2.3.4.", "1.2.3.4"},
      {"from 1.2.3.4: refused", "1.2.3.4"},
      {"1.2.3.0/24", "1.2.3.0"},
      {"\"http://192.0.2.1/x\"", "192.0.2.1"},
      {"[2001:db8::1]:443", "2001:db8::1"},
      {"2001:db8::1", "2001:db8::1"},
      {"2001:DB8::1.", "2001:db8::1"},
      {"at 2001:db8::1: refused", "2001:db8::1"},
      {"fe80::1%eth0", "fe80::1"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::1", "::1"},
      {"no 1.2.3 but 5.6.7.8", "5.6.7.8"},
      {"13:55:36 5.6.7.8", "5.6.7.8"},
  };
  for (const Row& row : kRows) CU_ASSERT_STRING_EQUAL(found_in(row.text).c_str(), std::string(row.address).c_str());
}

void what_is_part_of_a_word_is_no_address() {
  constexpr std::string_view kNone[] = {
      "",
      "-",
      "v1.2.3.4",
      "1.2.3.4.5",
      "1.2.3",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3.4x",
      "::",
      "a::",
      "std::byte",
      "Chrome/1.2.3.4",
      "1.2.3.4-dsl.example",
      "x-1.2.3.4",
      "1.2.3.4:port",
      "12:30:45",
      "deadbeef",
      ":::",
      "1.2.3.4_5",
      "\xC3\xA4"
      "1.2.3.4",
      "1:2:3:4:5:6:7:8:9",
  };
  for (const std::string_view text : kNone) CU_ASSERT_STRING_EQUAL(found_in(text).c_str(), text == "a::" ? "a::" : "");
}

void an_address_at_the_very_end_is_not_read_beyond() {
  const std::string text = "x 1.2.3.45";
  CU_ASSERT(found_in(std::string_view(text).substr(0, 9)) == "1.2.3.4");
}

void fields_are_divided_by_blanks_or_by_one_character() {
  CU_ASSERT(nth_field("  a \t b c", 1, std::nullopt) == "a");
  CU_ASSERT(nth_field("  a \t b c", 2, std::nullopt) == "b");
  CU_ASSERT(nth_field("a b", 3, std::nullopt).empty());
  CU_ASSERT(nth_field("", 1, std::nullopt).empty());
  CU_ASSERT(nth_field("a,,c", 2, ',').empty());
  CU_ASSERT(nth_field("a,,c", 3, ',') == "c");
  CU_ASSERT(nth_field("a,,c", 4, ',').empty());
}

void a_regex_leads_by_its_match_or_its_first_group() {
  struct Case {
    const char* pattern;
    std::string_view line, address;
  };
  constexpr Case kCases[] = {
      {"to \\S+", "from 1.1.1.1 to 2.2.2.2", "2.2.2.2"},
      {"to=(\\S+) from=(\\S+)", "to=1.1.1.1 from=2.2.2.2", "1.1.1.1"},
      {"(x)?2.2.2.2", "2.2.2.2", ""},
      {"nowhere", "1.1.1.1", ""},
      {"(?=2)\\K", "2.2.2.2", ""},
  };
  for (const Case& each : kCases) {
    const Result<std::shared_ptr<void>> regex = Place::compile(each.pattern);
    CU_ASSERT_FATAL(static_cast<bool>(regex));
    Place place;
    place.regex = *regex;
    Finder finder(place);
    const std::optional<Address> address = finder.read(each.line, false).address;
    CU_ASSERT((address ? to_string(*address) : "") == each.address);
  }
  CU_ASSERT(!Place::compile("("));
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "annotate",
      {{"the first address is found however it is dressed", the_first_address_is_found_however_it_is_dressed},
       {"what is part of a word is no address", what_is_part_of_a_word_is_no_address},
       {"an address at the very end is not read beyond", an_address_at_the_very_end_is_not_read_beyond},
       {"fields are divided by blanks or by one character", fields_are_divided_by_blanks_or_by_one_character},
       {"a regex leads by its match or its first group", a_regex_leads_by_its_match_or_its_first_group}});
}
