#include "compile/local_data.hh"

#include <cstdio>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "compile/compile.hh"
#include "cunit_main.hh"
#include "index/image.hh"
#include "sources/source.hh"

namespace {

using namespace ip2asn;

constexpr std::string_view kRows =
    "10.0.0.0\t10.0.0.255\t1\tDE\tONE\n"
    "10.0.1.0\t10.0.1.255\t1\tFR\tONE-FR\n"
    "10.0.2.0\t10.0.2.255\t1\tFR\tONE-FR\n"
    "10.0.4.0\t10.0.4.255\t2\tUS\tTWO\n"
    "10.0.4.64\t10.0.4.127\t3\tUS\tTHREE\n"
    "2001:db8::\t2001:db8::ffff\t2\tUS\tTWO\n";

Override override_of(std::initializer_list<std::string_view> words) {
  const std::vector<std::string_view> all(words);
  const auto result = parse_override(all);
  CU_ASSERT_FATAL(static_cast<bool>(result));
  return *result;
}

NetworkList list_of(std::string_view name, std::string_view text) {
  Findings findings;
  auto list = parse_list(text, name, name, findings);
  CU_ASSERT_FATAL(static_cast<bool>(list));
  return *std::move(list);
}

struct Compiled {
  ImageBuffer buffer;
  Image image;
};

Compiled compiled(const LocalData& local, std::string_view rows = kRows) {
  Findings findings;
  const auto table = read_source_bytes(rows, "rows", {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(table));
  const auto hosters = HosterMap::parse("idle cloud AS99\nthree hosting AS3\n", "map");
  auto buffer = compile(*table, *hosters, {}, findings, local);
  if (!buffer) std::printf("\n    %s\n", buffer.error().message.c_str());
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  Compiled result{*std::move(buffer), {}};
  const auto image = Image::open(result.buffer.bytes());
  if (!image) std::printf("\n    %s\n", image.error().message.c_str());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  result.image = *image;
  return result;
}

std::string error_of(const LocalData& local) {
  Findings findings;
  const auto table = read_source_bytes(kRows, "rows", {}, findings);
  const auto buffer = compile(*table, {}, {}, findings, local);
  return buffer ? "" : buffer.error().message;
}

// "1 FR ONE-FR 10.0.1.0-10.0.1.255 [lists]", the lists only when there are some.
std::string answer(const Image& image, std::string_view text) {
  const Address address = *parse_address(text);
  const Match match = image.find(address);
  const Record record = image.record(match.record);
  CU_ASSERT(match.record == image.lookup(address));
  std::string result = std::to_string(record.asn) + ' ' + std::string(record.country) + ' ' +
                       std::string(record.description) + ' ' + to_string(match.range.first) + '-' +
                       to_string(match.range.last);
  std::string lists;
  image.lists_of(match.record, address).each([&](ListId id) { lists += ' ' + std::string(image.list_name(id)); });
  if (!lists.empty()) result += " [" + lists.substr(1) + ']';
  return result;
}

void expect(const Image& image, std::string_view address, std::string_view wanted) {
  const std::string got = answer(image, address);
  if (got != wanted)
    std::printf("\n    %.*s\n    got    '%s'\n    wanted '%.*s'\n", static_cast<int>(address.size()), address.data(),
                got.c_str(), static_cast<int>(wanted.size()), wanted.data());
  CU_ASSERT(got == wanted);
}

void words_of_an_override() {
  const Override full = override_of({"192.0.2.0/24", "AS64500", "de", "Our own"});
  CU_ASSERT(to_string(full.network) == "192.0.2.0/24" && full.asn == 64500);
  CU_ASSERT(full.country == "DE" && full.name == "Our own");
  const Override least = override_of({"2001:db8::1", "64500"});
  CU_ASSERT(least.network.length == 128 && !least.country && !least.name);
  CU_ASSERT(override_of({"10.0.0.0/8", "0"}).asn == 0);
  CU_ASSERT(override_of({"10.0.0.0/8", "1", "None", "x"}).country == "");
  CU_ASSERT(to_string(override_of({"::ffff:10.0.0.0/104", "1"}).network) == "10.0.0.0/8");
}

void bad_words_of_an_override() {
  const std::vector<std::vector<std::string_view>> bad = {{"10.0.0.0/8"},
                                                          {"10.0.0.1/8", "1"},
                                                          {"10.0.0.0/33", "1"},
                                                          {"ten", "1"},
                                                          {"10.0.0.0/8", "AS1x"},
                                                          {"10.0.0.0/8", "-1"},
                                                          {"10.0.0.0/8", "4294967296"},
                                                          {"10.0.0.0/8", "1", "DEU"},
                                                          {"10.0.0.0/8", "1", "D1"},
                                                          {"10.0.0.0/8", "1", "DE", "a\nb"},
                                                          {"10.0.0.0/8", "0", "DE"},
                                                          {"10.0.0.0/8", "1", "DE", "a", "b"}};
  for (const auto& words : bad) {
    const auto result = parse_override(words);
    CU_ASSERT(!result);
    CU_ASSERT(!result && !result.error().message.empty());
  }
}

void an_override_wins_inside_around_and_beside_rows() {
  LocalData local;
  local.overrides = {
      override_of({"10.0.0.128/25", "7", "AT", "SEVEN"}), override_of({"10.0.4.0/22", "8", "CH", "EIGHT"}),
      override_of({"172.16.0.0/12", "9", "None", "NINE"}), override_of({"2001:db8::8000/113", "7", "AT", "SEVEN"})};
  const Compiled c = compiled(local);
  expect(c.image, "10.0.0.127", "1 DE ONE 10.0.0.0-10.0.0.127");
  expect(c.image, "10.0.0.128", "7 AT SEVEN 10.0.0.128-10.0.0.255");
  expect(c.image, "10.0.1.0", "1 FR ONE-FR 10.0.1.0-10.0.1.255");
  expect(c.image, "10.0.2.0", "1 FR ONE-FR 10.0.2.0-10.0.2.255");
  expect(c.image, "10.0.3.9", "0   10.0.3.0-10.0.3.255");
  expect(c.image, "10.0.4.100", "8 CH EIGHT 10.0.4.0-10.0.7.255");
  expect(c.image, "172.31.255.255", "9  NINE 172.16.0.0-172.31.255.255");
  expect(c.image, "2001:db8::7fff", "2 US TWO 2001:db8::-2001:db8::7fff");
  expect(c.image, "2001:db8::ffff", "7 AT SEVEN 2001:db8::8000-2001:db8::ffff");
}

void the_most_specific_override_wins() {
  LocalData local;
  local.overrides = {override_of({"10.0.0.64/26", "5", "AT", "FIVE"}), override_of({"10.0.0.0/24", "4", "AT", "FOUR"}),
                     override_of({"10.0.0.77", "0"})};
  const Compiled c = compiled(local);
  expect(c.image, "10.0.0.1", "4 AT FOUR 10.0.0.0-10.0.0.63");
  expect(c.image, "10.0.0.64", "5 AT FIVE 10.0.0.64-10.0.0.76");
  expect(c.image, "10.0.0.77", "0   10.0.0.77-10.0.0.77");
  expect(c.image, "10.0.0.78", "5 AT FIVE 10.0.0.78-10.0.0.127");
}

void asn_0_is_not_announced() {
  LocalData local;
  local.overrides = {override_of({"10.0.2.0/23", "0"})};
  const Compiled c = compiled(local);
  expect(c.image, "10.0.2.1", "0   10.0.2.0-10.0.3.255");
}

void all_of_the_space_can_be_overridden() {
  LocalData local;
  local.overrides = {override_of({"0.0.0.0/0", "5", "AT", "FIVE"}), override_of({"::/0", "0"})};
  const Compiled c = compiled(local);
  expect(c.image, "0.0.0.0", "5 AT FIVE 0.0.0.0-255.255.255.255");
  expect(c.image, "255.255.255.255", "5 AT FIVE 0.0.0.0-255.255.255.255");
  expect(c.image, "2001:db8::1", "0   ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

void what_is_left_open_is_as_the_database_says() {
  LocalData local;
  local.overrides = {override_of({"192.0.2.0/25", "1"}), override_of({"192.0.2.128/25", "1", "AT"}),
                     override_of({"198.51.100.0/24", "64500"}), override_of({"203.0.113.0/24", "64500", "AT"})};
  const Compiled c = compiled(local);
  expect(c.image, "192.0.2.1", "1 FR ONE-FR 192.0.2.0-192.0.2.127");
  expect(c.image, "192.0.2.129", "1 AT ONE-FR 192.0.2.128-192.0.2.255");
  expect(c.image, "198.51.100.1", "64500   198.51.100.0-198.51.100.255");
  expect(c.image, "203.0.113.1", "64500 AT  203.0.113.0-203.0.113.255");
}

void overrides_of_one_network_must_agree() {
  LocalData local;
  local.overrides = {override_of({"10.0.0.0/8", "1", "DE", "x"}), override_of({"10.0.0.0/8", "1", "DE", "x"})};
  CU_ASSERT(error_of(local).empty());
  local.overrides.push_back(override_of({"10.0.0.0/8", "2"}));
  CU_ASSERT(error_of(local).find("10.0.0.0-10.255.255.255") != std::string::npos);
}

void lists_hold_ases_and_networks() {
  LocalData local;
  local.lists = {list_of("z", "AS1\nAS2\n"), list_of("a", "AS1\n10.0.1.0/24\n172.16.0.0/12\n10.0.4.64/26\n"),
                 list_of("m", "2001:db8::/127\n10.0.4.0/23\n"), list_of("empty", "# nobody\n")};
  const Compiled c = compiled(local);
  CU_ASSERT(c.image.list_count() == 4);
  CU_ASSERT(c.image.find_list("a") == ListId{0} && c.image.find_list("z") == ListId{3});
  CU_ASSERT(!c.image.find_list("b") && !c.image.find_list("") && !c.image.find_list("zz"));
  expect(c.image, "10.0.0.1", "1 DE ONE 10.0.0.0-10.0.0.255 [a z]");
  expect(c.image, "10.0.1.1", "1 FR ONE-FR 10.0.1.0-10.0.1.255 [a z]");
  expect(c.image, "10.0.3.255", "0   10.0.3.0-10.0.3.255");
  expect(c.image, "10.0.4.63", "2 US TWO 10.0.4.0-10.0.4.63 [m z]");
  expect(c.image, "10.0.4.64", "3 US THREE 10.0.4.64-10.0.4.127 [a m]");
  expect(c.image, "10.0.4.128", "2 US TWO 10.0.4.128-10.0.4.255 [m z]");
  expect(c.image, "10.0.5.255", "0   10.0.5.0-255.255.255.255 [m]");
  expect(c.image, "172.20.0.0", "0   10.0.5.0-255.255.255.255 [a]");
  expect(c.image, "2001:db8::1", "2 US TWO 2001:db8::-2001:db8::ffff [m z]");
  expect(c.image, "2001:db8::2", "2 US TWO 2001:db8::-2001:db8::ffff [z]");
  expect(c.image, "::ffff:10.0.4.1", "2 US TWO 10.0.4.0-10.0.4.63 [m z]");
}

void lists_see_overrides() {
  LocalData local;
  local.lists = {list_of("seven", "AS7\n")};
  local.overrides = {override_of({"10.0.0.0/25", "7"})};
  const Compiled c = compiled(local);
  expect(c.image, "10.0.0.1", "7   10.0.0.0-10.0.0.127 [seven]");
  expect(c.image, "10.0.0.200", "1 DE ONE 10.0.0.128-10.0.0.255");
}

void the_order_of_lists_does_not_show() {
  LocalData forth, back;
  forth.lists = {list_of("a", "AS1\n10.0.0.0/8\n"), list_of("b", "AS2\n")};
  back.lists = {forth.lists[1], forth.lists[0]};
  CU_ASSERT(compiled(forth).image.content_id() == compiled(back).image.content_id());
  CU_ASSERT(compiled(forth).image.content_id() != compiled({}).image.content_id());
}

void two_lists_of_one_name_are_refused() {
  LocalData local;
  local.lists = {list_of("a", "AS1\n"), list_of("a", "AS2\n")};
  CU_ASSERT(error_of(local).find("'a'") != std::string::npos);
}

void hosters_without_a_record_keep_their_names() {
  const Compiled c = compiled({});
  CU_ASSERT_FATAL(c.image.hoster_count() == 2);
  CU_ASSERT(c.image.hoster(1).name == "idle" && c.image.hoster(2).name == "three");
  CU_ASSERT(c.image.record(c.image.lookup(*parse_address("10.0.4.64"))).hoster == "three");
}

void local_data_is_added_to_an_index_as_to_its_sources() {
  LocalData local;
  local.lists = {list_of("a", "AS1\n10.0.4.0/24\n::/1\n")};
  local.overrides = {override_of({"10.0.0.0/25", "3", "AT", "MORE"}), override_of({"10.9.0.0/16", "64500"})};
  const Compiled plain = compiled({}), direct = compiled(local);
  auto buffer = recompile(plain.image, local);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  const auto image = Image::open(buffer->bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  CU_ASSERT(image->content_id() == direct.image.content_id());
  CU_ASSERT(image->sources() == plain.image.sources());
  CU_ASSERT(!recompile(direct.image, local));
}

// Against a plain reading of the same lists.
void membership_of_many_networks() {
  std::mt19937 random(1);
  std::vector<Prefix> networks[3];
  LocalData local;
  for (int i = 0; i < 3; ++i) {
    std::string text = "# list\n";
    for (int j = 0; j < 20000; ++j) {
      const int length = 8 + static_cast<int>(random() % 25);
      const auto bits = static_cast<std::uint32_t>(random()) & static_cast<std::uint32_t>(~0ull << (32 - length));
      networks[i].push_back({Address::v4(bits), length});
      text += to_string(networks[i].back()) + '\n';
      if (length < 16 && j % 16 != 0) {
        text.resize(text.rfind('\n', text.size() - 2) + 1);
        networks[i].pop_back();
      }
    }
    local.lists.push_back(list_of(std::string(1, static_cast<char>('a' + i)), text));
  }
  const Compiled c = compiled(local);
  int wrong = 0;
  for (int i = 0; i < 2000; ++i) {
    Address address = Address::v4(static_cast<std::uint32_t>(random()));
    if (i % 2 == 0) {
      const auto& of = networks[i / 2 % 3];
      const Range range = of[random() % of.size()].range();
      const Address ends[] = {range.first, range.last, previous(range.first), next(range.last)};
      address = ends[random() % 4];
    }
    const ListSet lists = c.image.lists_of(c.image.lookup(address), address);
    for (ListId list = 0; list < 3; ++list) {
      bool held = false;
      for (const Prefix& network : networks[list]) held = held || network.range().contains(address);
      wrong += held != lists.contains(list);
    }
  }
  CU_ASSERT_EQUAL(wrong, 0);
}

// No byte of the new sections may be wrong unseen; what has correct checksums is checked for structure.
void a_flipped_bit_is_seen() {
  LocalData local;
  local.lists = {list_of("a", "AS1\n10.0.4.0/24\n"), list_of("b", "AS2\n")};
  Compiled c = compiled(local);
  const auto bytes = c.buffer.bytes();
  int accepted = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 97) {
    bytes[i] ^= std::byte{4};
    accepted += static_cast<bool>(Image::open(bytes));
    bytes[i] ^= std::byte{4};
  }
  CU_ASSERT_EQUAL(accepted, 0);
}

}  // namespace

int main() {
  return test::run(
      "local data",
      {
          {"words of an override", words_of_an_override},
          {"bad words of an override", bad_words_of_an_override},
          {"an override wins inside, around and beside rows", an_override_wins_inside_around_and_beside_rows},
          {"the most specific override wins", the_most_specific_override_wins},
          {"ASN 0 is not announced", asn_0_is_not_announced},
          {"all of the space can be overridden", all_of_the_space_can_be_overridden},
          {"what is left open is as the database says", what_is_left_open_is_as_the_database_says},
          {"overrides of one network must agree", overrides_of_one_network_must_agree},
          {"lists hold ASes and networks", lists_hold_ases_and_networks},
          {"lists see overrides", lists_see_overrides},
          {"the order of lists does not show", the_order_of_lists_does_not_show},
          {"two lists of one name are refused", two_lists_of_one_name_are_refused},
          {"hosters without a record keep their names", hosters_without_a_record_keep_their_names},
          {"local data is added to an index as to its sources", local_data_is_added_to_an_index_as_to_its_sources},
          {"membership of many networks", membership_of_many_networks},
          {"a flipped bit is seen", a_flipped_bit_is_seen},
      });
}
