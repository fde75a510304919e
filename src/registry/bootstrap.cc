#include "registry/bootstrap.hh"

#include <algorithm>
#include <charconv>

#include "base/files.hh"
#include "base/json_read.hh"
#include "base/text.hh"
#include "client/url.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kMaxBytes = 4 << 20;
constexpr std::size_t kMaxDepth = 8;

bool read_number(std::string_view text, std::uint32_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

// https before http, and nothing else; a slash at the end.
std::string choose_url(const rapidjson::Value& urls) {
  std::string chosen;
  for (const rapidjson::Value& each : urls.GetArray()) {
    const Url url = Url::parse(json_text(each));
    if (url.scheme != "https" && (url.scheme != "http" || !chosen.empty())) continue;
    if (chosen.starts_with("https")) continue;
    chosen = json_text(each);
    if (!chosen.ends_with('/')) chosen += '/';
  }
  return chosen;
}

}  // namespace

Result<BootstrapTable> BootstrapTable::read(std::string_view json, Kind kind, std::string_view name) {
  const auto wrong = [&](std::string_view what) {
    return Error{Errc::damaged, std::string(name) + ": " + std::string(what) +
                                    "; it should be a table of https://data.iana.org/rdap/ as it is"};
  };
  rapidjson::Document document;
  if (const std::string problem = read_json(json, kMaxDepth, document); !problem.empty()) return wrong(problem);
  const rapidjson::Value* const services = json_array(document, "services");
  if (services == nullptr) return wrong("has no array 'services'");
  BootstrapTable table;
  table.publication_ = repair_text(json_string(document, "publication")).text;
  for (const rapidjson::Value& service : services->GetArray()) {
    if (!service.IsArray() || service.Size() < 2 || !service[0].IsArray() || !service[1].IsArray()) {
      return wrong("has a service that is not a list of entries and a list of URLs");
    }
    std::string url = choose_url(service[1]);
    const std::size_t number = table.urls_.size();
    for (const rapidjson::Value& entry : service[0].GetArray()) {
      const std::string_view text = json_text(entry);
      if (kind == Kind::addresses) {
        const auto prefix = parse_prefix(text);
        if (!prefix) return wrong(quoted(text) + " is not a prefix");
        if (!url.empty()) table.prefixes_.emplace_back(prefix->range(), number);
        continue;
      }
      const std::size_t dash = std::min(text.find('-'), text.size());
      AsnRange range{0, 0, number};
      const bool fine = read_number(text.substr(0, dash), range.first) &&
                        read_number(dash == text.size() ? text : text.substr(dash + 1), range.last);
      if (!fine || range.last < range.first) return wrong(quoted(text) + " is not a range of AS numbers");
      if (!url.empty()) table.asns_.push_back(range);
    }
    if (!url.empty()) table.urls_.push_back(std::move(url));
  }
  std::sort(table.prefixes_.begin(), table.prefixes_.end(), [](const auto& a, const auto& b) {
    return a.first.first != b.first.first ? a.first.first < b.first.first : a.first.last > b.first.last;
  });
  return table;
}

std::string_view BootstrapTable::base_url(const Range& range) const noexcept {
  const auto later = std::upper_bound(
      prefixes_.begin(), prefixes_.end(), range.first,
      [](const Address& address, const std::pair<Range, std::size_t>& entry) { return address < entry.first.first; });
  // Prefixes nest, so that the last one that begins before and holds the range is the longest.
  for (auto entry = later; entry != prefixes_.begin();) {
    --entry;
    if (entry->first.contains(range.first) && entry->first.contains(range.last)) return urls_[entry->second];
  }
  return {};
}

std::string_view BootstrapTable::base_url(std::uint32_t asn) const noexcept {
  const AsnRange* best = nullptr;
  for (const AsnRange& range : asns_) {
    if (asn < range.first || range.last < asn) continue;
    if (best == nullptr || range.last - range.first < best->last - best->first) best = &range;
  }
  return best != nullptr ? std::string_view(urls_[best->url]) : std::string_view();
}

Result<Bootstrap> Bootstrap::open(const std::string& directory) {
  Bootstrap bootstrap;
  const auto load = [&](const char* name, BootstrapTable::Kind kind, BootstrapTable& table) -> Result<Done> {
    const std::string path = directory + '/' + name;
    Result<FileBytes> file = read_file(path, kMaxBytes);
    if (!file) return file.error();
    const auto bytes = file->buffer.bytes();
    Result<BootstrapTable> read =
        BootstrapTable::read({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kind, path);
    if (!read) return read.error();
    table = *std::move(read);
    return Done{};
  };
  for (const auto& done : {load("ipv4.json", BootstrapTable::Kind::addresses, bootstrap.ipv4),
                           load("ipv6.json", BootstrapTable::Kind::addresses, bootstrap.ipv6),
                           load("asn.json", BootstrapTable::Kind::asns, bootstrap.asn)}) {
    if (!done) return done.error();
  }
  return bootstrap;
}

std::vector<std::string> Bootstrap::hosts() const {
  std::vector<std::string> hosts;
  for (const BootstrapTable* table : {&ipv4, &ipv6, &asn}) {
    for (const std::string& url : table->urls()) hosts.push_back(Url::parse(url).host);
  }
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return hosts;
}

}  // namespace ip2asn
