// What outlives the module's own code.
//
// At a restart httpd unloads the module and loads it again from its file, which may be another build by then. What the
// module left in the process's pool is memory of the code that made it: its layout is that code's own. So it is found
// again only by the very build that made it, told by the build id that the linker put into the file. Another build
// finds the image alone, by a description of it whose layout never changes, and believes no more of that than what the
// image itself says when it has been checked whole.
#pragma once

#include <optional>

#include "index/image.hh"
#include "module/generations.hh"

namespace ip2asn::httpd {

/// The generations that this very build left, or null.
Generations* find_generations(apr_pool_t* process_pool);

/// New ones, for this build to find again.
Generations* make_generations(apr_pool_t* process_pool);

/// Describes what is current, for another build. The parent calls this whenever it has installed something.
void describe_image(apr_pool_t* process_pool, const Generations& g);

/// What another build served.
struct Inherited {
  bool served = false;               ///< there was one
  /// A copy of its image, when it is one that this build can read; what the other build held is freed then.
  std::optional<CacheResult> image;
};
Inherited inherit_image(apr_pool_t* process_pool);

}  // namespace ip2asn::httpd
