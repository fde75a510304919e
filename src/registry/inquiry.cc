#include "registry/inquiry.hh"

#include <algorithm>

#include "base/text.hh"
#include "client/url.hh"
#include "net/special.hh"
#include "registry/holder_text.hh"
#include "registry/rdap.hh"
#include "registry/registries.hh"
#include "registry/whois_text.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kMostRedirects = 5;
constexpr std::size_t kMostReferrals = 3;
constexpr const char* kAccept = "application/rdap+json, application/json;q=0.9";

// National registries, to which the five refer.
constexpr std::string_view kNationalHosts[] = {"whois.nic.ad.jp", "whois.kisa.or.kr",   "whois.krnic.net",
                                               "whois.twnic.net", "whois.twnic.net.tw", "whois.registro.br"};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// How a server wants an address to be asked for: without the objects of persons, and in English.
std::string whois_line(std::string_view registry, const Address& address) {
  const std::string text = to_string(address);
  if (registry == "arin") return "n + " + text;
  if (registry == "ripencc" || registry == "apnic" || registry == "afrinic") return "-r " + text;
  if (registry == "whois.nic.ad.jp") return text + "/e";
  return text;
}

bool is_loopback(const Address& address) {
  return address.family == Family::v4 ? address.v4_bits() >> 24 == 127 : address.hi == 0 && address.lo == 1;
}

}  // namespace

std::string HostPolicy::refusal(const std::string& text, const std::string& before) const {
  const Url url = Url::parse(text);
  if (url.scheme != "https" && url.scheme != "http") return quoted(text) + " is not an http or https URL";
  if (url.scheme == "http" && !insecure_test_hosts) return quoted(text) + " is plain http, which is not asked";
  if (url.scheme == "http" && before.starts_with("https:")) return quoted(text) + " gives up https";
  return host_refusal(url.host);
}

std::string HostPolicy::host_refusal(const std::string& host) const {
  if (const auto address = parse_address(host)) {
    const auto special = special_block(unmapped(*address));
    if (special && !special->globally_reachable && !(insecure_test_hosts && is_loopback(unmapped(*address)))) {
      return quoted(host) + " is special-purpose space";
    }
  }
  const bool known = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& each) {
    return host == each ||
           (host.size() > each.size() && host.ends_with(each) && host[host.size() - each.size() - 1] == '.');
  });
  if (!known) return quoted(host) + " is no host of the bootstrap tables; '--allow-host' would allow it";
  return {};
}

std::string registry_of_url(std::string_view text) {
  const Url url = Url::parse(text);
  const std::string host = url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
  return registry_name(host, url.port);
}

void fetch(HttpClient& client, std::uint64_t id, const InquiryStep& step) {
  if (!step.url.empty()) return client.get(id, step.url, kAccept, kMaxRdapBytes);
  client.whois(id, step.whois_server, step.whois_line, kMaxWhoisBytes);
}

Inquiry::Inquiry(const HostPolicy& policy, const InquiryOptions& options, const Question& question,
                 std::string_view base_url)
    : policy_(policy), options_(options), question_(question), base_(base_url) {
  if (base_.empty()) {
    end(Outcome::none, "Failed to find Registry");
  } else if (options_.via == Via::whois) {
    ask_whois();
  } else {
    ask(false);
  }
}

void Inquiry::ask(bool by_address) {
  by_address_ = by_address;
  visited_.clear();
  if (!question_.prefix) return go_to(base_ + "autnum/" + std::to_string(question_.asn));
  const Address& address = question_.prefix->address;
  by_address_ = by_address || question_.prefix->length == address.width();
  std::string path = "ip/" + to_string(address);
  if (!by_address_) path += "/" + std::to_string(question_.prefix->length);
  go_to(base_ + path);
}

void Inquiry::go_to(std::string url) {
  if (const std::string refusal = policy_.refusal(url, visited_.empty() ? "" : visited_.back()); !refusal.empty()) {
    return end(Outcome::failed, (visited_.empty() ? "" : "redirect: ") + refusal);
  }
  if (std::find(visited_.begin(), visited_.end(), url) != visited_.end()) {
    return end(Outcome::failed, "the redirects are a loop");
  }
  if (visited_.size() > kMostRedirects) return end(Outcome::failed, "there are more than 5 redirects");
  visited_.push_back(url);
  std::string registry = registry_of_url(url);
  step_ = InquiryStep{std::move(registry), std::move(url), {}, {}};
}

void Inquiry::end(Outcome outcome, std::string text) {
  step_.reset();
  reading_ = {};
  reading_.outcome = outcome;
  reading_.text = std::move(text);
}

Outcome Inquiry::take(const Fetched& fetched) {
  if (!step_) return Outcome::none;
  if (step_->url.empty()) return take_whois(fetched);
  take_rdap(fetched);
  if (step_) return Outcome::none;
  const Outcome outcome = reading_.outcome;
  if (options_.via == Via::both && outcome == Outcome::failed && question_.prefix) ask_whois();
  if (outcome == Outcome::answer) ask_for_more();
  return outcome;
}

