#include "serve/intake.hh"

#include <algorithm>
#include <utility>

#include "base/files.hh"
#include "base/hash.hh"
#include "base/page_vector.hh"
#include "base/system_error.hh"
#include "compile/list.hh"
#include "serve/explain.hh"

namespace ip2asn {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// Some file systems stamp by two seconds: until then a change may leave no other stamp.
constexpr std::int64_t kSettled = 3 * kSecond;
// The longest that a clock that was set may make a refusal seem to have lasted between two looks.
constexpr std::int64_t kLongestPause = 2 * 3600 * kSecond;
// How exactly a record knows until when a state was in use.
constexpr std::int64_t kUntilGrain = 3600;

bool same_stamps(const std::vector<FileContent>& known, const std::vector<std::string>& paths) {
  return known.size() == paths.size() &&
         std::equal(known.begin(), known.end(), paths.begin(), [](const FileContent& file, const std::string& path) {
           const auto stamp = stamp_file(path);
           return stamp && file.stamp.inode != 0 && *stamp == file.stamp;
         });
}

double amount(const Profile& profile, std::string_view name) {
  for (const Amount& each : profile.amounts) {
    if (each.name == name) return each.value;
  }
  return 0;
}

// The shape of what is refused again and again stays within what would be accepted as a change of it.
bool same_shape(const Profile& a, const Profile& b, double max_drift) {
  return !a.amounts.empty() && !b.amounts.empty() && !lost({&a, 100}, b, max_drift) && !lost({&b, 100}, a, max_drift);
}

// One part on its way.
struct Candidate {
  Part part;
  GoodRecord record;
  std::vector<FileContent> files;  // of what is used: the files as they are, or the copies
  Digest content{};                // of the files as they are, when they could be read
  Evidence evidence;
  std::optional<Error> damage;
  Profile profile;
  Decision decision;
  std::uint64_t context = 0;
  std::vector<std::string> paths;  // of what is used
  bool live = true;                // these are the files themselves
  bool fresh_stamps = false;       // the record does not know the files' stamps
};

class Intaker {
 public:
  Intaker(const CacheRequest& request, const IntakeSettings& settings, std::int64_t now_ns, Findings& findings)
      : request_(request), settings_(settings), now_ns_(now_ns), findings_(findings) {}

  Result<Intake> run() {
    if (request_.recipe.sources.empty()) return Error{Errc::argument, "no database was named"};
    for (Part& part : parts_of(request_.recipe)) {
      Candidate& each = candidates_.emplace_back();
      each.part = std::move(part);
      examine(each);
      if (each.part.kind == Part::Kind::database) continue;
      decide_part(each);
      if (auto error = settle(each)) return *std::move(error);
    }
    Candidate& database = candidates_.back();
    if (database.damage) {
      decide_part(database);
      if (auto error = settle(database)) return *std::move(error);
    }
    auto loaded = load();
    if (loaded) {
      const auto changed = judge_space(loaded->image);
      if (!changed) return changed.error();
      if (*changed) loaded = load();
    }
    if (loaded && database.live) loaded = judge(database, std::move(loaded));
    if (!loaded && database.live && is_about_data(loaded.error())) {
      damaged(database, loaded.error());
      decide_part(database);
      if (auto error = settle(database)) return *std::move(error);
      loaded = load();
    }
    if (!loaded) return std::move(loaded).error();
    Intake intake{*std::move(loaded), {}};
    for (Candidate& each : candidates_) {
      if (each.decision.reason != Reason::none) intake.remarks.push_back(remark(each));
      remember(each);
    }
    if (settings_.remember) drop_unused_records(request_.store, parts_of(request_.recipe), now_ns_);
    return intake;
  }

 private:
  static void damaged(Candidate& each, const Error& error) {
    each.damage = error;
    each.evidence.damage = error.message;
  }

