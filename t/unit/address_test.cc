#include "net/address.hh"

#include <arpa/inet.h>

#include <cstring>
#include <random>
#include <string>

#include "cunit_main.hh"

using namespace ip2asn;

namespace {

void text_is_accepted_exactly_when_inet_pton_accepts_it() {
  const char* const texts[] = {"0.0.0.0",
                               "255.255.255.255",
                               "1.2.3.4",
                               "01.2.3.4",
                               "1.2.3.04",
                               "1.2.3",
                               "127.1",
                               "1.2.3.4.5",
                               "1.2.3.256",
                               "1.2.3.4 ",
                               " 1.2.3.4",
                               "1..3.4",
                               ".1.2.3.4",
                               "1.2.3.4.",
                               "0x1.2.3.4",
                               "1.2.3.-4",
                               "+1.2.3.4",
                               "1.2.3.0000",
                               "",
                               "::",
                               "::1",
                               "1::",
                               ":",
                               ":::",
                               "1:::2",
                               "::1::",
                               "1:2:3:4:5:6:7:8",
                               "1:2:3:4:5:6:7",
                               "1:2:3:4:5:6:7::",
                               "::2:3:4:5:6:7:8",
                               "1:2:3:4:5:6:7:8:9",
                               "1:2:3:4::5:6:7:8",
                               "12345::",
                               "g::",
                               "fe80::1%eth0",
                               "::ffff:1.2.3.4",
                               "::1.2.3.4",
                               "1:2:3:4:5:6:1.2.3.4",
                               "1:2:3:4:5:6:7:1.2.3.4",
                               "::1.2.3",
                               "::1.2.3.4:5",
                               "1.2.3.4::",
                               ":1::2",
                               "1:",
                               "::1:",
                               "2001:DB8::A",
                               "0000:0000:0000:0000:0000:ffff:255.255.255.255",
                               "2001:db8::/32",
                               "[::1]"};
  for (const char* text : texts) {
    unsigned char bytes[16];
    const bool v4 = inet_pton(AF_INET, text, bytes) == 1;
    const Address expected4 = v4 ? Address::from_v4_bytes(bytes) : Address();
    const bool v6 = inet_pton(AF_INET6, text, bytes) == 1;
    const Address expected = v4 ? expected4 : v6 ? Address::from_v6_bytes(bytes) : Address();
    const auto parsed = parse_address(text);
    if (parsed.has_value() != (v4 || v6)) std::printf("differs from inet_pton: '%s'\n", text);
    CU_ASSERT_EQUAL(parsed.has_value(), v4 || v6);
    if (parsed) CU_ASSERT_TRUE(*parsed == expected);
  }
  CU_ASSERT_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)).has_value());
}

