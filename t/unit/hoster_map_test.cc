#include "compile/hoster_map.hh"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "cunit_main.hh"

namespace {

using ip2asn::Errc;
using ip2asn::HosterMap;

// What the map answers: the hoster's name, "-" for none, or the error.
std::string answer(std::string_view map, std::uint32_t asn, std::string_view description) {
  const auto parsed = HosterMap::parse(map, "m");
  if (!parsed) return parsed.error().message;
  const std::uint32_t at = parsed->match(asn, description);
  return at == HosterMap::kNone ? "-" : parsed->hosters()[at].name;
}

std::string error(std::string_view map) {
  const auto parsed = HosterMap::parse(map, "m");
  return parsed ? "" : parsed.error().message;
}

bool same(const std::string& got, std::string_view wanted, std::string_view about) {
  if (got != wanted)
    std::printf("\n    %.*s\n    got    '%s'\n    wanted '%.*s'\n", static_cast<int>(about.size()), about.data(),
                got.c_str(), static_cast<int>(wanted.size()), wanted.data());
  return got == wanted;
}

constexpr std::string_view kMap =
    "# hoster   class    match\n"
    "\n"
    "amazon     cloud    AS16509 as14618 \"Amazon Technologies\" \"amazon.com, inc.\"\n"
    "\tovh\thosting 16276 \"^ovh\"   # the French one\n"
    "gcorelabs  cdn      \"g-core\"\n"
    "core       hosting  \"core\" \"# 1 hosting\"\n"
    "ovh        hosting  AS35540\n"
    "utf8       hosting  \"gesellschaft f\xC3\xBCr\"\n";

void numbers_and_texts_find_their_hoster() {
  struct {
    std::uint32_t asn;
    std::string_view description, hoster;
  } const rows[] = {
      {16509, "AMAZON-02", "amazon"},
      {14618, "", "amazon"},
      {16276, "OVH SAS", "ovh"},
      {35540, "anything", "ovh"},  // from the second line of the same hoster
      {64500, "", "-"},
      {64500, "x", "-"},
      {64500, "Example Net", "-"},
      {0, "OVH", "ovh"},
      {64500, "AMAZON TECHNOLOGIES INC.", "amazon"},
      {64500, "Amazon.com, Inc.", "amazon"},
      {64500, "amazon.com", "-"},
      {64500, "ovh", "ovh"},
      {64500, "OVHcloud", "-"},
      {64500, "NOVHOSTING", "-"},  // the ^ anchors
      {64500, "Old OVH", "-"},
      {64500, "Core-Backbone", "core"},  // at the start
      {64500, "Encore", "-"},
      {64500, "Score Inc", "-"},
      {64500, "G-Core Labs", "gcorelabs"},
      {64500, "core G-CORE", "gcorelabs"},  // two match: the line that is first in the file wins, not the text that
                                            // is first in the description
      {16509, "G-Core Labs", "amazon"},     // a number wins over a text
      {64500, "Your # 1 Hosting", "core"},  // # inside quotes begins no comment
      {64500, "Gesellschaft f\xC3\xBCr Netze", "utf8"},
      {64500, "GESELLSCHAFT F\xC3\x9CR NETZE", "-"},  // only ASCII is folded
  };
  for (const auto& row : rows) CU_ASSERT(same(answer(kMap, row.asn, row.description), row.hoster, row.description));
}

void texts_match_whole_words_where_a_name_begins() {
  struct {
    std::string_view text, description;
    bool matches;
  } const rows[] = {
      {"acme", "ACME", true},
      {"acme", "ACME-AS-AP", true},
      {"acme", "Acme, Inc.", true},
      {"acme", "ACME_NET", true},
      {"acme", "acme.example", true},
      // Behind the handle, as iptoasn.com has it.
      {"acme", "XYZ-AS Acme Ltd", true},
      {"acme", "XYZ-AS - Acme, Inc.", true},
      {"acme", "XYZ LTD - Acme, Inc.", true},
      {"acme", "XYZ\tAcme", true},
      {"acme", "XYZ  Acme", true},
      {"acme", "XYZ \"Acme\" Ltd", true},
      {"acme", "\"Acme\" Ltd", true},
      {"acme", "XYZ (Acme)", true},
      // Elsewhere, no name begins.
      {"acme", "XYZ-ACME", false},
      {"acme", "XYZ of the Acme Ltd", false},
      {"acme", "XYZ - the - Acme", false},
      {"acme", "XYZ -Acme", false},
      {"acme", "XYZACME", false},
      // Words end where letters and digits do.
      {"acme", "ACMES", false},
      {"acme", "Acmeware Ltd", false},
      {"acme", "ACME2", false},
      {"acme", "XYZ Acmeware Ltd", false},
      {"acme", "Acm\xC3\xA9", false},
      {"acme", "Acme\xC3\xA9", false},
      {"acme-", "ACME-02", true},
      {"acme-", "ACME", false},
      {"acme, inc.", "XYZ - Acme, Inc.", true},
      {"acme, inc.", "Acme, Inc.x", true},
      {"acme hosting", "XYZ Acme Hosting GmbH", true},
      {"acme hosting", "XYZ Acme Hostings", false},
      // Signs.
      {"acme*", "ACMECLOUD", true},
      {"acme*", "XYZ Acmecloud", true},
      {"acme*", "XYZACME", false},
      {"^acme", "ACME Ltd", true},
      {"^acme", "XYZ Acme Ltd", false},
      {"^acme", "\"Acme\"", false},
      {"^acme", "ACMECLOUD", false},
      {"^acme*", "ACMECLOUD", true},
      {"*acme", "XYZ of the Acme Ltd", true},
      {"*acme", "XYZACME", true},
      {"*acme", "XYZACMES", false},
      {"*acme", "XACMES ACME", true},
      {"*acme*", "XACMES", true},
      {"*acme*", "ACM", false},
      {"acme", "", false},
      {"acme", " ", false},
      {"acme", " - ", false},
      {"acme", "XYZ ", false},
      {"acme", "XYZ - ", false},
  };
  for (const auto& row : rows) {
    const std::string map = "a cloud \"" + std::string(row.text) + '"';
    CU_ASSERT(
        same(answer(map, 1, row.description), row.matches ? "a" : "-", map + " and " + std::string(row.description)));
  }
  // The first in the file wins, wherever in the description and by whatever sign it matches.
  CU_ASSERT(same(answer("a cloud \"*net*\"\nb cloud \"acme\"", 1, "Acme Net"), "a", "anywhere first"));
  CU_ASSERT(same(answer("a cloud \"acme\"\nb cloud \"*net*\"", 1, "Net Acme"), "a", "names first"));
}

void classes_that_rent_out_machines() {
  for (const std::string_view category : {"cloud", "hosting", "vps"}) CU_ASSERT(ip2asn::is_hosting_class(category));
  for (const std::string_view category : {"", "isp", "access", "relay", "crawler", "cdn", "vpn", "proxy", "clouds"})
    CU_ASSERT(!ip2asn::is_hosting_class(category));
}

void hosters_keep_the_order_of_the_file() {
  const auto map = HosterMap::parse(kMap, "m");
  CU_ASSERT_FATAL(static_cast<bool>(map));
  CU_ASSERT_FATAL(map->hosters().size() == 5);
  CU_ASSERT(map->hosters()[0].name == "amazon" && map->hosters()[0].category == "cloud");
  CU_ASSERT(map->hosters()[1].name == "ovh" && map->hosters()[1].category == "hosting");
  CU_ASSERT(map->hosters()[4].name == "utf8");
}

void maps_are_accepted_as_editors_save_them() {
  for (const std::string_view map : {"a hosting AS1", "a hosting AS1\n", "a hosting AS1\r\n",
                                     "\xEF\xBB\xBF"
                                     "a hosting AS1\n",
                                     "  a\thosting\t \tAS1 \t", "a hosting AS1\n\n\n# end", "#\na hosting AS1 #\n"})
    CU_ASSERT(same(answer(map, 1, ""), "a", map));
  for (const std::string_view map : {"", "\n", "# nothing\n", "\xEF\xBB\xBF", " \t\r\n"}) {
    CU_ASSERT(same(error(map), "", map));
    CU_ASSERT(same(answer(map, 1, "anything"), "-", map));
  }
  CU_ASSERT(HosterMap().match(1, "anything") == HosterMap::kNone);
}

void limits_of_numbers_and_names_are_accepted() {
  CU_ASSERT(same(answer("a hosting AS4294967295", 4294967295u, ""), "a", "the largest AS"));
  const std::string name(HosterMap::kMaxName, 'x');
  CU_ASSERT(same(answer(name + " c AS1", 1, ""), name, "the longest name"));
  CU_ASSERT(same(answer("1and1.de_x-y c AS1", 1, ""), "1and1.de_x-y", "every kind of character"));
}

void mistakes_are_named_with_line_reason_and_way_out() {
  const std::string name =
      " is no name for a hoster; write at most 64 lower case letters, digits, '-', '.' and '_', a letter or digit "
      "first, "
      "and not 'any'";
  const std::string category =
      "; write lower case letters, digits, '-', '.' and '_', such as cloud, hosting, access or vpn";
  const std::string number = " is no AS number; write one from AS1 to AS4294967295";
  const std::string neither =
      " is neither an AS number nor a quoted text; write AS64500 or put the text into double quotes, with blanks "
      "around it";
  const std::string nothing = " matches nothing; write AS numbers (AS64500) or quoted texts after its class";
  const std::string empty = "an empty text, which would match every AS; write a part of a description instead";
  const std::string control = "holds a NUL or another control character; save the file as plain text (UTF-8)";
  struct {
    std::string map, reason;
  } const rows[] = {
      {"Amazon cloud AS1", "'Amazon'" + name},
      {"-a cloud AS1", "'-a'" + name},
      {"a:b cloud AS1", "'a:b'" + name},
      {"any cloud AS1", "'any'" + name},
      {"\xC3\xBC cloud AS1", "'\?\?'" + name},
      {std::string(65, 'x') + " cloud AS1", "'" + std::string(60, 'x') + "...'" + name},
      {"a", "'' is no class for 'a'" + category},
      {"a # cloud AS1", "'' is no class for 'a'" + category},
      {"a Cloud AS1", "'Cloud' is no class for 'a'" + category},
      {"a \"text\"", "'\"text\"' is no class for 'a'" + category},
      {"a cloud", "'a'" + nothing},
      {"a cloud   # AS1", "'a'" + nothing},
      {"a cloud AS0", "'AS0'" + number},
      {"a cloud 0", "'0'" + number},
      {"a cloud AS4294967296", "'AS4294967296'" + number},
      {"a cloud AS99999999999999999999999", "'AS99999999999999999999999'" + number},
      {"a cloud AS1x", "'AS1x'" + neither},
      {"a cloud AS", "'AS'" + neither},
      {"a cloud AS-1", "'AS-1'" + neither},
      {"a cloud +1", "'+1'" + neither},
      {"a cloud AS1,AS2", "'AS1,AS2'" + neither},
      {"a cloud AS1#2", "'AS1#2'" + neither},
      {"a cloud amazon", "'amazon'" + neither},
      {"a cloud AS1\"text\"", "'AS1\"text\"'" + neither},
      {"a cloud \"text", "a text without its closing quote; add the \""},
      {"a cloud \"", "a text without its closing quote; add the \""},
      {"a cloud \"text\"AS1", "no blank after the text \"text\"; separate the items by blanks"},
      {"a cloud \"\"", empty},
      {"a cloud \"^\"", empty},
      {"a cloud \"  \"", empty},
      {"a cloud \"x\"", "the text \"x\" would match far too much; write at least two characters"},
      {"a cloud \"*\"", empty},
      {"a cloud \"**\"", empty},
      {"a cloud \"*x*\"", "the text \"*x*\" would match far too much; write at least two characters"},
      {"a cloud \"a*b\"", "the text \"a*b\" has a * inside; write it at the start or at the end, or give two texts"},
      {"a cloud \"^*ab\"", "the text \"^*ab\" has a * inside; write it at the start or at the end, or give two texts"},
      {"a cloud \"^x\"", "the text \"^x\" would match far too much; write at least two characters"},
      {"a cloud AS1 AS1", "AS1 is listed already, for 'a'; keep one of the two"},
      {"b cloud AS1\na cloud AS1", "AS1 is listed already, for 'b'; keep one of the two"},
      {"b cloud \"text\"\na cloud \"TEXT\"", "the text \"TEXT\" is listed already; keep one of the two"},
      {"a cloud AS1\na cdn AS2",
       "class 'cdn' for 'a', which an earlier line puts into class 'cloud'; give it the same class on all its lines"},
      {std::string("a cloud AS1\0", 12), control},
      {"a cloud \"\x1B[31m\"", control},
      {"a cloud AS1\rb cloud AS2", control},
      {"# \x7F", control},
  };
  for (const auto& row : rows) {
    const std::string line = std::to_string(1 + std::count(row.map.begin(), row.map.end(), '\n'));
    CU_ASSERT(same(error(row.map), "m, line " + line + ": " + row.reason, row.map));
  }
  CU_ASSERT(same(error("# one\n\nA cloud AS1\nB cloud AS1"), "m, line 3: 'A'" + name, "the first mistake is told"));
}

void a_text_is_not_the_same_as_an_anchored_one() {
  CU_ASSERT(same(answer("a cloud \"^core\"\nb cloud \"core\"", 1, "core"), "a", "anchored first"));
  CU_ASSERT(same(answer("a cloud \"^core\"\nb cloud \"core\"", 1, "en core"), "b", "only the other matches"));
  CU_ASSERT(same(answer("a cloud \"^^core\"", 1, "^core"), "a", "a second ^ is part of the text"));
}

void size_is_bounded() {
  const std::string line = "a cloud AS1 #" + std::string(HosterMap::kMaxLine - 13, 'x');
  CU_ASSERT(same(error(line + "\n"), "", "the longest line"));
  const auto longer = HosterMap::parse("\n" + line + "x\n", "m");
  CU_ASSERT_FATAL(!longer);
  CU_ASSERT(longer.error().code == Errc::limit);
  CU_ASSERT(
      same(longer.error().message, "m, line 2: longer than 64 KiB; spread the hoster over several lines", "line"));
  std::string map(HosterMap::kMaxFile, '\n');
  CU_ASSERT(same(error(map), "", "the largest file"));
  map += '\n';
  const auto larger = HosterMap::parse(map, "m");
  CU_ASSERT_FATAL(!larger);
  CU_ASSERT(larger.error().code == Errc::limit);
  CU_ASSERT(same(larger.error().message, "m: larger than 16 MiB; name a hoster map here", "file"));
}

// Every text must be found at every place, also where texts share their beginning and the index's buckets.
void each_of_thousands_of_texts_is_found() {
  std::string map;
  for (int i = 0; i < 5000; ++i) map += "h" + std::to_string(i) + " cloud \"t" + std::to_string(i) + "z\"\n";
  const auto parsed = HosterMap::parse(map, "m");
  CU_ASSERT_FATAL(static_cast<bool>(parsed));
  bool found = true;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::string text = "T" + std::to_string(i) + "Z";
    for (const std::string& description : {text, "x " + text, text + " x", "tt - " + text, "t1 (" + text + ")"})
      found = found && parsed->match(1, description) == i;
  }
  CU_ASSERT(found);
}