  // What can be told of a part without taking it to pieces.
  void examine(Candidate& each) {
    each.paths = each.part.files;
    each.record = read_record(request_.store, each.part);
    const auto& states = each.record.states;
    if (!states.empty() && same_stamps(states.front().files, each.part.files)) {
      each.files = states.front().files;
      each.content = states.front().content;
      each.evidence.known_content = true;
      return;
    }
    each.fresh_stamps = true;
    for (const std::string& path : each.part.files) {
      auto file = content_of(path);
      if (!file) return damaged(each, file.error());
      if (!file->ended || (each.part.kind == Part::Kind::database && !file->last_row_full)) each.evidence.whole = false;
      each.files.push_back(*file);
    }
    each.content = content_of(each.files);
    each.evidence.known_content = std::any_of(states.begin(), states.end(),
                                              [&](const GoodState& state) { return state.content == each.content; });
    each.evidence.allowed = is_allowed(request_.store, each.content);
    if (each.part.kind == Part::Kind::database) each.evidence.beginning = is_beginning(each);
    if (!each.evidence.known_content) read(each);
  }

  // Whether a file of the part is the beginning of what it was.
  bool is_beginning(const Candidate& each) const {
    if (each.record.states.empty()) return false;
    std::vector<FileContent> contents;
    const GoodState& state = each.record.states.front();
    bool shorter = false;
    for (std::size_t i = 0; i < each.files.size(); ++i) shorter |= each.files[i].stamp.size < state.files[i].stamp.size;
    if (!shorter) return false;
    const auto copies = copies_of(request_.store, each.part, state, contents);
    for (std::size_t i = 0; copies && i < copies->size(); ++i) {
      const auto beginning = is_beginning_of(each.part.files[i], (*copies)[i]);
      if (beginning && *beginning) return true;
    }
    return false;
  }

  // A hoster map, a list or names files.
  void read(Candidate& each) {
    if (each.part.kind == Part::Kind::hosters) {
      const auto map = HosterMap::read(each.part.files[0]);
      if (!map) return damaged(each, map.error());
      const bool asked = settings_.map_objection != nullptr && !each.record.states.empty();
      if (auto error = asked ? settings_.map_objection(*map) : std::nullopt) {
        return damaged(each, {error->code, each.part.files[0] + ": " + error->message});
      }
      each.profile = profile_of(*map, settings_.names);
    } else if (each.part.kind == Part::Kind::list) {
      Findings findings;
      const auto list = read_list({each.part.name, each.part.files[0], each.part.selectors}, findings);
      if (!list) return damaged(each, list.error());
      each.profile = profile_of(*list);
    } else if (each.part.kind == Part::Kind::names) {
      Findings findings;
      const auto names = AsNames::read(each.part.files, request_.recipe.options, findings);
      if (!names) return damaged(each, names.error());
      each.profile = profile_of(*names);
    } else {
      return;
    }
    if (each.record.states.empty()) return;
    // An administrator takes out the last line by hand.
    const char* const entries = each.part.kind == Part::Kind::list    ? "entries"
                                : each.part.kind == Part::Kind::names ? "names"
                                                                      : "AS numbers and texts";
    const double before = amount(each.record.states.front().profile, entries);
    if (before - amount(each.profile, entries) > 2) each.evidence.beginning = is_beginning(each);
  }

  void decide_part(Candidate& each) {
    each.evidence.profile = &each.profile;
    each.evidence.intended = settings_.map_is_shipped && each.part.kind == Part::Kind::hosters;
    if (each.evidence.good.empty()) {
      for (const GoodState& state : each.record.states) each.evidence.good.push_back({&state.profile, 100});
    }
    if (const auto& waiting = each.record.waiting) {
      each.evidence.waiting.same_content = waiting->content == each.content;
      each.evidence.waiting.looks = each.evidence.waiting.same_content ? waiting->looks : 0;
      if (each.evidence.waiting.same_content ||
          same_shape(waiting->profile, each.profile, settings_.limits.max_drift)) {
        each.evidence.waiting.refused_ns =
            waiting->refused_ns + std::clamp<std::int64_t>(now_ns_ - waiting->seen_ns, 0, kLongestPause);
      }
    }
    each.decision = decide(each.evidence, settings_.limits);
  }

