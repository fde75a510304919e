// The look-up benchmark: this project's index against libmaxminddb, DPDK, DXR, Poptrie, a binary search, scanned
// slices, and the memory's limits, in one process. Every engine's answers are compared with a binary search before it
// is timed.
#include <getopt.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "compile/compile.hh"
#include "counters.hh"
#include "data.hh"
#include "engine.hh"
#include "index/image.hh"
#include "measure.hh"
#include "oracle.hh"
#include "report.hh"
#include "rivals.hh"
#include "sources/source.hh"
#if HAVE_MAXMINDDB
#include "mmdb.hh"
#endif
#if HAVE_DPDK
#include "dpdk.hh"
#endif

namespace ip2asn::bench {

namespace {

struct Options {
  std::string source, mmdb4, mmdb6, json;
  Plan plan;
  std::size_t queries = std::size_t{1} << 20;
  std::uint64_t oracle = 0;
  bool quick = false;
  bool counters = false;
  bool dpdk = true;
};

// A block that build_index made, where open wants it.
template <class Index>
struct Built {
  ImageBuffer block;
  Index index;
};

template <class Index>
Built<Index> built(Result<std::vector<std::byte>> bytes, std::size_t records) {
  if (!bytes) {
    std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
    std::exit(1);
  }
  Built<Index> made{ImageBuffer(bytes->size()), {}};
  std::memcpy(made.block.bytes().data(), bytes->data(), bytes->size());
  auto index = Index::open(made.block.bytes(), static_cast<std::uint32_t>(records));
  if (!index) {
    std::fprintf(stderr, "%s\n", index.error().message.c_str());
    std::exit(1);
  }
  made.index = *index;
  return made;
}

Engine<Queries4> single(std::string name, const Index4& index, const std::vector<std::uint32_t>& asns) {
  return one_by_one<Queries4>(std::move(name), index.shape().bytes,
                              [index, column = asns.data()](const Queries4& q, std::size_t i, std::uint32_t after) {
                                return column[index.lookup(q.addresses[i] ^ after)];
                              });
}

Engine<Queries6> single(std::string name, const Index6& index, const std::vector<std::uint32_t>& asns) {
  return one_by_one<Queries6>(std::move(name), index.shape().bytes,
                              [index, column = asns.data()](const Queries6& q, std::size_t i, std::uint32_t after) {
                                return column[index.lookup(q.addresses[i].hi ^ after, q.addresses[i].lo)];
                              });
}

template <class Queries, class Index>
Engine<Queries> batch(std::string name, const Index& index, const std::vector<std::uint32_t>& asns) {
  return in_batches<Queries>(
      std::move(name), index.shape().bytes,
      [index, column = asns.data()](const Queries& q, std::size_t i, std::size_t count, std::uint32_t* out) {
        std::array<std::uint32_t, kBatch> records;
        index.lookup({q.addresses.data() + i, count}, records.data());
        for (std::size_t j = 0; j < count; ++j) out[j] = column[records[j]];
      });
}

// An engine of our own that has lookup() and bytes(); the shared pointer keeps it.
template <class Queries, class Rival>
Engine<Queries> rival(std::string name, Rival made, const std::vector<std::uint32_t>& asns) {
  auto kept = std::make_shared<const Rival>(std::move(made));
  const std::size_t bytes = kept->bytes();
  return one_by_one<Queries>(std::move(name), bytes,
                             [kept, column = asns.data()](const Queries& q, std::size_t i, std::uint32_t after) {
                               if constexpr (std::is_same_v<Queries, Queries4>) {
                                 return column[kept->lookup(q.addresses[i] ^ after)];
                               } else {
                                 return column[kept->lookup(Key6{q.addresses[i].hi ^ after, q.addresses[i].lo})];
                               }
                             });
}

// One load a query from a table of `words` 32-bit words: no engine can be faster out of that much memory.
Engine<Queries4> memory_limit(std::string name, std::size_t words) {
  auto table = std::make_shared<std::vector<std::uint32_t>>(words);
  for (std::size_t i = 0; i < words; ++i) (*table)[i] = static_cast<std::uint32_t>(i * 2654435761u);
  Engine<Queries4> engine = one_by_one<Queries4>(
      std::move(name), words * 4, [table, words](const Queries4& q, std::size_t i, std::uint32_t after) {
        // Spread, for addresses are not.
        return (*table)[((q.addresses[i] ^ after) * 2654435761u) & (words - 1)];
      });
  engine.answers = false;
  return engine;
}

// Compares, then measures and prints; counts wrong answers.
class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {}

