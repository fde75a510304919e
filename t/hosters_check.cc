// Checks a hoster map: by itself, against the AS names of a database, and against lists of ASes. Its output is for
// people, its exit status for scripts: 0 when all is well, 1 when something is not, 2 when it could not look.
//
// Without arguments (make check) it checks the shipped map by itself.
#include <getopt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "annotated_map.hh"
#include "base/files.hh"
#include "compile/hoster_map.hh"
#include "sources/source.hh"

namespace {

using ip2asn::HosterMap;
using ip2asn::hosters::AnnotatedMap;
using ip2asn::hosters::Look;

constexpr std::size_t kLeastHosters = 150;
constexpr double kLeastAddresses = 0.95, kLeastAsns = 0.5;  // of a list of ASes
constexpr std::uint32_t kUnlistedAsn = 64500;               // RFC 5398: for documentation, in no map

constexpr std::array<std::string_view, 10> kClasses = {"cloud",   "hosting", "cdn",    "vpn",    "relay",
                                                       "crawler", "proxy",   "access", "social", "academic"};

// Names of hosters that every map must know by text alone, as the registries and iptoasn.com spell them, for the day
// when they announce from an AS that is not listed.
constexpr struct {
  std::string_view description, hoster;
} kSpellings[] = {
    {"CLOUDFLARENET", "cloudflare"},
    {"CLOUDFLARENET - Cloudflare, Inc.", "cloudflare"},
    {"Cloudflare London, LLC", "cloudflare"},
    {"AMAZON-02", "amazon"},
    {"AMAZON-AES - Amazon.com, Inc.", "amazon"},
    {"Amazon.com, Inc.", "amazon"},
    {"Amazon Data Services Ireland Ltd", "amazon"},
    {"Amazon Technologies Inc.", "amazon"},
    {"HETZNER-AS", "hetzner"},
    {"Hetzner Online GmbH", "hetzner"},
    {"OVH", "ovh"},
    {"OVH SAS", "ovh"},
    {"OVHcloud", "ovh"},
    {"GOOGLE-CLOUD-PLATFORM", "google"},
    {"Google LLC", "google"},
    {"GOOGLE-FIBER", "google-fiber"},
    {"DIGITALOCEAN-ASN - DigitalOcean, LLC", "digitalocean"},
    {"SAKURA-A SAKURA Internet Inc.", "sakura"},
    {"SAKURA internet // EAST JAPAN BACKBONE", "sakura"},
    {"LINODE-AP Linode, LLC", "linode"},
    {"Linode, LLC", "linode"},
    {"CONTABO", "contabo"},
    {"Contabo GmbH", "contabo"},
    {"AS-CHOOPA", "vultr"},
    {"The Constant Company, LLC", "vultr"},
    {"NETCUP-AS netcup GmbH", "netcup"},
    {"netcup GmbH", "netcup"},
    {"CENTURYLINK-US-LEGACY-QWEST", "centurylink"},
    {"CenturyLink Communications, LLC", "centurylink"},
    {"COMCAST-7922", "comcast"},
    {"Comcast Cable Communications, LLC", "comcast"},
    {"DREAMHOST-AS", "dreamhost"},
    {"New Dream Network, LLC", "dreamhost"},
    {"MICROSOFT-CORP-MSN-AS-BLOCK", "microsoft"},
    {"Microsoft Corporation", "microsoft"},
    {"GANDI-AS Domain name registrar", "gandi"},
    {"GANDI SAS", "gandi"},
    {"CSTNET-AS-AP Computer Network Information Center", "cstnet"},
    {"VTCDIGICOM-AS-VN VTC DIGICOM", "vtcdigicom"},
    {"IDC Frontier Inc.", "idcfrontier"},
    {"IDCF IDC Frontier Inc.", "idcfrontier"},
    {"OCTOPUCE-AS", "octopuce"},
    {"Octopuce s.a.r.l.", "octopuce"},
    {"ONLINE S.A.S.", "scaleway"},
    {"SCALEWAY S.A.S.", "scaleway"},
    {"FACEBOOK", "facebook"},
    {"Facebook, Inc.", "facebook"},
    {"TWITTER", "twitter"},
    {"Twitter Inc.", "twitter"},
    // Near misses: none of these is one of the above.
    {"NOVHOSTING", ""},
    {"COMCAST-SRL", ""},
    {"Websupporters Technologies Private Limited", ""},
    {"IPXON Networks", ""},
    {"SF-FIN-LP Steadfast Financial LP", ""},
    {"ALIBABA-TRAVELS-COMPANY", ""},
    {"CSTNET", ""},
    {"POTAT0-NETWORK - Hurricane Electric -", ""},
    {"Bovh Networks", ""},
    {"GOOGLEWIFI", ""},
    {"Example Comcasting Ltd", ""},
    {"CHARTER-CENTURYLINK", ""},
    {"Not routed", ""},
    {"", ""},
};

int problems = 0;

__attribute__((format(printf, 1, 2))) void problem(const char* format, ...) {
  ++problems;
  std::fputs("  PROBLEM: ", stdout);
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::putchar('\n');
}

[[noreturn]] void give_up(const std::string& message) {
  std::fprintf(stderr, "hosters_check: %s\n", message.c_str());
  std::exit(2);
}

std::string read_text(const std::string& path, std::uint64_t most) {
  auto file = ip2asn::read_file(path, most);
  if (!file) give_up(file.error().message);
  const std::span<const std::byte> bytes = std::as_const(file->buffer).bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class Take>
void each_piece(std::string_view text, char divider, Take&& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(divider), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

AnnotatedMap read_map(const std::string& path) {
  auto map = AnnotatedMap::parse(read_text(path, HosterMap::kMaxFile), path);
  if (!map) give_up(map.error().message);
  return *std::move(map);
}

// The comments of the map: months and verdicts.
void check_comments(const AnnotatedMap& map, const std::string& older) {
  for (const std::string& each : map.problems()) problem("%s", each.c_str());
  std::size_t undated = 0, old = 0;
  std::string oldest, newest;
  for (const AnnotatedMap::Line& line : map.lines()) {
    if (line.month.empty()) {
      if (undated++ == 0)
        problem("line %zu has no month (# 2026-07) behind it that says when it was looked at", line.number);
      continue;
    }
    if (oldest.empty() || line.month < oldest) oldest = line.month;
    if (line.month > newest) newest = line.month;
    if (!older.empty() && line.month < older) {
      ++old;
      std::printf("  looked at in %s: %s (line %zu)\n", line.month.c_str(), line.hoster.c_str(), line.number);
    }
  }
  if (undated > 1) problem("%zu more lines without a month", undated - 1);
  if (!older.empty()) std::printf("%zu lines were looked at before %s\n", old, older.c_str());
  if (!oldest.empty()) std::printf("looked at from %s to %s\n", oldest.c_str(), newest.c_str());
}

void check_map(const AnnotatedMap& map) {
  std::map<std::string, std::size_t> by_class;
  for (const ip2asn::Hoster& hoster : map.parsed().hosters()) {
    ++by_class[hoster.category];
    if (std::find(kClasses.begin(), kClasses.end(), hoster.category) == kClasses.end())
      problem("'%s' is of the unknown class '%s'", hoster.name.c_str(), hoster.category.c_str());
  }
  std::printf("%zu hosters, %zu AS numbers, %zu texts:", map.parsed().hosters().size(), map.hoster_by_asn().size(),
              map.texts());
  for (const auto& [category, count] : by_class) std::printf(" %s %zu", category.c_str(), count);
  std::putchar('\n');
  if (map.parsed().hosters().size() < kLeastHosters) problem("fewer than %zu hosters", kLeastHosters);
  for (const auto& [asn, name] : map.hoster_by_asn()) {
    const ip2asn::Hoster* hoster = map.match(asn, "");
    if (hoster == nullptr || hoster->name != name) problem("AS%u does not lead to '%s'", asn, name.c_str());
  }
  for (const auto& [description, wanted] : kSpellings) {
    const ip2asn::Hoster* hoster = map.match(kUnlistedAsn, description);
    const std::string_view got = hoster == nullptr ? "" : std::string_view(hoster->name);
    if (got != wanted)
      problem("the name '%s' leads to '%s', not to '%s'", description.data(), std::string(got).c_str(), wanted.data());
  }
}

struct Autonomous {
  std::vector<std::string> names;
  std::uint64_t addresses = 0;  // IPv4
};
using Database = std::map<std::uint32_t, Autonomous>;

Database read_database(const std::vector<std::string>& paths) {
  ip2asn::Findings findings;
  const auto table = ip2asn::read_sources(paths, {}, findings);
  if (!table) give_up(table.error().message);
  Database database;
  for (const ip2asn::Label& label : table->labels)
    if (label.asn != 0) database[label.asn].names.emplace_back(label.description);
  for (const ip2asn::Row4& row : table->v4)
    if (const std::uint32_t asn = table->labels[row.label].asn; asn != 0)
      database[asn].addresses += std::uint64_t{row.last} - row.first + 1;
  return database;
}

double percent(double part, double whole) { return whole == 0 ? 0 : 100 * part / whole; }

void check_names(const AnnotatedMap& map, const Database& database) {
  std::map<Look, std::size_t> looks;
  std::size_t absent = 0;
  for (const auto& [asn, hoster] : map.hoster_by_asn()) {
    const auto at = database.find(asn);
    if (at == database.end()) {
      ++absent;
      continue;
    }
    Look best = Look::unlike;
    for (const std::string& name : at->second.names) best = std::min(best, map.look(asn, hoster, name));
    ++looks[best];
    if (best == Look::unlike)
      problem("AS%u of '%s' does not look alike: '%s'", asn, hoster.c_str(), at->second.names.front().c_str());
  }
  std::printf("names: %zu look alike, %zu by verdict, %zu do not, %zu have none in the database, %zu are not in it\n",
              looks[Look::alike], looks[Look::renamed], looks[Look::unlike], looks[Look::nameless], absent);

  std::map<std::string, std::pair<std::size_t, std::uint64_t>> by_class;
  std::size_t asns = 0, by_text = 0;
  std::uint64_t addresses = 0, all = 0;
  for (const auto& [asn, as] : database) {
    all += as.addresses;
    const ip2asn::Hoster* hoster = map.match(asn, as.names.front());
    if (hoster == nullptr) continue;
    ++asns;
    by_text += map.hoster_by_asn().count(asn) == 0;
    addresses += as.addresses;
    by_class[hoster->category].first += 1;
    by_class[hoster->category].second += as.addresses;
  }
  std::printf(
      "database: of %zu ASes the map knows %zu (%.2f %%), %zu of them by text only; of the announced IPv4 space %.2f "
      "%%\n",
      database.size(), asns, percent(static_cast<double>(asns), static_cast<double>(database.size())), by_text,
      percent(static_cast<double>(addresses), static_cast<double>(all)));
  for (const auto& [category, sums] : by_class)
    std::printf("  %-9s %5zu ASes  %6.2f %% of the IPv4 space\n", category.c_str(), sums.first,
                percent(static_cast<double>(sums.second), static_cast<double>(all)));
}

std::optional<std::uint32_t> number_of(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t\"");
  if (start == line.npos) return std::nullopt;
  line.remove_prefix(start);
  if (line.starts_with("AS") || line.starts_with("as")) line.remove_prefix(2);
  if (line.empty() || !std::isdigit(static_cast<unsigned char>(line.front()))) return std::nullopt;
  const auto number = std::strtoull(std::string(line.substr(0, 11)).c_str(), nullptr, 10);
  if (number == 0 || number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

void check_coverage(const AnnotatedMap& map, const Database& database, const std::string& path, bool verbose) {
  std::set<std::uint32_t> asns;
  each_piece(read_text(path, 64u << 20), '\n', [&](std::string_view line) {
    if (const auto asn = number_of(line)) asns.insert(*asn);
  });
  std::size_t present = 0, known = 0;
  std::uint64_t addresses = 0, known_addresses = 0;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> unknown;
  for (const std::uint32_t asn : asns) {
    const auto at = database.find(asn);
    if (at == database.end()) continue;
    ++present;
    addresses += at->second.addresses;
    if (map.match(asn, at->second.names.front()) == nullptr) {
      unknown.emplace_back(at->second.addresses, asn);
      continue;
    }
    ++known;
    known_addresses += at->second.addresses;
  }
  const double of_asns = static_cast<double>(known) / static_cast<double>(std::max<std::size_t>(present, 1));
  const double of_addresses =
      static_cast<double>(known_addresses) / static_cast<double>(std::max<std::uint64_t>(addresses, 1));
  std::printf("%s: of %zu ASes %zu are in the database; the map knows %zu (%.1f %%) with %.2f %% of their IPv4 space\n",
              path.c_str(), asns.size(), present, known, 100 * of_asns, 100 * of_addresses);
  if (verbose) {
    std::sort(unknown.rbegin(), unknown.rend());
    for (const auto& [size, asn] : unknown)
      std::printf("  unknown: AS%-10u %10llu  %s\n", asn, static_cast<unsigned long long>(size),
                  database.at(asn).names.front().c_str());
  }
  if (of_asns < kLeastAsns || of_addresses < kLeastAddresses)
    problem("less than %.0f %% of the ASes or %.0f %% of their IPv4 space", 100 * kLeastAsns, 100 * kLeastAddresses);
}

}  // namespace

int main(int argc, char** argv) {
  const char* source = std::getenv("srcdir");
  std::string path = std::string(source == nullptr ? "." : source) + "/conf/hosters.conf";
  std::vector<std::string> databases, lists;
  std::string older;
  bool verbose = false;
  const option options[] = {
      {"map", required_argument, nullptr, 'm'},      {"database", required_argument, nullptr, 'd'},
      {"coverage", required_argument, nullptr, 'c'}, {"older", required_argument, nullptr, 'o'},
      {"verbose", no_argument, nullptr, 'v'},        {}};
  for (int c; (c = getopt_long(argc, argv, "m:d:c:o:v", options, nullptr)) != -1;) {
    switch (c) {
      case 'm':
        path = optarg;
        break;
      case 'd':
        databases.emplace_back(optarg);
        break;
      case 'c':
        lists.emplace_back(optarg);
        break;
      case 'o':
        older = optarg;
        break;
      case 'v':
        verbose = true;
        break;
      default:
        return 2;
    }
  }
  if (optind < argc) give_up(std::string("what is '") + argv[optind] + "'?");
  if (!lists.empty() && databases.empty()) give_up("--coverage needs a --database");
  const AnnotatedMap map = read_map(path);
  check_map(map);
  check_comments(map, older);
  if (!databases.empty()) {
    const Database database = read_database(databases);
    check_names(map, database);
    for (const std::string& list : lists) check_coverage(map, database, list, verbose);
  }
  return problems == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
