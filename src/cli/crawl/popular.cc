#include "cli/crawl/popular.hh"

#include <algorithm>
#include <tuple>

#include "base/files.hh"
#include "base/json_read.hh"
#include "net/asn.hh"
#include "registry/answer.hh"
#include "serve/counters.hh"

namespace ip2asn::cli {
namespace {

constexpr std::uint64_t kMaxBytes = 256 << 20;
constexpr std::size_t kMaxDepth = 16;

double number_of(const rapidjson::Value& object, std::string_view name) {
  const rapidjson::Value* const value = json_member(object, name);
  return value != nullptr && value->IsNumber() ? std::max(value->GetDouble(), 0.0) : 0;
}

struct Weighed {
  double requests, bytes, size;
  Range range;
};

}  // namespace

Result<Done> Popularity::add(const std::string& path) {
  const Result<FileBytes> file = read_file(path, kMaxBytes);
  if (!file) return file.error();
  const auto bytes = file->buffer.bytes();
  rapidjson::Document document;
  const std::string wrong = read_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kMaxDepth, document);
  if (!wrong.empty()) return Error{Errc::damaged, path + ": " + wrong};
  const auto note = [&](std::string_view name, double requests, double cost) {
    const auto asn = parse_asn(name);
    if (!asn || *asn == 0) return;
    of_asn[*asn].requests += requests;
    of_asn[*asn].bytes += cost;
  };
  const rapidjson::Value* const ases = json_member(document, "as");
  const rapidjson::Value* const asns = json_member(document, "asns");
  const rapidjson::Value* const top = asns != nullptr ? json_array(*asns, "top") : nullptr;
  if (ases != nullptr && ases->IsObject()) {
    for (const auto& member : ases->GetObject()) {
      const rapidjson::Value* const counters = json_array(member.value, "counters");
      const auto counter = [&](std::size_t number) {
        const bool there = counters != nullptr && number < counters->Size();
        const rapidjson::Value* const value = there ? &(*counters)[static_cast<rapidjson::SizeType>(number)] : nullptr;
        return value != nullptr && value->IsNumber() ? std::max(value->GetDouble(), 0.0) : 0;
      };
      note(json_text(member.name), counter(kRequests), counter(kBytes));
    }
  } else if (top != nullptr) {
    for (const rapidjson::Value& row : top->GetArray()) {
      note(json_string(row, "name"), number_of(row, "lines"), number_of(row, "bytes"));
    }
  } else {
    return Error{Errc::damaged, path +
                                    ": holds no counts by AS; name the data.json of the module's status page, or "
                                    "the output of 'ip2asn annotate --summary --json'"};
  }
  return Done{};
}

std::vector<Range> popular_ranges(const Image& image, const Popularity& popularity, bool v4, bool v6) {
  std::vector<Range> ranges;
  for (const Family family : {Family::v4, Family::v6}) {
    if (!(family == Family::v4 ? v4 : v6)) continue;
    std::vector<std::pair<std::uint32_t, Range>> announced;
    std::unordered_map<std::uint32_t, double> size_of_asn;
    for (std::size_t i = 0; i < image.range_count(family); ++i) {
      const Match match = image.range(family, i);
      if (match.record == 0) continue;
      announced.emplace_back(image.asn(match.record), match.range);
      size_of_asn[announced.back().first] += size_of(match.range);
    }
    std::vector<Weighed> weighed;
    weighed.reserve(announced.size());
    for (const auto& [asn, range] : announced) {
      const double size = size_of(range), part = size / size_of_asn[asn];
      const auto found = popularity.of_asn.find(asn);
      const auto counts = found != popularity.of_asn.end() ? found->second : Popularity::Counts();
      weighed.push_back({counts.requests * part, counts.bytes * part, size, range});
    }
    std::stable_sort(weighed.begin(), weighed.end(), [](const Weighed& a, const Weighed& b) {
      return std::tie(b.requests, b.bytes, b.size) < std::tie(a.requests, a.bytes, a.size);
    });
    for (const Weighed& each : weighed) ranges.push_back(each.range);
  }
  return ranges;
}

}  // namespace ip2asn::cli
