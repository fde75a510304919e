// What names files know of ASes, added to what the sources say.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "compile/hoster_map.hh"
#include "compile/overrides.hh"
#include "compile/records.hh"
#include "sources/names.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Gives each label that lacks a name or a country what `names` has of its AS. Labels that become equal are made one in
/// the runs. The texts are those of `names` then, which outlives the labels.
void apply_names(const AsNames& names, PageVector<Label>& labels, Runs4& runs4, Runs6& runs6);

/// Hosters, and after them one without a name for each class that `names` has: an AS that has no hoster has at least
/// the class that is known of it.
class ClassedHosters {
 public:
  /// `names` and what `match` refers to outlive this.
  ClassedHosters(std::vector<Hoster> hosters, const AsNames& names,
                 std::function<std::uint32_t(std::uint32_t label, const Label& content)> match);

  HosterSource source() const;

 private:
  std::vector<Hoster> hosters_;
  const AsNames& names_;
  std::function<std::uint32_t(std::uint32_t, const Label&)> match_;
  std::unordered_map<std::string, std::uint32_t> classes_;  // index of each in hosters_
};

}  // namespace ip2asn
