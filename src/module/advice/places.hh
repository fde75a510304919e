// How the places of sections lie to each other: which requests fall into both, as far as the configuration tells.
//
// Files and URLs meet by DocumentRoot and Alias. What other modules map, and what regular expressions match, is judged
// by samples; in doubt two places overlap where that is likely on a real server.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "module/advice/sections.hh"

namespace ip2asn::httpd {

enum class Relation {
  apart,   ///< no request is in both, or it is what the administrator clearly means
  covers,  ///< requests for the other place, or for a part of it, fall into this one
  within,  ///< this place is a part of the other
};

class Places {
 public:
  Places(const ConfigTree& tree, const std::vector<Section>& sections, apr_pool_t* pool)
      : tree_(tree), sections_(sections), pool_(pool) {}

  /// How `section` lies to `other`, which is merged before it.
  Relation relation(const Section& section, const Section& other) const;

  /// Whether there may be files of `directory` among the requests of `section`.
  bool touches(const Section& section, const Section& directory) const;

 private:
  using Mount = std::pair<std::string, std::string>;  // URL and path

  std::vector<const server_rec*> servers_of(const Section& a, const Section& b) const;
  std::vector<Mount> mounts(const server_rec* server) const;
  std::string path_of(const server_rec* server, const std::string& url) const;
  const Section* rules_for(const server_rec* server, const std::string& path) const;
  const Section* scope_of(const Section& section) const;
  bool matches(const Section& section, const std::string& text) const;

  bool has_files_of(const Section& section, const Section& files) const;
  Relation over_directory(const Section& section, const Section& other) const;
  Relation over_directory_on(const server_rec* server, const Section& section, const Section& other) const;
  Relation over_files(const Section& section, const Section& other) const;
  Relation over_location(const Section& section, const Section& other) const;

  const ConfigTree& tree_;
  const std::vector<Section>& sections_;
  apr_pool_t* pool_;
};

}  // namespace ip2asn::httpd
