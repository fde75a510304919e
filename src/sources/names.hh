// Names files: what ASes are called, where they are registered and what they do, apart from what they announce.
//
// Routing tables have no names, and iptoasn.com calls hundreds of ASes "-Reserved AS-". Forms, told by content:
//
//     asn,name,class,cc          columns that a header names, in any order (bgp.tools' asns.csv)
//     13335,"Cloudflare, Inc."   number, name; number, name, country; number, handle or class, name, country
//     13335 CLOUDFLARENET, US    as registries list them (RIPE's asn.txt, potaroo)
//     {"asn":13335,"name":"…"}   one JSON object a line
//
// and all that is a source: of it, the names alone are taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "sources/findings.hh"
#include "sources/source.hh"

namespace ip2asn {

/// What is known of an AS; what is not known is empty. The texts are clean (see base/text.hh).
struct AsName {
  std::uint32_t asn = 0;
  std::string name;
  std::string country;   ///< two capitals
  std::string category;  ///< "access", "content", …: a class as hoster maps have them
};

/// The names of one or more files. Immutable once read; may be asked by many threads.
class AsNames {
 public:
  /// Reads the files; what an earlier one says of an AS is kept, and later ones add what it leaves out. A file of which
  /// too many lines cannot be read (see source.hh), or that names nothing, is an error. Skipped lines are counted in
  /// `findings`.
  static Result<AsNames> read(const std::vector<std::string>& paths, const SourceOptions& options, Findings& findings);
  /// The same for one file that is in memory and unpacked; `file` stands for it in messages.
  static Result<AsNames> parse(std::string_view text, std::string_view file, const SourceOptions& options,
                               Findings& findings);

  bool empty() const noexcept { return names_.empty(); }
  /// By AS number, each once.
  const std::vector<AsName>& names() const noexcept { return names_; }
  /// What is known of `asn`, or null.
  const AsName* find(std::uint32_t asn) const noexcept;

 private:
  void add(std::vector<AsName> names);

  std::vector<AsName> names_;
};

/// Whether `name` is a placeholder that stands for "no name", such as iptoasn.com's "-Reserved AS-".
bool is_placeholder_name(std::string_view name) noexcept;

}  // namespace ip2asn
