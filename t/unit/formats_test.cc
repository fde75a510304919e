// What the rows of each format come to. Which files are recognised and which are refused is in t/data (corpus_test).
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compile/compile.hh"
#include "cunit_main.hh"
#include "index/image.hh"
#include "mmdb_made.hh"
#include "sources/routes.hh"
#include "sources/source.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using test::counters;
using test::holds;
using test::name_of;
using test::Random;
using test::same;

std::string told(const Result<Table>& table, const Findings& findings) {
  if (!table) return std::string(name_of(table.error().code)) + ": " + table.error().message;
  std::string text;
  const auto row = [&](const Address& first, const Address& last, std::uint32_t index) {
    const Label& label = table->labels[index];
    text += to_string(first) + '-' + to_string(last) + ' ' + std::to_string(label.asn) + ' ';
    text.append(label.country).append(" ").append(label.description) += '|';
  };
  for (const Row4& r : table->v4) row(Address::v4(r.first), Address::v4(r.last), r.label);
  for (const Row6& r : table->v6) row(Address::v6(r.first_hi, r.first_lo), Address::v6(r.last_hi, r.last_lo), r.label);
  return text + counters(findings);
}

std::string told(std::string_view bytes) {
  Findings findings;
  return told(read_source_bytes(bytes, "s", {}, findings), findings);
}

void texts_are_read_as_their_publishers_mean_them() {
  struct {
    std::string_view what, text, wanted;
  } const table[] = {
      {"iptoasn in integers", "16777216\t16777471\t13335\tAU\tCLOUDFLARENET\n",
       "1.0.0.0-1.0.0.255 13335 AU CLOUDFLARENET|"},
      {"DB-IP", "1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n", "1.0.0.0-1.0.0.255 13335  Cloudflare, Inc.|"},
      {"doubled quotes", "1.0.0.0,1.0.0.255,13335,\"\"\"A\"\", \"\"B\"\"\"\n",
       "1.0.0.0-1.0.0.255 13335  \"A\", \"B\"|"},
      {"blanks around", "1.0.0.0, 1.0.0.255 ,13335,Cloudflare  \n", "1.0.0.0-1.0.0.255 13335  Cloudflare|"},
      {"a tab in a name", "1.0.0.0,1.0.0.255,13335,\"a\tb\"\n",
       "1.0.0.0-1.0.0.255 13335  a\xEF\xBF\xBD"
       "b|1 repaired text"},
      {"-num, IPv6", "42540488161975842760550356425300246528,42540488241204005274814694018844196863,6939,HE\n",
       "2001::-2001:0:ffff:ffff:ffff:ffff:ffff:ffff 6939  HE|"},
      {"the whole of IPv6", "0,340282366920938463463374607431768211455,1,ALL\n",
       "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1  ALL|"},
      {"GeoLite2",
       "network,autonomous_system_number,autonomous_system_organization\n1.0.64.0/18,18144,\"Enecom,Inc.\"\n",
       "1.0.64.0-1.0.127.255 18144  Enecom,Inc.|"},
      {"IPinfo: the country is of the address, not of the AS",
       "network,country,country_code,continent,continent_code,asn,as_name,as_domain\n"
       "8.8.8.8,United States,US,North America,NA,AS15169,Google LLC,google.com\n9.9.9.9,,US,,NA,,,\n",
       "8.8.8.8-8.8.8.8 15169  Google LLC|9.9.9.9-9.9.9.9 0  |"},
      {"columns in another order", "AS Name;AS-Number;Start IP;End IP;CC\nX;AS5;1.0.0.0;1.0.0.9;FR\n",
       "1.0.0.0-1.0.0.9 5 FR X|"},
      {"IP2Location",
       "\"16777216\",\"16777471\",\"1.0.0.0/24\",\"13335\",\"CloudFlare Inc\"\n\"0\",\"9\",\"0.0.0.0/8\",\"-\",\"-\"\n",
       "1.0.0.0-1.0.0.255 13335  CloudFlare Inc|0.0.0.0-0.0.0.9 0  |"},
      {"GeoIP legacy", "16777216,16777471,\"AS13335 Cloudflare, Inc.\"\n",
       "1.0.0.0-1.0.0.255 13335  Cloudflare, Inc.|"},
      {"IPinfo's JSON",
       "{\"network\":\"1.0.0.0/24\",\"country_code\":\"AU\",\"asn\":\"AS13335\",\"as_name\":\"Cloud\\u0066lare\"}\n",
       "1.0.0.0-1.0.0.255 13335  Cloudflare|"},
      {"riswhoisdump: most peers, then the first; no default route, no noise",
       "% x\n1\t0.0.0.0/0\t900\n7\t9.0.0.0/8\t900\n1\t1.0.0.0/24\t12\n2\t1.0.0.0/24\t300\n3\t1.0.0.0/24\t300\n"
       "4\t1.0.0.0/25\t8\n5\t1.0.0.128/25\t9\n{6,8}\t1.0.1.0/24\t9\n",
       "1.0.0.0-1.0.0.255 2  |1.0.0.128-1.0.0.255 5  |1.0.1.0-1.0.1.255 6  |9.0.0.0-9.255.255.255 7  |"},
      {"pfx2as", "1.0.4.0\t22\t4847_58851\n2.0.0.0\t16\t64496,64497\n3.0.0.0\t16\t64496,64497_7\n2001:db8::\t32\t9\n",
       "1.0.4.0-1.0.7.255 4847  |2.0.0.0-2.0.255.255 64496  |3.0.0.0-3.0.255.255 7  |"
       "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 9  |"},
      {"bgp.tools",
       "{\"CIDR\":\"1.0.0.0/24\",\"ASN\":1,\"Hits\":30}\n{\"CIDR\":\"1.0.0.0/24\",\"ASN\":2,\"Hits\":1180}\n",
       "1.0.0.0-1.0.0.255 2  |"},
      {"libloc",
       "# x\n\naut-num: AS1\nname: ONE\n\nnet: 1.0.0.0/8\ncountry: AU\naut-num: 1\n\nnet: 1.2.0.0/16\ncountry: CN\n",
       "1.0.0.0-1.255.255.255 1 AU ONE|1.2.0.0-1.2.255.255 0  |"},
  };
  for (const auto& c : table) CU_ASSERT(same(told(c.text), c.wanted, c.what));
}

