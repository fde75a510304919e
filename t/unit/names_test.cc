// Names files: every form, what wins, what is refused, and what an index says with them.
#include "sources/names.hh"

#include <string>
#include <string_view>

#include "compile/compile.hh"
#include "cunit_main.hh"
#include "index/image.hh"
#include "sources/source.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using test::holds;

std::string told(std::string_view text) {
  Findings findings;
  const auto names = AsNames::parse(text, "n", {}, findings);
  if (!names) return names.error().message;
  std::string result;
  for (const AsName& each : names->names()) {
    result += std::to_string(each.asn) + ' ' + each.country + ' ' + each.category + ' ' + each.name + '|';
  }
  if (const auto bad = findings.count(Finding::bad_name_entry)) result += std::to_string(bad) + " bad";
  return result;
}

void names_are_read_in_every_form() {
  struct {
    std::string_view what, text, wanted;
  } const table[] = {
      {"bgp.tools",
       "asn,name,class,cc\nAS13335,\"Cloudflare, Inc.\",Content,US\nAS3320,DTAG,Eyeball,DE\nAS5,X,Unknown,\n",
       "5   X|3320 DE access DTAG|13335 US content Cloudflare, Inc.|"},
      {"bgp.tools without its header", "AS3320,DTAG,Eyeball,DE\nAS13335,\"Cloudflare, Inc.\",Content,US\n",
       "3320 DE access DTAG|13335 US content Cloudflare, Inc.|"},
      {"number, handle, name, country", "3,MIT-GATEWAYS,Massachusetts Institute of Technology,US\n4,ISI-AS,,US\n",
       "3 US  Massachusetts Institute of Technology|4 US  ISI-AS|"},
      {"columns in another order", "Country;AS Name;AS Number\nFR;A;5\n", "5 FR  A|"},
      {"number and name", "13335,\"Cloudflare, Inc.\"\n15169,Google\n", "13335   Cloudflare, Inc.|15169   Google|"},
      {"number, name, country", "13335\tCLOUDFLARENET\tUS\n15169\tGOOGLE\tUS\n",
       "13335 US  CLOUDFLARENET|15169 US  GOOGLE|"},
      {"RIPE's asn.txt", "0 -Reserved AS-, ZZ\n1 LVLT-1, US\n2 -Reserved AS-, ZZ\n3 A, B, Inc., US\n4 No country\n",
       "1 US  LVLT-1|3 US  A, B, Inc.|4   No country|"},
      {"AS in front, and CRLF", "AS1\tLVLT-1, US\r\nAS2\tUDEL-DCN, US\r\n", "1 US  LVLT-1|2 US  UDEL-DCN|"},
      {"comments and a mark", "\xEF\xBB\xBF# names\n\n1,A\n", "1   A|"},
      {"JSON lines",
       "{\"asn\":13335,\"name\":\"Cloudflare\",\"class\":\"Content\",\"cc\":\"US\"}\n{\"asn\":\"AS5\",\"handle\":\"H\"}"
       "\n",
       "5   H|13335 US content Cloudflare|"},
      {"a source of rows", "1.0.0.0\t1.0.0.255\t13335\tAU\tCLOUDFLARENET\n2.0.0.0\t2.0.0.255\t7\tNone\t-Reserved AS-\n",
       "13335 AU  CLOUDFLARENET|"},
      {"a source with integers", "16777216\t16777471\t13335\tAU\tCLOUDFLARENET\n", "13335 AU  CLOUDFLARENET|"},
      {"a source with a header", "start_ip,end_ip,asn,name\n1.0.0.0,1.0.0.255,5,A\n", "5   A|"},
      {"what an AS is called first", "5,A\n5,B\n", "5   A|"},
      {"gaps are filled by later lines", "asn,name,cc\n5,,FR\n5,B,US\n", "5 FR  B|"},
      {"a bad line", "5,A\nx,B\n6,C\n", "5   A|6   C|1 bad"},
      {"control characters", "5,A\x1b[1m\n", "5   A\xEF\xBF\xBD[1m|"},
      {"nothing", "", "n: is empty; fetch the file again"},
      {"nothing but comments", "# none\n", "n: is empty; fetch the file again"},
      {"a page", "<!DOCTYPE html>\n", "n: is an HTML or XML page, not a source; fetch the file again"},
      {"names that say nothing", "5,-\n6,-Reserved AS-\n", "n: names no AS"},
  };
  for (const auto& each : table) {
    const std::string got = told(each.text);
    CU_ASSERT(holds(got == each.wanted, std::string(each.what) + ": " + got));
  }
  std::string bad;
  for (int i = 0; i < 20; ++i) bad += std::to_string(i + 1) + ",A\n" + (i < 11 ? "?,B\n" : "");
  CU_ASSERT(holds(told(bad).starts_with("n: 11 rows skipped"), told(bad)));
}

