// A hoster map with what its comments say, and whether a name looks like a hoster's.
//
//     acme hosting AS64500 AS64501  # 2026-07 also: road runner hosting
//     # renamed: AS64501 WILE-AS
//
// Behind a line's # stands the month of the data in which somebody saw it to be right, and after `also:` the names
// under which registries know the hoster. A `# renamed:` line below a hoster holds verdicts: this number is the
// hoster's although its name, which begins with this word, does not look like it. With another first word the verdict
// is void.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "compile/hoster_map.hh"

namespace ip2asn::hosters {

/// Letters and digits only, in lower case: what two spellings of a name have in common.
std::string essence(std::string_view text);

enum class Look : std::uint8_t {
  alike,
  renamed,   ///< unlike, but a verdict says that it is the hoster's
  nameless,  ///< nothing to compare: no name, or one that stands for none
  unlike,
};

class AnnotatedMap {
 public:
  struct Line {
    std::size_t number;  ///< in the file, from 1
    std::string hoster;
    std::string month;  ///< "2026-07", or empty when the line has none
  };

  /// Parses a map as the server does, and its comments. `name` stands for the file in messages.
  static Result<AnnotatedMap> parse(std::string_view text, std::string_view name);

  const HosterMap& parsed() const noexcept { return parsed_; }
  const std::map<std::uint32_t, std::string>& hoster_by_asn() const noexcept { return hoster_by_asn_; }
  std::size_t texts() const noexcept { return texts_; }
  const std::vector<Line>& lines() const noexcept { return lines_; }
  std::size_t verdicts() const noexcept { return renamed_.size(); }
  /// What is wrong with the comments.
  const std::vector<std::string>& problems() const noexcept { return problems_; }

  /// The hoster of an AS, or null.
  const Hoster* match(std::uint32_t asn, std::string_view description) const;
  /// Whether an AS of that name looks like one of the hoster's.
  Look look(std::uint32_t asn, const std::string& hoster, const std::string& description) const;

 private:
  void read_line(std::string line, std::size_t number);
  void read_entry(std::string_view entry, std::string& hoster);
  void read_verdicts(std::string_view verdicts, std::size_t number);
  void complain(std::size_t number, const std::string& what);
  bool alike(const std::string& hoster, const std::string& description) const;

  HosterMap parsed_;
  std::map<std::uint32_t, std::string> hoster_by_asn_;
  std::map<std::string, std::vector<std::string>> also_;  // by hoster: the essences of its other names
  std::map<std::uint32_t, std::string> renamed_;          // the first word of the name, folded
  std::vector<Line> lines_;
  std::vector<std::string> problems_;
  std::size_t texts_ = 0;
};

}  // namespace ip2asn::hosters
