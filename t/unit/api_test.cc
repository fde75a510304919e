// The request side of the look-up API: forms, routes, numbers, bodies.
#include "answer/api.hh"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "answer/bulk.hh"
#include "answer/render.hh"
#include "base/json.hh"
#include "cunit_main.hh"
#include "net/special.hh"
#include "support.hh"

using namespace ip2asn;
using namespace ip2asn::api;

namespace {

void forms() {
  struct Row {
    std::string_view accept;
    Form form;
  };
  constexpr Row kRows[] = {
      {"", Form::json},
      {"*/*", Form::json},
      {"text/*", Form::json},
      {"text/html", Form::html},
      {" Text/HTML ; charset=x ", Form::html},
      {"text/plain", Form::plain},
      {"text/plain;q=0", Form::json},
      {"text/plain; q=0.000", Form::json},
      {"text/plain;q=0.001", Form::plain},
      {"text/plain;q=nonsense", Form::plain},
      {"text/plain;q=0.5,text/html;q=0.51", Form::html},
      {"text/plain;q=0.5,text/html;q=0.5", Form::plain},
      {"application/json,text/plain,*/*", Form::json},
      {"application/json;q=0.1,text/plain;q=0.2", Form::plain},
      {"text/html;q=2", Form::html},
      {",,;;,text/plain", Form::plain},
      {"text/plainer", Form::json},
      {"text/plain;q=1", Form::plain},
      {"text/plain;q=1.", Form::plain},
      {"text/plain;q=", Form::plain},
      {"text/plain;q=12", Form::plain},
      {"text/plain;Q=0.", Form::json},
      {"text/plain;q=0.1234567,text/html;q=0.2", Form::html},
      {"text/plain;q=0.5x;q=0,text/html;q=0.9", Form::plain},
      {"text/plain;level=1;q=0.1,text/html;q=0.2", Form::html},
      {"text/plain;;q=0", Form::json},
  };
  for (const Row& row : kRows) CU_ASSERT(choose_form(row.accept) == row.form);
}

void routes() {
  struct Row {
    std::string_view path;
    Resource resource;
    std::string_view argument;
  };
  constexpr Row kRows[] = {
      {"", Resource::page, ""},
      {"/", Resource::page, ""},
      {"/v1/as/ip", Resource::own_address, ""},
      {"/v1/as/ip/", Resource::address, ""},
      {"/v1/as/ip/8.8.8.8", Resource::address, "8.8.8.8"},
      {"/v1/as/ip/8.8.8.8/", Resource::address, "8.8.8.8"},
      {"/v1/as/ip/8.8.8.0/24", Resource::address, "8.8.8.0/24"},
      {"/v1/as/ips", Resource::bulk, ""},
      {"/v1/as/ips/", Resource::bulk, ""},
      {"/v1/as/n", Resource::as, ""},
      {"/v1/as/n/1", Resource::as, "1"},
      {"/v1/as/n/1/", Resource::as, "1"},
      {"/v1/as/n/1/subnets", Resource::as_subnets, "1"},
      {"/v1/as/n//subnets/", Resource::as_subnets, ""},
      {"/v1/as/n/1/subnet", Resource::none, ""},
      {"/v1/as/n/1/2/subnets", Resource::none, ""},
      {"/v1/as/ns", Resource::as_list, ""},
      {"/v1/as/nsx", Resource::none, ""},
      {"/v1/as/country/DE", Resource::country, "DE"},
      {"/v1/as/country/DE/subnets", Resource::country_subnets, "DE"},
      {"/openapi.json", Resource::openapi, ""},
      {"/v1", Resource::none, ""},
      {"/v1/as", Resource::none, ""},
      {"//", Resource::none, ""},
      {"v1/as/ns", Resource::none, ""},
  };
  for (const Row& row : kRows) {
    const Route route = parse_route(row.path);
    CU_ASSERT(route.resource == row.resource);
    CU_ASSERT(route.argument == row.argument);
  }
}

void where_an_endpoint_begins() {
  struct Row {
    std::string_view uri, section, base;
    Resource resource;
    std::string_view argument;
  };
  constexpr Row kRows[] = {
      {"/ip2asn/v1/as/ip/8.8.8.8", "/ip2asn", "/ip2asn", Resource::address, "8.8.8.8"},
      {"/ip2asn/v1/as/ip/8.8.8.8", "/ip2asn/", "/ip2asn", Resource::address, "8.8.8.8"},
      {"/ip2asn", "/ip2asn", "/ip2asn", Resource::page, ""},
      {"/ip2asn/", "/ip2asn", "/ip2asn", Resource::page, ""},
      {"/ip2asn/nothing", "/ip2asn", "/ip2asn", Resource::none, ""},
      {"/v1/as/ns", "/", "", Resource::as_list, ""},
      {"/", "/", "", Resource::page, ""},
      // A section for one of the routes, and one that is no path.
      {"/a/v1/as/n/1", "/a/v1/as/n", "/a", Resource::as, "1"},
      {"/a/v1/as/n/1", "", "/a", Resource::as, "1"},
      {"/a/b", "", "/a", Resource::none, ""},
      {"/a/", "", "/a", Resource::page, ""},
      {"/a/openapi.json", "", "/a", Resource::openapi, ""},
      {"/ip2asnx/v1/as/ns", "/ip2asn", "/ip2asnx", Resource::as_list, ""},
      {"/a/v1/as/none", "/a", "/a", Resource::none, ""},
      {"/a/v1/as/none", "", "/a/v1/as", Resource::none, ""},
      {"", "", "", Resource::none, ""},
      {"*", "", "", Resource::none, ""},
  };
  for (const Row& row : kRows) {
    const Location at = locate(row.uri, row.section);
    CU_ASSERT(test::same(at.base, row.base, row.uri));
    CU_ASSERT(test::same(at.route.argument, row.argument, row.uri));
    CU_ASSERT(test::holds(at.route.resource == row.resource, row.uri));
  }
}

void links_stay_on_the_host() {
  struct Row {
    std::string_view base, link;
  };
  constexpr Row kRows[] = {
      {"", ""},
      {"/", ""},
      {"//", ""},
      {"/ip2asn", "/ip2asn"},
      {"/a/b-c._~", "/a/b-c._~"},
      {"/a//b/", "/a/b"},
      {"//evil.example", "/evil.example"},
      {"/\\evil.example", "/%5Cevil.example"},
      {"\\\\evil.example", "/%5C%5Cevil.example"},
      {"/\t//evil.example", "/%09/evil.example"},
      {"/\r\n/x", "/%0D%0A/x"},
      {"https://evil.example", "/https%3A/evil.example"},
      {"/javascript:alert(1)", "/javascript%3Aalert%281%29"},
      {"/my api/100%", "/my%20api/100%25"},
      {"/\xC3\xA4/\"><script>?#", "/%C3%A4/%22%3E%3Cscript%3E%3F%23"},
  };
  for (const Row& row : kRows) CU_ASSERT(test::same(link_path(row.base), row.link, row.base));
}

void why_a_text_is_no_address() {
  struct Row {
    std::string_view text, part;
  };
  constexpr Row kRows[] = {
      {"", "there is no"},       {"1.2.3.4 ", "blanks"},        {"fe80::1%eth0", "zones"},  {"10.0.0.0/8", "network"},
      {"1::2::3", "IPv6"},       {"0x7f.0.0.1", "hexadecimal"}, {"example.org", "IPv4 or"}, {"1.2.3.04", "leading"},
      {"1.2.3", "four numbers"}, {"1.2.3.256", "no IPv4"},      {"1.2.3.0", "is no IPv4"},
  };
  for (const Row& row : kRows) {
    CU_ASSERT(test::holds(why_no_address(row.text).find(row.part) != std::string_view::npos, row.text));
  }
  CU_ASSERT(why_no_address(std::string(60, '1')).find("longer") != std::string_view::npos);
}

void words_of_a_request_are_repeated_clean() {
  CU_ASSERT(test::same(api::quoted("1.2.3"), "'1.2.3' ", "as it is"));
  CU_ASSERT(test::same(api::quoted("\x1B\xFF<"), "'\xEF\xBF\xBD\xEF\xBF\xBD<' ", "made clean"));
  CU_ASSERT(test::same(api::quoted(std::string(63, 'x') + "\xE2\x82\xAC"), "'" + std::string(63, 'x') + "' ",
                       "a character is not cut"));
}

void answers_in_every_form() {
  Findings findings;
  const auto buffer =
      test::compile_text("192.0.2.0\t192.0.2.255\t64500\tDE\tA<B>\n198.51.100.0\t198.51.100.127\t64501\tNone\tX\n",
                         findings, {}, "s", *HosterMap::parse("example cloud AS64500\n", "m"));
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  const auto image = Image::open(buffer->bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  struct Row {
    std::string_view address, json, plain;
  };
  constexpr Row kRows[] = {
      {"::ffff:192.0.2.7",
       R"({"ip":"192.0.2.7","announced":true,"first_ip":"192.0.2.0","last_ip":"192.0.2.255","as_number":64500,"as_country_code":"DE","as_description":"A\u003CB\u003E","prefix":"192.0.2.0/24","hoster":"example","hoster_class":"cloud"})",
       "64500 | 192.0.2.0-192.0.2.255 | DE | A<B>"},
      {"198.51.100.1",
       R"({"ip":"198.51.100.1","announced":true,"first_ip":"198.51.100.0","last_ip":"198.51.100.127","as_number":64501,"as_country_code":"None","as_description":"X","prefix":"198.51.100.0/25"})",
       "64501 | 198.51.100.0-198.51.100.127 | None | X"},
      {"10.0.0.1", R"({"ip":"10.0.0.1","announced":false,"special":"Private-Use"})",
       "0 | 10.0.0.1 | None | Not announced"},
      {"8.8.8.8", R"({"ip":"8.8.8.8","announced":false})", "0 | 8.8.8.8 | None | Not announced"},
  };
  for (const Row& row : kRows) {
    const Answer answer = answer_for(*image, *parse_address(row.address));
    JsonText json;
    write(json, answer);
    CU_ASSERT(test::same(json.text(), row.json, row.address));
    std::string text;
    append(text, answer);
    CU_ASSERT(test::same(text, row.plain, row.address));
  }
  struct Summary {
    std::uint32_t asn;
    std::string_view json, plain;
  };
  constexpr Summary kSummaries[] = {
      {64500,
       R"({"as_number":64500,"as_country_code":"DE","as_description":"A\u003CB\u003E","hoster":"example","hoster_class":"cloud"})",
       "64500 | DE | A<B>"},
      {64501, R"({"as_number":64501,"as_country_code":"None","as_description":"X"})", "64501 | None | X"},
      {1, R"({"as_number":1,"as_country_code":"None","as_description":"Not found"})", "1 | None | Not found"},
  };
  for (const Summary& row : kSummaries) {
    JsonText json;
    write(json, summary_of(*image, row.asn));
    CU_ASSERT(test::same(json.text(), row.json, row.plain));
    std::string text;
    append(text, summary_of(*image, row.asn));
    CU_ASSERT(test::same(text, row.plain, row.plain));
  }
  JsonText error;
  write_error(error, ErrorCode::bad_address, "a \"reason\"");
  CU_ASSERT(test::same(error.text(), R"({"error":"a \"reason\"","code":"bad_address"})", "an error"));
  std::string prefix;
  append(prefix, *parse_prefix("2001:db8::/32"));
  CU_ASSERT(test::same(prefix, "2001:db8::/32", "a prefix"));
  CU_ASSERT(std::string_view(media_type(Form::html)).starts_with("text/html"));
  CU_ASSERT(std::string_view(media_type(Form::plain)).starts_with("text/plain"));
  CU_ASSERT(std::string_view(media_type(Form::json)).starts_with("application/json"));
}

void numbers_and_countries() {
  CU_ASSERT(parse_asn("0") == 0u);
  CU_ASSERT(parse_asn("4294967295") == 4294967295u);
  CU_ASSERT(parse_asn("AS15169") == 15169u);
  CU_ASSERT(parse_asn("aS1") == 1u);
  for (const char* bad : {"", "AS", "AS AS1", "01", "+1", "-1", "1 ", " 1", "4294967296", "0x10", "1.5", "AS-1"}) {
    CU_ASSERT(!parse_asn(bad));
  }
  CU_ASSERT((parse_country("de") == CountryCode{'D', 'E'}));
  for (const char* bad : {"", "D", "DEU", "D1", "\xc3\xa4"}) CU_ASSERT(!parse_country(bad));
}

void special_space() {
  struct Row {
    std::string_view address, name;
  };
  constexpr Row kRows[] = {
      {"10.0.0.0", "Private-Use"},
      {"9.255.255.255", ""},
      {"10.255.255.255", "Private-Use"},
      {"11.0.0.0", ""},
      {"0.0.0.0", "This host on this network"},
      {"0.0.0.1", "This network"},
      {"192.0.0.7", "IPv4 Service Continuity Prefix"},
      {"192.0.0.8", "IPv4 dummy address"},
      {"192.0.0.11", "IETF Protocol Assignments"},
      {"192.0.0.171", "NAT64/DNS64 Discovery"},
      {"192.88.99.1", "Deprecated (6to4 Relay Anycast)"},
      {"192.88.99.2", "6a44-relay anycast address"},
      {"172.15.255.255", ""},
      {"172.31.255.255", "Private-Use"},
      {"100.64.0.0", "Shared Address Space"},
      {"198.19.255.255", "Benchmarking"},
      {"198.20.0.0", ""},
      {"239.255.255.255", "Multicast"},
      {"240.0.0.0", "Reserved"},
      {"255.255.255.255", "Limited Broadcast"},
      {"8.8.8.8", ""},
      {"::", "Unspecified Address"},
      {"::1", "Loopback Address"},
      {"::2", ""},
      {"64:ff9b::808:808", "IPv4-IPv6 Translat."},
      {"100::1", "Discard-Only Address Block"},
      {"2001:0:1::", "TEREDO"},
      {"2001:1::2", "Traversal Using Relays around NAT Anycast"},
      {"2001:1::4", "IETF Protocol Assignments"},
      {"2001:1ff:ffff::", "IETF Protocol Assignments"},
      {"2001:200::", ""},
      {"2001:db8:ffff::", "Documentation"},
      {"2001:4860:4860::8888", ""},
      {"fdff::", "Unique-Local"},
      {"febf::1", "Link-Local Unicast"},
      {"fec0::1", ""},
      {"ff02::1", "Multicast"},
  };
  for (const Row& row : kRows) {
    const auto address = parse_address(row.address);
    CU_ASSERT_FATAL(address.has_value());
    CU_ASSERT(special_purpose(*address) == row.name);
  }
}

// Gives a text in pieces of one size.
class Pieces : public BodySource {
 public:
  Pieces(std::string_view text, std::size_t size) : rest_(text), size_(size) {}
  std::string_view more() override {
    const std::string_view piece = rest_.substr(0, size_);
    rest_.remove_prefix(piece.size());
    // A copy of its own, so that reading behind it is seen by a sanitizer.
    piece_.assign(piece.begin(), piece.end());
    return {piece_.data(), piece_.size()};
  }

 private:
  std::string_view rest_;
  const std::size_t size_;
  std::vector<char> piece_;
};

std::string listed(const Batch& batch) {
  std::string text;
  Batch::Entry entry;
  for (std::size_t position = 0; batch.next(position, entry);) {
    text += entry.valid ? to_string(entry.address) : "<" + std::string(entry.text) + ">";
    text += ' ';
  }
  return text;
}

void bodies_do_not_depend_on_their_pieces() {
  struct Row {
    std::string_view body;
    BulkOutcome outcome;
    std::string_view entries;
    std::size_t longest;
  };
  constexpr Row kRows[] = {
      {"", BulkOutcome::empty, "", 0},
      {" \r\n", BulkOutcome::empty, "", 0},
      {"1.2.3.4", BulkOutcome::fine, "1.2.3.4 ", 7},
      {"\n\n1.2.3.4\r\n\t ::1 \n", BulkOutcome::fine, "1.2.3.4 ::1 ", 7},
      {"begin\n1.2.3.4\nend\n5.6.7.8\n", BulkOutcome::fine, "1.2.3.4 ", 7},
      {"1.2.3.4\nBegin\n5.6.7.8\nEND", BulkOutcome::fine, "1.2.3.4 5.6.7.8 ", 7},
      {"begin\nend\n", BulkOutcome::empty, "", 0},
      {"::ffff:1.2.3.4\n2001:DB8:0:0:0:0:0:1", BulkOutcome::fine, "1.2.3.4 2001:db8::1 ", 11},
      {"1.2.3\nx y", BulkOutcome::fine, "<1.2.3> <x y> ", 5},
      {"1.1.1.1\n2.2.2.2\n3.3.3.3\n4.4.4.4\n5.5.5.5", BulkOutcome::too_many, "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4 ", 7},
      {"[]", BulkOutcome::fine, "", 0},
      {" [ \"1.2.3.4\" , \"::1\" ] ", BulkOutcome::fine, "1.2.3.4 ::1 ", 7},
      {"[\"\\u0031.2.3.4\",\"a\\nb\",\"\"]", BulkOutcome::fine,
       "1.2.3.4 <a\xEF\xBF\xBD"
       "b> <> ",
       7},
      {"[\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\",\"1.1.1.1\"]", BulkOutcome::too_many,
       "1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 ", 7},
      {"[1]", BulkOutcome::not_array, "", 0},
      {"[\"1.2.3.4\"", BulkOutcome::not_array, "1.2.3.4 ", 7},
      {"[\"1.2.3.4\"]]", BulkOutcome::not_array, "1.2.3.4 ", 7},
      {"[[\"1.2.3.4\"]]", BulkOutcome::not_array, "", 0},
      {"{\"a\":[\"1.2.3.4\"]}", BulkOutcome::not_array, "", 0},
      {"\"1.2.3.4\"", BulkOutcome::not_array, "", 0},
      {"[\"\xC3\"]", BulkOutcome::not_array, "", 0},
      {"\xEF\xBB\xBF[\"1.2.3.4\"]", BulkOutcome::fine, "1.2.3.4 ", 7},
      {"\xEF\xBB\xBF \n[]", BulkOutcome::fine, "", 0},
      {"\xEF\xBB\xBF{}", BulkOutcome::not_array, "", 0},
      {"\xEF\xBB\xBF"
       "1.2.3.4\n::1",
       BulkOutcome::fine, "1.2.3.4 ::1 ", 7},
      {"\xEF\xBB\xBF"
       "begin\n::1\nend\n",
       BulkOutcome::fine, "::1 ", 3},
      {"\xEF\xBB\xBF", BulkOutcome::empty, "", 0},
      {"\xEF\xBB\xBF\xEF\xBB\xBF"
       "::1",
       BulkOutcome::fine, "<\xEF\xBB\xBF::1> ", 6},
      {"\xEF\xBB", BulkOutcome::fine, "<\xEF\xBF\xBD> ", 3},
      {"\xEF\xBB[]", BulkOutcome::fine, "<\xEF\xBF\xBD[]> ", 5},
  };
  constexpr std::size_t kLimit = 4;
  for (const Row& row : kRows) {
    for (std::size_t size = 1; size <= row.body.size() + 1; ++size) {
      Pieces pieces(row.body, size);
      Batch batch;
      CU_ASSERT(read_bulk(pieces, kLimit, batch) == row.outcome);
      CU_ASSERT(listed(batch) == row.entries);
      CU_ASSERT(batch.longest() == row.longest);
    }
  }
}

void long_lines_are_not_kept() {
  const std::string body = std::string(100'000, 'x') + "\n1.2.3.4\n";
  Pieces pieces(body, 777);
  Batch batch;
  CU_ASSERT(read_bulk(pieces, 10, batch) == BulkOutcome::fine);
  CU_ASSERT(listed(batch) == "<" + std::string(Batch::kMaxShown, 'x') + "> 1.2.3.4 ");
}

void json_is_safe_in_pages() {
  JsonText json;
  json.begin_array();
  json.string("plain");
  json.string("<b> & \"q\" \\ \n\x01");
  json.string(
      "a\xE2\x80\xA8"
      "b\xE2\x80\xA9"
      "c\xE2\x82\xAC\xC3\xA9");
  json.string(std::string(3000, '<'));
  json.clear();
  json.string("");
  json.begin_object();
  json.key("n");
  json.number(std::uint32_t{4294967295u});
  json.end_object();
  json.end_array();
  CU_ASSERT(json.text() == ",\"\",{\"n\":4294967295}]");

  JsonText whole;
  whole.begin_array();
  whole.string("plain");
  whole.string("<b> & \"q\" \\ \n\x01");
  whole.string(
      "a\xE2\x80\xA8"
      "b\xE2\x80\xA9"
      "c\xE2\x82\xAC\xC3\xA9");
  whole.end_array();
  CU_ASSERT(whole.text() ==
            "[\"plain\",\"\\u003Cb\\u003E \\u0026 \\\"q\\\" \\\\ \\n\\u0001\","
            "\"a\\u2028b\\u2029c\xE2\x82\xAC\xC3\xA9\"]");
}

}  // namespace

int main() {
  return test::run("the look-up API's requests",
                   {
                       {"the form is what Accept names, by weight, then by order", forms},
                       {"routes and their arguments", routes},
                       {"where an endpoint begins in a URI", where_an_endpoint_begins},
                       {"links stay on the host", links_stay_on_the_host},
                       {"why a text is no address", why_a_text_is_no_address},
                       {"words of a request are repeated clean", words_of_a_request_are_repeated_clean},
                       {"answers in every form", answers_in_every_form},
                       {"AS numbers and countries", numbers_and_countries},
                       {"special-purpose space, at its edges", special_space},
                       {"a bulk body means the same in whatever pieces it comes", bodies_do_not_depend_on_their_pieces},
                       {"long lines are not kept", long_lines_are_not_kept},
                       {"JSON is safe inside pages", json_is_safe_in_pages},
                   });
}
