// ip2asn dump: back to iptoasn.com's format.
#include <string>

#include "cli/args.hh"
#include "cli/gzip.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/progress.hh"
#include "cli/write_file.hh"

namespace ip2asn::cli {
namespace {

constexpr int kFamily = 256;

constexpr option kOptions[] = {
    {"family", required_argument, nullptr, kFamily},
    {"output", required_argument, nullptr, 'o'},
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

int dump_main(Arguments& arguments) {
  std::vector<Family> families = {Family::v4, Family::v6};
  std::string path = "-";
  arguments.accept(kOptions);
  while (const int option = arguments.next()) {
    switch (option) {
      case kFamily:
        if (arguments.value() != "4" && arguments.value() != "6") {
          return arguments.bad_usage("--family '" + std::string(arguments.value()) + "' is neither 4 nor 6");
        }
        families = {arguments.value() == "4" ? Family::v4 : Family::v6};
        break;
      case 'o':
        path = arguments.value();
        break;
    }
  }
  if (const auto status = arguments.status()) return *status;
  const std::vector<std::string> files = arguments.operands();
  if (files.empty()) return arguments.bad_usage("DB is missing");

  Findings findings;
  const Result<Database> database = open_database(files, false, findings);
  if (!database) return arguments.fail(database.error());
  if (path != "-") return dump_to_file(arguments, database->image(), families, path);
  Output output;
  dump(database->image(), families, output.buffer(), [&output] {
    output.write("");
    return output.good();
  });
  return output.finish("ip2asn dump");
}

}  // namespace

const Command kDumpCommand = {
    "dump",
    "an index as an iptoasn.com file again",
    "Usage: ip2asn dump [OPTION]... DB\n"
    "\n"
    "Writes DB, a compiled index or a source, in the format of iptoasn.com's files: a\n"
    "range a line, sorted, IPv4 first, with the fields range_start, range_end,\n"
    "AS_number, country_code and AS_description, divided by tabs. Ranges that nobody\n"
    "announces are left out. Compiling the result gives an index with the same\n"
    "content. Of a source, this is its clean form: sorted, without overlaps, text\n"
    "repaired.\n"
    "\n"
    "Options:\n"
    "      --family F      4 or 6 (default: both)\n"
    "  -o, --output FILE   where to write, whole or, after an error, not at all; a\n"
    "                      name that ends in .gz is compressed (default: - for\n"
    "                      standard output)\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit status: 0 all was written, 2 wrong usage, 3 DB is damaged, 6 a file or\n"
    "standard output could not be read or written.\n"
    "\n"
    "Examples:\n"
    "  ip2asn dump ip2asn.idx -o ip2asn-combined.tsv.gz\n"
    "  ip2asn dump --family 6 ip2asn.idx | awk -F'\\t' '$3 == 15169'\n",
    dump_main,
};

}  // namespace ip2asn::cli
