#include "report.hh"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cerrno>
#include <cstring>

#include "engine.hh"

namespace ip2asn::bench {

const volatile std::uint32_t zero = 0;
volatile std::uint64_t sink = 0;

void print(const Report& report) {
  std::printf("\n%s\n\n", report.title.c_str());
  std::printf("| engine | %s | range of the rounds | %s | MB |\n", report.latency ? "ns" : "Mlps",
              report.base.empty() ? "" : "× libmaxminddb");
  std::printf("| --- | ---: | ---: | ---: | ---: |\n");
  for (const Report::Line& line : report.lines) {
    const auto shown = [&report](double mlps) { return report.latency ? 1e3 / mlps : mlps; };
    char ratio[32] = "";
    char megabytes[32] = "";
    if (line.ratio != 0) std::snprintf(ratio, sizeof ratio, "%.2f", line.ratio);
    if (line.megabytes != 0) std::snprintf(megabytes, sizeof megabytes, "%.1f", line.megabytes);
    const double one = shown(report.latency ? line.most_mlps : line.least_mlps);
    const double other = shown(report.latency ? line.least_mlps : line.most_mlps);
    std::printf("| %s | %.1f | %.1f–%.1f | %s | %s |\n", line.engine.c_str(), shown(line.mlps), one, other, ratio,
                megabytes);
  }
  std::fflush(stdout);
}

bool write_json(const std::vector<Report>& reports, const std::string& path) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter writer(buffer);
  writer.StartArray();
  for (const Report& report : reports) {
    writer.StartObject();
    writer.Key("table");
    writer.String(report.title.c_str());
    if (!report.base.empty()) {
      writer.Key("ratios_to");
      writer.String(report.base.c_str());
    }
    writer.Key("rows");
    writer.StartArray();
    for (const Report::Line& line : report.lines) {
      writer.StartObject();
      writer.Key("engine");
      writer.String(line.engine.c_str());
      const std::pair<const char*, double> numbers[] = {{"mlps", line.mlps},           {"least_mlps", line.least_mlps},
                                                        {"most_mlps", line.most_mlps}, {"nanoseconds", 1e3 / line.mlps},
                                                        {"ratio", line.ratio},         {"megabytes", line.megabytes}};
      for (const auto& [key, value] : numbers) {
        if (value == 0) continue;
        writer.Key(key);
        writer.Double(value);
      }
      writer.EndObject();
    }
    writer.EndArray();
    writer.EndObject();
  }
  writer.EndArray();
  std::FILE* file = std::fopen(path.c_str(), "w");
  const bool written = file != nullptr &&
                       std::fwrite(buffer.GetString(), 1, buffer.GetSize(), file) == buffer.GetSize() &&
                       std::fputc('\n', file) != EOF;
  const bool closed = file == nullptr || std::fclose(file) == 0;
  if (!written || !closed) std::fprintf(stderr, "%s: %s\n", path.c_str(), std::strerror(errno));
  return written && closed;
}

}  // namespace ip2asn::bench