  // Uses the copies where the files are not to be used. An error when there is nothing to use.
  std::optional<Error> settle(Candidate& each) {
    if (each.decision.verdict == Verdict::take || each.decision.verdict == Verdict::take_warned) return std::nullopt;
    for (const GoodState& state : each.record.states) {
      if (auto copies = copies_of(request_.store, each.part, state, each.files)) {
        each.paths = *std::move(copies);
        each.live = false;
        return std::nullopt;
      }
    }
    if (each.damage) return each.damage;
    if (settings_.serving != nullptr) {
      Error error = remark(each).error;
      if (settings_.wait) wait(each);
      return error;
    }
    // Nothing good is left: better this than nothing.
    each.decision.verdict = Verdict::take_warned;
    return std::nullopt;
  }

  CacheRequest resolved() const {
    CacheRequest request = request_;
    request.recipe.sources = candidates_.back().paths;
    std::size_t list = 0;
    for (const Candidate& each : candidates_) {
      if (each.part.kind == Part::Kind::hosters) request.recipe.hoster_map = each.paths[0];
      if (each.part.kind == Part::Kind::names) request.recipe.names = each.paths;
      if (each.part.kind == Part::Kind::list) request.recipe.lists[list++].path = each.paths[0];
      request.contents.insert(request.contents.end(), each.files.begin(), each.files.end());
    }
    return request;
  }

  Result<CacheResult> load() {
    findings_ = Findings();
    return settings_.load(resolved(), now_ns_, findings_);
  }

  // How much a new list or hoster map comes to hold by way of the ASes in it is known when it is compiled in. True when
  // one is not taken for that.
  Result<bool> judge_space(const Image& image) {
    bool changed = false;
    for (Candidate& each : candidates_) {
      if (each.part.kind == Part::Kind::database || !each.live || each.evidence.known_content) continue;
      if (each.part.kind == Part::Kind::list) {
        add_space_of_list(image, each.part.name, each.profile);
      } else {
        add_space_of_hosters(image, settings_.names, each.profile);
      }
      decide_part(each);
      if (auto error = settle(each)) return *std::move(error);
      changed |= !each.live;
    }
    return changed;
  }

  std::uint64_t hosters() const {
    return candidates_.front().part.kind == Part::Kind::hosters ? candidates_.front().files[0].digest[0] : 0;
  }

  // What the profile of the database depends on besides its own files.
  std::uint64_t additions() const {
    Recipe recipe;
    recipe.overrides = request_.recipe.overrides;
    std::string text = recipe.settings();
    for (const Candidate& each : candidates_) {
      if (each.part.kind != Part::Kind::names) continue;
      for (const FileContent& file : each.files) text += to_hex(file.digest);
    }
    return XXH3_64bits(text.data(), text.size());
  }

  // Compares the new database with what was good, and goes back to that where it must.
  Result<CacheResult> judge(Candidate& database, Result<CacheResult> loaded) {
    database.context = additions();
    const Image& image = loaded->image;
    if (settings_.objection != nullptr && (!database.record.states.empty() || settings_.serving != nullptr)) {
      if (auto error = settings_.objection(image)) {
        return Error{error->code, database.part.files[0] + ": " + error->message};
      }
    }
    const auto& states = database.record.states;
    const auto comparable = [&](const GoodState& state) { return state.context == database.context; };
    if (database.evidence.known_content) {
      if (std::none_of(states.begin(), states.end(), [&](const GoodState& state) {
            return comparable(state) && state.content == database.content;
          })) {
        database.profile = profile_of(image, hosters());
        database.fresh_stamps = true;
      }
      return loaded;
    }
    // A test of the configuration that finds nothing to compare with needs none.
    if (states.empty() && settings_.serving == nullptr && !settings_.remember) {
      decide_part(database);
      return loaded;
    }
    database.profile = profile_of(image, hosters());
    for (const GoodState& state : states) {
      if (comparable(state)) database.evidence.good.push_back({&state.profile, same_samples(state.profile, image)});
    }
    if (database.evidence.good.empty() && !states.empty()) add_baseline(database, image);
    if (database.evidence.good.empty() && settings_.serving != nullptr) {
      baseline_ = profile_of(*settings_.serving);
      database.evidence.good.push_back({&baseline_, same_samples(baseline_, image)});
    }
    decide_part(database);
    if (auto error = settle(database)) return *std::move(error);
    if (database.live) return loaded;
    // Before the good one comes: three at a time are too many where memory is small.
    loaded = Error{Errc::drift, {}};
    return load();
  }

