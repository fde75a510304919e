#include "serve/refresh.hh"

#include <algorithm>
#include <utility>

#include "base/files.hh"
#include "base/hash.hh"
#include "index/image_format.hh"
#include "serve/good_record.hh"

namespace ip2asn {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLongestDelay = 3600 * kSecond;
constexpr std::uint32_t kMostDoublings = 30;
// The kernel stamps files by a clock that moves once a tick, at most 10 ms long; file systems without fractions of a
// second, by the second or by two. Whoever writes over a file in place may take longer, and is given some of the
// interval.
constexpr std::int64_t kLeastSettle = 20'000'000;
constexpr std::int64_t kMostSettle = kSecond;
constexpr std::int64_t kCoarseGrain = 2 * kSecond;
constexpr std::int64_t kLongUnsettled = 60 * kSecond;

// Whether a look that finds the inputs in this state is the second one that does, and late enough.
bool settled(ControlBlock& block, const InputState& state, std::int64_t now_ns, std::int64_t settle_ns) {
  if (block.seen.load() != state.identity) {
    block.seen_since.store(now_ns);
    block.seen.store(state.identity);
  }
  const std::int64_t settles_at = block.seen_since.load() + settle_ns;
  if (now_ns >= settles_at) return true;
  block.next_look.store(settles_at);
  return false;
}

// What is written over and over again is never taken: that is not to go on without a word.
RefreshReport unsettled(ControlBlock& block, const InputState& state, std::int64_t now_ns) {
  if (block.unsettled_since.load() == 0) block.unsettled_since.store(now_ns);
  RefreshReport report;
  if (now_ns - block.unsettled_since.load() < kLongUnsettled) return report;
  Remark remark = {
      Verdict::hold,
      {Errc::changed, state.newest + ": has been changing all the time for more than a minute; it is taken when it "
                                     "stays as it is for a second or two: write a new file elsewhere, and move it "
                                     "into its place when it is complete"}};
  const std::uint64_t complaint = complaint_of(std::vector{remark});
  if (block.complaint.exchange(complaint) == complaint) return report;
  report.outcome = RefreshOutcome::refused;
  report.remarks.push_back(std::move(remark));
  return report;
}

std::uint64_t not_zero(std::uint64_t hash) { return hash != 0 ? hash : 1; }

// 0 and 1 mean something else where identities are kept.
std::uint64_t identity_of(std::uint64_t hash) {
  return hash > ControlBlock::kLooking ? hash : hash + ControlBlock::kLooking + 1;
}

bool waits(const Remark& remark) { return remark.verdict == Verdict::hold || remark.verdict == Verdict::refuse; }

// Notes that not all is well, and when it is tried again: soon where a second look decides.
RefreshReport not_taken(ControlBlock& block, const RefreshSettings& settings, const Moment& now, std::uint64_t random,
                        std::vector<Remark> remarks) {
  const bool refused = std::any_of(remarks.begin(), remarks.end(),
                                   [](const Remark& remark) { return remark.verdict == Verdict::refuse; });
  const bool held =
      std::any_of(remarks.begin(), remarks.end(), [](const Remark& remark) { return remark.verdict == Verdict::hold; });
  if (refused) {
    block.failures.fetch_add(1);
    block.refusals.fetch_add(1);
  }
  const std::int64_t delay =
      held ? settings.interval_ns : retry_delay(settings.interval_ns, block.failures.load(), random);
  block.retry_at.store(now.monotonic_ns + delay);
  RefreshReport report;
  const std::uint64_t complaint = complaint_of(remarks);
  if (block.complaint.exchange(complaint) != complaint) {
    report.outcome = RefreshOutcome::refused;
    report.remarks = std::move(remarks);
  }
  return report;
}

RefreshReport accepted(ControlBlock& block, const Moment& now) {
  block.failures.store(0);
  block.last_good.store(now.wall_ns / kSecond);
  RefreshReport report;
  if (block.complaint.exchange(0) != 0) report.outcome = RefreshOutcome::recovered;
  return report;
}

Result<Intake> load_good(const CacheRequest& request, const RefreshSettings& settings, const Image* serving,
                         std::int64_t now_ns, Findings& findings) {
  IntakeSettings intake;
  intake.limits = {settings.max_drift, settings.max_refusal};
  intake.names = settings.names;
  intake.objection = settings.objection;
  intake.map_objection = settings.map_objection;
  intake.serving = serving;
  intake.load = settings.load;
  auto taken = take_in(request, intake, now_ns, findings);
  if (!taken) return taken;
  const CacheResult& loaded = taken->loaded;
  const bool handed_over = settings.handover != nullptr && *settings.handover && loaded.mapping.descriptor() >= 0;
  // How else would it reach the other processes?
  if (loaded.path.empty() && !handed_over) return Error{Errc::unreadable, loaded.warning};
  return taken;
}

bool fits(const Announcement& announcement, const Image& image) {
  return image.content_id() == announcement.content_id && image.bytes().size() == announcement.bytes &&
         image.inputs() == announcement.digest;
}

// What is offered counts as well when it is newer than what was announced: its announcement is about to come.
Result<Adopted> receive(const Announcement& wanted, const Handover& handover, bool distrust) {
  auto offer = handover.look();
  if (!offer || offer->announcement.epoch != wanted.epoch || offer->announcement.number < wanted.number ||
      offer->announcement.bytes > kMostImageBytes) {
    return Error{Errc::unreadable, "nothing is handed over"};
  }
  auto mapping = Mapping::receive(std::move(offer->memory), static_cast<std::size_t>(offer->announcement.bytes));
  if (!mapping) return std::move(mapping).error();
  auto image = distrust ? Image::open(mapping->bytes()) : Image::trust(mapping->bytes());
  if (!image) return std::move(image).error();
  if (!fits(offer->announcement, *image)) return Error{Errc::damaged, "what is handed over is not what was announced"};
  return Adopted{offer->announcement, *std::move(mapping), *image};
}

// Notes whether the index is in the cache; why not, when that is news.
std::string note_written(ControlBlock& block, const std::string& why_not) {
  const std::uint64_t hash = why_not.empty() ? 0 : complaint_of({Errc::unreadable, why_not});
  return block.unwritten.exchange(hash) != hash ? why_not : "";
}

// An index that could not be written to the cache when it was made is written as soon as that can be.
void write_later(ControlBlock& block, const Store& store, const Image* serving) {
  if (block.unwritten.load() == 0 || serving == nullptr || serving->inputs() == Digest()) return;
  if (save_image(store, *serving)) block.unwritten.store(0);
}

}  // namespace

