// How registries are paced, which one is asked, and where a redirect may lead.
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/http.hh"
#include "client/url.hh"
#include "cunit_main.hh"
#include "net/special.hh"
#include "registry/bootstrap.hh"
#include "registry/gate.hh"
#include "registry/holder_text.hh"
#include "registry/inquiry.hh"
#include "registry/known_blocks.hh"
#include "registry/pace_file.hh"
#include "registry/result_line.hh"
#include "registry/whois_text.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;

constexpr std::int64_t kHour = 3600 * kSecondUs;

Range range_of(std::string_view text) { return parse_prefix(text)->range(); }

void descriptions_that_are_places_or_requests_are_no_holders() {
  const std::string_view holders[] = {"Example GmbH",
                                      "DACOM Corp.",
                                      "University of Zurich, Switzerland",
                                      "1&1 Internet AG",
                                      "EXAMPLE",
                                      "Telekom Austria",
                                      "Vodafone, Germany",
                                      "China Mobile",
                                      "Beispiel",
                                      "ООО Пример",
                                      "Georgia Institute of Technology",
                                      "21Vianet",
                                      "Internet St. Petersburg"};
  const std::string_view others[] = {"Zurich, Switzerland",
                                     "Sao Paulo, SP, Brazil",
                                     "Ufa, Russia.",
                                     "Frankfurt am Main, Germany",
                                     "GERMANY",
                                     "U.S.A.",
                                     "Moscow, Russian Federation",
                                     "CH-8001 Zurich",
                                     "75008 Paris, France",
                                     "12 Example Street",
                                     "P.O. Box 12",
                                     "Hauptstrasse 3",
                                     "Tel.: +49 30 000",
                                     "phone: +1 555 0100",
                                     "www.example.net",
                                     "http://example.net/",
                                     "please send reports to us",
                                     "For abuse write to us",
                                     "noc@example.net",
                                     "*****",
                                     "---",
                                     "x",
                                     ""};
  for (const std::string_view text : holders) CU_ASSERT(could_name_holder(text, "VODAFONE-DE"));
  for (const std::string_view text : others) CU_ASSERT(!could_name_holder(text, "EXLAN"));
  CU_ASSERT(is_handle("ORG-EX1-RIPE") && is_handle("EXAMPLE-MNT") && is_handle("MNT-EXAMPLE"));
  CU_ASSERT(!is_handle("ORGANISATION") && !is_handle("Org-Example") && !is_handle("EXAMPLE-NET"));
}

void a_token_leaves_no_burst() {
  PaceState state;
  const Pace pace{kSecondUs, 1};
  take_token(state, pace, 100 * kSecondUs);
  CU_ASSERT_EQUAL(earliest(state), 101 * kSecondUs);
  // An hour without questions saves up nothing.
  take_token(state, pace, 100 * kSecondUs + kHour);
  CU_ASSERT_EQUAL(earliest(state), 101 * kSecondUs + kHour);
}

