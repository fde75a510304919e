#include "compile/list.hh"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/byte_source.hh"
#include "base/system_error.hh"
#include "base/text.hh"
#include "compile/list_entry.hh"
#include "compile/list_json.hh"
#include "compile/list_text.hh"
#include "net/ranges.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kLinesForOneSkipped = 10'000;  // 0.01 %
constexpr std::size_t kMostSkippedJson = 10;
constexpr std::size_t kValuesShown = 8;

// Takes a line without its end off `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Whether `line` is an object for itself, and what is in it.
bool is_object(std::string_view line, JsonFound& found) {
  return line.starts_with('{') && line.ends_with('}') && find_list_entries(line, {}, true, found).empty();
}

class Parser {
 public:
  Parser(std::string_view file, Findings& findings, std::span<const ListSelector> selectors)
      : file_(file), findings_(findings), selectors_(selectors), values_(selectors.size()) {}

  Result<NetworkList> parse(std::string_view text, std::string_view name) {
    if (text.empty()) return damaged("is empty; write a comment into a list that is meant to be empty");
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return damaged("is UTF-16; save it as UTF-8");
    if (text.starts_with('<')) return damaged("is an HTML or XML page, not a list; fetch the file again");
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
      line_ = line_at(text, nul);
      return damaged("holds a NUL byte; this is no text");
    }
    if (selectors_.size() > kMaxListSelectors) return damaged("has more selectors than a list can have");
    const std::string_view content = trimmed(text);
    json_ = content.starts_with('{') || content.starts_with('[');
    if (!json_ && !selectors_.empty()) {
      return damaged("is a text, of which nothing can be selected; '" + to_string(selectors_[0]) + "' is for JSON");
    }
    if (!json_) {
      read_text(text);
    } else if (auto error = read_json(text)) {
      return *std::move(error);
    }
    return finish(name);
  }

 private:
  static std::uint64_t line_at(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    return static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  }

  Error damaged(std::string_view reason) const {
    std::string message(file_);
    if (line_ != 0) message += ", line " + std::to_string(line_);
    return {Errc::damaged, message + ": " + std::string(reason)};
  }

  void read_text(std::string_view text) {
    ListText lines;
    std::uint64_t prose_line = 0;
    while (!text.empty()) {
      ++line_;
      const auto entry = lines.next(take_line(text));
      if (!entry) continue;
      if (lines.prose()) prose_line = line_;
      take(*entry, lines.word());
    }
    if (entries_ == 1 && prose_line != 0) {
      line_ = prose_line;
      list_ = {};
      skip("a number with words behind it and nothing else looks like an error message, not a list; write AS64500", "");
    }
  }

  // JSON lines are told from a document by the first line, or, when that is damaged, by the second.
  std::optional<Error> read_json(std::string_view text) {
    std::string_view rest = text, first, second;
    while (first.empty() && !rest.empty()) first = trimmed(take_line(rest));
    while (second.empty() && !rest.empty()) second = trimmed(take_line(rest));
    JsonFound found;
    if (is_object(first, found) && (found.metadata || !second.empty())) {
      read_lines(text);
      return std::nullopt;
    }
    // A document of one line is named by its line.
    if (second.empty()) line_ = line_at(text, static_cast<std::size_t>(first.data() - text.data()));
    const std::string problem = find_list_entries(text, selectors_, false, found);
    if (problem.empty()) {
      take_found(found, text);
      if (entries_ == 0) return nothing_found();
    } else if (is_object(second, found)) {
      line_ = 0;
      read_lines(text);
    } else {
      return damaged(problem + "; fetch the file again");
    }
    return std::nullopt;
  }

  void read_lines(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::string_view line = trimmed(take_line(text));
      if (line.empty()) continue;
      JsonFound found;
      if (!line.starts_with('{') || !find_list_entries(line, selectors_, true, found).empty()) {
        ++records_;
        skip(quoted(line) + " is not a valid JSON object", line);
      } else if (found.metadata) {
        announced_ = found.records;
      } else {
        ++records_;
        take_found(found, line);
        if (found.entries() + found.unselected == 0) {
          skip(quoted(line) + " has neither an \"asn\" from 1 to 4294967295 nor a \"cidr\" or another network", line);
        }
      }
    }
    if (!selectors_.empty() && list_.asns.empty() && list_.networks.empty() && skipped_ == 0) {
      line_ = 0;
      skip(nothing_selected(), "");
    }
  }

  void take_found(const JsonFound& found, std::string_view text) {
    const std::uint64_t base = line_ == 0 ? 0 : line_ - 1;
    for (const std::uint32_t asn : found.asns) take(asn, "0");
    for (const Range& network : found.networks) take(network, {});
    for (const JsonFound::Bad& bad : found.bad) {
      const auto line = line_;
      line_ = base + line_at(text, bad.offset);
      skip(bad.reason, bad.text);
      line_ = line;
    }
    for (std::size_t i = 0; i < values_.size(); ++i) {
      for (const std::string& value : found.values[i]) {
        const bool known = std::find(values_[i].begin(), values_[i].end(), value) != values_[i].end();
        if (!known && values_[i].size() < kValuesShown) values_[i].push_back(value);
      }
    }
  }

  Error nothing_found() const {
    if (!selectors_.empty()) return damaged(nothing_selected());
    return damaged("is JSON in which nothing looks like a network or an AS number; fetch the file again");
  }

  std::string nothing_selected() const {
    std::string words = "nothing is selected by";
    for (const ListSelector& each : selectors_) words += " '" + to_string(each) + '\'';
    for (std::size_t i = 0; i < selectors_.size(); ++i) {
      if (!selectors_[i].value) continue;
      words += "; there is ";
      if (values_[i].empty()) {
        words += "no member '" + selectors_[i].member + '\'';
        continue;
      }
      words += selectors_[i].member + '=';
      for (const std::string& value : values_[i]) {
        if (&value != &values_[i].front()) words += '|';
        words += repair_text(value, 40).text;
      }
    }
    return repair_text(words, 1000).text;
  }

  void take(const ListEntry& entry, std::string_view text) {
    if (const auto* reason = std::get_if<std::string>(&entry)) return skip(*reason, text);
    ++entries_;
    if (const auto* network = std::get_if<Range>(&entry)) {
      list_.networks.push_back(*network);
    } else if (const std::uint32_t asn = std::get<std::uint32_t>(entry); asn != 0) {
      list_.asns.push_back(asn);
    } else {
      // Published lists have it; nothing can be on a list by it.
      findings_.add(Finding::bad_list_entry, file_, line_, text);
      if (zeros_++ == 0)
        zero_reason_ = damaged(quoted(text) + " is not an AS: 0 stands for what nobody announces").message;
    }
  }

  void skip(const std::string& reason, std::string_view text) {
    ++entries_;
    findings_.add(Finding::bad_list_entry, file_, line_, text);
    if (skipped_++ == 0) first_reason_ = damaged(reason).message;
  }

  Result<NetworkList> finish(std::string_view name) {
    const std::size_t share = entries_ / kLinesForOneSkipped;
    const std::size_t allowed = json_ ? std::max(kMostSkippedJson, share) : share;
    if (zeros_ != 0 && skipped_ + zeros_ == entries_) {
      if (skipped_ == 0) first_reason_ = zero_reason_;
      return Error{Errc::damaged, std::move(first_reason_)};
    }
    if (skipped_ > allowed || (skipped_ != 0 && skipped_ == entries_)) {
      if (skipped_ > 1) first_reason_ += " (and " + std::to_string(skipped_ - 1) + " bad lines more)";
      return Error{Errc::damaged, std::move(first_reason_)};
    }
    line_ = 0;
    if (announced_ && *announced_ != records_) {
      return damaged("says that it has " + std::to_string(*announced_) + " records, but has " +
                     std::to_string(records_) + "; fetch the file again");
    }
    list_.name = name;
    list_.entries = entries_ - skipped_ - zeros_;
    std::sort(list_.asns.begin(), list_.asns.end());
    list_.asns.erase(std::unique(list_.asns.begin(), list_.asns.end()), list_.asns.end());
    list_.networks = joined(std::move(list_.networks));
    return std::move(list_);
  }

  std::string_view file_;
  Findings& findings_;
  std::span<const ListSelector> selectors_;
  std::vector<std::vector<std::string>> values_;  // seen of each selector's member
  NetworkList list_;
  bool json_ = false;
  std::uint64_t line_ = 0;
  std::size_t entries_ = 0;  // skipped ones included
  std::size_t skipped_ = 0;
  std::size_t zeros_ = 0;    // AS 0, which is skipped without being bad
  std::size_t records_ = 0;  // of JSON lines
  std::string zero_reason_;
  std::string first_reason_;
  std::optional<std::uint64_t> announced_;  // by the metadata
};

}  // namespace

Result<NetworkList> parse_list(std::string_view text, std::string_view name, std::string_view file, Findings& findings,
                               std::span<const ListSelector> selectors) {
  return guarded("reading ", file, [&] { return Parser(file, findings, selectors).parse(text, name); });
}

Result<NetworkList> read_list(const ListFile& file, Findings& findings) {
  TextLimits limits;
  limits.max_bytes = kMaxListFile;
  const auto text = read_text(file.path, limits);
  if (!text && text.error().code != Errc::empty) return text.error();
  return parse_list(text ? std::string_view(*text) : std::string_view(), file.name, file.path, findings,
                    file.selectors);
}

}  // namespace ip2asn
