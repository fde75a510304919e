// A Require line as it was read, and what its names are in the data.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "index/image.hh"
#include "module/names.hh"
#include "module/network.hh"
#include "net/asn.hh"

namespace ip2asn::httpd {

/// The number that a name has in one generation of the index: a list's, a hoster's or a class's. Threads share it
/// without a lock: one that finds another generation's number, or another thread at work, asks the index for itself.
class NameNumber {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};  ///< the data lacks the name

  NameNumber(NameKind kind, const char* text) : kind_(kind), text_(text) {}
  NameNumber(const NameNumber& other) : kind_(other.kind_), text_(other.text_) {}
  NameNumber& operator=(const NameNumber&) = delete;

  NameKind kind() const noexcept { return kind_; }
  const char* text() const noexcept { return text_; }

  /// The number in the generation `content_id`, if it is known already.
  std::optional<std::uint32_t> known(std::uint64_t content_id) const noexcept {
    if (content_id_.load(std::memory_order_acquire) != content_id) return std::nullopt;
    const std::uint32_t number = number_.load(std::memory_order_acquire);
    if (content_id_.load(std::memory_order_relaxed) != content_id) return std::nullopt;
    return number;
  }
  /// Asks `image` for it, and remembers.
  std::uint32_t resolve(const Image& image) const noexcept;

 private:
  static constexpr std::uint64_t kBusy = 1;  // no index has this content id but by an accident that costs a search

  NameKind kind_;
  const char* text_;
  mutable std::atomic<std::uint64_t> content_id_{0};
  mutable std::atomic<std::uint32_t> number_{kNone};
};

/// A parsed line; lives in the configuration's pool.
struct Requirement {
  const char* provider = nullptr;
  bool against = false;  ///< a match counts against the client: the line is negated, by `not` or by sections around it
  bool unknown = false;  ///< asn: clients whose network is not announced
  bool any = false;      ///< hoster: of any name, in a class that is_hosting_class()
  std::span<const std::uint32_t> asns;  ///< ascending
  std::span<const NameNumber> names;
  std::span<const CountryCode> countries;
};
static_assert(std::is_trivially_destructible_v<Requirement>);

/// What a line says of a client, before IP2ASNOnError and IP2ASNReport have their say.
enum class Verdict {
  match,
  no_match,
  no_look_up,    ///< there is no index, or the connection has no internet address
  name_missing,  ///< the data lacks a name that the line asks for: "no match" would be a guess
};

/// The four providers' ways to judge.
Verdict judge_asn(request_rec* r, const Requirement& line);
Verdict judge_list(request_rec* r, const Requirement& line);
Verdict judge_hoster(request_rec* r, const Requirement& line);
Verdict judge_country(request_rec* r, const Requirement& line);

/// And to read a line: parse functions of mod_authz_core's providers.
const char* parse_asn_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept;
const char* parse_list_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept;
const char* parse_hoster_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept;
const char* parse_country_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept;

}  // namespace ip2asn::httpd
