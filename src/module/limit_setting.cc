// The directive IP2ASNLimit, and how sections inherit it.

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "index/list_format.hh"
#include "module/dir_config.hh"
#include "module/limit.hh"

namespace ip2asn::httpd {
namespace {

constexpr std::int64_t kMostRequests = 1'000'000;

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc() || rest != end || count < 1 || count > kMostRequests) return std::nullopt;
  return count;
}

// "10/s", "600/min", "5/h". The burst is what comes in one such time, unless something else is said.
std::optional<Allowance> parse_rate(std::string_view text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::size_t slash = text.find('/');
  const auto count = parse_count(text.substr(0, slash));
  if (!count || slash == std::string_view::npos) return std::nullopt;
  const std::string_view unit = text.substr(slash + 1);
  const std::int64_t period = unit == "s" ? kSecond : unit == "min" ? 60 * kSecond : unit == "h" ? 3600 * kSecond : 0;
  if (period == 0) return std::nullopt;
  // Rounded up: rather a little less than a little more.
  return Allowance{(period + *count - 1) / *count, *count};
}

std::optional<LimitKind> parse_kind(const char* text) {
  if (strcasecmp(text, "asn") == 0) return LimitKind::asn;
  if (strcasecmp(text, "hoster") == 0) return LimitKind::hoster;
  if (strcasecmp(text, "country") == 0) return LimitKind::country;
  return std::nullopt;
}

// The limit of this name, wherever it was used first; a null result leaves a message.
const LimitName* name_limit(cmd_parms* cmd, const char* name, LimitKind kind, const char** error) {
  auto& names = global_config().limits;
  if (names == nullptr) names = apr_array_make(cmd->pool, 4, sizeof(LimitName*));
  for (int i = 0; i < names->nelts; ++i) {
    const LimitName* const other = APR_ARRAY_IDX(names, i, LimitName*);
    if (std::strcmp(other->name, name) != 0) continue;
    if (other->kind == kind) return other;
    *error = apr_psprintf(cmd->pool, "%s: '%s' counts by something else already (%s line %d); use another name",
                          cmd->cmd->name, name, other->first.file, other->first.line);
    return nullptr;
  }
  if (names->nelts >= static_cast<int>(RequestLimits::kMostLimits)) {
    *error = apr_psprintf(cmd->pool, "%s: there is room for %d limits of different names, and '%s' is one more",
                          cmd->cmd->name, static_cast<int>(RequestLimits::kMostLimits), name);
    return nullptr;
  }
  auto* const made = static_cast<LimitName*>(apr_palloc(cmd->pool, sizeof(LimitName)));
  *made = {name, kind, {cmd->directive->filename, cmd->directive->line_num}};
  APR_ARRAY_PUSH(names, LimitName*) = made;
  return made;
}

void add_limit(apr_array_header_t* to, const LimitUse& added) {
  for (int i = 0; i < to->nelts; ++i) {
    LimitUse& each = APR_ARRAY_IDX(to, i, LimitUse);
    if (std::strcmp(each.name, added.name) != 0) continue;
    each = added;
    return;
  }
  APR_ARRAY_PUSH(to, LimitUse) = added;
}

// The words behind the rate. Returns a message, or null.
const char* read_options(cmd_parms* cmd, int argc, char* const argv[], LimitUse& use) {
  constexpr std::string_view kBurst = "burst=";
  for (int i = 0; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (strcasecmp(argv[i], "report") == 0) {
      use.report = true;
    } else if (word.starts_with(kBurst)) {
      const auto burst = parse_count(word.substr(kBurst.size()));
      if (!burst) {
        return apr_psprintf(cmd->pool, "%s: '%s' wants a number from 1 to %d", cmd->cmd->name, argv[i],
                            static_cast<int>(kMostRequests));
      }
      use.allowance.burst = *burst;
    } else {
      return apr_psprintf(cmd->pool, "%s: '%s' is neither burst=NUMBER nor Report", cmd->cmd->name, argv[i]);
    }
  }
  return nullptr;
}

}  // namespace

const char* set_limit(cmd_parms* cmd, void* config, int argc, char* const argv[]) {
  if (argc < 2 || (argc < 3 && strcasecmp(argv[1], "none") != 0)) {
    return apr_psprintf(cmd->pool,
                        "%s: takes a name, 'asn', 'hoster' or 'country' and a rate such as 10/s, or a name and None",
                        cmd->cmd->name);
  }
  LimitUse use = {argv[0], nullptr, {}, nullptr, false};
  if (!is_list_name(use.name)) {
    return apr_psprintf(cmd->pool,
                        "%s: '%s' is not a name for a limit; write at most 64 letters, digits, '-', '.' and '_'",
                        cmd->cmd->name, use.name);
  }
  if (argc > 2) {
    const auto kind = parse_kind(argv[1]);
    if (!kind) {
      return apr_psprintf(cmd->pool, "%s: '%s' is neither asn nor hoster nor country", cmd->cmd->name, argv[1]);
    }
    const auto allowance = parse_rate(argv[2]);
    if (!allowance) {
      return apr_psprintf(cmd->pool, "%s: '%s' is not a rate such as 10/s, 600/min or 50/h, of 1 to %d requests",
                          cmd->cmd->name, argv[2], static_cast<int>(kMostRequests));
    }
    use.allowance = *allowance;
    use.rate = argv[2];
    if (const char* error = read_options(cmd, argc - 3, argv + 3, use)) return error;
    const char* error = nullptr;
    use.limit = name_limit(cmd, use.name, *kind, &error);
    if (use.limit == nullptr) return error;
  }
  auto& limits = static_cast<DirConfig*>(config)->limits;
  if (limits == nullptr) limits = apr_array_make(cmd->pool, 2, sizeof(LimitUse));
  add_limit(limits, use);
  return nullptr;
}

apr_array_header_t* merge_limits(apr_pool_t* pool, apr_array_header_t* base, apr_array_header_t* add) {
  if (base == nullptr || add == nullptr) return add == nullptr ? base : add;
  apr_array_header_t* merged = apr_array_copy(pool, base);
  for (int i = 0; i < add->nelts; ++i) add_limit(merged, APR_ARRAY_IDX(add, i, LimitUse));
  return merged;
}

void place_limits(RequestLimits& limits, const GlobalConfig& config) {
  if (config.limits == nullptr) return;
  std::vector<std::string_view> names;
  for (int i = 0; i < config.limits->nelts; ++i) names.emplace_back(APR_ARRAY_IDX(config.limits, i, LimitName*)->name);
  for (int i = 0; i < config.limits->nelts; ++i) {
    LimitName& limit = *APR_ARRAY_IDX(config.limits, i, LimitName*);
    limit.place = limits.place_of(limit.name, names);
  }
}

}  // namespace ip2asn::httpd
