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
  std::vector<Key> starts;
  std::vector<Run> runs;
  std::vector<std::uint32_t> postings;
  std::vector<std::uint32_t> groups;
  FamilyCounts counts;
};

template <class Key, class Run>
FamilyPart<Key, Run> make_family(const std::vector<LabelRun<Key>>& label_runs, const Records& records) {
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
  std::inclusive_scan(part.groups.begin(), part.groups.end(), part.groups.begin());
  part.postings.resize(part.groups.back());
  std::vector<std::uint32_t> next(part.groups.begin(), part.groups.end() - 1);
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

// What an image was compiled from, as far as look-ups can see it: label numbers are record numbers.
Table table_of(const Image& image) {
  Table table;
  for (RecordId id = 0; id < image.record_count(); ++id) {
    const Record record = image.record(id);
    table.labels.push_back({record.asn, std::string(record.country), std::string(record.description)});
  }
  for (std::size_t i = 0; i < image.range_count(Family::v4); ++i) {
    const Match match = image.range(Family::v4, i);
    if (match.record != 0)
      table.v4.push_back({match.range.first.v4_bits(), match.range.last.v4_bits(), match.record, 0});
  }
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

Result<ImageBuffer> compile_table(const Table& table, const HosterSource& hosters, const SourceOptions& options,
                                  Findings& findings, const LocalData& local) {
  if (table.labels.empty()) return Error{Errc::empty, "no source has been read"};
  Runs4 runs4 = flatten4(table, findings);
  Runs6 runs6 = flatten6(table, findings);
  if (auto error = too_many_skipped(names_of(table), table.rows, options, findings)) return *std::move(error);
  std::vector<char> sources;
  for (const std::string& file : table.files) {
    if (!sources.empty()) sources.push_back('\n');
    sources.insert(sources.end(), file.begin(), file.end());
  }
  std::vector<double> weights = label_weights(table.labels.size(), runs4, runs6);
  if (std::none_of(weights.begin() + 1, weights.end(), [](double weight) { return weight > 0; })) {
    return Error{Errc::empty, std::string(sources.begin(), sources.end()) + ": no row announces an address"};
  }
  std::span<const Label> labels = table.labels;
  std::vector<Label> more_labels;
  if (!local.names.empty()) {
    more_labels = table.labels;
    apply_names(local.names, more_labels, runs4, runs6);
    weights = label_weights(more_labels.size(), runs4, runs6);
    labels = more_labels;
  }
  if (!local.overrides.empty()) {
    if (more_labels.empty()) more_labels = table.labels;
    auto applied = apply_overrides(local.overrides, weights, more_labels, runs4, runs6);
    if (!applied) return std::move(applied).error();
    weights = label_weights(more_labels.size(), runs4, runs6);
    labels = more_labels;
  }
  auto made = make_records(labels, weights, hosters);
  if (!made) return std::move(made).error();
  Records& records = *made;
  const auto lists = by_name(local.lists);
  if (!lists) return lists.error();
  const auto list_sets = make_list_sets(*lists, records.asns);
  if (!list_sets) return list_sets.error();
  for (std::size_t i = 0; i < list_sets->of_record.size(); ++i) {
    records.entries[i].lists = list_sets->of_record[i] & (kMaxRecords - 1);
  }
  std::vector<std::uint32_t> list_names;
  for (const NetworkList* list : *lists) list_names.push_back(records.strings.add(list->name));
  const auto part4 = make_family<std::uint32_t, Run4>(runs4, records);
  const auto part6 = make_family<Key6, Run6>(runs6, records);
  const auto index4 = build_index4(part4.runs);
  if (!index4) return index4.error();
  const auto index6 = build_index6(part6.runs);
  if (!index6) return index6.error();

  ImageWriter writer;
  writer.set(kSectionIndex4, *index4);
  writer.set(kSectionIndex6, *index6);
  writer.set(kSectionStarts4, part4.starts);
  writer.set(kSectionStarts6, part6.starts);
  writer.set(kSectionAsns, records.asns);
  writer.set(kSectionRecords, records.entries);
  writer.set(kSectionByAsn, records.by_asn);
  writer.set(kSectionPostings4, part4.postings);
  writer.set(kSectionGroups4, part4.groups);
  writer.set(kSectionPostings6, part6.postings);
  writer.set(kSectionGroups6, part6.groups);
  writer.set(kSectionHosters, records.hosters);
  writer.set(kSectionLists, list_names);
  writer.set(kSectionListGroups, list_sets->groups);
  writer.set(kSectionListMembers, list_sets->members);
  writer.set(kSectionListIndex4, list_sets->index4);
  writer.set(kSectionListIndex6, list_sets->index6);
  writer.set(kSectionListSpace4, list_sets->space4);
  writer.set(kSectionStrings, records.strings.bytes());
  writer.set(kSectionSources, sources);
  ImageHeader header;
  header.source_rows = table.rows;
  header.data_time = std::clamp(table.data_time, kFirstDataTime, kLastDataTime);
  header.v4 = part4.counts;
  header.v6 = part6.counts;
  return writer.write(header);
}

}  // namespace

Result<ImageBuffer> compile(const Table& table, const HosterMap& hosters, const SourceOptions& options,
                            Findings& findings, const LocalData& local) {
  const auto match = [&hosters](std::uint32_t, const Label& label) {
    return hosters.match(label.asn, label.description);
  };
  return guarded("compiling ", table.files.empty() ? std::string_view() : table.files[0], [&] {
    const ClassedHosters classed(hosters.hosters(), local.names, match);
    return compile_table(table, classed.source(), options, findings, local);
  });
}

Result<ImageBuffer> recompile(const Image& image, const LocalData& local) {
  return guarded("adding lists and overrides to ", "an index", [&]() -> Result<ImageBuffer> {
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
    return compile_table(table_of(image), classed.source(), SourceOptions(), findings, local);
  });
}

}  // namespace ip2asn