void origins_are_read_in_every_form() {
  struct {
    std::string_view text;
    std::optional<std::uint32_t> wanted;
  } const table[] = {
      {"1", 1},
      {"AS7", 7},
      {"1_2", 1},
      {"{1}", 1},
      {"{5,6}", 5},
      {"5,6", 5},
      {"5,6_7", 7},
      {"5,6_8,9", 5},
      {"{5,6}_7", 7},
      {"", std::nullopt},
      {"_", std::nullopt},
      {"1_", 1},
      {"5,6_", std::nullopt},
      {"{}", std::nullopt},
      {"{5,}", std::nullopt},
      {"x", std::nullopt},
      {"4294967296", std::nullopt},
  };
  for (const auto& c : table) CU_ASSERT(holds(route_origin(c.text) == c.wanted, c.text));
}

void mmdb_of_every_kind_is_read() {
  const std::string v4 = "1.0.0.0-1.0.0.255 13335  CLOUDFLARENET|8.8.8.0-8.8.8.255 15169  GOOGLE|";
  const std::string v6 = "2606:4700::-2606:4700:ffff:ffff:ffff:ffff:ffff:ffff 13335  CLOUDFLARENET|";
  for (const unsigned bits : {24U, 28U, 32U}) {
    CU_ASSERT(same(told(test::mmdb_sample({bits, 4})), v4, "IPv4, " + std::to_string(bits)));
    CU_ASSERT(same(told(test::mmdb_sample({bits, 6})), v4 + v6, "IPv6, " + std::to_string(bits)));
    CU_ASSERT(same(told(test::mmdb_sample({bits, 6, "x", {"::ffff:0:0/96", "2002::/16", "2001::/32"}})), v4 + v6,
                   "aliases, " + std::to_string(bits)));
  }
  using test::mmdb_map, test::mmdb_text, test::mmdb_number;
  const std::string ipinfo = mmdb_map({{"asn", mmdb_text("AS5")},
                                       {"as_name", mmdb_text("FIVE ")},
                                       {"country_code", mmdb_text("US")},
                                       {"more", mmdb_map({{"asn", mmdb_number(1)}})}});
  CU_ASSERT(same(told(test::mmdb_file(ipinfo, {{"1.0.0.0/24", 0}})), "1.0.0.0-1.0.0.255 5  FIVE|", "IPinfo"));
  const std::string pointer = std::string("\x20\x00", 2) + mmdb_map({});
  const std::string as = test::mmdb_as(7, "SEVEN");
  CU_ASSERT(same(told(test::mmdb_file(as + pointer, {{"1.0.0.0/24", as.size()}})), "1.0.0.0-1.0.0.255 7  SEVEN|",
                 "a pointer"));
  // All of IPv4 in one record that stands above ::/96.
  CU_ASSERT(same(told(test::mmdb_file(as, {{"::/64", 0}})),
                 "0.0.0.0-255.255.255.255 7  SEVEN|::-::ffff:ffff:ffff:ffff 7  SEVEN|", "above IPv4"));
}

