// A decision on new data in words for the log: what is wrong with it, what comes of it, and what can be done.
#pragma once

#include <string>

#include "base/digest.hh"
#include "base/result.hh"
#include "serve/acceptance.hh"

namespace ip2asn {

/// `path` is the (first) file of the part, `directory` the cache's, `content` that of the part. Not for data that
/// cannot be read: its error says it all.
Error explain(const Decision& decision, const std::string& path, const Limits& limits, const std::string& directory,
              const Digest& content);

}  // namespace ip2asn
