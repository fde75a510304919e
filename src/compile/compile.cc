#include "compile/compile.hh"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "base/system_error.hh"
#include "compile/flatten.hh"
#include "compile/list_sets.hh"
#include "compile/naming.hh"
#include "compile/overrides.hh"
#include "compile/records.hh"
#include "index/image.hh"
#include "index/image_format.hh"
#include "index/image_writer.hh"
#include "sources/reader.hh"

namespace ip2asn {
namespace {

// What one family adds to an image, its runs told in records.
template <class Key, class Run>
struct FamilyPart {
  PageVector<Key> starts;
  PageVector<Run> runs;
  PageVector<std::uint32_t> postings;
  PageVector<std::uint32_t> groups;
  FamilyCounts counts;
};

// Empties `label_runs`.
template <class Key, class Run>
FamilyPart<Key, Run> make_family(LabelRuns<Key>& label_runs, const Records& records) {
  FamilyPart<Key, Run> part;
  const std::size_t record_count = records.asns.size();
  part.starts.reserve(label_runs.size());
  part.runs.reserve(label_runs.size());
  part.groups.assign(record_count + 1, 0);
  for (const LabelRun<Key>& run : label_runs) {
    const std::uint32_t record = records.of_label[run.label];
    part.starts.push_back(run.start);
    part.runs.push_back({run.start, record});
    if (record != 0) ++part.groups[record + 1];
  }
  each_size(label_runs, [&](std::uint32_t label, double size) {
    if (label != 0) part.counts.addresses += size;
  });
  drop(label_runs);
  std::inclusive_scan(part.groups.begin(), part.groups.end(), part.groups.begin());
  part.postings.resize(part.groups.back());
  PageVector<std::uint32_t> next(part.groups.begin(), part.groups.end() - 1);
  for (std::size_t i = 0; i < part.runs.size(); ++i) {
    const std::uint32_t record = part.runs[i].record;
    if (record != 0) part.postings[next[record]++] = static_cast<std::uint32_t>(i);
  }
  part.counts.ranges = part.postings.size();
  std::uint32_t last_asn = 0;
  for (const std::uint32_t record : records.by_asn) {
    if (part.groups[record] == part.groups[record + 1] || records.asns[record] == last_asn) continue;
    last_asn = records.asns[record];
    ++part.counts.asns;
  }
  return part;
}

// What an image was compiled from, as far as look-ups can see it: label numbers are record numbers, and texts are those
// of the image.
Table table_of(const Image& image) {
  Table table;
  table.labels.reserve(image.record_count());
  for (RecordId id = 0; id < image.record_count(); ++id) {
    const Record record = image.record(id);
    table.labels.push_back({record.asn, record.country, record.description});
  }
  table.v4.reserve(image.range_count(Family::v4));
  for (std::size_t i = 0; i < image.range_count(Family::v4); ++i) {
    const Match match = image.range(Family::v4, i);
    if (match.record != 0)
      table.v4.push_back({match.range.first.v4_bits(), match.range.last.v4_bits(), match.record, 0});
  }
  table.v6.reserve(image.range_count(Family::v6));
  for (std::size_t i = 0; i < image.range_count(Family::v6); ++i) {
    const auto [record, range] = image.range(Family::v6, i);
    if (record != 0) table.v6.push_back({range.first.hi, range.first.lo, range.last.hi, range.last.lo, record, 0});
  }
  table.files.emplace_back(image.sources());
  table.rows = image.source_rows();
  table.data_time = image.data_time();
  return table;
}

// The lists by name: their ids do not depend on the order in which they were given.
Result<std::vector<const NetworkList*>> by_name(std::span<const NetworkList> lists) {
  std::vector<const NetworkList*> sorted;
  for (const NetworkList& list : lists) sorted.push_back(&list);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  const auto same = [](const auto* a, const auto* b) { return a->name == b->name; };
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end(), same); twice != sorted.end()) {
    return Error{Errc::argument, "there are two lists of the name '" + (*twice)->name + "'"};
  }
  if (sorted.size() >= std::numeric_limits<ListId>::max()) return Error{Errc::limit, "there are more than 65534 lists"};
  return sorted;
}

