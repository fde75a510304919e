// How the lines of a names file are made up (see names.hh), told by the first of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace ip2asn {

enum class NameColumn : std::uint8_t { asn, name, handle, country, category };

/// The column of a names file that `title` stands for, in any case and with blanks, '-' or '_' between words.
std::optional<NameColumn> name_column_of(std::string_view title);

enum class NameForm : std::uint8_t {
  columns,  ///< CSV or the like
  text,     ///< "13335 CLOUDFLARENET, US"
  json,     ///< one object a line
  source,   ///< none of these: it may be a source
};

struct NameLayout {
  NameForm form = NameForm::source;
  char delimiter = ',';
  bool header = false;  ///< the first line that is not a comment names the columns
  int asn = 0, name = -1, handle = -1, country = -1, category = -1;
  std::size_t least = 2, most = 0;  ///< columns that a line has; most is 0 where names may hold the delimiter
};

/// An error when it is certain that `text` can be neither a names file nor a source; `file` stands for it in messages.
Result<NameLayout> name_layout(std::string_view text, std::string_view file);

/// A class as hoster maps have them, of the word that others have for it: bgp.tools' "Eyeball" is "access". Empty for
/// what is not a word or says that nothing is known.
std::string class_of_word(std::string_view word);

}  // namespace ip2asn
