#include "cli/survey/surveyor.hh"

#include <algorithm>
#include <ctime>

#include "cli/describe.hh"
#include "cli/progress.hh"

namespace ip2asn::cli {

Surveyor::Surveyor(const std::vector<SurveyHost>& hosts, const ResolverOptions& options, SurveyCache& cache,
                   StopSignals& stop)
    : hosts_(hosts), options_(options), cache_(cache), stop_(stop), resolutions_(hosts.size()) {
  for (std::size_t place = 0; place < hosts.size(); ++place) begin(place);
}

void Surveyor::begin(std::size_t place) {
  const std::string& name = hosts_[place].name;
  if (const std::optional<Address> address = parse_address(name)) {
    resolutions_[place] = Resolution{{*address}, {}, false};
  } else if (!is_host_name(name)) {
    resolutions_[place] = Resolution{{}, "no host name", false};
  } else if (name == "onion" || name.ends_with(".onion")) {
    // Not to be asked of name servers (RFC 7686).
    resolutions_[place] = Resolution{{}, "onion service", false};
  } else if (std::optional<SurveyCache::Known> known = cache_.host(name)) {
    resolutions_[place] = std::move(known->resolution);
    if (known->stale) stale_.push_back(place);
  } else {
    missing_.push_back(place);
  }
}

Result<Done> Surveyor::ask(const std::vector<std::size_t>& places, std::string_view what) {
  if (places.empty() || stop_.raised()) return Done{};
  std::vector<std::string> names;
  for (const std::size_t place : places) names.push_back(hosts_[place].name);
  Progress progress(what);
  const auto begun = std::chrono::steady_clock::now();
  std::size_t done = 0, failed = 0;
  const auto answered = [&](std::size_t i, Resolution resolution) {
    const std::size_t place = places[i];
    ++done;
    failed += resolution.addresses.empty();
    unreached_ += resolution.unreached;
    if (!resolution.unreached) cache_.put_host(hosts_[place].name, resolution, std::time(nullptr));
    if (!resolutions_[place]) resolutions_[place] = std::move(resolution);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const double rate = static_cast<double>(done) / std::max(seconds, 0.001);
    progress.note(grouped(done) + " of " + grouped(names.size()) + " hosts, " +
                  grouped(static_cast<std::uint64_t>(rate)) + "/s, " +
                  grouped(static_cast<std::uint64_t>(static_cast<double>(names.size() - done) / rate)) + " s left, " +
                  grouped(failed) + " failed");
  };
  return resolve(names, options_, stop_, {answered, [this] { save_now_and_then(); }});
}

// What a run that is killed loses is some seconds' work, and saving takes a small part of the time.
void Surveyor::save_now_and_then() {
  constexpr int kShare = 20;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_save_) return;
  // Where it cannot be saved, the end of the run says so.
  [[maybe_unused]] const Result<Done> saved = cache_.save();
  const auto end = std::chrono::steady_clock::now();
  next_save_ = end + std::max<std::chrono::steady_clock::duration>(kBetweenSaves, kShare * (end - now));
}

}  // namespace ip2asn::cli
