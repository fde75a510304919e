#include "cli/survey/mapping.hh"

#include <algorithm>

namespace ip2asn::cli {
namespace {

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

std::string_view name_of(Outcome outcome) noexcept {
  constexpr std::string_view kNames[kOutcomes] = {"", "(several)", "(no address)", "(not announced)", "(no hoster)"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string fallback_name(std::string_view description) {
  std::string name(description.substr(0, description.find(' ')));
  while (!name.empty() && (name.back() == ',' || name.back() == ';')) name.pop_back();
  bool letters = false;
  for (char& c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (!capital && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.') return {};
    letters = letters || capital;
    if (capital) c = static_cast<char>(c + 32);
  }
  return letters ? name : "";
}

api::KeptAnswer SurveyMapper::answer(const Address& address) {
  const Address asked = unmapped(address);
  const std::uint64_t generation = image_.content_id();
  const auto known = cache_.answer(generation, asked);
  if (known && !known->second) return known->first;
  api::KeptAnswer fresh(api::answer_for(image_, asked));
  cache_.put_answer(generation, asked, fresh);
  return fresh;
}

SurveyedHost SurveyMapper::map(const SurveyHost& host, const Resolution& resolution) {
  SurveyedHost mapped;
  mapped.host = host;
  mapped.failure = resolution.failure;
  for (const Address& address : resolution.addresses) {
    api::KeptAnswer known = answer(address);
    if (known->announced) {
      const Record& record = known->record;
      mapped.asns.push_back(record.asn);
      if (record.hoster.empty() && fallback_) {
        const std::string name = fallback_name(record.description);
        api::Answer named = *known;
        named.record.hoster = name;
        known = api::KeptAnswer(named);
      }
      if (!known->record.hoster.empty()) mapped.hosters.emplace_back(known->record.hoster);
    }
    mapped.addresses.push_back({address, std::move(known)});
  }
  sort_unique(mapped.asns);
  sort_unique(mapped.hosters);
  if (mapped.addresses.empty()) {
    mapped.outcome = Outcome::no_address;
  } else if (mapped.asns.empty()) {
    mapped.outcome = Outcome::not_announced;
  } else if (mapped.hosters.empty()) {
    mapped.outcome = Outcome::no_hoster;
  } else if (mapped.hosters.size() > 1) {
    mapped.outcome = Outcome::several;
  } else {
    mapped.outcome = Outcome::hoster;
    mapped.hoster = mapped.hosters.front();
  }
  return mapped;
}

}  // namespace ip2asn::cli
