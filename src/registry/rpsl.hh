// Dumps of registry databases in RPSL (RFC 2622): ripe.db.inetnum.gz, apnic.db.inet6num.gz, afrinic.db.gz and so on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/byte_source.hh"
#include "base/result.hh"
#include "registry/answer.hh"

namespace ip2asn {

/// Organisations by handle, for the networks that name them.
class RpslOrganisations {
 public:
  /// Takes the organisations of a dump.
  Result<Done> add(ByteSource& bytes);

  struct Entry {
    std::string name, country;
  };
  const Entry* find(std::string_view handle) const;

 private:
  std::unordered_map<std::string, Entry> entries_;
};

/// What is in a dump.
struct RpslCounts {
  std::uint64_t networks = 0;  ///< with a holder
  std::uint64_t own = 0;       ///< the registry's own, or another's
  std::uint64_t odd = 0;       ///< without a range that a registry hands out
};

/// Reads the networks of a dump as it streams, and gives each that has a holder to `take`. NULs and what else no text
/// may hold are replaced; lines are UTF-8, or else Latin-1.
Result<RpslCounts> read_rpsl(ByteSource& bytes, const RpslOrganisations& organisations,
                             const std::function<void(const Block&)>& take);

/// Whether a line is the beginning of an object, as a dump has it after its comments.
bool is_rpsl_line(std::string_view line);

}  // namespace ip2asn
