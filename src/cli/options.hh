// The table of a subcommand's options. Reading the command line, --help, shell completion and the OPTIONS of the man
// page are all made from it, so that an option is described once.
#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ip2asn::cli {

/// Takes the value of an option. Returns what is wrong with it, to stand behind the value in a message ("is not a
/// number from 1 to 64"); empty when nothing is.
using Take = std::function<std::string(std::string_view value)>;

struct Option {
  std::string_view name;  ///< without its hyphens
  char letter = 0;        ///< 0: has none
  /// What the value is called: "FILE". "a|b" are all the values there are. Empty: takes none. "[=N]": may be left out,
  /// and is empty then.
  std::string_view value;
  Take take;
  std::string_view help;  ///< one sentence, for --help and the man page; `backquotes` mark what is bold in the latter
  /// More sentences, for the man page alone. A blank line divides paragraphs.
  std::string_view more = {};
  /// Values that completion offers besides those of `value`.
  std::string_view offers = {};
};

struct OptionGroup {
  std::string_view title;
  std::vector<Option> options;
};

/// Two options of which one says something about the other.
struct OptionRule {
  std::string_view option;
  std::vector<std::string_view> others;
};

class Options {
 public:
  /// What is added from here on stands below this title.
  void group(std::string_view title) { groups_.push_back({title, {}}); }
  void add(Option option);
  /// At most one of these may be given.
  void exclude(std::vector<std::string_view> names) { exclusive_.push_back(std::move(names)); }
  /// `option` says something only when one of `others` is given.
  void require(std::string_view option, std::vector<std::string_view> others) {
    required_.push_back({option, std::move(others)});
  }
  /// A paragraph that stands below the options. A line that begins with two blanks stays as it is.
  void note(std::string_view text) { notes_.push_back(text); }

  const std::vector<OptionGroup>& groups() const noexcept { return groups_; }
  const std::vector<std::string_view>& notes() const noexcept { return notes_; }
  /// All of them, in order.
  std::vector<const Option*> all() const;
  /// What is wrong with the options `given` all in all; empty when nothing is.
  std::string contradiction(const std::vector<std::string_view>& given) const;

 private:
  std::vector<OptionGroup> groups_;
  std::vector<std::string_view> notes_;
  std::vector<std::vector<std::string_view>> exclusive_;
  std::vector<OptionRule> required_;
};

// What options commonly do with their values. What is referred to must outlive the table.

Take flag(bool& to);
Take text(std::string& to);
Take text(std::optional<std::string>& to);
Take collect(std::vector<std::string>& to);
/// A share from 0 to 100, with or without a per cent sign.
Take percent(double& to);
/// A time such as 90s, 15m, 36h, 7d or 2w, in seconds.
Take duration(std::function<void(std::int64_t)> to, std::int64_t least, std::int64_t most);

/// A whole number.
template <class Number>
Take number(Number& to, std::type_identity_t<Number> least, std::type_identity_t<Number> most) {
  return [&to, least, most](std::string_view value) -> std::string {
    Number read{};
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (problem != std::errc() || end != value.data() + value.size() || read < least || read > most)
      return "is not a number from " + std::to_string(least) + " to " + std::to_string(most);
    to = read;
    return {};
  };
}

/// One of several words, each with what it stands for.
template <class Value>
using Words = std::vector<std::pair<std::string_view, Value>>;

template <class Value, class To>
Take one_of(To& to, Words<Value> words) {
  return [&to, words = std::move(words)](std::string_view value) -> std::string {
    std::string names;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].first == value) {
        to = words[i].second;
        return {};
      }
      names += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i].first);
    }
    return "is not " + names;
  };
}

/// "90", "90s", "15m", "36h", "7d" or "2w" in seconds.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// A share from 0 to 100, with or without a per cent sign.
std::optional<double> parse_percent(std::string_view text);

}  // namespace ip2asn::cli
