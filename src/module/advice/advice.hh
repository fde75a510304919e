// What is allowed in a configuration, and is likely a mistake: said, never refused.
//
// httpd keeps the configuration as a tree of directives. Each kind of advice is a function over that tree; what it
// finds is one line each, with file, line, what is wrong, and what to do.
#pragma once

#include <string>
#include <vector>

#include "module/httpd.hh"

namespace ip2asn {
class Image;
}

namespace ip2asn::httpd {

class ConfigTree;

/// check_config, once the configuration is known to be good: logs all advice at level warn. A running server repeats
/// none of it at a reload, unless it is new.
void advise(server_rec* server) noexcept;

using Advice = std::vector<std::string>;

/// Rules name countries that no AS of the data has, such as UK.
void advise_on_countries(const ConfigTree& tree, const Image& image, Advice& advice);

/// Rules in server context read variables which are only set in sections.
void advise_on_engine(const ConfigTree& tree, Advice& advice);

/// Sections with rules of ours grant without AuthMerging where stricter rules of others have held so far.
void advise_on_merging(const ConfigTree& tree, Advice& advice);

}  // namespace ip2asn::httpd