void text_is_canonical() {
  const struct {
    const char *in, *out;
  } rows[] = {{"1.2.3.4", "1.2.3.4"},
              {"0:0:0:0:0:0:0:0", "::"},
              {"0:0:0:0:0:0:0:1", "::1"},
              {"1:0:0:0:0:0:0:0", "1::"},
              {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
              {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
              {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
              {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
              {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"},
              {"::ffff:0102:0304", "::ffff:1.2.3.4"},
              {"::0102:0304", "::102:304"},
              {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}};
  for (const auto& row : rows) {
    const auto address = parse_address(row.in);
    CU_ASSERT_TRUE_FATAL(address.has_value());
    CU_ASSERT_STRING_EQUAL(to_string(*address).c_str(), row.out);
  }
}

void text_of_any_address_reads_back_as_itself() {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    // Mostly zeros in some groups, so that every place of "::" comes by.
    std::uint64_t hi = random(), lo = random();
    for (int group = 0; group < 4; ++group) {
      if (random() % 2) hi &= ~(0xffffull << (16 * group));
      if (random() % 2) lo &= ~(0xffffull << (16 * group));
    }
    const Address v6 = Address::v6(hi, lo), v4 = Address::v4(static_cast<std::uint32_t>(lo ^ hi >> 32));
    for (const Address& a : {v6, v4}) {
      const std::string text = to_string(a);
      const auto back = parse_address(text);
      if (!back || *back != a) {
        CU_FAIL("an address does not read back");
        return;
      }
    }
  }
}

void mapped_addresses_become_v4() {
  CU_ASSERT_TRUE(unmapped(*parse_address("::ffff:9.8.7.6")) == *parse_address("9.8.7.6"));
  CU_ASSERT_TRUE(unmapped(*parse_address("::9.8.7.6")) == *parse_address("::908:706"));
  CU_ASSERT_TRUE(unmapped(*parse_address("::fffe:9.8.7.6")).family == Family::v6);
  CU_ASSERT_TRUE(unmapped(*parse_address("9.8.7.6")) == *parse_address("9.8.7.6"));
}

void neighbours_carry_and_wrap() {
  CU_ASSERT_TRUE(next(*parse_address("1.2.3.255")) == *parse_address("1.2.4.0"));
  CU_ASSERT_TRUE(next(*parse_address("255.255.255.255")) == *parse_address("0.0.0.0"));
  CU_ASSERT_TRUE(previous(*parse_address("0.0.0.0")) == *parse_address("255.255.255.255"));
  CU_ASSERT_TRUE(next(*parse_address("::ffff:ffff:ffff:ffff")) == *parse_address("0:0:0:1::"));
  CU_ASSERT_TRUE(previous(*parse_address("0:0:0:1::")) == *parse_address("::ffff:ffff:ffff:ffff"));
  CU_ASSERT_TRUE(previous(*parse_address("::")) == *parse_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

void prefixes_are_read_strictly() {
  for (const char* good : {"0.0.0.0/0", "10.0.0.0/8", "1.2.3.4/32", "::/0", "2001:db8::/32", "::1/128"}) {
    const auto prefix = parse_prefix(good);
    CU_ASSERT_TRUE_FATAL(prefix.has_value());
    CU_ASSERT_STRING_EQUAL(to_string(*prefix).c_str(), good);
  }
  CU_ASSERT_EQUAL(parse_prefix("1.2.3.4")->length, 32);
  for (const char* bad : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/+8", "/8",
                          "::/129", "::1/64", "10.0.0.0/8/8", "10.0.0.0/8 ", ""}) {
    CU_ASSERT_FALSE(parse_prefix(bad).has_value());
  }
}

void ranges_split_into_the_fewest_prefixes() {
  const struct {
    const char *first, *last, *out;
  } rows[] = {
      {"1.0.0.0", "1.0.0.255", "1.0.0.0/24"},
      {"0.0.0.0", "255.255.255.255", "0.0.0.0/0"},
      {"255.255.255.255", "255.255.255.255", "255.255.255.255/32"},
      {"1.0.0.1", "1.0.0.6", "1.0.0.1/32 1.0.0.2/31 1.0.0.4/31 1.0.0.6/32"},
      {"1.0.1.0", "1.0.3.255", "1.0.1.0/24 1.0.2.0/23"},
      {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"},
      {"2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::", "2001:db8::ffff:ffff:ffff:ffff/128 2001:db8:0:1::/128"}};
  for (const auto& row : rows) {
    std::string out;
    for (const Prefix& p : prefixes({*parse_address(row.first), *parse_address(row.last)})) {
      out += (out.empty() ? "" : " ") + to_string(p);
    }
    CU_ASSERT_STRING_EQUAL(out.c_str(), row.out);
  }
}

void the_largest_prefix_holds_the_address_and_stays_inside() {
  const Range range{*parse_address("1.0.1.0"), *parse_address("1.0.3.255")};
  CU_ASSERT_STRING_EQUAL(to_string(largest_prefix(range, *parse_address("1.0.1.7"))).c_str(), "1.0.1.0/24");
  CU_ASSERT_STRING_EQUAL(to_string(largest_prefix(range, *parse_address("1.0.3.255"))).c_str(), "1.0.2.0/23");
  const Range all{*parse_address("::"), *parse_address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")};
  CU_ASSERT_STRING_EQUAL(to_string(largest_prefix(all, *parse_address("2001:db8::1"))).c_str(), "::/0");
  const Range one{*parse_address("::5"), *parse_address("::5")};
  CU_ASSERT_STRING_EQUAL(to_string(largest_prefix(one, one.first)).c_str(), "::5/128");
}

}  // namespace

int main() {
  return test::run("addresses", {{"text is accepted exactly when inet_pton accepts it",
                                  text_is_accepted_exactly_when_inet_pton_accepts_it},
                                 {"text is canonical (RFC 5952)", text_is_canonical},
                                 {"text of any address reads back as itself", text_of_any_address_reads_back_as_itself},
                                 {"mapped addresses become IPv4", mapped_addresses_become_v4},
                                 {"neighbours carry and wrap", neighbours_carry_and_wrap},
                                 {"prefixes are read strictly", prefixes_are_read_strictly},
                                 {"ranges split into the fewest prefixes", ranges_split_into_the_fewest_prefixes},
                                 {"the largest prefix holds the address and stays inside",
                                  the_largest_prefix_holds_the_address_and_stays_inside}});
}
