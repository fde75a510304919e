// ip2asn dump: back to iptoasn.com's format.
#include <string>
#include <vector>

#include "cli/args.hh"
#include "cli/gzip.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/progress.hh"
#include "cli/write_file.hh"

namespace ip2asn::cli {
namespace {

struct Choices {
  std::vector<Family> families = {Family::v4, Family::v6};
  std::string path = "-";
};

void append(std::string& to, const Address& address) {
  char text[kMaxAddressText];
  to.append(text, format_address(address, text));
}

void append_row(std::string& to, const Image& image, const Match& match) {
  const Record record = image.record(match.record);
  append(to, match.range.first);
  to += '\t';
  append(to, match.range.last);
  to += '\t';
  to += std::to_string(record.asn);
  to += '\t';
  to += record.country.empty() ? "None" : record.country;
  to += '\t';
  to += record.description;
  to += '\n';
}

// Calls `after_row` after each row that was added to `to`; it returns false to end.
template <class AfterRow>
void dump(const Image& image, const std::vector<Family>& families, std::string& to, AfterRow after_row) {
  for (const Family family : families) {
    const std::size_t count = image.range_count(family);
    for (std::size_t i = 0; i < count; ++i) {
      const Match match = image.range(family, i);
      if (match.record == 0) continue;
      append_row(to, image, match);
      if (!after_row()) return;
    }
  }
}

int dump_to_file(const Arguments& arguments, const Image& image, const std::vector<Family>& families,
                 const std::string& path) {
  std::string text;
  Progress progress("writing " + path);
  dump(image, families, text, [] { return true; });
  std::span<const std::byte> bytes = std::as_bytes(std::span(text));
  std::vector<std::byte> packed;
  // A reader takes a plain text under a compressed file's name for a damaged file.
  if (path.ends_with(".gz")) {
    Result<std::vector<std::byte>> compressed = gzip(bytes);
    if (!compressed) return arguments.fail(compressed.error());
    packed = *std::move(compressed);
    bytes = packed;
  }
  const auto written = write_file(path, bytes);
  return written ? static_cast<int>(kFine) : arguments.fail(written.error());
}

int dump_main(const Arguments& arguments, Choices& choices) {
  const std::vector<std::string>& files = arguments.operands();
  if (files.empty()) return arguments.bad_usage("DB is missing");

  Findings findings;
  const Result<Database> database = open_database(files, false, findings);
  if (!database) return arguments.fail(database.error());
  if (choices.path != "-") return dump_to_file(arguments, database->image(), choices.families, choices.path);
  Output output;
  dump(database->image(), choices.families, output.buffer(), [&output] {
    output.write("");
    return output.good();
  });
  return output.finish("ip2asn dump");
}

void describe(Options& options, Choices& choices) {
  options.add({"family", 0, "4|6",
               one_of(choices.families, Words<std::vector<Family>>{{"4", {Family::v4}}, {"6", {Family::v6}}}),
               "one family only (default: both)"});
  options.add(
      {"output", 'o', "FILE", text(choices.path),
       "where to write instead of standard output, whole or, after an error, not at all; a name that ends in .gz "
       "is compressed"});
}

}  // namespace

const Command kDumpCommand = {
    "dump",
    "an index as an iptoasn.com file again",
    "[OPTION]... DB...",
    R"(Writes DB, a compiled index or sources, in the format of iptoasn.com's files: a
range a line, sorted, IPv4 first, with the fields range_start, range_end,
AS_number, country_code and AS_description, divided by tabs. Ranges that nobody
announces are left out. Compiling the result gives an index with the same
content. Of a source, this is its clean form: sorted, without overlaps, text
repaired.)",
    R"(0 all was written
2 wrong usage
3 DB is damaged
6 a file or standard output could not be read or written)",
    R"(ip2asn dump ip2asn.idx -o ip2asn-combined.tsv.gz
ip2asn dump --family 6 ip2asn.idx | awk -F'\t' '$3 == 15169'
)",
    [] { return invocation(describe, dump_main); },
};

}  // namespace ip2asn::cli