std::uint64_t complaint_of(const Error& error) noexcept {
  return not_zero(XXH3_64bits(error.message.data(), error.message.size()));
}

std::uint64_t complaint_of(const std::vector<Remark>& remarks) {
  std::string text;
  for (const Remark& remark : remarks) {
    if (waits(remark)) text += remark.error.message + (remark.verdict == Verdict::hold ? "?\n" : "\n");
  }
  return text.empty() ? 0 : complaint_of(Error{Errc::damaged, std::move(text)});
}

std::int64_t retry_delay(std::int64_t interval_ns, std::uint32_t failures, std::uint64_t random) noexcept {
  const std::int64_t longest = std::max(kLongestDelay, interval_ns);
  std::int64_t delay = interval_ns;
  for (std::uint32_t i = 1; i < std::min(failures, kMostDoublings) && delay < longest; ++i) delay *= 2;
  delay = std::min(delay, longest);
  const std::int64_t spread = delay / 2;
  return delay - spread / 2 + static_cast<std::int64_t>(random % (static_cast<std::uint64_t>(spread) + 1));
}

std::int64_t settle_time(std::int64_t interval_ns, bool coarse) noexcept {
  const std::int64_t time = std::clamp(interval_ns / 2, kLeastSettle, kMostSettle);
  return coarse ? std::max(time, kCoarseGrain) : time;
}

