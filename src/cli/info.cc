// ip2asn info: what a database holds and what its index is made of.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <cstdio>
#include <ctime>

#include "cli/args.hh"
#include "cli/describe.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"

namespace ip2asn::cli {
namespace {

struct Choices {
  bool as_json = false;
};

struct FamilyShape {
  Family family;
  const char* name;
  const char* key;
  FamilyInfo info;
  IndexShape shape;

  double starts_a_slice() const {
    return shape.slices == 0 ? 0 : static_cast<double>(shape.starts) / static_cast<double>(shape.slices);
  }
};

std::vector<FamilyShape> families(const Image& image) {
  return {{Family::v4, "IPv4", "ipv4", image.family_info(Family::v4), image.index4().shape()},
          {Family::v6, "IPv6", "ipv6", image.family_info(Family::v6), image.index6().shape()}};
}

template <class... Values>
void print(std::string& to, const char* format, Values... values) {
  char line[256];
  std::snprintf(line, sizeof line, format, values...);
  to += line;
}

// A row of the table that has a column for each family.
template <class Value>
void row(std::string& to, const char* name, const std::vector<FamilyShape>& shapes, Value value) {
  print(to, "%-18s", name);
  for (const FamilyShape& each : shapes) print(to, " %16s", std::string(value(each)).c_str());
  to += '\n';
}

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string share_of_space(const FamilyShape& each) {
  char text[32];
  const double space = std::ldexp(1.0, each.family == Family::v4 ? 32 : 128);
  std::snprintf(text, sizeof text, "%.4g %%", each.info.addresses / space * 100);
  return text;
}

std::string text(const std::vector<std::string>& files, const Database& database, std::int64_t now) {
  const Image& image = database.image();
  std::string to;
  const std::string kind = database.compiled() ? "source, compiled in memory" : "compiled index";
  print(to, "%-18s %s, format %u\n", "kind", kind.c_str(), kImageVersion);
  to += "file               " + printable(name_files(files)) + '\n';
  print(to, "%-18s %s\n", "content", content_id(image).c_str());
  std::string_view sources = image.sources();
  for (const char* name = "sources"; !sources.empty(); name = "") {
    const std::size_t length = std::min(sources.find('\n'), sources.size());
    print(to, "%-18s ", name);
    to += printable(sources.substr(0, length)) + '\n';
    sources.remove_prefix(std::min(length + 1, sources.size()));
  }
  print(to, "%-18s %s\n", "data of", utc_time(image.data_time()).c_str());
  if (image.data_time() != 0) print(to, "%-18s %s\n", "age", age(now - image.data_time()).c_str());
  print(to, "%-18s %s\n", "rows", grouped(image.source_rows()).c_str());
  print(to, "%-18s %s\n\n", "records", grouped(image.record_count()).c_str());

  const std::vector<FamilyShape> shapes = families(image);
  row(to, "", shapes, [](const FamilyShape& each) { return each.name; });
  row(to, "ranges", shapes, [](const FamilyShape& each) { return grouped(each.info.ranges); });
  row(to, "ASNs", shapes, [](const FamilyShape& each) { return grouped(each.info.asns); });
  row(to, "share of space", shapes, share_of_space);
  row(to, "slices", shapes, [](const FamilyShape& each) { return grouped(each.shape.slices); });
  row(to, "rows a slice", shapes, [](const FamilyShape& each) { return decimal(each.starts_a_slice()); });
  row(to, "  least", shapes, [](const FamilyShape& each) { return grouped(each.shape.least_starts); });
  row(to, "  most", shapes, [](const FamilyShape& each) { return grouped(each.shape.most_starts); });

  print(to, "\n%-18s %16s\n", "section", "bytes");
  for (const SectionInfo& section : image.sections()) {
    print(to, "%-18s %16s\n", std::string(section.name).c_str(), grouped(section.bytes).c_str());
  }
  print(to, "%-18s %16s\n", "all", grouped(image.bytes().size()).c_str());
  return to;
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void string(Writer& writer, std::string_view value) {
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void json_family(Writer& writer, const FamilyShape& each) {
  writer.Key(each.key);
  writer.StartObject();
  writer.Key("ranges");
  writer.Uint64(each.info.ranges);
  writer.Key("asns");
  writer.Uint64(each.info.asns);
  writer.Key("addresses");
  writer.Double(each.info.addresses);
  writer.Key("slices");
  writer.Uint64(each.shape.slices);
  writer.Key("rows_in_slices");
  writer.Uint64(each.shape.starts);
  writer.Key("least_rows_in_slice");
  writer.Uint64(each.shape.least_starts);
  writer.Key("most_rows_in_slice");
  writer.Uint64(each.shape.most_starts);
  writer.EndObject();
}

std::string json(const std::vector<std::string>& files, const Database& database, std::int64_t now) {
  const Image& image = database.image();
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("files");
  writer.StartArray();
  for (const std::string& file : files) string(writer, printable(file));
  writer.EndArray();
  writer.Key("compiled");
  writer.Bool(!database.compiled());
  writer.Key("format");
  writer.Uint(kImageVersion);
  writer.Key("content_id");
  string(writer, content_id(image));
  writer.Key("sources");
  writer.StartArray();
  for (std::string_view sources = image.sources(); !sources.empty();) {
    const std::size_t length = std::min(sources.find('\n'), sources.size());
    string(writer, printable(sources.substr(0, length)));
    sources.remove_prefix(std::min(length + 1, sources.size()));
  }
  writer.EndArray();
  writer.Key("data_time");
  image.data_time() == 0 ? writer.Null() : writer.Int64(image.data_time());
  writer.Key("age_seconds");
  image.data_time() == 0 ? writer.Null() : writer.Int64(now - image.data_time());
  writer.Key("rows");
  writer.Uint64(image.source_rows());
  writer.Key("records");
  writer.Uint(image.record_count());
  for (const FamilyShape& each : families(image)) json_family(writer, each);
  writer.Key("sections");
  writer.StartObject();
  for (const SectionInfo& section : image.sections()) {
    writer.Key(section.name.data(), static_cast<rapidjson::SizeType>(section.name.size()));
    writer.Uint64(section.bytes);
  }
  writer.EndObject();
  writer.Key("bytes");
  writer.Uint64(image.bytes().size());
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + '\n';
}

int info(const Arguments& arguments, Choices& choices) {
  const std::vector<std::string>& files = arguments.operands();
  if (files.empty()) return arguments.bad_usage("DB is missing");

  Findings findings;
  const Result<Database> database = open_database(files, false, findings);
  if (!database) return arguments.fail(database.error());
  const std::int64_t now = std::time(nullptr);
  Output output;
  output.write(choices.as_json ? json(files, *database, now) : text(files, *database, now));
  return output.finish("ip2asn info");
}

void describe(Options& options, Choices& choices) {
  options.add({"json", 0, "", flag(choices.as_json), "all of it as one JSON object; times in seconds",
               "Times are seconds since 1970, ages seconds."});
}

}  // namespace

const Command kInfoCommand = {
    "info",
    "what a database holds, and what its index is made of",
    "[--json] DB...",
    R"(Prints about DB, a compiled index or sources: where its data comes from and how
old it is, rows and records, for each family ranges, ASNs and the share of the
address space they cover, the slices of the index and the rows (starts of ranges)
a slice, and the bytes of each section. Equal content ids mean equal answers to
all look-ups.)",
    R"(0 fine
2 wrong usage
3 DB is damaged
6 a file or standard output could not be read or written)",
    R"(ip2asn info ip2asn.idx
ip2asn info --json ip2asn.idx | jq .age_seconds
)",
    [] { return invocation(describe, info); },
};

}  // namespace ip2asn::cli
