// Sections by place, with what their access rules amount to.
#pragma once

#include <string>
#include <vector>

#include "module/advice/config_tree.hh"

namespace ip2asn::httpd {

/// In the order in which httpd merges them.
enum class SectionKind { directory, files, location, condition };

struct Section {
  const Statement* line = nullptr;
  int number = 0;  ///< of `line` in the tree
  SectionKind kind = SectionKind::location;
  bool proxy = false;    ///< <Proxy>; of kind directory
  bool pattern = false;  ///< `place` is a regular expression or has wildcards
  bool regex = false;    ///< a regular expression
  std::string place;     ///< path without a slash at its end, URL, or file name; nothing for <If>

  bool decided = false;        ///< AuthMerging is set, to whatever
  bool handler = false;        ///< requests here are for a handler or another server, not for files
  bool has_rules = false;      ///< any Require
  bool ours = false;           ///< one that asks for the client's network
  bool foreign = false;        ///< one that asks for anything else
  bool granted = false;        ///< Require all granted
  bool admits_all = false;     ///< whoever comes
  bool admits_others = false;  ///< whoever comes from a network that the rules of ours do not mind
  /// .htaccess files may bring rules here.
  bool htaccess = false;

  /// Nobody, for the time being: what a place is closed with until another section opens a part of it.
  bool closed() const noexcept { return has_rules && !ours && !foreign && !granted; }
};

/// All sections of the tree by directory, file, URL or condition, in its order.
std::vector<Section> sections_of(const ConfigTree& tree);

}  // namespace ip2asn::httpd
