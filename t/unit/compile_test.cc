#include "compile/compile.hh"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "compile/database.hh"
#include "cunit_main.hh"
#include "support.hh"

namespace {

using ip2asn::Address;
using ip2asn::Errc;
using ip2asn::Family;
using ip2asn::Findings;
using ip2asn::HosterMap;
using ip2asn::Image;
using ip2asn::ImageBuffer;
using ip2asn::parse_address;
using ip2asn::SourceOptions;
using ip2asn::test::announced;
using ip2asn::test::compile_text;
using ip2asn::test::counters;
using ip2asn::test::holds;
using ip2asn::test::name_of;
using ip2asn::test::Random;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

// What a source comes to: its ranges and the counters, or the error's code.
std::string told(std::string_view source, const HosterMap& hosters = {}) {
  Findings findings;
  const auto buffer = compile_text(source, findings, {}, "s", hosters);
  if (!buffer) return std::string(name_of(buffer.error().code));
  const auto image = Image::open(buffer->bytes());
  if (!image) return "compiled to an image that does not open: " + image.error().message;
  return announced(*image) + counters(findings);
}

// "first-last AS description" of the range that holds `text`.
std::string found(const Image& image, std::string_view text) {
  const Address address = *parse_address(text);
  const auto match = image.find(address);
  CU_ASSERT_EQUAL(match.record, image.lookup(address));
  const auto record = image.record(match.record);
  return to_string(match.range.first) + '-' + to_string(match.range.last) + ' ' + std::to_string(record.asn) + ' ' +
         std::string(record.country) + ' ' + std::string(record.description);
}

constexpr std::string_view kSource =
    "0.0.0.0\t0.0.0.0\t1\tUS\tFIRST\n"
    "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n"
    "1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n"
    "1.0.4.0\t1.0.7.255\t38803\tAU\tWPL-AS-AP\n"
    "1.0.5.7\t1.0.5.7\t7\tNone\tINSIDE\n"
    "255.255.255.255\t255.255.255.255\t2\tUS\tLAST\n"
    "::\t::\t3\tUS\tFIRST6\n"
    "2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t4\tDE\tDOC\n"
    "2001:db8:0:0:8000::\t2001:db8:0:0:8000::1\t5\tDE\tINSIDE6\n"
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t6\tUS\tLAST6\n";

void both_ends_of_each_range_and_gap_belong_to_it() {
  Findings findings;
  const auto buffer = compile_text(kSource, findings);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  const auto image = Image::open(buffer->bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  struct {
    std::string_view address, wanted;
  } const table[] = {
      {"0.0.0.0", "0.0.0.0-0.0.0.0 1 US FIRST"},
      {"0.0.0.1", "0.0.0.1-0.255.255.255 0  "},
      {"0.255.255.255", "0.0.0.1-0.255.255.255 0  "},
      {"1.0.0.0", "1.0.0.0-1.0.0.255 13335 US CLOUDFLARENET"},
      {"1.0.0.255", "1.0.0.0-1.0.0.255 13335 US CLOUDFLARENET"},
      {"1.0.1.0", "1.0.1.0-1.0.3.255 0  "},
      {"1.0.4.0", "1.0.4.0-1.0.5.6 38803 AU WPL-AS-AP"},
      {"1.0.5.6", "1.0.4.0-1.0.5.6 38803 AU WPL-AS-AP"},
      {"1.0.5.7", "1.0.5.7-1.0.5.7 7  INSIDE"},
      {"1.0.5.8", "1.0.5.8-1.0.7.255 38803 AU WPL-AS-AP"},
      {"1.0.7.255", "1.0.5.8-1.0.7.255 38803 AU WPL-AS-AP"},
      {"1.0.8.0", "1.0.8.0-255.255.255.254 0  "},
      {"255.255.255.254", "1.0.8.0-255.255.255.254 0  "},
      {"255.255.255.255", "255.255.255.255-255.255.255.255 2 US LAST"},
      {"::ffff:1.0.0.0", "1.0.0.0-1.0.0.255 13335 US CLOUDFLARENET"},
      {"::1.0.0.0", "::1-2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 0  "},
      {"::", "::-:: 3 US FIRST6"},
      {"::1", "::1-2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 0  "},
      {"2001:db8::", "2001:db8::-2001:db8::7fff:ffff:ffff:ffff 4 DE DOC"},
      {"2001:db8::7fff:ffff:ffff:ffff", "2001:db8::-2001:db8::7fff:ffff:ffff:ffff 4 DE DOC"},
      {"2001:db8::8000:0:0:0", "2001:db8:0:0:8000::-2001:db8::8000:0:0:1 5 DE INSIDE6"},
      {"2001:db8::8000:0:0:1", "2001:db8:0:0:8000::-2001:db8::8000:0:0:1 5 DE INSIDE6"},
      {"2001:db8::8000:0:0:2", "2001:db8::8000:0:0:2-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 4 DE DOC"},
      {"2001:db9::", "2001:db9::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 0  "},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 6 US LAST6"},
  };
  for (const auto& row : table) CU_ASSERT(same(found(*image, row.address), row.wanted, row.address));
  CU_ASSERT_EQUAL(image->source_rows(), 10);
  CU_ASSERT(same(image->sources(), "s", "sources"));
  const auto v4 = image->family_info(Family::v4), v6 = image->family_info(Family::v6);
  CU_ASSERT_EQUAL(v4.ranges, 6);
  CU_ASSERT_EQUAL(v4.asns, 5);
  CU_ASSERT_EQUAL(v4.addresses, 1 + 256 + 1024 + 1);
  CU_ASSERT_EQUAL(v6.ranges, 5);
  CU_ASSERT_EQUAL(v6.asns, 4);
}

void sources_become_ranges() {
  struct {
    const char* name;
    std::string_view source, wanted;
  } const table[] = {
      {"nothing announced", "1.0.0.0\t1.0.0.255\t0\tNone\tNot routed\n", "empty"},
      {"all announced rows are inside an unrouted one of the same range",
       "1.0.0.0\t1.0.0.255\t0\tNone\tNot routed\n1.0.0.0\t1.0.0.255\t5\tUS\tX\n", "empty"},
      {"the whole of both spaces",
       "0.0.0.0\t255.255.255.255\t1\tUS\tA\n::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t1\tUS\tA\n",
       "0.0.0.0\t255.255.255.255\t1\tUS\tA\n::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t1\tUS\tA\n"},
      {"neighbours of one AS stay apart", "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.1.0\t1.0.1.255\t1\tUS\tA\n",
       "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.1.0\t1.0.1.255\t1\tUS\tA\n"},
      {"one AS with two countries", "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.1.0\t1.0.1.255\t1\tDE\tA\n",
       "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.1.0\t1.0.1.255\t1\tDE\tA\n"},
      {"no description", "1.0.0.0\t1.0.0.255\t1\tUS\t\n", "1.0.0.0\t1.0.0.255\t1\tUS\t\n"},
      {"IPv6 alone", "2001:db8::\t2001:db8::\t1\tUS\tA\n", "2001:db8::\t2001:db8::\t1\tUS\tA\n"},
      {"a conflict", "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.0.0\t1.0.0.255\t2\tUS\tB\n",
       "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1 conflict"},
      {"the same AS under another name is a conflict too",
       "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.0.0\t1.0.0.255\t1\tUS\tB\n", "1.0.0.0\t1.0.0.255\t1\tUS\tA\n1 conflict"},
      {"a copy once it is repaired", "1.0.0.0\t1.0.0.255\t1\tUS\tA\x01\n1.0.0.0\t1.0.0.255\t1\tUS\tA\x02\n",
       "1.0.0.0\t1.0.0.255\t1\tUS\tA\xEF\xBF\xBD\n1 duplicate, 2 repaired text"},
  };
  for (const auto& row : table) CU_ASSERT(same(told(row.source), row.wanted, row.name));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (; !text.empty(); text.remove_prefix(text.find('\n') + 1))
    lines.emplace_back(text.substr(0, text.find('\n') + 1));
  return lines;
}

std::string bytes_of(std::string_view source) {
  Findings findings;
  const auto buffer = compile_text(source, findings);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  return {reinterpret_cast<const char*>(buffer->bytes().data()), buffer->bytes().size()};
}

void the_order_of_the_rows_does_not_show() {
  std::vector<std::string> lines = lines_of(kSource);
  // Nested, copied, equal in weight, equal once repaired, and overlapping rows.
  for (const char* more :
       {"9.0.0.0\t9.255.255.255\t90\tUS\tNINE\n", "9.1.0.0\t9.1.255.255\t91\tUS\tNINE-ONE\n",
        "9.1.0.0\t9.1.0.255\t90\tUS\tNINE\n", "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n",
        "20.0.0.0\t20.0.0.255\t92\tUS\tA\x01\n", "21.0.0.0\t21.0.0.255\t92\tUS\tA\x02\n",
        "22.0.0.0\t22.0.0.255\t93\tUS\tB\n", "23.0.0.0\t23.0.0.255\t92\tUS\tC\n", "24.0.0.0\t24.0.0.255\t94\tUS\tD\n",
        "24.0.0.128\t24.0.1.255\t95\tUS\tE\n", "24.0.1.0\t24.0.1.255\t96\tUS\tF\n"}) {
    lines.emplace_back(more);
  }
  const auto joined = [&] {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
  };
  const std::string wanted = bytes_of(joined());
  Random random(3);
  for (int round = 0; round < 100; ++round) {
    std::shuffle(lines.begin(), lines.end(), random);
    CU_ASSERT(bytes_of(joined()) == wanted);
  }
}

void the_content_id_is_that_of_what_look_ups_see() {
  const auto id = [](std::string_view source, std::string_view name = "s", const HosterMap& hosters = {}) {
    Findings findings;
    const auto buffer = compile_text(source, findings, {}, name, hosters);
    return buffer ? Image::open(buffer->bytes())->content_id() : 0;
  };
  const std::string source(kSource);
  const auto wanted = id(source);
  CU_ASSERT_EQUAL(id(source, "another name"), wanted);
  CU_ASSERT_EQUAL(id(source + "bad\n"), wanted);
  CU_ASSERT_NOT_EQUAL(id(source + "9.0.0.0\t9.0.0.0\t9\tUS\tX\n"), wanted);
  CU_ASSERT_NOT_EQUAL(id(source, "s", *HosterMap::parse("cf cloud AS13335\n", "m")), wanted);
}

void records_and_postings_agree_with_the_ranges() {
  const auto hosters = HosterMap::parse("cf cdn AS13335\nunused cloud AS99\nwpl hosting \"wpl-\"\n", "m");
  Findings findings;
  const auto buffer = compile_text(kSource, findings, {}, "s", *hosters);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  const auto image = Image::open(buffer->bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  CU_ASSERT_EQUAL(image->record_count(), 10);
  CU_ASSERT_EQUAL(image->records_by_asn().size(), 9);
  CU_ASSERT_TRUE(image->records_of(0).empty());
  CU_ASSERT_TRUE(image->records_of(99).empty());
  CU_ASSERT_EQUAL_FATAL(image->records_of(38803).size(), 1);
  const auto record = image->records_of(38803)[0];
  CU_ASSERT(same(image->record(record).hoster, "wpl", "by text"));
  CU_ASSERT(same(image->record(record).hoster_class, "hosting", "by text"));
  CU_ASSERT(same(image->record(image->records_of(13335)[0]).hoster, "cf", "by number"));
  CU_ASSERT(same(image->record(image->records_of(7)[0]).hoster, "", "none"));
  CU_ASSERT_EQUAL(image->ranges_of(Family::v4, record).size(), 2);
  CU_ASSERT_TRUE(image->ranges_of(Family::v6, record).empty());
  for (const Family family : {Family::v4, Family::v6}) {
    std::size_t postings = 0;
    for (ip2asn::RecordId id = 0; id < image->record_count(); ++id) {
      for (const std::uint32_t i : image->ranges_of(family, id)) {
        CU_ASSERT_EQUAL(image->range(family, i).record, id);
        ++postings;
      }
    }
    CU_ASSERT_EQUAL(postings, image->family_info(family).ranges);
  }
}

void a_conflict_in_one_of_several_files_names_that_file() {
  TemporaryDirectory directory;
  const std::string a = directory / "a", b = directory / "b";
  write_bytes(a, "1.0.0.0\t1.0.0.255\t1\tUS\tA\n9.0.0.0\t9.0.0.0\t1\tUS\tA\n");
  write_bytes(b, "8.0.0.0\t8.0.0.0\t1\tUS\tA\n1.0.0.0\t1.0.0.255\t2\tUS\tB\n::\t::1\t2\tUS\tB\n::1\t::2\t2\tUS\tB\n");
  Findings findings;
  const auto database = ip2asn::Database::open({a, b}, {}, {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(database));
  CU_ASSERT_EQUAL_FATAL(findings.examples().size(), 2);
  CU_ASSERT(same(findings.examples()[0].file, b, "IPv4"));
  CU_ASSERT_EQUAL(findings.examples()[0].line, 2);
  CU_ASSERT(same(findings.examples()[1].file, b, "IPv6"));
  CU_ASSERT_EQUAL(findings.examples()[1].line, 4);
}

void conflicts_count_against_the_share_that_may_be_skipped() {
  std::string source = "1.0.0.0\t1.0.0.255\t1\tUS\tA\n";
  for (int i = 0; i < 10; ++i) source += "1.0.0.0\t1.0.0.255\t" + std::to_string(i + 2) + "\tUS\tB\n";
  CU_ASSERT(same(told(source), "1.0.0.0\t1.0.0.255\t1\tUS\tA\n10 conflict", "ten"));
  CU_ASSERT(same(told(source + "bad\n"), "damaged", "ten, and a bad row"));
  SourceOptions options;
  options.strict = true;
  Findings findings;
  const auto strict = compile_text("1.0.0.0\t1.0.0.255\t1\tUS\tA\n1.0.0.0\t1.0.0.255\t2\tUS\tA\n", findings, options);
  CU_ASSERT(holds(!strict && strict.error().code == Errc::damaged, "strict"));
  CU_ASSERT(holds(!compile({}, {}, {}, findings), "a table that nobody has read"));
}

void a_database_opens_from_sources_and_from_an_index() {
  TemporaryDirectory directory;
  const std::string source = directory / "s.tsv", index = directory / "s.idx";
  write_bytes(source, kSource);
  Findings findings;
  const auto compiled = ip2asn::Database::open({source}, {}, {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(compiled));
  CU_ASSERT_TRUE(compiled->compiled());
  const auto bytes = compiled->image().bytes();
  const std::string image(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  write_bytes(index, image);
  const auto opened = ip2asn::Database::open({index}, {}, {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(opened));
  CU_ASSERT_FALSE(opened->compiled());
  CU_ASSERT(same(announced(opened->image()), announced(compiled->image()), "both"));
  struct {
    std::vector<std::string> paths;
    Errc code;
  } const table[] = {
      {{}, Errc::argument},
      {{directory / "missing"}, Errc::unreadable},
      {{source, index}, Errc::argument},
      {{directory.path()}, Errc::unreadable},
  };
  for (const auto& row : table) {
    const auto got = ip2asn::Database::open(row.paths, {}, {}, findings);
    CU_ASSERT(holds(!got && got.error().code == row.code, name_of(row.code)));
  }
  for (const std::size_t size : {std::size_t{8}, std::size_t{300}, image.size() - 1}) {
    write_bytes(index, image.substr(0, size));
    const auto cut = ip2asn::Database::open({index}, {}, {}, findings);
    CU_ASSERT(
        holds(!cut && cut.error().code == Errc::damaged && cut.error().message.starts_with(index), "a cut index"));
  }
  SourceOptions small;
  small.max_bytes = 1000;
  write_bytes(index, image);
  const auto large = ip2asn::Database::open({index}, {}, small, findings);
  CU_ASSERT(holds(!large && large.error().code == Errc::limit, "an index that is too large"));
}

void lists_and_overrides_are_added_to_an_index() {
  TemporaryDirectory directory;
  const std::string source = directory / "s.tsv", index = directory / "s.idx";
  write_bytes(source, kSource);
  Findings findings;
  const auto compiled = ip2asn::Database::open({source}, {}, {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(compiled));
  const auto write_image = [&](const ip2asn::Image& image) {
    write_bytes(index, {reinterpret_cast<const char*>(image.bytes().data()), image.bytes().size()});
  };
  write_image(compiled->image());
  ip2asn::LocalData local;
  local.overrides.push_back({*ip2asn::parse_prefix("203.0.113.0/24"), 64511, "DE", "OURS"});
  local.lists.push_back({"mine", {64511}, {}});
  const auto added = ip2asn::Database::open({index}, {}, {}, findings, local);
  CU_ASSERT_FATAL(static_cast<bool>(added));
  CU_ASSERT_TRUE(added->compiled());
  const auto address = *ip2asn::parse_address("203.0.113.7");
  const auto id = added->image().lookup(address);
  CU_ASSERT(same(added->image().record(id).description, "OURS", "the override"));
  CU_ASSERT_TRUE(added->image().lists_of(id, address).contains(0));
  const auto from_source = ip2asn::Database::open({source}, {}, {}, findings, local);
  CU_ASSERT_FATAL(static_cast<bool>(from_source));
  CU_ASSERT(same(announced(added->image()), announced(from_source->image()), "from either"));
  // Once added they are part of it, and there is no telling them from others.
  write_image(added->image());
  const auto twice = ip2asn::Database::open({index}, {}, {}, findings, local);
  CU_ASSERT(holds(!twice && twice.error().message.starts_with(index), "lists are added once"));
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "compile",
      {
          {"both ends of each range and gap belong to it", both_ends_of_each_range_and_gap_belong_to_it},
          {"sources become ranges", sources_become_ranges},
          {"the order of the rows does not show", the_order_of_the_rows_does_not_show},
          {"the content id is that of what look-ups see", the_content_id_is_that_of_what_look_ups_see},
          {"records and postings agree with the ranges", records_and_postings_agree_with_the_ranges},
          {"a conflict in one of several files names that file", a_conflict_in_one_of_several_files_names_that_file},
          {"conflicts count against the share that may be skipped",
           conflicts_count_against_the_share_that_may_be_skipped},
          {"a database opens from sources and from an index", a_database_opens_from_sources_and_from_an_index},
          {"lists and overrides are added to an index", lists_and_overrides_are_added_to_an_index},
      });
}
