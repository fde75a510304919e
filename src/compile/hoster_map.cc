#include "compile/hoster_map.hh"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>

#include "base/files.hh"
#include "base/system_error.hh"

namespace ip2asn {
namespace {

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

constexpr bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < ' ' && byte != '\t') || byte == 0x7F;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_name(std::string_view word) noexcept {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  return !word.empty() && word.size() <= HosterMap::kMaxName && plain(word.front()) &&
         std::all_of(word.begin(), word.end(), [&](char c) { return plain(c) || c == '-' || c == '.' || c == '_'; });
}

// Part of the user's text, safe and short enough for a message.
std::string shown(std::string_view word) {
  constexpr std::size_t kMost = 60;
  std::string out;
  for (const char c : word.substr(0, kMost)) out += c < ' ' || c > '~' ? '?' : c;
  return word.size() > kMost ? out + "..." : out;
}

std::string concat(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

}  // namespace

// Reads a map line by line. The first mistake stays in `error_`.
class HosterMap::Parser {
 public:
  explicit Parser(std::string_view name) : name_(name) {}

  Result<HosterMap> parse(std::string_view text) {
    if (text.size() > kMaxFile)
      return Error{Errc::limit, concat({name_, ": larger than 16 MiB; name a hoster map here"})};
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty() && !error_) {
      ++line_;
      const std::size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      parse_line(line);
    }
    if (error_) return std::move(*error_);
    map_.texts_.index();
    return std::move(map_);
  }

 private:
  void fail(std::initializer_list<std::string_view> reason, Errc code = Errc::argument) {
    if (!error_) error_ = Error{code, concat({name_, ", line ", std::to_string(line_), ": ", concat(reason)})};
  }

  void parse_line(std::string_view line) {
    if (line.size() > kMaxLine) return fail({"longer than 64 KiB; spread the hoster over several lines"}, Errc::limit);
    if (std::any_of(line.begin(), line.end(), is_control))
      return fail({"holds a NUL or another control character; save the file as plain text (UTF-8)"});
    rest_ = line;
    const std::string_view name = next_word();
    if (name.empty()) return;
    const std::string_view category = next_word();
    if (!is_name(name) || name == "any")
      return fail({"'", shown(name),
                   "' is no name for a hoster; write at most 64 lower case letters, digits, '-', '.' and ",
                   "'_', a letter or digit first, and not 'any'"});
    if (!is_name(category))
      return fail({"'", shown(category), "' is no class for '", name,
                   "'; write lower case letters, digits, '-', '.' and '_', ", "such as cloud, hosting, access or vpn"});
    const std::uint32_t hoster = hoster_of(name, category);
    bool matches = false;
    while (!error_ && skip_blanks()) {
      matches = true;
      if (rest_.front() == '"')
        parse_text(hoster);
      else
        parse_number(hoster);
    }
    if (!matches) fail({"'", name, "' matches nothing; write AS numbers (AS64500) or quoted texts after its class"});
  }

  // Goes to the next item. False at the end of the line or at a comment.
  bool skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    return !rest_.empty() && rest_.front() != '#';
  }

  std::string_view next_word() {
    if (!skip_blanks()) return {};
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t"));
    rest_.remove_prefix(word.size());
    return word;
  }

  std::uint32_t hoster_of(std::string_view name, std::string_view category) {
    const auto [at, added] = by_name_.try_emplace(std::string(name), static_cast<std::uint32_t>(map_.hosters_.size()));
    if (added) {
      map_.hosters_.push_back({std::string(name), std::string(category)});
    } else if (const std::string& before = map_.hosters_[at->second].category; before != category) {
      fail({"class '", category, "' for '", name, "', which an earlier line puts into class '", before,
            "'; give it the same class on all its lines"});
    }
    return at->second;
  }

  void parse_number(std::uint32_t hoster) {
    const std::string_view word = next_word();
    std::string_view digits = word;
    if (digits.size() > 1 && fold_case(digits[0]) == 'a' && fold_case(digits[1]) == 's') digits.remove_prefix(2);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
      return fail({"'", shown(word),
                   "' is neither an AS number nor a quoted text; write AS64500 or put the text into double ",
                   "quotes, with blanks around it"});
    std::uint32_t asn = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), asn);
    if (status != std::errc{} || asn == 0)
      return fail({"'", shown(word), "' is no AS number; write one from AS1 to AS4294967295"});
    const auto [at, added] = map_.by_asn_.try_emplace(asn, hoster);
    if (!added)
      fail({"AS", std::to_string(asn), " is listed already, for '", map_.hosters_[at->second].name,
            "'; keep one of the two"});
  }

  void parse_text(std::uint32_t hoster) {
    rest_.remove_prefix(1);
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) return fail({"a text without its closing quote; add the \""});
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (!rest_.empty() && !is_blank(rest_.front()))
      return fail({"no blank after the text \"", shown(text), "\"; separate the items by blanks"});
    HosterText read = HosterText::parse(text);
    switch (read.fault) {
      case HosterText::Fault::empty:
        return fail({"an empty text, which would match every AS; write a part of a description instead"});
      case HosterText::Fault::one_character:
        return fail({"the text \"", shown(text), "\" would match far too much; write at least two characters"});
      case HosterText::Fault::inner_star:
        return fail({"the text \"", shown(text), "\" has a * inside; write it at the start or at the end, ",
                     "or give two texts"});
      case HosterText::Fault::none:
        break;
    }
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(), fold_case);
    if (!texts_seen_.insert(std::move(folded)).second)
      return fail({"the text \"", shown(text), "\" is listed already; keep one of the two"});
    map_.texts_.add(std::move(read));
    map_.hoster_by_text_.push_back(hoster);
  }

  std::string_view name_;
  std::string_view rest_;  // of the current line
  std::size_t line_ = 0;
  std::optional<Error> error_;
  HosterMap map_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
  std::unordered_set<std::string> texts_seen_;  // folded, with their ^ and *
};

std::vector<std::size_t> HosterMap::sizes() const {
  std::vector<std::size_t> sizes(hosters_.size());
  for (const auto& [asn, hoster] : by_asn_) ++sizes[hoster];
  for (const std::uint32_t hoster : hoster_by_text_) ++sizes[hoster];
  return sizes;
}

std::uint32_t HosterMap::match(std::uint32_t asn, std::string_view description) const noexcept {
  if (const auto at = by_asn_.find(asn); at != by_asn_.end()) return at->second;
  const std::uint32_t text = texts_.match(description);
  return text == HosterTexts::kNone ? kNone : hoster_by_text_[text];
}

Result<HosterMap> HosterMap::parse(std::string_view text, std::string_view name) {
  return guarded("reading ", name, [&] { return Parser(name).parse(text); });
}

Result<HosterMap> HosterMap::read(const std::string& path) {
  Result<FileBytes> file = read_file(path, kMaxFile);
  if (!file) return std::move(file).error();
  const std::span<const std::byte> bytes = std::as_const(file->buffer).bytes();
  return parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

}  // namespace ip2asn
