#include "cli/options.hh"

#include <algorithm>
#include <limits>

namespace ip2asn::cli {
namespace {

std::string list(const std::vector<std::string_view>& names, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? " " + std::string(last) + " " : ", ";
    text += "--" + std::string(names[i]);
  }
  return text;
}

// "1h" for 3600: in the largest unit that fits.
std::string duration_text(std::int64_t seconds) {
  constexpr std::pair<std::int64_t, char> kUnits[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};
  for (const auto& [unit, letter] : kUnits) {
    if (seconds >= unit && seconds % unit == 0) return std::to_string(seconds / unit) + letter;
  }
  return std::to_string(seconds) + 's';
}

}  // namespace

void Options::add(Option option) {
  if (groups_.empty()) group("Options");
  groups_.back().options.push_back(std::move(option));
}

std::vector<const Option*> Options::all() const {
  std::vector<const Option*> all;
  for (const OptionGroup& group : groups_) {
    for (const Option& option : group.options) all.push_back(&option);
  }
  return all;
}

std::string Options::contradiction(const std::vector<std::string_view>& given) const {
  const auto is_given = [&](std::string_view name) {
    return std::find(given.begin(), given.end(), name) != given.end();
  };
  for (const std::vector<std::string_view>& names : exclusive_) {
    std::vector<std::string_view> both;
    std::copy_if(names.begin(), names.end(), std::back_inserter(both), is_given);
    if (both.size() > 1) return list(both, "and") + " cannot be combined";
  }
  for (const auto& [option, others] : required_) {
    if (is_given(option) && std::none_of(others.begin(), others.end(), is_given))
      return "--" + std::string(option) + " requires " + list(others, "or");
  }
  return {};
}

Take flag(bool& to) {
  return [&to](std::string_view) {
    to = true;
    return std::string();
  };
}

Take text(std::string& to) {
  return [&to](std::string_view value) {
    to = value;
    return std::string();
  };
}

Take text(std::optional<std::string>& to) {
  return [&to](std::string_view value) {
    to = value;
    return std::string();
  };
}

Take collect(std::vector<std::string>& to) {
  return [&to](std::string_view value) {
    to.emplace_back(value);
    return std::string();
  };
}

Take percent(double& to) {
  return [&to](std::string_view value) -> std::string {
    const std::optional<double> share = parse_percent(value);
    if (!share) return "is not a share from 0 to 100";
    to = *share;
    return {};
  };
}

Take duration(std::function<void(std::int64_t)> to, std::int64_t least, std::int64_t most) {
  return [to = std::move(to), least, most](std::string_view value) -> std::string {
    const std::optional<std::int64_t> seconds = parse_duration(value);
    if (!seconds) return "is not a time such as 90s, 15m, 36h or 7d";
    if (*seconds < least || *seconds > most)
      return "is not a time from " + duration_text(least) + " to " + duration_text(most);
    to(*seconds);
    return {};
  };
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, count);
  if (problem != std::errc() || count < 0) return std::nullopt;
  std::int64_t unit = 1;
  const std::string_view name(rest, end);
  if (name == "m") {
    unit = 60;
  } else if (name == "h") {
    unit = 3600;
  } else if (name == "d") {
    unit = 86400;
  } else if (name == "w") {
    unit = 7 * 86400;
  } else if (!name.empty() && name != "s") {
    return std::nullopt;
  }
  if (count > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
  return count * unit;
}

std::optional<double> parse_percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  double share = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, share, std::chars_format::fixed);
  if (problem != std::errc() || rest != end || !(share >= 0 && share <= 100)) return std::nullopt;
  return share;
}

}  // namespace ip2asn::cli