  template <class Queries>
  void table(const std::string& title, std::vector<Row<Queries>> rows, bool chained = false) {
    for (const Row<Queries>& row : rows) {
      if (!row.engine->answers) continue;
      const std::size_t wrong = wrong_answers(*row.engine, *row.queries);
      if (wrong == 0) continue;
      std::fprintf(stderr, "%s: %s: %zu of %zu answers are wrong\n", title.c_str(), row.engine->name.c_str(), wrong,
                   row.queries->addresses.size());
      wrong_ += wrong;
    }
    if (options_.counters) {
      if (!chained) count(title, rows);
      return;
    }
    measure(rows, options_.plan, chained);
    const Row<Queries>* base = nullptr;
    for (const Row<Queries>& row : rows) {
      if (row.engine->name.starts_with("libmaxminddb") && !row.rates.empty()) base = &row;
    }
    reports_.push_back(report(title, rows, base, chained));
    print(reports_.back());
  }

  template <class Queries>
  void table(const std::string& title, const std::vector<Engine<Queries>>& engines, const Queries& queries,
             bool chained = false) {
    std::vector<Row<Queries>> rows;
    for (const Engine<Queries>& engine : engines) rows.push_back({&engine, &queries, {}});
    table(title, std::move(rows), chained);
  }

  void add_wrong(std::uint64_t wrong) { wrong_ += wrong; }
  std::uint64_t wrong() const { return wrong_; }
  const std::vector<Report>& reports() const { return reports_; }