std::string compiled(std::string_view rows, std::string_view names, std::string_view map = {}) {
  Findings findings;
  const auto table = read_source_bytes(rows, "s", {}, findings);
  LocalData local;
  auto read = AsNames::parse(names, "n", {}, findings);
  if (!table || !read) return "not read";
  local.names = *std::move(read);
  const auto hosters = HosterMap::parse(map, "m");
  const auto buffer = compile(*table, *hosters, {}, findings, local);
  if (!buffer) return buffer.error().message;
  const auto image = Image::open(buffer->bytes());
  if (!image) return image.error().message;
  std::string result = std::to_string(image->record_count() - 1) + ' ';
  for (std::size_t i = 0; i < image->range_count(Family::v4); ++i) {
    const Match match = image->range(Family::v4, i);
    if (match.record == 0) continue;
    const Record record = image->record(match.record);
    result += std::to_string(record.asn) + ' ';
    for (const std::string_view text : {record.country, record.description, record.hoster, record.hoster_class}) {
      result += std::string(text) + ' ';
    }
    result += '|';
  }
  return result;
}

void an_index_is_filled_with_names() {
  const std::string_view names = "asn,name,class,cc\n5,Five,Eyeball,FR\n6,Six,Content,DE\n";
  struct {
    std::string_view what, rows, map, wanted;
  } const table[] = {
      {"a routing table", "5\t1.0.0.0/24\t9\n6\t2.0.0.0/24\t9\n7\t3.0.0.0/24\t9\n", "",
       "3 5 FR Five  access |6 DE Six  content |7     |"},
      {"a placeholder", "1.0.0.0\t1.0.0.255\t5\tUS\t-Reserved AS-\n2.0.0.0\t2.0.0.255\t7\tUS\t-Reserved AS-\n", "",
       "2 5 US Five  access |7 US    |"},
      {"what the source says is kept", "1.0.0.0\t1.0.0.255\t5\tUS\tOWN\n", "", "1 5 US OWN  access |"},
      {"an unknown country", "1.0.0.0\t1.0.0.255\t5\tZZ\tOWN\n", "", "1 5 FR OWN  access |"},
      {"labels that become one", "1.0.0.0\t1.0.0.255\t5\tFR\tFive\n1.0.1.0\t1.0.1.255\t5\tNone\t-Reserved AS-\n", "",
       "1 5 FR Five  access |5 FR Five  access |"},
      {"the hoster map before the class", "5\t1.0.0.0/24\t9\n6\t2.0.0.0/24\t9\n", "acme cloud AS5 \"^six\"\n",
       "2 5 FR Five acme cloud |6 DE Six acme cloud |"},
  };
  for (const auto& each : table) {
    const std::string got = compiled(each.rows, names, each.map);
    CU_ASSERT(holds(got == each.wanted, std::string(each.what) + ": " + got));
  }
}

void names_are_added_to_a_compiled_index() {
  Findings findings;
  const auto table = read_source_bytes("5\t1.0.0.0/24\t9\n6\t2.0.0.0/24\t9\n", "s", {}, findings);
  const auto before = compile(*table, {}, {}, findings);
  const auto image = Image::open(before->bytes());
  LocalData local;
  local.names = *AsNames::parse("5,Five\n6,Six\n", "n", {}, findings);
  const auto buffer = recompile(*image, local);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  const auto named = Image::open(buffer->bytes());
  CU_ASSERT(named->record(named->lookup(Address::v4(0x01000001))).description == "Five");
  CU_ASSERT(named->record(named->lookup(Address::v4(0x02000001))).description == "Six");
}

}  // namespace

int main() {
  return ip2asn::test::run("names", {{"names are read in every form", names_are_read_in_every_form},
                                     {"an index is filled with names", an_index_is_filled_with_names},
                                     {"names are added to a compiled index", names_are_added_to_a_compiled_index}});
}
