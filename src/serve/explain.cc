#include "serve/explain.hh"

#include <string_view>
#include <utility>

#include "serve/good_record.hh"

namespace ip2asn {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// As an argument of a shell's command.
std::string quoted(const std::string& path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
  if (path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + '\'';
}

std::string hours(std::int64_t ns) {
  const std::int64_t seconds = (ns + kSecond - 1) / kSecond;
  if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + " h";
  return seconds % 60 == 0 ? std::to_string(seconds / 60) + " min" : std::to_string(seconds) + " s";
}

std::string why_taken(const Decision& decision, const Limits& limits) {
  switch (decision.reason) {
    case Reason::persisted:
      return ", because it has been so for " + hours(limits.max_refusal);
    case Reason::intended:
      return ": it is the map that comes with the module";
    case Reason::allowed:
      return ", as 'ip2asn accept' said";
    default:
      return "";
  }
}

}  // namespace

Error explain(const Decision& decision, const std::string& path, const Limits& limits, const std::string& directory,
              const Digest& content) {
  std::string text = path + ": " + decision.words;
  if (decision.verdict == Verdict::take_warned) {
    text += "; taken all the same" + why_taken(decision, limits);
  } else {
    if (decision.reason == Reason::grown) text += "; it is taken when the next look finds the same";
    if (decision.wins_in_ns != 0) text += "; what stays so for " + hours(limits.max_refusal) + " is taken";
    text += "; to take it now: ip2asn accept " + quoted(directory) + ' ' + short_name(content);
  }
  const bool damaged = decision.reason == Reason::unfinished || decision.reason == Reason::cut;
  return {damaged ? Errc::damaged : Errc::drift, std::move(text)};
}

}  // namespace ip2asn
