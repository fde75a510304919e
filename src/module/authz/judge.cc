// Whether a Require line matches a client. Numbers are compared, all of the generation that answered.

#include <algorithm>
#include <cstring>
#include <string_view>

#include "compile/hoster_map.hh"
#include "module/authz/requirement.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

Verdict verdict(bool matches) noexcept { return matches ? Verdict::match : Verdict::no_match; }

bool holds(const Network& network, NameKind kind, std::uint32_t number) noexcept {
  switch (kind) {
    case NameKind::list:
      return std::binary_search(network.list_ids.begin(), network.list_ids.end(), static_cast<ListId>(number));
    case NameKind::hoster:
      return network.answer.record.hoster_id == number;
    case NameKind::hoster_class:
      return network.answer.record.class_id == number;
  }
  return false;
}

// Whether one of the names is the client's. One that the data lacks counts only where none of the others matches.
Verdict judge_names(const Requirement& line, const Network& network, const Image* image) {
  bool missing = false;
  for (const NameNumber& name : line.names) {
    auto number = name.known(network.content_id);
    if (!number && image == nullptr) return Verdict::name_missing;
    if (!number) number = name.resolve(*image);
    if (*number == NameNumber::kNone) {
      missing = true;
    } else if (holds(network, name.kind(), *number)) {
      return Verdict::match;
    }
  }
  return missing ? Verdict::name_missing : Verdict::no_match;
}

// All in one generation: the one that answered, or, when it is gone already and not all numbers are known, a look-up
// in the present one.
Verdict judge_names(request_rec* r, const Requirement& line, const Network& network) {
  const bool known = std::all_of(line.names.begin(), line.names.end(),
                                 [&](const NameNumber& name) { return name.known(network.content_id).has_value(); });
  if (known) [[likely]]
    return judge_names(line, network, nullptr);
  const IndexPin pin;
  if (!pin) return Verdict::no_look_up;
  if (pin->content_id() == network.content_id) return judge_names(line, network, &*pin);
  return judge_names(line, *look_up(r->pool, network.answer.address, *pin, false), &*pin);
}

}  // namespace

std::uint32_t NameNumber::resolve(const Image& image) const noexcept {
  std::uint32_t number = kNone;
  if (kind_ == NameKind::list) {
    if (const auto list = image.find_list(text_)) number = *list;
  } else {
    for (std::uint16_t i = 1; i <= image.hoster_count() && number == kNone; ++i) {
      const HosterName hoster = image.hoster(i);
      if (kind_ == NameKind::hoster && hoster.name == text_) number = i;
      if (kind_ == NameKind::hoster_class && hoster.category == text_) number = image.class_of(i);
    }
  }
  std::uint64_t before = content_id_.load(std::memory_order_relaxed);
  if (before != kBusy && content_id_.compare_exchange_strong(before, kBusy, std::memory_order_acq_rel)) {
    number_.store(number, std::memory_order_release);
    content_id_.store(image.content_id(), std::memory_order_release);
  }
  return number;
}

Verdict judge_asn(request_rec* r, const Requirement& line) {
  const Network* network = client_network(r);
  if (network == nullptr) return Verdict::no_look_up;
  if (!network->answer.announced) return verdict(line.unknown);
  return verdict(std::binary_search(line.asns.begin(), line.asns.end(), network->answer.record.asn));
}

Verdict judge_list(request_rec* r, const Requirement& line) {
  const Network* network = client_network(r);
  return network == nullptr ? Verdict::no_look_up : judge_names(r, line, *network);
}

Verdict judge_hoster(request_rec* r, const Requirement& line) {
  const Network* network = client_network(r);
  if (network == nullptr) return Verdict::no_look_up;
  if (line.any && network->answer.record.hoster_id != 0 && is_hosting_class(network->answer.record.hoster_class))
    return Verdict::match;
  return judge_names(r, line, *network);
}

Verdict judge_country(request_rec* r, const Requirement& line) {
  const Network* network = client_network(r);
  if (network == nullptr) return Verdict::no_look_up;
  if (network->answer.record.country.empty()) return Verdict::no_match;
  return verdict(std::any_of(line.countries.begin(), line.countries.end(), [network](const CountryCode& country) {
    return country == network->answer.record.country;
  }));
}

}  // namespace ip2asn::httpd
