// From addresses to hosters, and from hosts to totals.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/survey/cache.hh"
#include "cli/survey/input.hh"
#include "index/image.hh"

namespace ip2asn::cli {

/// Where a host is counted: at one hoster, or in one of the four kinds that are left out.
enum class Outcome { hoster, several, no_address, not_announced, no_hoster };
inline constexpr std::size_t kOutcomes = 5;
/// "(several)" and so on; the hoster's name is the host's own affair.
std::string_view name_of(Outcome outcome) noexcept;

struct SurveyedAddress {
  Address address;
  api::KeptAnswer answer;
};

struct SurveyedHost {
  SurveyHost host;
  std::vector<SurveyedAddress> addresses;
  std::string failure;  ///< of the resolution
  Outcome outcome = Outcome::no_address;
  std::string hoster;                ///< canonical, when the outcome is one
  std::vector<std::string> hosters;  ///< all distinct ones, sorted
  std::vector<std::uint32_t> asns;   ///< announced ones, sorted
};

/// The first token of an AS description in lower case, when it is wholly upper case ("AS-CHOOPA Choopa, LLC" →
/// "as-choopa"); empty otherwise.
std::string fallback_name(std::string_view description);

/// Maps hosts by an image, through the cache's answers for its generation.
class SurveyMapper {
 public:
  /// All outlive the mapper. `fallback`: an AS without hoster counts by fallback_name().
  SurveyMapper(const Image& image, SurveyCache& cache, bool fallback)
      : image_(image), cache_(cache), fallback_(fallback) {}

  SurveyedHost map(const SurveyHost& host, const Resolution& resolution);

 private:
  api::KeptAnswer answer(const Address& address);

  const Image& image_;
  SurveyCache& cache_;
  const bool fallback_;
};

}  // namespace ip2asn::cli