void files_are_read_and_named_in_errors() {
  const std::string path = "hoster_map_test.tmp";
  std::ofstream(path, std::ios::binary) << "a cloud AS1 \"text\"\n";
  const auto map = HosterMap::read(path);
  CU_ASSERT(static_cast<bool>(map) && map->match(2, "SOME Text") == 0);
  std::ofstream(path, std::ios::binary) << "a cloud ASX\n";
  const auto bad = HosterMap::read(path);
  CU_ASSERT(!bad && bad.error().message.starts_with(path + ", line 1: 'ASX' is neither"));
  std::remove(path.c_str());
  const auto missing = HosterMap::read(path);
  CU_ASSERT(!missing && missing.error().code == Errc::unreadable &&
            missing.error().message.find(path) != std::string::npos);
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "hoster map",
      {
          {"numbers and texts find their hoster", numbers_and_texts_find_their_hoster},
          {"texts match whole words where a name begins", texts_match_whole_words_where_a_name_begins},
          {"classes that rent out machines", classes_that_rent_out_machines},
          {"hosters keep the order of the file", hosters_keep_the_order_of_the_file},
          {"maps are accepted as editors save them", maps_are_accepted_as_editors_save_them},
          {"limits of numbers and names are accepted", limits_of_numbers_and_names_are_accepted},
          {"mistakes are named with line, reason and way out", mistakes_are_named_with_line_reason_and_way_out},
          {"a text is not the same as an anchored one", a_text_is_not_the_same_as_an_anchored_one},
          {"size is bounded", size_is_bounded},
          {"each of thousands of texts is found", each_of_thousands_of_texts_is_found},
          {"files are read and named in errors", files_are_read_and_named_in_errors},
      });
}
