#include "serve/acceptance.hh"

#include <string>

#include "compile/compile.hh"
#include "compile/list.hh"
#include "cunit_main.hh"
#include "serve/profile.hh"
#include "sources/source.hh"
#include "support.hh"

namespace {

using namespace ip2asn;

ImageBuffer compiled(const std::string& text) {
  Findings findings;
  const SourceOptions options;
  const auto table = read_source_bytes(text, "made", options, findings);
  CU_ASSERT_FATAL(static_cast<bool>(table));
  auto buffer = compile(*table, HosterMap(), options, findings);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  return *std::move(buffer);
}

std::optional<std::string> drift(const Image& before, const Image& after, double max_drift) {
  const Profile profile = profile_of(before);
  return lost({&profile, same_samples(profile, after)}, profile_of(after), max_drift);
}

// An image of made data: `rows` ranges of a /24 (or /64) each, of `asns` ASes in turn.
struct Made {
  int rows4 = 0, asns4 = 1, rows6 = 0, asns6 = 1;
  int generation = 0;  ///< of ASes and names
  int narrow = 0;      ///< so many of the IPv4 ranges have one address only

  ImageBuffer buffer = {};
  Image image = {};

  Made& make() {
    std::string text;
    for (int i = 0; i < rows4; ++i) {
      const std::string net = "10." + std::to_string(i / 256) + '.' + std::to_string(i % 256) + '.';
      text += net + "0\t" + net + (i < narrow ? "0" : "255") + '\t' +
              std::to_string(1 + 100'000 * generation + i % asns4) + "\tDE\tv4 " +
              std::to_string(1000 * generation + i % 300) + '\n';
    }
    for (int i = 0; i < rows6; ++i) {
      const std::string net = "2001:db8:0:" + std::to_string(1000 + i) + ":";
      text += net + ":\t" + net + "ffff:ffff:ffff:ffff\t" + std::to_string(1 + i % asns6) + "\tDE\tv6\n";
    }
    buffer = compiled(text);
    const auto opened = Image::open(buffer.bytes());
    CU_ASSERT_FATAL(static_cast<bool>(opened));
    image = *opened;
    return *this;
  }
};

bool says(const std::optional<std::string>& sentence, std::string_view words) {
  return sentence && sentence->find(words) != std::string::npos;
}

void a_fall_of_just_the_allowed_share_is_allowed() {
  Made before{.rows4 = 100, .asns4 = 50}, equal{.rows4 = 95, .asns4 = 50}, below{.rows4 = 94, .asns4 = 50};
  before.make();
  CU_ASSERT(!drift(before.image, equal.make().image, 5));
  CU_ASSERT(says(drift(before.image, below.make().image, 5), "IPv4 ranges fell by 6.00 % from 100 to 94"));
  CU_ASSERT(says(drift(before.image, below.image, 5), "; at most 5 % is allowed"));
}

void each_family_is_judged_for_itself() {
  Made before{.rows4 = 1000, .asns4 = 10, .rows6 = 20, .asns6 = 10},
      after{.rows4 = 1000, .asns4 = 10, .rows6 = 18, .asns6 = 10};
  const auto words = drift(before.make().image, after.make().image, 5);
  CU_ASSERT(says(words, "IPv6 ranges fell by 10.00 % from 20 to 18"));
  CU_ASSERT(!says(words, "IPv4"));
}

void a_family_that_goes_missing_has_drifted() {
  Made before{.rows4 = 10, .rows6 = 10}, after{.rows4 = 10};
  CU_ASSERT(says(drift(before.make().image, after.make().image, 99), "IPv6 ranges fell by 100.00 % from 10 to 0"));
}

void fewer_ases_are_drift_though_the_ranges_are_as_many() {
  Made before{.rows4 = 100, .asns4 = 100}, after{.rows4 = 100, .asns4 = 90};
  const auto words = drift(before.make().image, after.make().image, 5);
  CU_ASSERT(says(words, "IPv4 ASNs fell by 10.00 % from 100 to 90"));
  CU_ASSERT(!says(words, "ranges fell"));
}

void fewer_addresses_are_drift_though_the_ranges_are_as_many() {
  Made before{.rows4 = 100}, after{.rows4 = 100, .narrow = 10};
  const auto words = drift(before.make().image, after.make().image, 5);
  CU_ASSERT(says(words, "IPv4 covered addresses fell by 9.96 % from 25600 to 23050"));
  CU_ASSERT(!says(words, "ranges fell"));
}

void growth_and_a_new_family_are_no_drift() {
  Made before{.rows4 = 10}, after{.rows4 = 500, .asns4 = 100, .rows6 = 10};
  CU_ASSERT(!drift(before.make().image, after.make().image, 0));
}

void equal_data_has_not_drifted() {
  Made data{.rows4 = 10, .rows6 = 10};
  data.make();
  CU_ASSERT(!drift(data.image, data.image, 0));
}

void all_may_go_where_all_is_allowed() {
  Made before{.rows4 = 100, .asns4 = 10, .rows6 = 10}, after{.rows4 = 1};
  CU_ASSERT(!drift(before.make().image, after.make().image, 100));
}

void a_loss_beyond_the_share_is_drift() {
  const auto rows = [](int v4, int v6, int asns, bool wide) {
    std::string text;
    for (int i = 0; i < v4; ++i) {
      const std::string net = "10." + std::to_string(i) + ".0.";
      text += net + "0\t" + net + (wide ? "255" : "127") + '\t' + std::to_string(i % asns + 1) + "\tUS\tA\n";
    }
    for (int i = 0; i < v6; ++i) {
      const std::string net = "2001:db8:" + std::to_string(i) + "::";
      text += net + '\t' + net + "ffff\t" + std::to_string(i % asns + 1) + "\tUS\tA\n";
    }
    return text;
  };
  const auto old_buffer = compiled(rows(100, 20, 20, true));
  const auto old_image = Image::open(old_buffer.bytes());
  struct {
    const char* name;
    std::string source, wanted;
  } const table[] = {
      {"the same", rows(100, 20, 20, true), ""},
      {"more", rows(200, 60, 60, true), ""},
      {"just the share", rows(95, 19, 19, true), ""},
      {"ranges and addresses", rows(94, 20, 20, true),
       "IPv4 ranges fell by 6.00 % from 100 to 94, IPv4 covered addresses fell by 6.00 % from 25600 to 24064; at most "
       "5 % "
       "is allowed"},
      {"ASes", rows(100, 20, 18, true),
       "IPv4 ASNs fell by 10.00 % from 20 to 18, IPv6 ASNs fell by 10.00 % from 20 to 18; at most 5 % is allowed"},
      {"addresses alone", rows(100, 20, 20, false),
       "IPv4 covered addresses fell by 50.00 % from 25600 to 12800; at most 5 % is allowed"},
      {"a family", rows(100, 0, 20, true),
       "IPv6 ranges fell by 100.00 % from 20 to 0, IPv6 ASNs fell by 100.00 % from 20 to 0, IPv6 covered addresses "
       "fell by "
       "100.00 % from 1310720 to 0; at most 5 % is allowed"},
  };
  for (const auto& row : table) {
    const auto buffer = compiled(row.source);
    const auto words = drift(*old_image, *Image::open(buffer.bytes()), 5);
    CU_ASSERT(test::same(words.value_or(""), row.wanted, row.name));
  }
}

// A profile of a database of that many ranges, all with a country and a name.
Profile database(double ranges, double country = 100, double names = 100) {
  Profile profile;
  profile.amounts = {{"IPv4 ranges", AmountKind::counted, ranges, 0},
                     {"IPv4 ranges with a country", AmountKind::shared, country, 0},
                     {"different names", AmountKind::variety, names, 0}};
  return profile;
}

Profile list(double entries, double addresses = 0) {
  const bool many = entries >= 20;
  Profile profile;
  profile.amounts = {{"entries", AmountKind::entries, entries, 0},
                     {"public IPv4 addresses", AmountKind::reach4, addresses, 0}};
  if (many) profile.amounts.push_back({"IPv4 addresses", AmountKind::space4, addresses, 0});
  return profile;
}

constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000'000;

// The policy as a table: what the data is, what is known good, what was seen of it before; and what comes of it. The
// manual has the same one (docs/operations.md).
void the_policy() {
  const Profile good = database(1000), small = database(100), much = database(1300);
  const Profile list100 = list(100, 25'600), list3 = list(3, 768);
  const Waiting never{}, once{true, 1, 0}, another{false, 0, kHour}, day{true, 30, 24 * kHour};
  const struct {
    const char* what;
    Evidence evidence;
    Profile now;
    std::vector<const Profile*> good;
    Waiting waiting;
    Verdict verdict;
    Reason reason;
  } table[] = {
      // Nothing is known good: a first start, or files that the configuration names for the first time.
      {"first: good", {}, good, {}, never, Verdict::take, Reason::none},
      {"first: without its last newline", {.whole = false}, good, {}, never, Verdict::take_warned, Reason::unfinished},
      {"first: cannot be read", {.damage = "bad"}, good, {}, never, Verdict::refuse, Reason::damaged},
      // The very content was good before.
      {"known", {.known_content = true}, small, {&good}, never, Verdict::take, Reason::none},
      {"known, without its last newline",
       {.known_content = true, .whole = false},
       good,
       {&good},
       never,
       Verdict::take,
       Reason::none},
      // Something is known good.
      {"the same amounts", {}, good, {&good}, never, Verdict::take, Reason::none},
      {"cannot be read", {.damage = "bad"}, good, {&good}, never, Verdict::refuse, Reason::damaged},
      {"cannot be read, and was allowed",
       {.allowed = true, .damage = "bad"},
       good,
       {&good},
       day,
       Verdict::refuse,
       Reason::damaged},
      {"lost too much, from a package",
       {.intended = true},
       small,
       {&good},
       never,
       Verdict::take_warned,
       Reason::intended},
      {"grew a lot, from a package", {.intended = true}, much, {&good}, never, Verdict::take_warned, Reason::grown},
      {"cut, from a package", {.beginning = true, .intended = true}, good, {&good}, once, Verdict::refuse, Reason::cut},
      {"unfinished, at first", {.whole = false}, good, {&good}, never, Verdict::hold, Reason::unfinished},
      {"unfinished, again", {.whole = false}, good, {&good}, once, Verdict::refuse, Reason::unfinished},
      {"unfinished, for a day", {.whole = false}, good, {&good}, day, Verdict::refuse, Reason::unfinished},
      {"unfinished, and allowed",
       {.allowed = true, .whole = false},
       good,
       {&good},
       once,
       Verdict::take_warned,
       Reason::allowed},
      {"cut, at first", {.beginning = true}, database(990), {&good}, never, Verdict::hold, Reason::cut},
      {"cut, again", {.beginning = true}, database(990), {&good}, once, Verdict::refuse, Reason::cut},
      {"cut, for a day", {.beginning = true}, database(990), {&good}, day, Verdict::take_warned, Reason::persisted},
      {"5 % less", {}, database(950), {&good}, never, Verdict::take, Reason::none},
      {"6 % less", {}, database(940), {&good}, never, Verdict::refuse, Reason::lost},
      {"6 % less, of another shape before", {}, database(940), {&good}, another, Verdict::refuse, Reason::lost},
      {"6 % less, for a day", {}, database(940), {&good}, day, Verdict::take_warned, Reason::persisted},
      {"6 % less, and allowed",
       {.allowed = true},
       database(940),
       {&good},
       never,
       Verdict::take_warned,
       Reason::allowed},
      {"countries gone", {}, database(1000, 0), {&good}, never, Verdict::refuse, Reason::lost},
      {"names gone", {}, database(1000, 100, 1), {&good}, never, Verdict::refuse, Reason::lost},
      {"20 % more", {}, database(1200), {&good}, never, Verdict::take, Reason::none},
      {"30 % more, at first", {}, much, {&good}, never, Verdict::hold, Reason::grown},
      {"30 % more, again", {}, much, {&good}, once, Verdict::take_warned, Reason::grown},
      {"30 % more, and allowed", {.allowed = true}, much, {&good}, never, Verdict::take_warned, Reason::grown},
      // No way is barred back to what was good before bad data that grew.
      {"back from what grew", {}, good, {&much, &good}, never, Verdict::take, Reason::none},
      {"back from what grew, to something else", {}, small, {&much, &good}, never, Verdict::refuse, Reason::lost},
      // Lists.
      {"a list of 3 loses 1", {}, list(2, 512), {&list3}, never, Verdict::take, Reason::none},
      {"a list of 3 loses all", {}, list(0), {&list3}, never, Verdict::refuse, Reason::lost},
      {"a list of 100 loses 5", {}, list(95, 24'320), {&list100}, never, Verdict::take, Reason::none},
      {"a list of 100 loses 6", {}, list(94, 24'064), {&list100}, never, Verdict::refuse, Reason::lost},
      {"a list loses its largest network", {}, list(99, 1'000), {&list100}, never, Verdict::refuse, Reason::lost},
      {"a list gets 50 more", {}, list(150, 38'400), {&list100}, never, Verdict::take, Reason::none},
      {"a list gets 200 more", {}, list(300, 76'800), {&list100}, never, Verdict::hold, Reason::grown},
      {"a list gets a /3", {}, list(101, 0x20000000), {&list100}, never, Verdict::refuse, Reason::swallowed},
      {"a list of 3 gets all", {}, list(4, 4294967296.0), {&list3}, day, Verdict::refuse, Reason::swallowed},
      {"a list that had all", {}, list(4, 4294967296.0), {&list3, &list100}, never, Verdict::refuse, Reason::swallowed},
  };
  for (const auto& row : table) {
    Evidence evidence = row.evidence;
    evidence.profile = &row.now;
    evidence.waiting = row.waiting;
    for (const Profile* profile : row.good) evidence.good.push_back({profile, 100});
    const Decision decision = decide(evidence, Limits());
    CU_ASSERT(test::holds(decision.verdict == row.verdict && decision.reason == row.reason, row.what));
    CU_ASSERT_EQUAL(decision.words.empty(), row.verdict == Verdict::take);
  }
}

void other_ases_at_the_same_addresses_are_drift() {
  Made before{.rows4 = 1000, .asns4 = 400}, after{.rows4 = 1000, .asns4 = 390};
  before.make();
  after.make();
  // Of each address the AS is another one, and of ASNs there are as many.
  CU_ASSERT(says(drift(before.image, after.image, 5), "of the addresses in both have another AS"));
  CU_ASSERT(!drift(before.image, before.image, 0));
  // With other names as well it is other data, and found twice it is believed.
  Made other{.rows4 = 1000, .asns4 = 400};
  other.generation = 1;
  other.make();
  CU_ASSERT(!drift(before.image, other.image, 5));
  const Profile profile = profile_of(before.image);
  CU_ASSERT(
      says(grown({&profile, same_samples(profile, other.image)}, profile_of(other.image)), "other ASNs and names"));
  // With few ASNs that is no sign of anything.
  Made one{.rows4 = 1000, .asns4 = 1}, two{.rows4 = 1000, .asns4 = 2};
  CU_ASSERT(!drift(one.make().image, two.make().image, 5));
}

void what_is_emptied_is_drift() {
  const auto rows = [](const char* country, const char* name) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
      const std::string net = "10.0." + std::to_string(i) + '.';
      text += net + "0\t" + net + "255\t" + std::to_string(1 + i) + '\t' + country + '\t' + name +
              (*name == '-' || *name == 'X' ? "" : std::to_string(i)) + '\n';
    }
    return text;
  };
  const auto before = compiled(rows("DE", "NAME"));
  const struct {
    const char *what, *country, *name, *words;
  } table[] = {
      {"countries", "None", "NAME", "with a country"},
      {"names", "DE", "-", "with a name"},
      {"all names the same", "DE", "X", "different names"},
  };
  for (const auto& row : table) {
    const auto after = compiled(rows(row.country, row.name));
    CU_ASSERT(
        test::holds(says(drift(*Image::open(before.bytes()), *Image::open(after.bytes()), 5), row.words), row.what));
  }
}

Profile profile_of_text(const std::string& text) {
  Findings findings;
  const auto list = parse_list(text, "list", "list", findings);
  CU_ASSERT_FATAL(static_cast<bool>(list));
  return profile_of(*list);
}

// What a list may gain at one step: any space that no client comes from, but not a sixteenth of all that clients have.
void a_list_that_swallows_the_internet_is_refused() {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "198.18." + std::to_string(i) + ".0/24\n1.2." + std::to_string(i) + ".0/24\n";
  std::string sixteens, fifteens, spread;
  for (int i = 1; i <= 16; ++i) {
    (i <= 15 ? fifteens : sixteens) += std::to_string(20 + i) + ".0.0.0/8\n";
    spread += std::to_string(20 + 2 * i) + ".0.0.0/8\n";
  }
  const struct {
    const char* what;
    std::string more;
    bool refused;
  } table[] = {
      {"everything", "0.0.0.0/0\n", true},
      {"everything in halves", "0.0.0.0/1\n128.0.0.0/1\n", true},
      {"one half", "128.0.0.0/1\n", true},
      {"a quarter", "64.0.0.0/2\n", true},
      {"a range of everything", "0.0.0.0-255.255.255.255\n", true},
      {"a /4", "48.0.0.0/4\n", true},
      {"a /5", "48.0.0.0/5\n", false},
      {"sixteen /8", fifteens + sixteens, true},
      {"sixteen /8, apart", spread, true},
      {"fifteen /8", fifteens, false},
      {"a /2 of what is multicast and reserved, and 64 million others", "192.0.0.0/2\n", true},
      {"private space", "10.0.0.0/8\n172.16.0.0/12\n192.168.0.0/16\n100.64.0.0/10\n", false},
      {"multicast and reserved space", "224.0.0.0/3\n", false},
      {"all of IPv6", "::/0\n", true},
      {"all of IPv6 in halves", "::/1\n8000::/1\n", true},
      {"what is global of IPv6", "2000::/3\n", true},
      {"a sixteenth of it", "2400::/7\n", true},
      {"a /8 of it", "2400::/8\n", false},
      {"private space of IPv6", "fc00::/7\n", false},
      {"what is not in use of IPv6", "8000::/1\n4000::/2\n", false},
  };
  for (const bool many : {true, false}) {
    const std::string base = many ? text : "1.2.3.0/24\n";
    const Profile before = profile_of_text(base);
    for (const auto& row : table) {
      const Profile now = profile_of_text(base + row.more);
      Evidence evidence;
      evidence.profile = &now;
      evidence.good = {{&before, 100}};
      const Decision decision = decide(evidence, {});
      CU_ASSERT(test::holds(
          (decision.verdict == Verdict::refuse && decision.reason == Reason::swallowed) == row.refused, row.what));
      evidence.intended = true;
      CU_ASSERT(test::holds(decide(evidence, {}).verdict != Verdict::refuse, row.what));
    }
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "acceptance",
      {
          {"the policy", the_policy},
          {"other ASes at the same addresses are drift", other_ases_at_the_same_addresses_are_drift},
          {"what is emptied is drift", what_is_emptied_is_drift},
          {"a list that swallows the Internet is refused", a_list_that_swallows_the_internet_is_refused},
          {"a loss beyond the share is drift", a_loss_beyond_the_share_is_drift},
          {"a fall of just the allowed share is allowed", a_fall_of_just_the_allowed_share_is_allowed},
          {"each family is judged for itself", each_family_is_judged_for_itself},
          {"a family that goes missing has drifted", a_family_that_goes_missing_has_drifted},
          {"fewer ASes are drift though the ranges are as many", fewer_ases_are_drift_though_the_ranges_are_as_many},
          {"fewer addresses are drift though the ranges are as many",
           fewer_addresses_are_drift_though_the_ranges_are_as_many},
          {"growth and a new family are no drift", growth_and_a_new_family_are_no_drift},
          {"equal data has not drifted", equal_data_has_not_drifted},
          {"all may go where all is allowed", all_may_go_where_all_is_allowed},
      });
}
