// Sections that grant beside a rule of ours, and without AuthMerging replace the stricter rules that were merged before
// them: httpd then lets everybody in where a password was asked for.
#include <algorithm>

#include "module/advice/advice.hh"
#include "module/advice/places.hh"
#include "module/advice/sections.hh"

namespace ip2asn::httpd {
namespace {

std::size_t depth(const std::string& path) {
  return path == "/" ? 0 : static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

// Whether httpd merges `section` after `other`.
bool is_after(const Section& section, const Section& other) {
  if (section.kind != other.kind) return section.kind > other.kind;
  if (section.kind == SectionKind::directory) {
    if (section.regex != other.regex) return section.regex;
    const std::size_t own = depth(section.place), its = depth(other.place);
    if (!section.regex && own != its) return own > its;
  }
  const bool hosted = section.line->host != nullptr, other_hosted = other.line->host != nullptr;
  return hosted != other_hosted ? hosted : section.number > other.number;
}

bool is_stricter(const Section& other) { return other.has_rules && !other.admits_all; }

// Whether `section` takes away what `other` asks for. A part of a place of the same kind is opened on purpose: there
// the inner section is known to win.
bool opens(const Places& places, const Section& section, const Section& other) {
  if (!is_stricter(other) || !is_after(section, other)) return false;
  const Relation relation = places.relation(section, other);
  return relation == Relation::covers || (relation == Relation::within && section.kind != other.kind && other.foreign);
}

}  // namespace

void advise_on_merging(const ConfigTree& tree, Advice& advice) {
  const std::vector<Section> sections = sections_of(tree);
  const Places places(tree, sections, tree.main()->process->pconf);
  for (const Section& section : sections) {
    if (!section.ours || !section.granted || !section.admits_others || section.decided) continue;
    std::vector<const Section*> opened;
    bool htaccess = false;
    for (const Section& other : sections) {
      if (&other != &section && opens(places, section, other)) opened.push_back(&other);
    }
    for (const Section& other : sections) {
      if (!opened.empty()) break;
      if (!other.htaccess || section.kind == SectionKind::directory || other.kind != SectionKind::directory) continue;
      if (!tree.reaches(other.line->host, section.line->host) && section.line->host != nullptr) continue;
      if (other.pattern || !places.touches(section, other)) continue;
      opened.push_back(&other);
      htaccess = true;
    }
    if (opened.empty()) continue;
    advice.push_back(section.line->section() +
                     ": grants access without AuthMerging, and so replaces the stricter rules of " +
                     (htaccess ? ".htaccess files in " : "") + opened[0]->line->section() +
                     (opened.size() > 1 ? " and of " + std::to_string(opened.size() - 1) + " more sections" : "") +
                     "; write 'AuthMerging And' into it to keep them, or 'AuthMerging Off' if that is meant");
  }
}

}  // namespace ip2asn::httpd
