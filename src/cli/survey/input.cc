#include "cli/survey/input.hh"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_set>

#include "base/text.hh"
#include "cli/annotate_kind.hh"
#include "net/address.hh"

namespace ip2asn::cli {
namespace {

Error unfit(std::string_view name, std::string_view reason) {
  return {Errc::damaged, std::string(name) + ": " + std::string(reason)};
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

bool is_comment(std::string_view line) { return line.empty() || line.starts_with('#') || line.starts_with('!'); }

// What a list without hosts may be, from its first entry.
std::string guess(std::string_view text, std::string_view first) {
  const std::string_view content = trimmed(text);
  if (content.starts_with('<')) return "HTML or XML; name the list itself, not the page about it";
  if (content.starts_with('{') || content.starts_with('[')) return "JSON whose entries do not name hosts";
  if (!first.empty() && first.find_first_not_of("0123456789.,- ") == std::string_view::npos) return "a list of numbers";
  if (first.find('@') != std::string_view::npos) return "a list of accounts or e-mail addresses";
  const std::string shown = quoted(content.substr(0, content.find('\n')));
  return (table_delimiter(content) ? "a table, of which no column holds hosts; its first row is "
                                   : "text; its first line is ") +
         shown;
}

}  // namespace

std::string plain_name(std::string_view text) {
  std::string plain;
  for (const char c : lower_case(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

std::size_t host_name_rank(std::string_view name) {
  constexpr std::string_view kNames[] = {"domain",     "host", "hostname", "fqdn",    "baseurl", "instance",   "origin",
                                         "domainname", "uri",  "url",      "website", "server",  "rootdomain", "site",
                                         "homepage",   "node", "name",     "target",  "ip",      "address"};
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), plain_name(name));
  return found == std::end(kNames) ? 0 : static_cast<std::size_t>(found - kNames) + 1;
}

std::optional<HostFigure> figure_of(std::string_view name) {
  struct Named {
    std::string_view name;
    HostFigure figure;
  };
  constexpr Named kNames[] = {
      {"users", HostFigure::users},
      {"totalusers", HostFigure::users},
      {"userstotal", HostFigure::users},
      {"usercount", HostFigure::users},
      {"registeredusers", HostFigure::users},
      {"activeusers", HostFigure::active_users},
      {"activeusersmonthly", HostFigure::active_users},
      {"monthlyactiveusers", HostFigure::active_users},
      {"usersactivemonth", HostFigure::active_users},
      {"mau", HostFigure::active_users},
      {"statuses", HostFigure::statuses},
      {"statuscount", HostFigure::statuses},
      {"localposts", HostFigure::statuses},
      {"posts", HostFigure::statuses},
      {"connections", HostFigure::connections},
      {"domaincount", HostFigure::connections},
      {"peers", HostFigure::connections},
  };
  const std::string plain = plain_name(name);
  for (const Named& each : kNames) {
    if (each.name == plain) return each.figure;
  }
  return std::nullopt;
}

std::uint64_t& figure(SurveyHost& host, HostFigure which) {
  switch (which) {
    case HostFigure::active_users:
      return host.active_users;
    case HostFigure::statuses:
      return host.statuses;
    case HostFigure::connections:
      return host.connections;
    case HostFigure::users:
      break;
  }
  return host.users;
}

std::uint64_t count_of(std::string_view text) {
  text = trimmed(text);
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() ? value : 0;
}

std::optional<bool> yes_or_no(std::string_view text) {
  text = trimmed(text);
  if (text == "true" || text == "1" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "no") return false;
  return std::nullopt;
}

// Also the form of a hosts file: an address, and names that are to have it.
std::vector<SurveyHost> hosts_of_lines(std::string_view text) {
  std::vector<SurveyHost> hosts;
  const auto add = [&](std::string_view entry) { hosts.push_back({host_of(entry), 0, 0, 0, 0, {}}); };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (is_comment(line)) continue;
    const std::size_t comment = line.find(" #");
    line = trimmed(line.substr(0, comment));
    const std::size_t word = line.find_first_of(" \t");
    if (word == std::string_view::npos || !parse_address(line.substr(0, word))) {
      add(line);
      continue;
    }
    for (std::string_view rest = trimmed(line.substr(word)); !rest.empty();) {
      const std::size_t size = std::min(rest.find_first_of(" \t"), rest.size());
      const std::string_view each = rest.substr(0, size);
      // What every hosts file begins with.
      if (!each.starts_with("local") && !each.starts_with("ip6-") && each != "broadcasthost" && !parse_address(each))
        add(each);
      rest = trimmed(rest.substr(size));
    }
  }
  return hosts;
}

HostFormat tell_host_format(std::string_view text) {
  const std::string_view content = trimmed(without_mark(text));
  const std::string_view inside = trimmed(content.substr(content.empty() ? 0 : 1));
  if (content.starts_with('{')) return HostFormat::json;
  // "[Name](https://…)" and "[2001:db8::1]" begin so, too.
  if (content.starts_with('[') && (inside.starts_with('"') || inside.starts_with('{') || inside.starts_with(']'))) {
    return HostFormat::json;
  }
  return table_delimiter(content) ? HostFormat::csv : HostFormat::list;
}

Result<std::vector<SurveyHost>> parse_hosts(std::string_view text, HostFormat format, std::string_view name) {
  if (is_gzip(text)) return unfit(name, "is compressed by gzip, which is not read; give what 'gzip -dc FILE' writes");
  if (const std::string reason = refusal(text); !reason.empty()) return unfit(name, reason);
  text = without_mark(text);
  Result<std::vector<SurveyHost>> hosts = format == HostFormat::json  ? hosts_of_json(text, name)
                                          : format == HostFormat::csv ? hosts_of_table(text, name)
                                                                      : hosts_of_lines(text);
  if (!hosts) return hosts;
  constexpr std::string_view kNone = "not one of its entries is the name of a host; it looks like ";
  if (format == HostFormat::csv && hosts->empty() && !trimmed(text).empty()) {
    return unfit(name, std::string(kNone) + guess(text, ""));
  }
  std::unordered_set<std::string> seen;
  std::erase_if(*hosts, [&](const SurveyHost& host) { return host.name.empty() || !seen.insert(host.name).second; });
  if (hosts->empty()) return Error{Errc::empty, std::string(name) + ": names no host"};
  const auto is_host = [](const SurveyHost& host) { return is_host_name(host.name) || parse_address(host.name); };
  const auto is_number = [](const SurveyHost& host) {
    return host.name.find_first_not_of("0123456789") == std::string::npos;
  };
  if (std::none_of(hosts->begin(), hosts->end(),
                   [&](const SurveyHost& host) { return is_host(host) && !is_number(host); })) {
    return unfit(name, std::string(kNone) + guess(text, hosts->front().name));
  }
  std::sort(hosts->begin(), hosts->end(), [](const SurveyHost& a, const SurveyHost& b) {
    return a.users != b.users ? a.users > b.users : a.name < b.name;
  });
  return hosts;
}

}  // namespace ip2asn::cli