 private:
  const Options& options_;
  std::uint64_t wrong_ = 0;
  std::vector<Report> reports_;
};

void bench4(const Options& options, Bench& bench, const Index4& index, const Data4& data) {
  std::vector<Engine<Queries4>> engines{single("ip2asn, one by one", index, data.asns),
                                        batch<Queries4>("ip2asn, 64 at once", index, data.asns)};
#if HAVE_MAXMINDDB
  if (!options.mmdb4.empty()) {
    if (auto engine = mmdb4(options.mmdb4)) engines.push_back(*std::move(engine));
  }
#endif
#if HAVE_DPDK
  if (options.dpdk) {
    for (auto& engine : dpdk4(data)) engines.push_back(std::move(engine));
  }
#endif
  if (auto dxr = Dxr<18>::make(data.runs)) engines.push_back(rival<Queries4>("DXR D18", *std::move(dxr), data.asns));
  if (auto dxr = Dxr<20>::make(data.runs)) engines.push_back(rival<Queries4>("DXR D20", *std::move(dxr), data.asns));
  engines.push_back(rival<Queries4>("Poptrie18", Poptrie<std::uint32_t, 18>(data.runs), data.asns));
  engines.push_back(rival<Queries4>("binary search", BinarySearch<std::uint32_t>(data.runs), data.asns));
  engines.push_back(rival<Queries4>("1,000-row slices", ScannedSlices<std::uint32_t>(data.runs), data.asns));
  engines.push_back(memory_limit("limit: a load from 4 MB", std::size_t{1} << 20));
  engines.push_back(memory_limit("limit: a load from 64 MB", std::size_t{1} << 24));

  const std::size_t count = options.queries;
  const Queries4 routed = queries(data, Load4::routed, count, 1);
  const Queries4 ranges = queries(data, Load4::ranges, count, 2);
  bench.table("IPv4, routed space", engines, routed);
  bench.table("IPv4, whole space", engines, queries(data, Load4::whole, count, 3));
  bench.table("IPv4, uniform over ranges", engines, ranges);
  bench.table("IPv4, a million clients by Zipf's law", engines, queries(data, Load4::zipf, count, 4));
  bench.table("IPv4, dependent chain over routed space", engines, routed, true);

  const Data4 finer = made_finer(data, 5);
  const Built<Index4> made = built<Index4>(build_index4(finer.runs), finer.asns.size());
  const Queries4 finer_routed = queries(finer, Load4::routed, count, 6);
  const Queries4 finer_ranges = queries(finer, Load4::ranges, count, 7);
  const auto made_single = single("ip2asn, one by one, made data", made.index, finer.asns);
  const auto made_batch = batch<Queries4>("ip2asn, 64 at once, made data", made.index, finer.asns);
  const auto made_poptrie = rival<Queries4>("Poptrie18, made data", Poptrie<std::uint32_t, 18>(finer.runs), finer.asns);
  bench.table<Queries4>("IPv4, made /25–/32 boundaries in a tenth of the ranges, uniform over ranges",
                        {{&engines[0], &ranges, {}},
                         {&made_single, &finer_ranges, {}},
                         {&engines[1], &ranges, {}},
                         {&made_batch, &finer_ranges, {}},
                         {&made_poptrie, &finer_ranges, {}}});
  bench.table<Queries4>("IPv4, made /25–/32 boundaries in a tenth of the ranges, routed space",
                        {{&engines[0], &routed, {}},
                         {&made_single, &finer_routed, {}},
                         {&engines[1], &routed, {}},
                         {&made_batch, &finer_routed, {}},
                         {&made_poptrie, &finer_routed, {}}});
}

void bench6(const Options& options, Bench& bench, const Index6& index, const Data6& data) {
  std::vector<Engine<Queries6>> engines{single("ip2asn, one by one", index, data.asns),
                                        batch<Queries6>("ip2asn, 64 at once", index, data.asns)};
#if HAVE_MAXMINDDB
  if (!options.mmdb6.empty()) {
    if (auto engine = mmdb6(options.mmdb6)) engines.push_back(*std::move(engine));
  }
#endif
#if HAVE_DPDK
  if (options.dpdk) {
    for (auto& engine : dpdk6(data)) engines.push_back(std::move(engine));
  }
#endif
  engines.push_back(rival<Queries6>("Poptrie6-16", Poptrie<Key6, 16>(data.runs), data.asns));
  engines.push_back(rival<Queries6>("binary search", BinarySearch<Key6>(data.runs), data.asns));
  engines.push_back(rival<Queries6>("1,000-row slices", ScannedSlices<Key6>(data.runs), data.asns));

  const std::size_t count = options.queries / 4;
  const Queries6 ranges = queries(data, Load6::ranges, count, 11);
  bench.table("IPv6, uniform over ranges", engines, ranges);
  bench.table("IPv6, 2000::/3", engines, queries(data, Load6::global, count, 12));
  bench.table("IPv6, a million clients by Zipf's law", engines, queries(data, Load6::zipf, count, 13));
  bench.table("IPv6, dependent chain, uniform over ranges", engines, ranges, true);

  const Data6 finer = made_finer(data, 14);
  const Built<Index6> made = built<Index6>(build_index6(finer.runs), finer.asns.size());
  const Queries6 finer_ranges = queries(finer, Load6::ranges, count, 15);
  const auto made_single = single("ip2asn, one by one, made data", made.index, finer.asns);
  const auto made_batch = batch<Queries6>("ip2asn, 64 at once, made data", made.index, finer.asns);
  const auto made_poptrie = rival<Queries6>("Poptrie6-16, made data", Poptrie<Key6, 16>(finer.runs), finer.asns);
  bench.table<Queries6>("IPv6, made /49–/128 boundaries in a tenth of the ranges, uniform over ranges",
                        {{&engines[0], &ranges, {}},
                         {&made_single, &finer_ranges, {}},
                         {&engines[1], &ranges, {}},
                         {&made_batch, &finer_ranges, {}},
                         {&made_poptrie, &finer_ranges, {}}});
}

// The index of the real data and of made data, both families, against the binary search.
std::uint64_t check_against_oracle(const Options& options, const Image& image, const Data4& data4, const Data6& data6) {
  std::uint64_t wrong = differences(image.index4(), data4.runs, options.oracle, 21, "IPv4");
  wrong += differences(image.index6(), data6.runs, options.oracle, 22, "IPv6");
  const Data4 finer4 = made_finer(data4, 23);
  wrong += differences(built<Index4>(build_index4(finer4.runs), finer4.asns.size()).index, finer4.runs, options.oracle,
                       24, "IPv4, made /25–/32");
  const Data6 finer6 = made_finer(data6, 25);
  wrong += differences(built<Index6>(build_index6(finer6.runs), finer6.asns.size()).index, finer6.runs, options.oracle,
                       26, "IPv6, made /49–/128");
  return wrong;
}

int run(Options& options) {
  Findings findings;
  auto table = read_sources({options.source}, {}, findings);
  if (!table) return std::fprintf(stderr, "%s\n", table.error().message.c_str()), 1;
  auto buffer = compile(*table, {}, {}, findings);
  if (!buffer) return std::fprintf(stderr, "%s\n", buffer.error().message.c_str()), 1;
  const auto image = Image::open(buffer->bytes());
  if (!image) return std::fprintf(stderr, "%s\n", image.error().message.c_str()), 1;
  const Data4 data4 = data4_of(*image);
  const Data6 data6 = data6_of(*image);
  std::printf("%s: %zu IPv4 runs, %zu IPv6 runs, %zu records; indexes of %.2f + %.2f MB\n", options.source.c_str(),
              data4.runs.size(), data6.runs.size(), data4.asns.size(),
              static_cast<double>(image->index4().shape().bytes) / 1e6,
              static_cast<double>(image->index6().shape().bytes) / 1e6);
  Bench bench(options);
  if (options.oracle != 0) {
    bench.add_wrong(check_against_oracle(options, *image, data4, data6));
  } else {
#if HAVE_DPDK
    options.dpdk = options.dpdk && start_dpdk();
#endif
    bench4(options, bench, image->index4(), data4);
    bench6(options, bench, image->index6(), data6);
  }
  if (!options.json.empty() && !write_json(bench.reports(), options.json)) return 1;
  if (bench.wrong() != 0)
    return std::fprintf(stderr, "%llu wrong answers\n", static_cast<unsigned long long>(bench.wrong())), 1;
  return 0;
}

constexpr char kUsage[] =
    "Usage: lookup [OPTION]... SOURCE\n"
    "\n"
    "Measures look-ups in the data of SOURCE, an iptoasn.com TSV file, by every engine that was built in.\n"
    "\n"
    "  --mmdb4 FILE, --mmdb6 FILE  the same data as MaxMind databases (see write-mmdb)\n"
    "  --no-dpdk                   leave DPDK's engines out\n"
    "  --rounds N                  rounds that are measured (default: 25)\n"
    "  --turn SECONDS              of each engine in each round (default: 0.01)\n"
    "  --queries N                 different IPv4 addresses; a quarter as many IPv6 ones (default: 1,048,576)\n"
    "  --quick                     a short run that checks the answers\n"
    "  --counters                  no timing; under callgrind, one dump for each engine and table\n"
    "  --oracle N                  no timing; compare N random addresses a family, and all ends of ranges\n"
    "  --json FILE                 write the tables there as JSON, too\n"
    "  --help                      this text\n";

}  // namespace

}  // namespace ip2asn::bench

