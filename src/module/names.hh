// The names of lists, hosters and classes that Require lines ask for: known ones only, for a misspelt one would never
// match.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "compile/hoster_map.hh"
#include "module/global_config.hh"
#include "module/httpd.hh"

namespace ip2asn {
class Image;
}

namespace ip2asn::httpd {

enum class NameKind { list, hoster, hoster_class };

/// A name in the configuration, and where.
struct NameUse {
  NameKind kind;
  const char* name;
  Place place;
};

/// Notes that the line of `cmd` asks for `name`. Which names there are is known only when all of the configuration and
/// the data have been read, so that it is left to check_names; but in .htaccess, where that has happened, an unknown
/// one is refused here. Returns null or a message.
const char* use_name(cmd_parms* cmd, NameKind kind, const char* name);

/// check_config: whether all names that are asked for are known, and there is a database where a Require line needs
/// one. Logs directive, file, line and reason of the first mistake.
int check_names(server_rec* server) noexcept;

/// Says so when `image` lacks a name that the configuration asks for. New data is then refused while the server serves:
/// the name would read as "no match", which a negated Require turns into a pass.
std::optional<Error> missing_name(const Image& image);

/// The same for a hoster map.
std::optional<Error> missing_in_map(const HosterMap& map);

/// The hosters that the configuration asks for, and classes behind "class:".
std::vector<std::string> used_hosters();

bool has_name(const Image& image, NameKind kind, std::string_view name) noexcept;

}  // namespace ip2asn::httpd
