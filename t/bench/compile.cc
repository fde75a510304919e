// How long it takes from sources to a database that is ready to serve, and where the time goes.
#include "compile/compile.hh"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "compile/database.hh"
#include "data.hh"
#include "stages.hh"

namespace ip2asn::bench {

namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

int run(const StagesOptions& options) {
  const auto& [source, json, rounds] = options;
  Stages stages;
  Data4 data4;
  Data6 data6;
  for (int round = 0; round < rounds; ++round) {
    Findings findings;
    const Time begin = Time::now();
    auto table = read_sources({source}, {}, findings);
    if (!table) return complain(table.error());
    const Time parsed = stages.add("read, unpack, parse", begin);
    auto buffer = compile(*table, {}, {}, findings);
    if (!buffer) return complain(buffer.error());
    const Time compiled = stages.add("compile", parsed);
    const auto image = Image::open(buffer->bytes());
    if (!image) return complain(image.error());
    stages.add("check", compiled);
    stages.add("source to ready", begin);

    if (round == 0) {
      data4 = data4_of(*image);
      data6 = data6_of(*image);
    }
    const Time again = Time::now();
    const auto index4 = build_index4(data4.runs);
    const Time first = stages.add("  of it: IPv4 index", again);
    const auto index6 = build_index6(data6.runs);
    stages.add("  of it: IPv6 index", first);
    if (!index4) return complain(index4.error());
    if (!index6) return complain(index6.error());

    const Time whole = Time::now();
    auto database = Database::open({source}, {}, {}, findings);
    if (!database) return complain(database.error());
    stages.add("the same by Database::open", whole);
    const auto bytes = buffer->bytes();
    const auto others = database->image().bytes();
    if (bytes.size() != others.size())
      return std::fprintf(stderr, "two compilations of %s differ\n", source.c_str()), 1;
  }
  stages.print(source + " to ready, " + std::to_string(rounds) + " rounds");
  return json.empty() || stages.write_json(json) ? 0 : 1;
}

}  // namespace

}  // namespace ip2asn::bench

int main(int argc, char** argv) { return ip2asn::bench::run_stages(argc, argv, "compile", 15, ip2asn::bench::run); }
