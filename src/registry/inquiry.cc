#include "registry/inquiry.hh"

#include <algorithm>

#include "base/text.hh"
#include "client/url.hh"
#include "net/special.hh"
#include "registry/rdap.hh"
#include "registry/registries.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kMostRedirects = 5;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
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
  if (const auto address = parse_address(url.host)) {
    const auto special = special_block(unmapped(*address));
    if (special && !special->globally_reachable && !(insecure_test_hosts && is_loopback(unmapped(*address)))) {
      return quoted(url.host) + " is special-purpose space";
    }
  }
  const bool known = std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
    return url.host == host || (url.host.size() > host.size() && url.host.ends_with(host) &&
                                url.host[url.host.size() - host.size() - 1] == '.');
  });
  if (!known) return quoted(url.host) + " is no host of the bootstrap tables; '--allow-host' would allow it";
  return {};
}

std::string registry_of_url(std::string_view text) {
  const Url url = Url::parse(text);
  const std::string host = url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
  return registry_name(host, url.port);
}

Inquiry::Inquiry(const HostPolicy& policy, const Question& question, std::string_view base_url, bool with_contacts)
    : policy_(policy), question_(question), base_(base_url), with_contacts_(with_contacts) {
  if (base_.empty()) {
    end(Outcome::none, "Failed to find Registry");
    return;
  }
  ask(false);
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
  step_ = InquiryStep{std::move(registry), std::move(url)};
}

void Inquiry::end(Outcome outcome, std::string text) {
  step_.reset();
  reading_ = {};
  reading_.outcome = outcome;
  reading_.text = std::move(text);
}

void Inquiry::take(const Fetched& fetched) {
  if (!step_) return;
  if (!fetched.problem.empty()) return end(Outcome::failed, repair_text(fetched.problem).text);
  if (is_redirect(fetched.status)) {
    std::string url = fetched.location.empty() ? "" : resolve_url(step_->url, fetched.location);
    if (url.empty()) return end(Outcome::failed, "a redirect leads nowhere");
    return go_to(std::move(url));
  }
  if ((fetched.status == 400 || fetched.status == 404) && question_.prefix && !by_address_) return ask(true);
  const std::string registry = step_->registry, server = Url::parse(step_->url).host;
  const RdapOptions options{with_contacts_};
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

}  // namespace ip2asn