// Lets go of each array as soon as it has served: together they are several times as large as the image.
Result<Done> compile_table(Table& table, const HosterSource& hosters, const SourceOptions& options, Findings& findings,
                           const LocalData& local, ImageSink& sink) {
  if (table.labels.empty()) return Error{Errc::empty, "no source has been read"};
  Runs4 runs4 = flatten4(table, findings, options.combine);
  drop(table.v4);
  if (auto error = stopped(options)) return *std::move(error);
  Runs6 runs6 = flatten6(table, findings, options.combine);
  drop(table.v6);
  if (auto error = stopped(options)) return *std::move(error);
  if (auto error = too_many_skipped(names_of(table), table.rows, options, findings)) return *std::move(error);
  std::vector<char> sources;
  for (const std::string& file : table.files) {
    if (!sources.empty()) sources.push_back('\n');
    sources.insert(sources.end(), file.begin(), file.end());
  }
  PageVector<double> weights = label_weights(table.labels.size(), runs4, runs6);
  if (std::none_of(weights.begin() + 1, weights.end(), [](double weight) { return weight > 0; })) {
    return Error{Errc::empty, std::string(sources.begin(), sources.end()) + ": no row announces an address"};
  }
  if (!local.names.empty()) {
    apply_names(local.names, table.labels, runs4, runs6);
    weights = label_weights(table.labels.size(), runs4, runs6);
  }
  if (!local.overrides.empty()) {
    auto applied = apply_overrides(local.overrides, weights, table.labels, runs4, runs6);
    if (!applied) return std::move(applied).error();
    weights = label_weights(table.labels.size(), runs4, runs6);
  }
  auto made = make_records(table.labels, weights, hosters);
  if (!made) return std::move(made).error();
  Records& records = *made;
  drop(weights);
  drop(table.labels);
  drop(table.texts);
  const auto lists = by_name(local.lists);
  if (!lists) return lists.error();
  auto list_sets = make_list_sets(*lists, records.asns);
  if (!list_sets) return list_sets.error();
  for (std::size_t i = 0; i < list_sets->of_record.size(); ++i) {
    records.entries[i].lists = list_sets->of_record[i] & (kMaxRecords - 1);
  }
  std::vector<std::uint32_t> list_names;
  for (const NetworkList* list : *lists) list_names.push_back(records.strings.add(list->name));
  records.strings.close();
  if (auto error = stopped(options)) return *std::move(error);
  auto part4 = make_family<std::uint32_t, Run4>(runs4, records);
  auto part6 = make_family<Key6, Run6>(runs6, records);
  drop(records.of_label);
  auto index4 = build_index4(part4.runs);
  if (!index4) return index4.error();
  drop(part4.runs);
  if (auto error = stopped(options)) return *std::move(error);
  auto index6 = build_index6(part6.runs);
  if (!index6) return index6.error();
  drop(part6.runs);

  ImageHeader header;
  header.source_rows = table.rows;
  header.data_time = std::clamp(table.data_time, kFirstDataTime, kLastDataTime);
  header.v4 = part4.counts;
  header.v6 = part6.counts;
  ImageWriter writer;
  writer.set(kSectionIndex4, *std::move(index4));
  writer.set(kSectionIndex6, *std::move(index6));
  writer.set(kSectionStarts4, std::move(part4.starts));
  writer.set(kSectionStarts6, std::move(part6.starts));
  writer.set(kSectionAsns, std::move(records.asns));
  writer.set(kSectionRecords, std::move(records.entries));
  writer.set(kSectionByAsn, std::move(records.by_asn));
  writer.set(kSectionPostings4, std::move(part4.postings));
  writer.set(kSectionGroups4, std::move(part4.groups));
  writer.set(kSectionPostings6, std::move(part6.postings));
  writer.set(kSectionGroups6, std::move(part6.groups));
  writer.set(kSectionHosters, std::move(records.hosters));
  writer.set(kSectionLists, std::move(list_names));
  writer.set(kSectionListGroups, std::move(list_sets->groups));
  writer.set(kSectionListMembers, std::move(list_sets->members));
  writer.set(kSectionListIndex4, std::move(list_sets->index4));
  writer.set(kSectionListIndex6, std::move(list_sets->index6));
  writer.set(kSectionListSpace4, std::move(list_sets->space4));
  writer.set(kSectionStrings, std::move(records.strings).bytes());
  writer.set(kSectionSources, std::move(sources));
  return writer.write(header, sink);
}

// The same into memory of this process's own.
template <class Compile>
Result<ImageBuffer> in_buffer(Compile&& compile) {
  BufferSink sink;
  if (auto done = compile(sink); !done) return std::move(done).error();
  return std::move(sink.buffer());
}

}  // namespace

Result<Done> compile(Table table, const HosterMap& hosters, const SourceOptions& options, Findings& findings,
                     const LocalData& local, ImageSink& sink) {
  const auto match = [&hosters](std::uint32_t, const Label& label) {
    return hosters.match(label.asn, label.description);
  };
  return guarded("compiling ", table.files.empty() ? std::string_view() : table.files[0], [&] {
    const ClassedHosters classed(hosters.hosters(), local.names, match);
    return compile_table(table, classed.source(), options, findings, local, sink);
  });
}

Result<ImageBuffer> compile(Table table, const HosterMap& hosters, const SourceOptions& options, Findings& findings,
                            const LocalData& local) {
  return in_buffer([&](ImageSink& sink) { return compile(std::move(table), hosters, options, findings, local, sink); });
}

Result<Done> recompile(const Image& image, const LocalData& local, ImageSink& sink) {
  return guarded("adding lists and overrides to ", "an index", [&]() -> Result<Done> {
    if (image.list_count() != 0) {
      return Error{Errc::argument,
                   "has lists compiled in already, to which nothing can be added; compile it again with all of them"};
    }
    std::vector<Hoster> hosters;
    for (std::uint16_t i = 1; i <= image.hoster_count(); ++i) {
      const HosterName hoster = image.hoster(i);
      hosters.push_back({std::string(hoster.name), std::string(hoster.category)});
    }
    const auto hoster_of = [&image](RecordId record) {
      const std::uint16_t hoster = image.hoster_of(record);
      return hoster == 0 ? HosterMap::kNone : hoster - std::uint32_t{1};
    };
    const auto match = [&](std::uint32_t label, const Label& content) {
      if (label < image.record_count()) return hoster_of(label);
      // An override's own label: the map is not at hand, but what the index says of the AS is.
      const auto of_same_as = image.records_of(content.asn);
      return of_same_as.empty() ? HosterMap::kNone : hoster_of(of_same_as.front());
    };
    Findings findings;
    const ClassedHosters classed(std::move(hosters), local.names, match);
    Table table = table_of(image);
    return compile_table(table, classed.source(), SourceOptions(), findings, local, sink);
  });
}

Result<ImageBuffer> recompile(const Image& image, const LocalData& local) {
  return in_buffer([&](ImageSink& sink) { return recompile(image, local, sink); });
}

}  // namespace ip2asn