int main(int argc, char** argv) {
  using namespace ip2asn::bench;
  Options options;
  enum { kMmdb4 = 256, kMmdb6, kNoDpdk, kRounds, kTurn, kQueries, kQuick, kOracle, kCounters, kJson, kHelp };
  const option known[] = {
      {"mmdb4", required_argument, nullptr, kMmdb4}, {"mmdb6", required_argument, nullptr, kMmdb6},
      {"no-dpdk", no_argument, nullptr, kNoDpdk},    {"rounds", required_argument, nullptr, kRounds},
      {"turn", required_argument, nullptr, kTurn},   {"queries", required_argument, nullptr, kQueries},
      {"quick", no_argument, nullptr, kQuick},       {"oracle", required_argument, nullptr, kOracle},
      {"counters", no_argument, nullptr, kCounters}, {"json", required_argument, nullptr, kJson},
      {"help", no_argument, nullptr, kHelp},         {nullptr, 0, nullptr, 0}};
  for (int c; (c = getopt_long(argc, argv, "h", known, nullptr)) != -1;) {
    switch (c) {
      case kMmdb4:
        options.mmdb4 = optarg;
        break;
      case kMmdb6:
        options.mmdb6 = optarg;
        break;
      case kNoDpdk:
        options.dpdk = false;
        break;
      case kRounds:
        options.plan.rounds = std::max(1, std::atoi(optarg));
        break;
      case kTurn:
        options.plan.turn = std::atof(optarg);
        break;
      case kQueries:
        options.queries = std::max<std::size_t>(4096, std::strtoull(optarg, nullptr, 10));
        break;
      case kOracle:
        options.oracle = std::strtoull(optarg, nullptr, 10);
        break;
      case kCounters:
        options.counters = true;
        break;
      case kJson:
        options.json = optarg;
        break;
      case kQuick:
        options.plan = {1, 0.0005};
        options.queries = 20000;
        options.dpdk = false;
        break;
      case kHelp:
      case 'h':
        std::fputs(kUsage, stdout);
        return 0;
      default:
        std::fputs(kUsage, stderr);
        return 2;
    }
  }
  if (optind + 1 != argc) return std::fputs(kUsage, stderr), 2;
  if (options.counters && !can_count()) {
    std::fputs(
        "counters are callgrind's: run 'scripts/bench lookup --counters', with Debian's valgrind installed before "
        "the build\n",
        stderr);
    return 2;
  }
  options.source = argv[optind];
  return run(options);
}