  // Overrides and names files that were changed change what data amounts to: what was good is made again with the new
  // ones.
  void add_baseline(Candidate& database, const Image& image) {
    CacheRequest request = resolved();
    std::vector<FileContent> files;
    auto copies = copies_of(request_.store, database.part, database.record.states.front(), files);
    if (!copies) return;
    request.recipe.sources = *std::move(copies);
    request.contents.clear();
    Findings findings;
    const auto before = settings_.load(request, now_ns_, findings);
    if (!before) return;
    baseline_ = profile_of(before->image, hosters());
    database.evidence.good.push_back({&baseline_, same_samples(baseline_, image)});
  }

  // Other errors say nothing about the data.
  static bool is_about_data(const Error& error) { return error.code != Errc::memory && error.code != Errc::drift; }

  Remark remark(const Candidate& each) const {
    const Decision& decision = each.decision;
    const std::string& path = each.part.files[0];
    if (decision.reason == Reason::damaged) return {decision.verdict, *each.damage};
    return {decision.verdict, explain(decision, path, settings_.limits, request_.store.directory, each.content)};
  }

  FileContent noted(FileContent file) const {
    if (now_ns_ - std::max(file.stamp.ctime_ns, file.stamp.mtime_ns) < kSettled) file.stamp.inode = 0;
    return file;
  }

  void remember(Candidate& each) {
    GoodRecord& record = each.record;
    if (!each.live) {
      if (settings_.wait) wait(each);
      return;
    }
    if (!settings_.remember) return;
    const std::int64_t now = now_ns_ / kSecond;
    const bool unknown = each.fresh_stamps || record.states.empty();
    if (!unknown && !record.waiting && now - record.states.front().until < kUntilGrain &&
        has_copies(request_.store, each.part, record.states.front())) {
      return;
    }
    // Failing costs that this state is not there to go back to; the index is served all the same.
    if (unknown) {
      GoodState state{each.content, {}, each.context, now, now, std::move(each.profile)};
      for (const FileContent& file : each.files) state.files.push_back(noted(file));
      for (const GoodState& known : record.states) {
        if (known.content != each.content || (each.context != 0 && known.context != each.context)) continue;
        state.since = known.since;
        state.context = known.context;
        if (state.profile.amounts.empty()) state.profile = known.profile;
        break;
      }
      add_state(record, std::move(state));
    }
    record.states.front().until = now;
    record.waiting.reset();
    (void)keep_copies(request_.store, each.part, each.files);
    (void)write_record(request_.store, each.part, record);
  }

  // One more look that found the part no good.
  void wait(Candidate& each) {
    WaitingState state{each.content, each.evidence.waiting.looks + 1, each.evidence.waiting.refused_ns, now_ns_,
                       std::move(each.profile)};
    each.record.waiting = std::move(state);
    (void)write_record(request_.store, each.part, each.record);
  }

  const CacheRequest& request_;
  const IntakeSettings& settings_;
  const std::int64_t now_ns_;
  Findings& findings_;
  std::vector<Candidate> candidates_;
  Profile baseline_;
};

}  // namespace

Result<Intake> take_in(const CacheRequest& request, const IntakeSettings& settings, std::int64_t now_ns,
                       Findings& findings) {
  auto intake = guarded("loading ", request.recipe.sources.empty() ? std::string_view() : request.recipe.sources[0],
                        [&] { return Intaker(request, settings, now_ns, findings).run(); });
  give_back_freed();
  return intake;
}

}  // namespace ip2asn
