// What an index is made of: sources, the hoster map, lists, names files, overrides. One description for the module and
// the tool.
//
// A recipe names files; it does not hold them. Its identity has two parts: the files that it reads (inputs()), and all
// the rest that the image depends on (settings()).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "compile/database.hh"
#include "compile/list.hh"
#include "compile/local_data.hh"
#include "sources/findings.hh"
#include "sources/source.hh"

namespace ip2asn {

struct Recipe {
  std::vector<std::string> sources;  ///< one compiled index, or one or more sources
  std::string hoster_map;            ///< path of the hoster map; empty for none
  std::vector<ListFile> lists;
  std::vector<Override> overrides;
  std::vector<std::string> names;  ///< names files; earlier ones win
  SourceOptions options;

  /// The files that the index depends on.
  std::vector<std::string> inputs() const;

  /// What the image depends on besides the content of files, as bytes: equal for recipes that differ in files alone.
  std::string settings() const;
};

/// The path of the hoster map to use: `chosen` when somebody chose (empty for none), else `installed`, if there is
/// such a file. One that is there but cannot be read, or even reached, is not left out: reading it tells.
std::string hoster_map_path(const std::optional<std::string>& chosen, const char* installed);

/// Reads all that the recipe names and makes an index of it. `findings` may be looked at also after an error.
Result<Database> build(const Recipe& recipe, Findings& findings);
/// The same as an image alone, where the caller wants it, which has not been checked.
Result<Done> build(const Recipe& recipe, Findings& findings, ImageSink& sink);

}  // namespace ip2asn