InputState input_state(const CacheRequest& request) {
  InputState state;
  std::int64_t newest = INT64_MIN;
  std::string text = request.store.directory + '\n' + request.recipe.settings();
  for (const std::string& file : request.recipe.inputs()) {
    text += '\n' + file;
    const auto stamp = stamp_file(file);
    if (!stamp) {
      text += ' ' + stamp.error().message;
      continue;
    }
    text += ' ' + to_string(*stamp);
    if (stamp->ctime_ns % kSecond == 0) state.coarse = true;
    if (stamp->ctime_ns >= newest) state.newest = file;
    newest = std::max(newest, stamp->ctime_ns);
  }
  // What an administrator allows is looked at at once.
  if (const auto stamp = stamp_file(allowed_file(request.store.directory))) text += '\n' + to_string(*stamp);
  state.identity = identity_of(XXH3_64bits(text.data(), text.size()));
  return state;
}

Result<Adopted> open_announced(const Announcement& announcement, const Store& store, const Handover& handover,
                               bool distrust) {
  if (auto received = receive(announcement, handover, distrust)) return received;
  auto entry = open_cached(announcement.digest, store);
  if (!entry) return std::move(entry).error();
  if (!fits(announcement, entry->image)) return Error{Errc::damaged, entry->path + ": is not what was announced"};
  return Adopted{announcement, std::move(entry->mapping), entry->image};
}

RefreshReport refresh(ControlBlock& block, const CacheRequest& request, const RefreshSettings& settings,
                      const Image* serving, const Moment& now, std::uint64_t random, void (*working)(void*),
                      void* context) {
  block.attempt.store(ControlBlock::kLooking);
  const InputState state = input_state(request);
  const auto done = [&] { block.attempt.store(0); };
  const bool failing = block.complaint.load() != 0;
  const bool same = state.identity == block.looked_at.load() && block.wanted.load() == 0;
  if (same) block.unsettled_since.store(0);
  if (same && !(failing && block.retry_at.load() <= now.monotonic_ns)) {
    if (!failing) write_later(block, request.store, serving);
    done();
    return {};
  }
  if (!settled(block, state, now.monotonic_ns, settle_time(settings.interval_ns, state.coarse))) {
    done();
    return same ? RefreshReport() : unsettled(block, state, now.monotonic_ns);
  }
  block.attempt.store(state.identity);
  if (state.identity != block.looked_at.load()) block.failures.store(0);  // other inputs, another matter
  if (working != nullptr) working(context);

  RefreshReport report;
  Findings findings;
  auto taken = load_good(request, settings, serving, now.wall_ns, findings);
  // Whoever was stopped in the middle, and long enough to lose its turn, comes too late.
  if (settings.turn != 0 && settings.turn != block.turn.load()) return {};
  block.lost_attempts.store(0);
  // What was read is what two looks have found, or else it is for the next ones to say what has become of it.
  if (input_state(request).identity != state.identity) {
    block.next_look.store(now.monotonic_ns);
    done();
    return unsettled(block, state, now.monotonic_ns);
  }
  if (!taken) {
    report = not_taken(block, settings, now, random, {{Verdict::refuse, std::move(taken).error()}});
  } else {
    CacheResult& loaded = taken->loaded;
    const auto served = block.latest(settings.epoch);
    if (complaint_of(taken->remarks) != 0) {
      report = not_taken(block, settings, now, random, std::move(taken->remarks));
    } else {
      report = accepted(block, now);
      report.remarks = std::move(taken->remarks);
    }
    report.warning = note_written(block, loaded.warning);
    Announcement announcement = {0, settings.epoch, loaded.image.content_id(), loaded.image.bytes().size(),
                                 loaded.digest};
    const auto offer = [&] {
      if (settings.handover == nullptr || !settings.handover->offer(announcement, loaded.mapping.descriptor())) return;
      block.wanted.store(0);
    };
    if (!served || served->digest != loaded.digest) {
      announcement.number = block.next_number();
      offer();
      report.number = block.announce(announcement);
      report.outcome = RefreshOutcome::published;
      report.loaded = std::move(loaded);
      block.refreshes.fetch_add(1);
    } else if (block.wanted.load() != 0) {
      // Somebody could not get hold of what is served.
      announcement.number = served->number;
      offer();
      block.wanted.store(0);
    }
  }
  report.findings = std::move(findings);
  // Last, so that whoever is killed above leaves the work to the next one.
  block.looked_at.store(state.identity);
  block.unsettled_since.store(0);
  done();
  return report;
}

}  // namespace ip2asn
