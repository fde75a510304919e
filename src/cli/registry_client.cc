#include "cli/registry_client.hh"

#include <chrono>
#include <thread>

#include "registry/result_line.hh"

namespace ip2asn::cli {
namespace {

constexpr std::int64_t kLongestWaitUs = 30'000'000;
constexpr std::int64_t kSilentWaitUs = 1'500'000;

}  // namespace

Result<RegistryClient> RegistryClient::open(const RegistryOptions& options, const Arguments& arguments) {
  Result<Bootstrap> tables = Bootstrap::open(options.bootstrap);
  if (!tables) return tables.error();
  Result<std::string> state = registry_state_directory();
  if (!state) return state.error();
  return RegistryClient(options, arguments, *std::move(tables), *std::move(state));
}

RegistryClient::RegistryClient(const RegistryOptions& options, const Arguments& arguments, Bootstrap tables,
                               std::string state)
    : options_(&options),
      arguments_(&arguments),
      tables_(std::make_unique<Bootstrap>(std::move(tables))),
      policy_(std::make_unique<HostPolicy>(options.policy(*tables_))),
      gate_(std::move(state), options.wishes) {
  FetchOptions fetching;
  fetching.user_agent = "ip2asn/" PACKAGE_VERSION;
  fetching.plain_http = fetching.loopback_hosts = options.insecure_test_hosts;
  client_ = std::make_unique<HttpClient>(std::move(fetching));
}

Result<std::optional<PaceSlot>> RegistryClient::wait_for(PaceFile& pace, const std::string& registry,
                                                         std::string& reason) {
  bool told = false;
  while (true) {
    const Moment now = Moment::now();
    std::int64_t wait = 0;
    if (std::optional<PaceSlot> slot = pace.take(now, wait)) return slot;
    if (wait > kLongestWaitUs) {
      const PaceState& state = pace.state();
      const char* const why = state.refused_until_us > now.boot_us ? " refused to answer"
                              : state.open_until_us > now.boot_us  ? " did not answer five times"
                                                                   : " was asked too often";
      reason = registry + why + ", and is left alone until " + timestamp(now.wall_s + wait / kSecondUs);
      return std::optional<PaceSlot>();
    }
    if (wait > kSilentWaitUs && !told) {
      arguments_->complain("waiting for " + registry + ", which is asked every " +
                           std::to_string(interval_of(pace.state(), pace.pace()) / kSecondUs) + " s at most");
      told = true;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(wait));
  }
}

Result<Reading> RegistryClient::ask(const Question& question) {
  const std::string_view base =
      question.prefix ? tables_->base_url(question.prefix->range()) : tables_->asn.base_url(question.asn);
  Inquiry inquiry(*policy_, options_->inquiry, question, base);
  body_.clear();
  while (inquiry.step()) {
    const InquiryStep step = *inquiry.step();
    if (!options_->asks(step.registry)) {
      if (inquiry.fall_back()) break;
      return Reading{Outcome::refused, step.registry + " is not among the registries of --registry", {}, 0, 0};
    }
    const Result<PaceFile*> pace = gate_.of(step.registry);
    if (!pace) return pace.error();
    std::string reason;
    Result<std::optional<PaceSlot>> slot = wait_for(**pace, step.registry, reason);
    if (!slot) return slot.error();
    if (!*slot) {
      if (inquiry.fall_back()) break;
      return Reading{Outcome::limited, reason, {}, 0, 0};
    }
    fetch(*client_, next_id_++, step);
    std::vector<Fetched> ended;
    while (ended.empty()) ended = client_->wait(std::chrono::seconds(1));
    const Fetched& fetched = ended.front();
    const Outcome outcome = inquiry.take(fetched);
    body_ = fetched.body;
    const Moment now = Moment::now();
    gate_.note(**pace, outcome, inquiry.retry_after(fetched, now.wall_s), now);
  }
  return inquiry.take_reading();
}

}  // namespace ip2asn::cli
