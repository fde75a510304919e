// Intake: from what the configuration names to the index that is to be served, part by part.
//
// Each part (the hoster map, a list, the database) is taken as it is or, when acceptance.hh says no, in the state that
// was found good last, from its copies in the cache's directory. Of these the index is made, which is found in the
// cache when it was served before. So damaged data never stops a start, a reload or a configtest once there was good
// data, and new lists and overrides are in force whatever the data does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hh"
#include "compile/hoster_map.hh"
#include "index/image.hh"
#include "serve/acceptance.hh"
#include "serve/good_record.hh"
#include "sources/findings.hh"
#include "store/cache.hh"

namespace ip2asn {

struct IntakeSettings {
  Limits limits;
  /// Hosters that the configuration asks for, and classes behind "class:".
  std::vector<std::string> names;
  /// What else speaks against new data: an index or a map without a name that is asked for. Null when nothing does.
  std::optional<Error> (*objection)(const Image& image) = nullptr;
  std::optional<Error> (*map_objection)(const HosterMap& map) = nullptr;
  /// The hoster map is the one that comes with the module, and this is a start or reload: with which a package changes
  /// it.
  bool map_is_shipped = false;
  /// What is served of these sources, for when nothing is on record; or null.
  const Image* serving = nullptr;
  bool remember = true;  ///< whether what was found good is recorded
  bool wait = true;      ///< whether what is not taken is recorded: as one look at it
  Result<CacheResult> (*load)(const CacheRequest& request, std::int64_t now_ns, Findings& findings) = load_cached;
};

/// What there is to say of a part.
struct Remark {
  Verdict verdict = Verdict::take;
  Error error;  ///< its message begins with the path of the (first) file
};

struct Intake {
  CacheResult loaded;
  std::vector<Remark> remarks;
};

/// An error when there is nothing to serve: a part is no good, and never was. `now_ns` is since 1970.
Result<Intake> take_in(const CacheRequest& request, const IntakeSettings& settings, std::int64_t now_ns,
                       Findings& findings);

}  // namespace ip2asn
