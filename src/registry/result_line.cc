#include "registry/result_line.hh"

#include <ctime>

#include "base/json_read.hh"
#include "net/asn.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr std::string_view kNothing = "NA";

std::string_view or_nothing(std::string_view text) { return text.empty() ? kNothing : text; }

std::string some(const rapidjson::Value& object, std::string_view name) {
  const std::string_view text = json_string(object, name);
  return text == kNothing ? std::string() : std::string(text);
}

void member(JsonText& out, std::string_view name, std::string_view value) {
  out.key(name);
  out.string(value);
}

void texts(JsonText& out, std::string_view name, const std::vector<std::string>& values) {
  out.key(name);
  out.begin_array();
  for (const std::string& value : values) out.string(value);
  out.end_array();
}

void write_network(JsonText& out, const ResultLine& line) {
  const Block& block = line.block;
  const bool is_asn = line.last_asn != 0;
  const auto address = [&](const Address& from, std::uint32_t asn) {
    return is_asn ? "AS" + std::to_string(asn) : to_string(from);
  };
  out.begin_object();
  member(out, "cidr", is_asn ? std::string(kNothing) : cidr_text(block.range));
  member(out, "country", or_nothing(block.country));
  member(out, "end_address", address(block.range.last, line.last_asn));
  member(out, "handle", or_nothing(block.handle));
  member(out, "ip_version", is_asn ? kNothing : block.range.first.family == Family::v4 ? "v4" : "v6");
  member(out, "name", or_nothing(block.name));
  member(out, "parent_handle", or_nothing(block.parent_handle));
  if (block.range_is_asked) member(out, "range", "asked");
  member(out, "start_address", address(block.range.first, line.first_asn));
  texts(out, "status", block.status);
  member(out, "type", or_nothing(block.type));
  out.end_object();
}

}  // namespace

std::string timestamp(std::int64_t time) {
  const std::time_t seconds = time;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

std::optional<std::int64_t> read_timestamp(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* const end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&parts);
}

void write_result(JsonText& out, const ResultLine& line) {
  const Announced& by = line.announced;
  out.begin_object();
  member(out, "Host", line.host);
  member(out, "IP", line.last_asn != 0 ? std::string(kNothing) : to_string(line.ip));
  member(out, "Timestamp", timestamp(line.time));
  out.key("Whois");
  out.begin_object();
  member(out, "asn", by.asn != 0 ? std::to_string(by.asn) : std::string(kNothing));
  member(out, "asn_cidr", or_nothing(by.cidr));
  member(out, "asn_country_code", or_nothing(by.country));
  member(out, "asn_description", or_nothing(by.description));
  member(out, "asn_registry", or_nothing(line.block.registry));
  texts(out, "entities", line.block.entities);
  member(out, "holder", or_nothing(line.block.holder));
  out.key("network");
  write_network(out, line);
  member(out, "query", line.query);
  member(out, "server", or_nothing(line.block.server));
  member(out, "source", or_nothing(line.block.source));
  out.end_object();
  out.end_object();
}

Result<ResultLine> read_result(std::string_view text) {
  const auto wrong = [](std::string_view what) { return Error{Errc::damaged, std::string(what)}; };
  rapidjson::Document document;
  if (const std::string problem = read_json(text, kMaxDepth, document); !problem.empty()) return wrong(problem);
  const rapidjson::Value* const whois = json_member(document, "Whois");
  const rapidjson::Value* const network = whois != nullptr ? json_member(*whois, "network") : nullptr;
  if (network == nullptr) return wrong("has no network");
  ResultLine line;
  line.host = json_string(document, "Host");
  line.time = read_timestamp(json_string(document, "Timestamp")).value_or(0);
  line.query = json_string(*whois, "query");
  Block& block = line.block;
  const auto first = parse_address(json_string(*network, "start_address"));
  const auto last = parse_address(json_string(*network, "end_address"));
  if (first && last && first->family == last->family && *first <= *last) {
    block.range = {*first, *last};
    line.ip = parse_address(json_string(document, "IP")).value_or(*first);
  } else {
    const auto from = parse_asn(json_string(*network, "start_address"));
    const auto to = parse_asn(json_string(*network, "end_address"));
    if (!from || !to || *to < *from || *to == 0) return wrong("has no range");
    line.first_asn = *from;
    line.last_asn = *to;
  }
  line.announced.asn = parse_asn(json_string(*whois, "asn")).value_or(0);
  line.announced.cidr = some(*whois, "asn_cidr");
  line.announced.country = some(*whois, "asn_country_code");
  line.announced.description = some(*whois, "asn_description");
  block.registry = some(*whois, "asn_registry");
  block.holder = some(*whois, "holder");
  block.server = some(*whois, "server");
  block.source = some(*whois, "source");
  block.country = some(*network, "country");
  block.handle = some(*network, "handle");
  block.name = some(*network, "name");
  block.parent_handle = some(*network, "parent_handle");
  block.type = some(*network, "type");
  block.range_is_asked = json_string(*network, "range") == "asked";
  const auto list = [](const rapidjson::Value* array, std::vector<std::string>& out) {
    if (array == nullptr) return;
    for (const rapidjson::Value& each : array->GetArray()) out.emplace_back(json_text(each));
  };
  list(json_array(*whois, "entities"), block.entities);
  list(json_array(*network, "status"), block.status);
  return line;
}

}  // namespace ip2asn
