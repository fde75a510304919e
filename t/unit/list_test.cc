#include "compile/list.hh"

#include <cstdio>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cunit_main.hh"
#include "support.hh"

namespace {

using ip2asn::Findings;
using ip2asn::NetworkList;
using ip2asn::parse_list;

// What is read: "AS1 AS2 192.0.2.0-192.0.2.255", or "error: …".
std::string read(std::string_view text, Findings& findings, std::span<const ip2asn::ListSelector> selectors = {}) {
  const auto list = parse_list(text, "name", "f", findings, selectors);
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

void the_first_word_of_a_line_is_the_entry() {
  expect("AS51167 Contabo GmbH\nas2\tTab\n", "AS2 AS51167");
  expect("51167 Contabo GmbH\n3 Three - 3\n", "AS3 AS51167");
  expect("192.0.2.0/24 SBL1\n", "192.0.2.0-192.0.2.255");
  expect("ASN,Entity\n198375,\"INULOGIC SARL, FR\"\n3,\"A \"\"b\"\"\"\n", "AS3 AS198375");
  expect("\"ASN\",\"Entity\"\r\n\"AS198375\",\"INULOGIC SARL, FR\"\r\n", "AS198375");
  expect("\xEF\xBB\xBF# of 2026\r\nAS Number,Name\r\n1, One\r\n2 , Two\r\n", "AS1 AS2");
  expect("ip\n192.0.2.1\n", "192.0.2.1-192.0.2.1");
  expect("192.0.2.0/27,GB,GB-EN,London,\n2001:db8::/64,DE,,,\n",
         "192.0.2.0-192.0.2.31 2001:db8::-2001:db8::ffff:ffff:ffff:ffff");
  expect("1|One\n2;Two\n", "AS1 AS2");
  expect("192.0.2.7 192.0.2.0/24 the network around\n192.0.3.0/24,192.0.3.1\n",
         "192.0.2.7-192.0.2.7 192.0.3.0-192.0.3.255");
  expect("192.0.2.0/24,AS64500,Example\n", "192.0.2.0-192.0.2.255");
  expect("AS64500 3 ranges\nAS1 - One\n", "AS1 AS64500");
}

void ranges() {
  expect("192.0.2.0-192.0.2.9\n192.0.3.1 - 192.0.3.9\n", "192.0.2.0-192.0.2.9 192.0.3.1-192.0.3.9");
  expect("2001:db8::1-2001:db8::5 # five\n", "2001:db8::1-2001:db8::5");
  expect("::ffff:192.0.2.1-::ffff:192.0.2.2\n", "192.0.2.1-192.0.2.2");
  expect("192.0.2.1-192.0.2.1,one\n", "192.0.2.1-192.0.2.1");
  expect("192.0.2.0,192.0.2.255,Example,https://example.com/\n", "192.0.2.0-192.0.2.255");
  expect("start,end,name\n192.0.2.1,192.0.2.2,Example\n", "192.0.2.1-192.0.2.2");
  expect("Start\tEnd\tNetmask\tAttacks\n192.0.2.0\t192.0.2.255\t24\t9\n", "192.0.2.0-192.0.2.255");
  expect("192.0.2.0 255.255.255.128\n", "192.0.2.0-192.0.2.127");
  expect("192.0.2.1 - a remark\n", "192.0.2.1-192.0.2.1");
}

void as_0_is_skipped() {
  Findings findings;
  CU_ASSERT(read("AS1\n0\nAS0 nobody\n", findings) == "AS1");
  CU_ASSERT(findings.count(ip2asn::Finding::bad_list_entry) == 2);
  expect_refusal("0\n", "line 1: '0' is not an AS");
  expect_refusal("# none\nAS0\n0\n", "line 2: 'AS0' is not an AS");
  expect("[0, 7]", "AS7");
}

void an_error_message_is_no_list() {
  expect_refusal("404 page not found\n", "line 1: a number with words");
  expect_refusal("503 Service Unavailable\nNo server is available.\n", "line 2");
  expect_refusal("404: Not Found", "line 1");
  expect_refusal("{\"message\":\"Not Found\",\"status\":\"404\"}", "line 1");
  expect_refusal("{\n  \"message\": \"Not Found\",\n  \"status\": 404\n}\n", "nothing looks like");
  expect_refusal("[]\n", "nothing looks like");
}

// What `words` select.
std::string select(std::string_view text, std::initializer_list<const char*> words) {
  std::vector<ip2asn::ListSelector> selectors;
  for (const char* word : words) {
    auto selector = ip2asn::parse_list_selector(word);
    if (!selector) return "error: " + selector.error().message;
    selectors.push_back(*std::move(selector));
  }
  Findings findings;
  return read(text, findings, selectors);
}

// The entries, or a part of the error.
void expect_selected(std::string_view text, std::initializer_list<const char*> words, std::string_view wanted) {
  const std::string got = select(text, words);
  const bool good = got.starts_with("error") ? got.find(wanted) != std::string::npos : got == wanted;
  if (!good) std::printf("\n    got    '%s'\n", got.c_str());
  CU_ASSERT(good);
}

constexpr std::string_view kAws =
    "{\n  \"syncToken\": \"1700000000\",\n  \"createDate\": \"2026-01-01-00-00-00\",\n  \"prefixes\": [\n"
    "    {\"ip_prefix\": \"192.0.2.0/25\", \"region\": \"eu-central-1\", \"service\": \"AMAZON\"},\n"
    "    {\"ip_prefix\": \"192.0.2.0/26\", \"region\": \"eu-central-1\", \"service\": \"EC2\"},\n"
    "    {\"ip_prefix\": \"198.51.100.0/24\", \"region\": \"us-east-1\", \"service\": \"EC2\"}\n  ],\n"
    "  \"ipv6_prefixes\": [\n"
    "    {\"ipv6_prefix\": \"2001:db8::/127\", \"region\": \"eu-central-1\", \"service\": \"EC2\"}\n  ]\n}";

void json_of_publishers() {
  expect(kAws, "192.0.2.0-192.0.2.127 198.51.100.0-198.51.100.255 2001:db8::-2001:db8::1");
  expect(
      "{\"creationTime\":\"2026-01-01T00:00:00\",\"prefixes\":[{\"ipv6Prefix\":\"2001:db8::/127\"},"
      "{\"ipv4Prefix\":\"192.0.2.0/27\"}]}",
      "192.0.2.0-192.0.2.31 2001:db8::-2001:db8::1");
  expect("{\"addresses\":[\"192.0.2.0/24\"],\"ipv6_addresses\":[\"2001:db8::/127\"]}\n",
         "192.0.2.0-192.0.2.255 2001:db8::-2001:db8::1");
  expect(
      "{\"items\":[{\"network\":\"192.0.2.0\",\"mask_len\":25,\"cidr\":\"192.0.2.0/25\",\"mask\":\"255.255.255.128\","
      "\"region\":[\"global\"]}]}",
      "192.0.2.0-192.0.2.127");
  expect(
      "{\"description\":\"x\",\"list\":[\"192.0.2.0/24\",\"198.51.100.7\",\"AS64500\"],\"type\":\"cidr\","
      "\"version\":\"1.2.3.4\"}",
      "AS64500 192.0.2.0-192.0.2.255 198.51.100.7-198.51.100.7");
  expect("[\"192.0.2.1\",\n\"192.0.2.2\"]", "192.0.2.1-192.0.2.2");
  expect("[64500, 64501]", "AS64500 AS64501");
  expect("{\"asns\":[64500],\"prefixes\":[\"192.0.2.0/24\"]}", "AS64500 192.0.2.0-192.0.2.255");
  expect("[{\"asn\":64500,\"name\":\"x\"},{\"asn\":\"AS64501\"}]", "AS64500 AS64501");
}

void networks_in_objects() {
  // An AS beside a network is where the network is, and not what is listed.
  expect("[{\"ip\":\"192.0.2.1\",\"asn\":64500}]", "192.0.2.1-192.0.2.1");
  expect("{\"ip\":\"192.0.2.1\",\"as\":{\"asn\":64500}}\n{\"ip\":\"192.0.2.2\"}\n", "192.0.2.1-192.0.2.2");
  expect("{\"CIDR\":\"192.0.2.0/24\",\"ASN\":64500,\"Hits\":9}\n", "192.0.2.0-192.0.2.255");
  expect("[{\"start\":\"192.0.2.1\",\"end\":\"192.0.2.9\"}]", "192.0.2.1-192.0.2.9");
  expect("[{\"startAddress\":\"2001:db8::1\",\"endAddress\":\"2001:db8::2\"}]", "2001:db8::1-2001:db8::2");
  expect("[{\"v4prefix\":\"192.0.2.0\",\"length\":24},{\"ip\":\"192.0.3.0\",\"netmask\":\"255.255.255.0\"}]",
         "192.0.2.0-192.0.3.255");
  expect("[{\"prefix\":\"192.0.2.0/24\",\"gateway\":\"198.51.100.1\"}]", "192.0.2.0-192.0.2.255");
  expect("[\"192.0.2.0-192.0.2.9\"]", "192.0.2.0-192.0.2.9");
}

void parts_of_json_are_selected() {
  expect_selected(kAws, {"service=EC2"}, "192.0.2.0-192.0.2.63 198.51.100.0-198.51.100.255 2001:db8::-2001:db8::1");
  expect_selected(kAws, {"service=ec2", "region=eu-*"}, "192.0.2.0-192.0.2.63 2001:db8::-2001:db8::1");
  expect_selected(kAws, {"region=us-east-1", "region=nowhere"}, "198.51.100.0-198.51.100.255");
  expect_selected(kAws, {"ipv6_prefixes", "service=EC2"}, "2001:db8::-2001:db8::1");
  expect_selected(kAws, {"service=EC3"}, "f: nothing is selected by 'service=EC3'; there is service=AMAZON|EC2");
  expect_selected(kAws, {"servcie=EC2"}, "there is no member 'servcie'");
  expect_selected(kAws, {"=EC2"}, "error: '=EC2' selects nothing");
  expect_selected("AS1\n", {"a=b"}, "f: is a text");
  const std::string_view azure =
      "{\"values\":[{\"name\":\"Front\",\"properties\":{\"region\":\"\",\"addressPrefixes\":[\"192.0.2.0/24\"]}},"
      "{\"name\":\"Back.de\",\"properties\":{\"region\":\"de\",\"addressPrefixes\":[\"198.51.100.0/24\"]}}]}";
  expect_selected(azure, {"name=Back.*"}, "198.51.100.0-198.51.100.255");
  expect_selected(azure, {"region=de", "name=Back.de"}, "198.51.100.0-198.51.100.255");
  const std::string_view oracle =
      "{\"regions\":[{\"region\":\"a\",\"cidrs\":[{\"cidr\":\"192.0.2.0/24\",\"tags\":[\"OCI\"]},"
      "{\"cidr\":\"198.51.100.0/24\",\"tags\":[\"OSN\",\"OBJECT\"]}]},"
      "{\"region\":\"b\",\"cidrs\":[{\"cidr\":\"203.0.113.0/24\",\"tags\":[\"OSN\"]}]}]}";
  expect_selected(oracle, {"tags=OSN", "region=a"}, "198.51.100.0-198.51.100.255");
  const std::string_view meta =
      "{\"hooks\":[\"192.0.2.0/25\"],\"web\":[\"192.0.2.128/25\"],\"ssh_keys\":[\"ssh-ed25519 AAAA\"],"
      "\"actions\":[\"203.0.113.0/24\"],\"domains\":{\"website\":[\"*.example.com\"]}}";
  expect_selected(meta, {"hooks"}, "192.0.2.0-192.0.2.127");
  expect_selected(meta, {"hooks", "web"}, "192.0.2.0-192.0.2.255");
  expect_selected(meta, {"domains"}, "nothing is selected by 'domains'");
  const std::string_view lines =
      "{\"cidr\":\"192.0.2.0/24\",\"rir\":\"ripencc\"}\n"
      "{\"cidr\":\"198.51.100.0/24\",\"rir\":\"arin\"}\n{\"type\":\"metadata\",\"records\":2}\n";
  expect_selected(lines, {"rir=arin"}, "198.51.100.0-198.51.100.255");
  expect_selected(lines, {"rir=apnic"}, "nothing is selected by 'rir=apnic'; there is rir=ripencc|arin");
}

void damaged_json_is_refused() {
  for (std::size_t i = 1; i < kAws.size() - 1; ++i) {
    const bool refused = read(kAws.substr(0, i)).starts_with("error: f");
    if (!refused) std::printf("\n    cut at %zu\n", i);
    CU_ASSERT(refused);
  }
  expect_refusal("{\"a\":[\n\"192.0.2.1/24\"]}", "line 2: '192.0.2.1/24' is no network");
  expect_refusal("[\"192.0.2.9-192.0.2.1\"]", "line 1");
  expect_refusal("[{\"start\":\"192.0.2.9\",\"end\":\"192.0.2.1\"}]", "line 1");
  expect_refusal("[{\"asn\":4294967296}]", "is not an AS number");
  expect_refusal("[{\"asn\":1.5}]", "is not an AS number");
  expect_refusal(std::string(1 << 20, '['), "nested deeper than 64");
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
                                    "ASN1",
                                    "-1",
                                    "4294967296",
                                    "192.0.2.0/33",
                                    "192.0.2.1/24",
                                    "192.0.2",
                                    "2001:db8::1/32",
                                    "AS1 AS2",
                                    "AS1,AS2",
                                    "AS1 192.0.2.0/24",
                                    "192.0.2.0/24 198.51.100.0/24",
                                    "192.0.2.1 198.51.100.7",
                                    "192.0.2.1, 192.0.2.2",
                                    "192.0.2.0, 192.0.2.7, 192.0.2.9",
                                    "192.0.2.0,255.255.255.0",
                                    "192.0.2.9-192.0.2.1",
                                    "192.0.2.0-2001:db8::",
                                    "192.0.2.0-9",
                                    "192.0.2.1 - 192.0.2",
                                    "64500abc",
                                    "64500abc Example",
                                    "64500.",
                                    "3com",
                                    "1st, and best",
                                    "404: Not Found",
                                    "AS64500Example",
                                    "\"AS1\"2",
                                    "ASN,Entity",
                                    "Example,AS64500",
                                    "192.0.2.0/24x",
                                    "192.0.2.0/24-192.0.3.0/24",
                                    "192.0.2.1:80",
                                    "Example AS64500",
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
          {"the first word of a line is the entry", the_first_word_of_a_line_is_the_entry},
          {"ranges", ranges},
          {"AS 0 is skipped", as_0_is_skipped},
          {"an error message is not a list", an_error_message_is_no_list},
          {"JSON as published", json_of_publishers},
          {"networks in objects", networks_in_objects},
          {"parts of JSON are selected", parts_of_json_are_selected},
          {"damaged JSON is refused", damaged_json_is_refused},
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
