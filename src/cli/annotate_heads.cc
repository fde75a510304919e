// What is put before a line on its way.
#include <algorithm>

#include "cli/annotate_address.hh"
#include "cli/annotate_shape.hh"
#include "cli/annotate_words.hh"

namespace ip2asn::cli {
namespace {

bool is_letter(char c) noexcept { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

// "Oct 10 13:55:36", perhaps with a year or a fraction.
bool take_old_time(std::string_view& rest) noexcept {
  std::string_view text = rest;
  if (text.size() < 15 || !std::all_of(text.begin(), text.begin() + 3, is_letter) || text[3] != ' ') return false;
  take_word(text);
  const std::string_view day = take_word(text);
  if (day.empty() || day.size() > 2 || !std::all_of(day.begin(), day.end(), is_digit)) return false;
  std::string_view time = take_word(text);
  if (time.size() == 4 && std::all_of(time.begin(), time.end(), is_digit)) time = take_word(text);
  if (time.size() < 8 || !is_digit(time[0]) || time[2] != ':' || time[5] != ':') return false;
  rest = text;
  return true;
}

// "2026-10-10T13:55:36.123Z".
bool take_new_time(std::string_view& rest) noexcept {
  std::string_view text = rest;
  const std::string_view time = take_word(text);
  if (time.size() < 19 || !is_digit(time[0]) || time[4] != '-' || time[10] != 'T' || time[13] != ':') return false;
  rest = text;
  return true;
}

// "nginx:", "sshd[123]:", "%ASA-6-302013:".
bool is_tag(std::string_view word) noexcept {
  if (word.size() < 2 || !word.ends_with(':') || word[0] == '{' || word[0] == '"' || word[0] == '[') return false;
  word.remove_suffix(1);
  return word.find('=') == std::string_view::npos && !find_address(word);
}

// Behind the structured data of RFC 5424.
void skip_structured_data(std::string_view& rest) noexcept {
  const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
  rest.remove_prefix(begin);
  if (!rest.starts_with('[')) {
    take_word(rest);
    return;
  }
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '\\') {
      ++at;
    } else if (rest[at] == '"') {
      quoted = !quoted;
    } else if (rest[at] == ']' && !quoted && !rest.substr(at + 1).starts_with('[')) {
      break;
    }
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
}

std::string_view without_head(std::string_view line) noexcept {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string_view rest = line;
  if (rest.starts_with(kMark)) rest.remove_prefix(kMark.size());
  bool priority = false;
  if (rest.starts_with('<')) {
    const std::size_t end = rest.find('>');
    if (end < 2 || end > 4 || !std::all_of(rest.begin() + 1, rest.begin() + static_cast<std::ptrdiff_t>(end), is_digit))
      return rest;
    rest.remove_prefix(end + 1);
    priority = true;
  }
  if (priority && rest.starts_with("1 ")) {
    std::string_view text = rest.substr(2);
    for (int i = 0; i < 5; ++i) take_word(text);  // time, host, application, process, message id
    skip_structured_data(text);
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    text.remove_prefix(begin);
    if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
    return text;
  }
  const bool dated = take_new_time(rest) || take_old_time(rest);
  std::string_view text = rest;
  const std::string_view first = take_word(text);
  if (dated && (first == "stdout" || first == "stderr")) {
    take_word(text);
    return text;
  }
  const bool process = first.ends_with("]:") && first.find('[') != std::string_view::npos && first[0] != '[';
  if (is_tag(first) && (dated || priority || process)) return text;
  if (!dated || first.empty() || first[0] == '{' || first[0] == '[') return rest;
  if (is_tag(take_word(text))) return text;
  return rest;
}

}  // namespace

std::size_t head_size(std::string_view line) noexcept {
  const std::string_view rest = without_head(line);
  const std::size_t size = line.size() - rest.size();
  return size + std::min(rest.find_first_not_of(' '), rest.size());
}

}  // namespace ip2asn::cli
