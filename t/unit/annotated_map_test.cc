#include "annotated_map.hh"

#include <cstdio>
#include <string>
#include <string_view>

#include "cunit_main.hh"

namespace {

using ip2asn::hosters::AnnotatedMap;
using ip2asn::hosters::Look;

AnnotatedMap parse(std::string_view text) {
  auto map = AnnotatedMap::parse(text, "m");
  CU_ASSERT_FATAL(static_cast<bool>(map));
  return *std::move(map);
}

void names_that_look_like_a_hoster() {
  const AnnotatedMap map = parse(
      "qts hosting AS1 \"acme hosting\"  # 2026-07 also: wile e., road runner\n"
      "six-degrees hosting AS2\n"
      "crystal-computer-consulting hosting AS3\n"
      "cloud-brokers-it-services cloud AS4\n"
      "web-server-online hosting AS5\n");
  struct {
    std::string hoster, name;
    bool alike;
  } const rows[] = {
      {"qts", "QTS-MIA", true},
      {"qts", "AS-QTS", true},
      {"qts", "Quality Technology Services, LLC", true},
      {"qts", "XYZ - Quality Technology Services", true},
      {"qts", "Quality Services", false},
      {"qts", "Quick Tyre Store", true},  // initials are a hint, no proof
      {"qts", "WILE-E-AS", true},
      {"qts", "XYZ Road Runner Ltd", true},
      {"qts", "XYZ Acme Hosting", true},
      {"qts", "XYZ of Acme Hosting", false},
      {"six-degrees", "SIXDEGREES-AS", true},
      {"six-degrees", "XYZ Degrees Ltd", true},
      {"six-degrees", "SD-AS", false},
      {"crystal-computer-consulting", "CCC-01", true},
      {"crystal-computer-consulting", "CCCP-01", false},
      {"cloud-brokers-it-services", "CLOUDBROKERS-AS", true},
      {"cloud-brokers-it-services", "CLOUD", true},
      {"cloud-brokers-it-services", "CLOUDY", false},
      {"web-server-online", "Online Server Ltd", false},  // generic words say nothing
      {"web-server-online", "WEB-SERVER-ONLINE", true},
  };
  for (const auto& row : rows) {
    const bool alike = map.look(1, row.hoster, row.name) == Look::alike;
    if (alike != row.alike) std::printf("\n    %s and '%s'\n", row.hoster.c_str(), row.name.c_str());
    CU_ASSERT(alike == row.alike);
  }
}

void verdicts_hold_as_long_as_the_name_does() {
  const AnnotatedMap map = parse(
      "acme hosting AS1 AS2  # 2026-07\n"
      "acme hosting AS3  # 2025-12\n"
      "# renamed: AS1 WILE-AS, AS2 Road-Runner\n"
      "# renamed: AS3 X\n");
  CU_ASSERT(map.problems().empty() && map.verdicts() == 3);
  CU_ASSERT(map.look(1, "acme", "WILE-AS") == Look::renamed);
  CU_ASSERT(map.look(1, "acme", "Wile-As Wile E. Ltd") == Look::renamed);
  CU_ASSERT(map.look(1, "acme", "WILE-AS2") == Look::unlike);
  CU_ASSERT(map.look(1, "acme", "ROAD-RUNNER") == Look::unlike);
  CU_ASSERT(map.look(2, "acme", "ROAD-RUNNER") == Look::renamed);
  CU_ASSERT(map.look(3, "acme", "ACME") == Look::alike);
  for (const char* none : {"", "AS1", "-Reserved AS-"}) CU_ASSERT(map.look(1, "acme", none) == Look::nameless);
}

void lines_have_months() {
  const AnnotatedMap map = parse(
      "# 2020-01 heading\n"
      "a hosting AS1  # 2026-07\n"
      "b hosting AS2 \"# 2026-07\"\n"
      "c hosting AS3 #2026-12 also: x\n"
      "d hosting AS4 # 2026-13\n"
      "e hosting AS5 # 2026-7\n"
      "f hosting AS6 # also: 2026-07\n");
  CU_ASSERT_FATAL(map.lines().size() == 6);
  const char* const months[] = {"2026-07", "", "2026-12", "", "", ""};
  for (std::size_t i = 0; i < 6; ++i) CU_ASSERT(map.lines()[i].month == months[i] && map.lines()[i].number == i + 2);
}

void verdicts_of_nobody_are_told() {
  const char* const texts[] = {
      "# renamed: AS1 X\na hosting AS1\n",
      "a hosting AS1\n# renamed: AS2 X\n",
      "a hosting AS1\n# renamed: AS1\n",
      "a hosting AS1\n# renamed: X AS1\n",
      "a hosting AS1\nb hosting AS2\n# renamed: AS1 X\n",
      "a hosting AS1\n# renamed: AS1 X, AS1 Y\n",
      "a hosting AS1\n# renamed: AS4294967297 X\n",
  };
  for (const char* text : texts) CU_ASSERT(parse(text).problems().size() == 1);
}

}  // namespace

int main() {
  return ip2asn::test::run("annotated hoster map",
                           {
                               {"names that look like a hoster's", names_that_look_like_a_hoster},
                               {"verdicts hold as long as the name does", verdicts_hold_as_long_as_the_name_does},
                               {"lines have months", lines_have_months},
                               {"verdicts of nobody are told", verdicts_of_nobody_are_told},
                           });
}