void a_limit_pauses_doubles_and_halves_the_rate() {
  PaceState state;
  const Pace pace{kSecondUs, 1};
  note_limit(state, 0, 0);
  CU_ASSERT_EQUAL(earliest(state), 60 * kSecondUs);
  CU_ASSERT_EQUAL(interval_of(state, pace), 2 * kSecondUs);
  note_limit(state, 0, 60 * kSecondUs);
  CU_ASSERT_EQUAL(earliest(state), 180 * kSecondUs);
  CU_ASSERT_EQUAL(interval_of(state, pace), 4 * kSecondUs);
  // What the server asks for is kept to, however long.
  note_limit(state, 36'000, 0);
  CU_ASSERT_EQUAL(earliest(state), 10 * kHour);
  for (int i = 0; i < 20; ++i) note_limit(state, 0, 20 * kHour);
  CU_ASSERT_EQUAL(earliest(state), 26 * kHour);
}

void a_hundred_clean_answers_give_a_tenth_back() {
  PaceState state;
  const Pace pace{kSecondUs, 1};
  note_limit(state, 0, 0);
  for (int i = 0; i < 99; ++i) note_clean(state);
  CU_ASSERT_EQUAL(interval_of(state, pace), 2 * kSecondUs);
  note_clean(state);
  CU_ASSERT(interval_of(state, pace) < 2 * kSecondUs);
  for (int i = 0; i < 5000; ++i) note_clean(state);
  CU_ASSERT_EQUAL(interval_of(state, pace), kSecondUs);
}

void five_failures_open_the_breaker() {
  PaceState state;
  const Pace pace{kSecondUs, 1};
  for (int i = 0; i < 4; ++i) note_failure(state, 0);
  CU_ASSERT_EQUAL(earliest(state), 0);
  note_failure(state, 0);
  CU_ASSERT_EQUAL(earliest(state), 60 * kSecondUs);
  // One probe, then twice as long, up to an hour.
  take_token(state, pace, 60 * kSecondUs);
  CU_ASSERT(earliest(state) > 61 * kSecondUs);
  note_failure(state, 60 * kSecondUs);
  CU_ASSERT_EQUAL(earliest(state), 180 * kSecondUs);
  for (int i = 0; i < 20; ++i) note_failure(state, 0);
  CU_ASSERT(earliest(state) <= kHour);
  note_clean(state);
  CU_ASSERT(earliest(state) <= 61 * kSecondUs);
}

void processes_share_a_pace() {
  const TemporaryDirectory directory;
  const Pace pace{kSecondUs, 1};
  Moment now{1000 * kSecondUs, 5000, "this-boot"};
  std::int64_t wait = 0;
  auto one = PaceFile::open(directory.path(), "127.0.0.1:8080", pace);
  auto two = PaceFile::open(directory.path(), "127.0.0.1:8080", pace);
  CU_ASSERT_FATAL(one && two);
  auto slot = one->take(now, wait);
  CU_ASSERT_FATAL(slot.has_value());
  CU_ASSERT(!two->take(now, wait));
  CU_ASSERT_EQUAL(wait, kSecondUs);
  // In time, but the other's question is still in flight.
  now.boot_us += kSecondUs;
  CU_ASSERT(!two->take(now, wait));
  slot.reset();
  CU_ASSERT(two->take(now, wait).has_value());
  // The clock on the wall is set back by two hours: nothing changes.
  now.wall_s -= 7200;
  CU_ASSERT(!one->take(now, wait));
  CU_ASSERT_EQUAL(wait, kSecondUs);
  // After another start of the machine, what is left of a pause goes on.
  one->change(now, [&](PaceState& state) { note_limit(state, 7200, now.boot_us); });
  const Moment later{5 * kSecondUs, now.wall_s + 3600, "next-boot"};
  CU_ASSERT(!two->take(later, wait));
  CU_ASSERT(wait > 3590 * kSecondUs && wait <= 3600 * kSecondUs);
  const Moment over{5 * kSecondUs, now.wall_s + 7200, "next-boot"};
  CU_ASSERT(two->take(over, wait).has_value());
}

void a_damaged_pace_is_a_slow_one() {
  const TemporaryDirectory directory;
  const Pace pace{12 * kSecondUs, 1};
  const Moment now{1000 * kSecondUs, 5000, "this-boot"};
  for (const std::string_view bytes :
       std::initializer_list<std::string_view>{"x", "ip2asn-pace 1 this-boot 1 2 3", std::string_view("\0\0\0\0", 4),
                                               "ip2asn-pace 9 a 1 1 1 1 1 1 1 1 1 1 1 end"}) {
    test::write_bytes(directory / "arin", bytes);
    auto file = PaceFile::open(directory.path(), "arin", pace);
    CU_ASSERT_FATAL(static_cast<bool>(file));
    std::int64_t wait = 0;
    CU_ASSERT(!file->take(now, wait));
    CU_ASSERT_EQUAL(wait, 12 * kSecondUs);
  }
}

void more_than_the_default_takes_permission() {
  PaceWishes wishes;
  wishes.interval_us["lacnic"] = 20 * kSecondUs;
  CU_ASSERT(wishes.forbidden().empty());
  wishes.interval_us["lacnic"] = kSecondUs;
  CU_ASSERT_EQUAL(wishes.forbidden(), "lacnic");
  wishes.permissions.insert("lacnic");
  CU_ASSERT(wishes.forbidden().empty());
  wishes.in_flight["127.0.0.1:80"] = 2;
  CU_ASSERT_EQUAL(wishes.forbidden(), "127.0.0.1:80");
}

void the_longest_prefix_names_the_registry() {
  const auto table = BootstrapTable::read(
      R"({"publication":"p","services":[[["192.0.0.0/8"],["http://wide.example/x","https://wide.example/x"]],)"
      R"([["192.0.2.0/24"],["http://narrow.example/"]],[["198.51.100.0/24"],["ftp://odd.example/"]]]})",
      BootstrapTable::Kind::addresses, "table");
  CU_ASSERT_FATAL(static_cast<bool>(table));
  CU_ASSERT(same(table->base_url(range_of("192.0.3.0/24")), "https://wide.example/x/", "https first"));
  CU_ASSERT(same(table->base_url(range_of("192.0.2.128/25")), "http://narrow.example/", "longest"));
  CU_ASSERT(same(table->base_url(range_of("192.0.2.0/23")), "https://wide.example/x/", "wholly inside"));
  CU_ASSERT(same(table->base_url(range_of("198.51.100.1/32")), "", "no URL of ours"));
  CU_ASSERT(same(table->base_url(range_of("8.8.8.8/32")), "", "none"));
  for (const std::string_view bad : {"", "[]", "{}", R"({"services":[[]]})", R"({"services":[[["1.0.0.1/8"],[]]]})",
                                     R"({"services":[[[7],[]]]})", R"({"services":[7]})"}) {
    CU_ASSERT(!BootstrapTable::read(bad, BootstrapTable::Kind::addresses, "table"));
  }
}

void a_redirect_stays_where_it_may() {
  const HostPolicy policy{{"rdap.example.net", "example.org"}, false};
  const std::string from = "https://rdap.example.net/ip/1";
  CU_ASSERT(policy.refusal("https://rdap.example.net/x", from).empty());
  CU_ASSERT(policy.refusal("https://sub.rdap.example.net/x", from).empty());
  CU_ASSERT(policy.refusal("https://EXAMPLE.org/x", from).empty());
  for (const char* url :
       {"http://rdap.example.net/x", "https://evilexample.org/", "https://example.net/", "https://127.0.0.1/",
        "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/", "gopher://rdap.example.net/",
        "file:///etc/passwd", "https://rdap.example.net@evil.example/", "https://2130706433/", "", "https://"}) {
    CU_ASSERT(!policy.refusal(url, from).empty());
  }
  const HostPolicy test_policy{{"127.0.0.1"}, true};
  CU_ASSERT(test_policy.refusal("http://127.0.0.1:8080/", "").empty());
  CU_ASSERT(!test_policy.refusal("http://127.0.0.1:8080/", "https://127.0.0.1/").empty());
}

void retry_after_is_seconds_or_a_date() {
  constexpr std::int64_t kNow = 1'445'412'480;  // Wed, 21 Oct 2015 07:28:00 GMT
  CU_ASSERT_EQUAL(retry_after_seconds("120", kNow), 120);
  CU_ASSERT_EQUAL(retry_after_seconds("36000", kNow), 36'000);
  CU_ASSERT_EQUAL(retry_after_seconds("Wed, 21 Oct 2015 07:30:00 GMT", kNow), 120);
  CU_ASSERT_EQUAL(retry_after_seconds("Wed, 21 Oct 2015 07:00:00 GMT", kNow), 0);
  for (const char* text : {"", "-5", "soon", "99999999999999999999"})
    CU_ASSERT_EQUAL(retry_after_seconds(text, kNow), 0);
}

void special_space_that_is_reachable() {
  for (const auto& [text, reachable] :
       {std::pair("192.0.0.9", true), std::pair("192.0.0.8", false), std::pair("192.88.99.2", false),
        std::pair("192.88.99.1", false), std::pair("192.31.196.1", true), std::pair("240.0.0.1", false),
        std::pair("2001:20::1", true), std::pair("2001:db8::1", false)}) {
    const auto block = special_block(*parse_address(text));
    CU_ASSERT_FATAL(block.has_value());
    CU_ASSERT_EQUAL(block->globally_reachable, reachable);
    CU_ASSERT(block->prefix.range().contains(*parse_address(text)));
  }
}

void a_line_is_read_as_it_was_written() {
  ResultLine line;
  line.host = "machine";
  line.query = "192.0.2.0/24";
  line.ip = *parse_address("192.0.2.0");
  line.time = 1'700'000'000;
  line.announced = {64500, "192.0.2.0/24", "DE", "EXAMPLE \"quoted\" <x>"};
  line.block.range = {*parse_address("192.0.2.0"), *parse_address("192.0.3.127")};
  line.block.holder = "Größe \\ Ltd";
  line.block.entities = {"ORG-1", "X-MNT"};
  line.block.range_is_asked = true;
  JsonText json;
  write_result(json, line);
  const std::string text(json.text());
  CU_ASSERT(text.find(R"("cidr":"192.0.2.0/24, 192.0.3.0/25")") != std::string::npos);
  const auto read = read_result(text);
  CU_ASSERT_FATAL(static_cast<bool>(read));
  JsonText again;
  write_result(again, *read);
  CU_ASSERT(same(again.text(), text, "round trip"));
  for (std::size_t size = 0; size < text.size(); ++size) CU_ASSERT(!read_result(text.substr(0, size)));
}

void latin1_is_read_where_utf8_is_not() {
  CU_ASSERT(same(utf8_or_latin1("Gr\xC3\xB6\xC3\x9F"
                                "e"),
                 "Gr\xC3\xB6\xC3\x9F"
                 "e",
                 "UTF-8"));
  CU_ASSERT(same(utf8_or_latin1("Gr\xF6\xDF"
                                "e"),
                 "Gr\xC3\xB6\xC3\x9F"
                 "e",
                 "Latin-1"));
  CU_ASSERT(same(utf8_or_latin1("cut \xC3"), "cut \xC3\x83", "a cut character"));
}

// The same by brute force, over a few addresses.
class NaiveBlocks {
 public:
  using Kind = KnownBlocks::Kind;
  void add(const Range& range, KnownBlocks::Mark mark) { blocks_.push_back({range, mark}); }
  std::optional<KnownBlocks::Mark> find(const Address& address) const {
    const Entry* best = nullptr;
    for (const Entry& each : blocks_) {
      if (!each.range.contains(address)) continue;
      const bool better =
          best == nullptr || (best->mark.kind == Kind::none && each.mark.kind != Kind::none) ||
          ((best->mark.kind == Kind::none) == (each.mark.kind == Kind::none) && width(each.range) < width(best->range));
      if (better) best = &each;
    }
    return best != nullptr ? std::optional(best->mark) : std::nullopt;
  }

 private:
  struct Entry {
    Range range;
    KnownBlocks::Mark mark;
  };
  static std::uint64_t width(const Range& range) {
    return std::bit_width(range.last.lo - range.first.lo) + 64 * std::bit_width(range.last.hi - range.first.hi);
  }
  std::vector<Entry> blocks_;
};

void known_blocks_are_those_that_were_added(Family family) {
  test::Random random(7);
  // Around a boundary of /16s, so that blocks cross it.
  constexpr std::uint32_t kSpan = 2048;
  const auto at = [&](std::uint32_t offset) {
    return family == Family::v4 ? Address::v4(0x0900FC00 + offset) : Address::v6(0x2600'0000'0000'0000, offset);
  };
  for (int round = 0; round < 40; ++round) {
    KnownBlocks known;
    NaiveBlocks naive;
    double fresh = 0;
    for (int i = 0; i < 60; ++i) {
      const std::uint32_t first = random.below(kSpan), size = 1 + random.below(1u << random.below(11));
      const Range range{at(first), at(std::min(first + size - 1, kSpan - 1))};
      const KnownBlocks::Mark mark{random.below(5), static_cast<KnownBlocks::Kind>(random.below(3))};
      fresh += known.add(range, mark);
      naive.add(range, mark);
    }
    double answered = 0;
    std::uint32_t unknown = 0;
    for (std::uint32_t offset = 0; offset < kSpan; ++offset) {
      const auto got = known.find(at(offset)), wanted = naive.find(at(offset));
      CU_ASSERT_EQUAL(got.has_value(), wanted.has_value());
      if (got && wanted) CU_ASSERT(got->asn == wanted->asn && got->kind == wanted->kind);
      if (got && got->kind != KnownBlocks::Kind::none) ++answered;
      if (!got) ++unknown;
    }
    if (family == Family::v4) CU_ASSERT_EQUAL(fresh, answered);
    Range left{at(0), at(kSpan - 1)};
    while (const auto gap = known.first_gap(left)) {
      for (Address each = gap->first;; each = next(each)) {
        CU_ASSERT(!known.find(each));
        --unknown;
        if (each == gap->last) break;
      }
      if (gap->last == left.last) break;
      left.first = next(gap->last);
    }
    CU_ASSERT_EQUAL(unknown, 0);
  }
}

void known_blocks_of_ipv4() { known_blocks_are_those_that_were_added(Family::v4); }
void known_blocks_of_ipv6() { known_blocks_are_those_that_were_added(Family::v6); }

void known_blocks_reach_the_ends_of_the_space() {
  KnownBlocks known;
  const Range all{Address::v4(0), Address::v4(0xFFFFFFFF)};
  CU_ASSERT(*known.first_gap(all) == all);
  CU_ASSERT_EQUAL(known.add(range_of("255.255.255.0/24"), {}), 256);
  CU_ASSERT_EQUAL(known.add(range_of("0.0.0.0/8"), {}), 16777216);
  const auto gap = known.first_gap(all);
  CU_ASSERT_FATAL(gap.has_value());
  CU_ASSERT(same(to_string(gap->first) + "-" + to_string(gap->last), "1.0.0.0-255.255.254.255", "gap"));
  known.add(all, {});
  CU_ASSERT(known.covers(all));
  const Range all6{Address::v6(0, 0), Address::v6(~0ull, ~0ull)};
  known.add({Address::v6(~0ull, 0), Address::v6(~0ull, ~0ull)}, {});
  known.add(all6, {});
  CU_ASSERT(known.covers(all6));
}

}  // namespace

int main() {
  return ip2asn::test::run("registry",
                           {{"a token leaves no burst", a_token_leaves_no_burst},
                            {"a limit pauses, doubles and halves the rate", a_limit_pauses_doubles_and_halves_the_rate},
                            {"a hundred clean answers give a tenth back", a_hundred_clean_answers_give_a_tenth_back},
                            {"five failures open the breaker", five_failures_open_the_breaker},
                            {"processes share a pace", processes_share_a_pace},
                            {"a damaged pace is a slow one", a_damaged_pace_is_a_slow_one},
                            {"more than the default takes permission", more_than_the_default_takes_permission},
                            {"the longest prefix names the registry", the_longest_prefix_names_the_registry},
                            {"a redirect stays where it may", a_redirect_stays_where_it_may},
                            {"Retry-After is seconds or a date", retry_after_is_seconds_or_a_date},
                            {"special space that is reachable", special_space_that_is_reachable},
                            {"a line is read as it was written", a_line_is_read_as_it_was_written},
                            {"known blocks of IPv4", known_blocks_of_ipv4},
                            {"known blocks of IPv6", known_blocks_of_ipv6},
                            {"known blocks reach the ends of the space", known_blocks_reach_the_ends_of_the_space},
                            {"Latin-1 is read where UTF-8 is not", latin1_is_read_where_utf8_is_not},
                            {"descriptions that are places or requests are no holders",
                             descriptions_that_are_places_or_requests_are_no_holders}});
}