// What an answer leaves open is asked for by WHOIS: who of its members a national registry gave the range to; and,
// where both ways are wanted, what RDAP does not tell: the range that LACNIC echoes, the name behind a handle of
// AFRINIC's.
void Inquiry::ask_for_more() {
  if (!question_.prefix) return;
  const Block& block = reading_.block;
  std::string registry(national_registry(block.holder));
  if (registry.empty() || !(options_.national || options_.via != Via::rdap)) {
    if (options_.via != Via::both || !(block.range_is_asked || is_handle(block.holder))) return;
    registry = block.registry;
  }
  std::string server = whois_server_of(registry);
  if (server.empty() || std::find(visited_.begin(), visited_.end(), server) != visited_.end()) return;
  before_referral_ = std::exchange(reading_, {});
  visited_ = {server};
  step_ = InquiryStep{registry, {}, std::move(server), whois_line(registry, question_.prefix->address)};
}

bool Inquiry::fall_back() {
  if (!before_referral_ || before_referral_->outcome != Outcome::answer) return false;
  reading_ = *std::move(before_referral_);
  before_referral_.reset();
  step_.reset();
  return true;
}

std::int64_t Inquiry::retry_after(const Fetched& fetched, std::int64_t now) const {
  return std::max(whois_retry_after_, retry_after_seconds(fetched.retry_after, now));
}

void Inquiry::take_rdap(const Fetched& fetched) {
  if (!fetched.problem.empty()) return end(Outcome::failed, repair_text(fetched.problem).text);
  if (is_redirect(fetched.status)) {
    std::string url = fetched.location.empty() ? "" : resolve_url(step_->url, fetched.location);
    if (url.empty()) return end(Outcome::failed, "a redirect leads nowhere");
    return go_to(std::move(url));
  }
  if ((fetched.status == 400 || fetched.status == 404) && question_.prefix && !by_address_) return ask(true);
  const std::string registry = step_->registry, server = Url::parse(step_->url).host;
  const RdapOptions options{options_.with_contacts};
  if (question_.prefix) {
    const Range asked =
        by_address_ ? Range{question_.prefix->address, question_.prefix->address} : question_.prefix->range();
    reading_ = read_rdap_network(fetched.status, fetched.body, asked, options);
    if (reading_.block.range_is_asked) reading_.block.range = question_.prefix->range();
  } else {
    reading_ = read_rdap_autnum(fetched.status, fetched.body, question_.asn, options);
  }
  reading_.block.registry = registry;
  reading_.block.server = server;
  step_.reset();
}

std::string Inquiry::whois_server_of(const std::string& registry) const {
  if (const auto named = options_.whois_servers.find(registry); named != options_.whois_servers.end()) {
    return named->second;
  }
  if (const RegistryEntry* const entry = find_registry(registry)) return std::string(entry->whois_host);
  const bool is_national =
      std::find(std::begin(kNationalHosts), std::end(kNationalHosts), registry) != std::end(kNationalHosts);
  return is_national ? registry : "";
}

void Inquiry::ask_whois() {
  const std::string registry = registry_of_url(base_);
  if (!question_.prefix) return end(Outcome::failed, "WHOIS is asked for addresses only, not for an AS");
  const std::string server = whois_server_of(registry);
  if (server.empty()) {
    return end(Outcome::failed, "no WHOIS server of " + registry + " is known; '--whois-server' names one");
  }
  visited_ = {server};
  step_ = InquiryStep{registry, {}, server, whois_line(registry, question_.prefix->address)};
}

Outcome Inquiry::take_whois(const Fetched& fetched) {
  const InquiryStep step = *step_;
  const Range asked{question_.prefix->address, question_.prefix->address};
  WhoisReading read;
  if (fetched.problem.empty()) {
    read = read_whois(fetched.body, &asked);
  } else {
    read.reading.text = repair_text(fetched.problem).text;
  }
  whois_retry_after_ = read.retry_after;
  const Outcome outcome = read.reading.outcome;
  end(outcome, {});
  reading_ = std::move(read.reading);
  reading_.block.registry = step.registry;
  reading_.block.server = step.whois_server.substr(0, step.whois_server.rfind(':'));
  // Who refers knows the holder above; who is referred to may know none, or not answer.
  if (reading_.outcome != Outcome::answer) {
    if (fall_back()) return outcome;
  }
  if (!read.referral.empty()) {
    Reading so_far = reading_;
    if (follow(read.referral)) before_referral_ = std::move(so_far);
  } else if (outcome == Outcome::answer) {
    ask_for_more();
  }
  return outcome;
}

bool Inquiry::follow(const std::string& referral) {
  const std::size_t scheme = referral.find("://");
  if (scheme == std::string::npos || visited_.size() > kMostReferrals) return false;
  const bool rwhois = referral.starts_with("rwhois:");
  if (!rwhois && !referral.starts_with("whois:")) return false;
  const Url url = Url::parse("http" + referral.substr(scheme));
  const bool is_known =
      find_registry_by_host(url.host) != nullptr ||
      std::find(std::begin(kNationalHosts), std::end(kNationalHosts), url.host) != std::end(kNationalHosts);
  if (url.host.empty() || (!is_known && !policy_.host_refusal(url.host).empty())) return false;
  const std::string host = url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
  const std::string server = host + ":" + (!url.port.empty() ? url.port : rwhois ? "4321" : "43");
  if (std::find(visited_.begin(), visited_.end(), server) != visited_.end()) return false;
  visited_.push_back(server);
  const std::string registry = registry_name(host, url.port);
  step_ = InquiryStep{registry, {}, server, whois_line(registry, question_.prefix->address)};
  return true;
}

}  // namespace ip2asn