void hostile_mmdb_is_refused() {
  const std::string good = test::mmdb_sample();
  CU_ASSERT(
      holds(told(test::mmdb_file(test::mmdb_map({{"country", test::mmdb_text("DE")}}), {{"1.0.0.0/24", 0}},
                                 {28, 6, "GeoLite2-Country"}))
                        .find("of type 'GeoLite2-Country', in which no record has an AS number") != std::string::npos ||
                told(test::mmdb_file(test::mmdb_map({{"country", test::mmdb_text("DE")}}), {{"1.0.0.0/24", 0}},
                                     {28, 6, "GeoLite2-Country"}))
                        .find("no record has an AS number") != std::string::npos,
            "no AS in it"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::string cut = good.substr(0, size);
    if (!told(cut).starts_with("damaged: s: ") && !told(cut).starts_with("empty: s: ")) {
      CU_ASSERT(same(told(cut), "an error", "cut at " + std::to_string(size)));
    }
  }
  // Maps in maps in maps, deeper than the stack; a map that claims millions of entries; a record that is a number.
  std::string nested;
  for (int i = 0; i < 2'000'000; ++i)
    nested += std::string(
        "\xE1\x41"
        "a",
        3);
  CU_ASSERT(told(test::mmdb_file(nested, {{"1.0.0.0/24", 0}})).starts_with("damaged"));
  CU_ASSERT(told(test::mmdb_file(test::mmdb_head(7, 60'000), {{"1.0.0.0/24", 0}})).starts_with("damaged"));
  CU_ASSERT(told(test::mmdb_file(test::mmdb_number(5), {{"1.0.0.0/24", 0}})).starts_with("damaged"));
  // A pointer to itself.
  CU_ASSERT(told(test::mmdb_file(std::string("\x20\x00", 2), {{"1.0.0.0/24", 0}})).starts_with("damaged"));
  // A tree whose nodes lead to each other: 2^128 ways through it.
  std::string loop = good;
  loop.replace(0, 7, std::string(7, '\0'));
  CU_ASSERT(told(loop).starts_with("limit") || told(loop).starts_with("damaged"));
}

// A random nested table as text, beside the most specific prefix of each address found one by one.
void nested_routes_are_flattened_as_a_naive_search_finds_them() {
  Random random(11);
  for (int round = 0; round < 20; ++round) {
    struct Best {
      std::uint32_t asn = 0, weight = 0;
    };
    std::map<std::pair<std::uint32_t, int>, Best> best;
    std::string text = "% made\n";
    for (int i = 0; i < 400; ++i) {
      const int length = 8 + static_cast<int>(random.below(25));
      const auto bits = static_cast<std::uint32_t>(0x0A000000 | random.below(1 << 12) << 12 | random.below(4096));
      const std::uint32_t first = bits & (~0U << (32 - length));
      const auto asn = static_cast<std::uint32_t>(random.below(50) + 1),
                 weight = static_cast<std::uint32_t>(random.below(90) + 10);
      text += std::to_string(asn) + '\t' + to_string(Prefix{Address::v4(first), length}) + '\t' +
              std::to_string(weight) + '\n';
      Best& known = best[{first, length}];
      if (weight > known.weight) known = {asn, weight};
    }
    Findings findings;
    const auto table = read_source_bytes(text, "s", {}, findings);
    CU_ASSERT_FATAL(static_cast<bool>(table));
    const auto buffer = compile(*table, {}, {}, findings);
    CU_ASSERT_FATAL(static_cast<bool>(buffer));
    CU_ASSERT_EQUAL(findings.skipped(), 0);
    const auto image = Image::open(buffer->bytes());
    CU_ASSERT_FATAL(static_cast<bool>(image));
    bool right = true;
    for (int i = 0; i < 20'000; ++i) {
      const auto bits = static_cast<std::uint32_t>(0x0A000000 | random.below(1 << 24));
      std::uint32_t wanted = 0;
      for (int length = 32; length >= 8 && wanted == 0; --length) {
        const auto found = best.find({bits & (~0U << (32 - length)), length});
        if (found != best.end()) wanted = found->second.asn;
      }
      right = right && image->asn(image->lookup(Address::v4(bits))) == wanted;
    }
    CU_ASSERT(holds(right, "round " + std::to_string(round)));
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "formats", {{"texts are read as their publishers mean them", texts_are_read_as_their_publishers_mean_them},
                  {"origins are read in every form", origins_are_read_in_every_form},
                  {"MMDB of every kind is read", mmdb_of_every_kind_is_read},
                  {"hostile MMDB is refused", hostile_mmdb_is_refused},
                  {"nested routes are flattened as a naive search finds them",
                   nested_routes_are_flattened_as_a_naive_search_finds_them}});
}
