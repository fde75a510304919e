#include "sources/names.hh"

#include "base/text.hh"
#include "targets.hh"

namespace ip2asn::fuzz {

// A names file, and again what was read of it.
void names(Input input) {
  Findings findings;
  const auto names = AsNames::parse(text_of(input), "n", {}, findings);
  for (const auto& example : findings.examples()) require(is_clean(example.text, 120), "examples are clean");
  if (!names) {
    require(is_clean(names.error().message, 4096), "an error can be printed");
    return;
  }
  require(!names->empty(), "what names nothing is an error");
  std::string text = "asn,name,cc,class\n";
  std::uint32_t last = 0;
  for (const AsName& each : names->names()) {
    require(each.asn > last && names->find(each.asn) == &each, "each AS once, ascending");
    last = each.asn;
    require(is_clean(each.name) && trimmed(each.name) == each.name, "names are clean");
    require(each.country.empty() || each.country.size() == 2, "countries");
    std::string quoted;
    for (const char c : each.name) quoted += c == '"' ? "\"\"" : std::string(1, c);
    text += std::to_string(each.asn) + ",\"" + quoted + "\"," + each.country + ',' + each.category + '\n';
  }
  const auto again = AsNames::parse(text, "again", {}, findings);
  require(again && again->names().size() == names->names().size(), "names survive");
  for (std::size_t i = 0; i < names->names().size(); ++i) {
    const AsName &a = names->names()[i], &b = again->names()[i];
    require(a.asn == b.asn && a.name == b.name && a.country == b.country && a.category == b.category, "as they are");
  }
}

}  // namespace ip2asn::fuzz
