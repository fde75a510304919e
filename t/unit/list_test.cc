#include "compile/list.hh"

#include <cstdio>
#include <string>
#include <string_view>

#include "cunit_main.hh"
#include "support.hh"

namespace {

using ip2asn::Findings;
using ip2asn::NetworkList;
using ip2asn::parse_list;

// What is read: "AS1 AS2 192.0.2.0-192.0.2.255", or "error: …".
std::string read(std::string_view text, Findings& findings) {
  const auto list = parse_list(text, "name", "f", findings);
  if (!list) return "error: " + list.error().message;
  std::string all;
  for (const std::uint32_t asn : list->asns) all += " AS" + std::to_string(asn);
  for (const ip2asn::Range& network : list->networks)
    all += ' ' + to_string(network.first) + '-' + to_string(network.last);
  return all.empty() ? "" : all.substr(1);
}

std::string read(std::string_view text) {
  Findings findings;
  return read(text, findings);
}

void expect(std::string_view text, std::string_view wanted) {
  const std::string got = read(text);
  if (got != wanted)
    std::printf("\n    %.*s\n    got    '%s'\n    wanted '%.*s'\n", static_cast<int>(text.size()), text.data(),
                got.c_str(), static_cast<int>(wanted.size()), wanted.data());
  CU_ASSERT(got == wanted);
}

// That the text is refused, and that the reason has `part`.
void expect_refusal(std::string_view text, std::string_view part) {
  const std::string got = read(text);
  const bool good = got.starts_with("error: f") && got.find(part) != std::string::npos;
  if (!good) std::printf("\n    %.*s\n    got '%s'\n", static_cast<int>(text.size()), text.data(), got.c_str());
  CU_ASSERT(good);
}

void entries_of_each_kind() {
  expect("AS64500\n", "AS64500");
  expect("64500", "AS64500");
  expect("as4294967295\n", "AS4294967295");
  expect("192.0.2.0/24\n", "192.0.2.0-192.0.2.255");
  expect("192.0.2.7\n", "192.0.2.7-192.0.2.7");
  expect("2001:db8::/32\n", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  expect("::1\n", "::1-::1");
  expect("0.0.0.0/0\n::/0\n", "0.0.0.0-255.255.255.255 ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

void ipv4_mapped_networks_are_ipv4() {
  expect("::ffff:192.0.2.0/120\n", "192.0.2.0-192.0.2.255");
  expect("::ffff:192.0.2.1\n", "192.0.2.1-192.0.2.1");
}

void comments_blanks_and_line_ends() {
  expect("# a list\n; of two kinds of comments\n\n  AS1 # one\n\tAS2;two\r\n192.0.2.0/24 ; SBL1\r\n",
         "AS1 AS2 192.0.2.0-192.0.2.255");
  expect(
      "\xEF\xBB\xBF"
      "AS1\n",
      "AS1");
}

void entries_are_sorted_and_joined() {
  expect("AS3\nAS1\nAS3\n", "AS1 AS3");
  expect("192.0.2.128/25\n192.0.2.0/25\n192.0.2.7\n198.51.100.0/24\n",
         "192.0.2.0-192.0.2.255 198.51.100.0-198.51.100.255");
  expect("10.0.0.0/8\n10.1.0.0/16\n", "10.0.0.0-10.255.255.255");
  expect("255.255.255.255\n::\n0.0.0.0\n", "0.0.0.0-0.0.0.0 255.255.255.255-255.255.255.255 ::-::");
}

void a_comment_alone_is_an_empty_list() {
  expect("# nothing yet\n", "");
  expect("\n", "");
}

void spamhaus_asn_drop() {
  expect(
      "{\"asn\":64500,\"rir\":\"arin\",\"domain\":\"example.com\",\"cc\":\"US\",\"asname\":\"EXAMPLE\"}\n"
      "{\"asn\":64501,\"rir\":\"ripencc\",\"domain\":\"example.net\",\"cc\":\"DE\",\"asname\":\"EX\\\"AMPLE\"}\n"
      "{\"type\":\"metadata\",\"timestamp\":1700000000,\"size\":200,\"records\":2,\"copyright\":\"(c) somebody\"}\n",
      "AS64500 AS64501");
}

void spamhaus_drop() {
  expect("{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\",\"rir\":\"apnic\"}\n{\"cidr\":\"2001:db8::/32\"}\n",
         "192.0.2.0-192.0.2.255 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  expect("; Spamhaus DROP List 2024/01/01 - (c) 2024\n; Expires: never\n192.0.2.0/24 ; SBL1\n198.51.100.0/24 ; SBL2\n",
         "192.0.2.0-192.0.2.255 198.51.100.0-198.51.100.255");
}

void a_slip_in_a_written_list_is_refused_with_its_line() {
  const std::string_view slips[] = {"AS1x",
                                    "AS",
                                    "0",
                                    "AS0",
                                    "ASN1",
                                    "-1",
                                    "4294967296",
                                    "192.0.2.0/33",
                                    "192.0.2.1/24",
                                    "192.0.2",
                                    "192.0.2.0-192.0.2.9",
                                    "2001:db8::1/32",
                                    "AS1 AS2",
                                    "192.0.2.0/24 SBL1",
                                    "example.com",
                                    "fe80::1%eth0",
                                    "01",
                                    "{}"};
  for (const std::string_view slip : slips) {
    expect_refusal("# list\nAS64500\n" + std::string(slip) + "\nAS64501\n", "f, line 3: '");
  }
}

void what_is_no_list_is_refused() {
  expect_refusal("", "empty");
  expect_refusal("<!DOCTYPE html>\n", "HTML");
  expect_refusal(
      "\xFF\xFE"
      "A",
      "UTF-16");
  expect_refusal(std::string_view("AS1\nAS\0\n", 8), "line 2: holds a NUL");
  expect_refusal("{\"asn\":1}\n{\"type\":\"metadata\",\"records\":3}\n", "3 records, but has 1");
  expect_refusal("{\"asn\":0}\n", "line 1");
  expect_refusal("{\"error\":\"over quota\"}\n", "line 1");
}

std::string feed(int lines, int bad, bool json) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    const std::string asn = std::to_string(i + 1);
    if (json) {
      text += i < bad ? "{\"asn\":-1}\n" : "{\"asn\":" + asn + "}\n";
    } else {
      text += (i < bad ? "ASx" : "AS") + asn + '\n';
    }
  }
  return text;
}

void one_bad_line_of_a_long_feed_is_skipped() {
  struct Feed {
    int lines, bad;
    bool json, accepted;
  };
  const Feed feeds[] = {{9999, 1, false, false}, {10000, 1, false, true},  {10000, 2, false, false},
                        {30000, 3, false, true}, {30000, 4, false, false}, {400, 10, true, true},
                        {400, 11, true, false},  {10, 10, true, false}};
  for (const Feed& each : feeds) {
    Findings findings;
    const std::string got = read(feed(each.lines, each.bad, each.json), findings);
    CU_ASSERT(got.starts_with("error") != each.accepted);
    CU_ASSERT(findings.count(ip2asn::Finding::bad_list_entry) == static_cast<std::uint64_t>(each.bad));
    CU_ASSERT(findings.skipped() == 0);
    CU_ASSERT(!each.accepted || findings.examples().front().line == 1);
  }
}

void deep_json_is_skipped() {
  const std::string deep(1 << 20, '[');
  const bool good = read("{\"asn\":1}\n{\"a\":" + deep + "\n{\"asn\":2}") == "AS1 AS2";
  CU_ASSERT(good);
}

void a_list_is_read_from_a_file() {
  const ip2asn::test::TemporaryDirectory directory;
  const std::string path = directory / "list";
  ip2asn::test::write_bytes(path, "AS64500\n");
  Findings findings;
  const auto list = ip2asn::read_list({"mine", path}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(list));
  CU_ASSERT(list->name == "mine" && list->asns.size() == 1);
  for (const std::string& no : {directory / "missing", directory.path()}) {
    const auto refused = ip2asn::read_list({"mine", no}, findings);
    CU_ASSERT(!refused && refused.error().message.starts_with(no));
  }
}

void names() {
  for (const char* good : {"a", "scrapers", "Spamhaus-DROP", "drop_v4.txt", "1"}) CU_ASSERT(ip2asn::is_list_name(good));
  for (const char* bad : {"", "-a", ".a", "a,b", "a b", "a/b", "\xC3\xA4"}) CU_ASSERT(!ip2asn::is_list_name(bad));
  CU_ASSERT(ip2asn::is_list_name(std::string(64, 'a')));
  CU_ASSERT(!ip2asn::is_list_name(std::string(65, 'a')));
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "list",
      {
          {"entries of each kind", entries_of_each_kind},
          {"IPv4-mapped networks are IPv4", ipv4_mapped_networks_are_ipv4},
          {"comments, blanks and line ends", comments_blanks_and_line_ends},
          {"entries are sorted and joined", entries_are_sorted_and_joined},
          {"a comment alone is an empty list", a_comment_alone_is_an_empty_list},
          {"Spamhaus ASN-DROP as published", spamhaus_asn_drop},
          {"Spamhaus DROP as published", spamhaus_drop},
          {"a slip in a written list is refused with its line", a_slip_in_a_written_list_is_refused_with_its_line},
          {"what is no list is refused", what_is_no_list_is_refused},
          {"one bad line of a long feed is skipped", one_bad_line_of_a_long_feed_is_skipped},
          {"deep JSON is skipped, not descended into", deep_json_is_skipped},
          {"a list is read from a file", a_list_is_read_from_a_file},
          {"names", names},
      });
}
