#include <string>

#include "base/byte_source.hh"
#include "base/text.hh"
#include "registry/bootstrap.hh"
#include "registry/delegated.hh"
#include "registry/rdap.hh"
#include "registry/result_line.hh"
#include "registry/rpsl.hh"
#include "registry/whois_text.hh"
#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

bool is_fit(const std::string& text) { return is_clean(text); }

// What goes on: into files, onto terminals, and into an index.
void check_block(const Block& block) {
  require(block.range.first.family == block.range.last.family && block.range.first <= block.range.last, "a range");
  require(is_plausible(block.range, block.range), "not wider than a registry hands out");
  for (const std::string* text : {&block.handle, &block.name, &block.holder, &block.type, &block.parent_handle}) {
    require(is_fit(*text), "texts are clean");
  }
  require(block.country.empty() || block.country.size() == 2, "a country has two letters");
  for (const std::string& entity : block.entities) require(is_fit(entity), "handles are clean");
  for (const std::string& status : block.status) require(is_fit(status), "statuses are clean");
  ResultLine line;
  line.ip = block.range.first;
  line.query = to_string(line.ip);
  line.block = block;
  JsonText json;
  write_result(json, line);
  const std::string text(json.text());
  const auto read = read_result(text);
  require(read && read->block.range == block.range, "a line can be read again");
}

void check_reading(const Reading& reading, const Range* asked) {
  if (reading.outcome != Outcome::answer) {
    require(!reading.text.empty() && is_fit(reading.text), "why there is no answer can be printed");
    return;
  }
  check_block(reading.block);
  if (asked != nullptr) require(is_plausible(reading.block.range, *asked), "the answer holds what was asked");
}

}  // namespace

// The first byte says what the rest is.
void registry(Input input) {
  if (input.empty()) return;
  const std::string_view text = text_of(input.subspan(1));
  const Range asked = parse_prefix("192.0.2.0/24")->range();
  MemorySource bytes(text);
  switch (input[0]) {
    case 'r':
      check_reading(read_rdap_network(200, text, asked, {}), &asked);
      check_reading(read_rdap_network(429, text, asked, {true}), &asked);
      break;
    case 'a': {
      const Reading reading = read_rdap_autnum(200, text, 64500, {});
      require(reading.outcome != Outcome::answer || (reading.first_asn <= 64500 && 64500 <= reading.last_asn), "the AS");
      break;
    }
    case 'w':
      check_reading(read_whois(text, &asked).reading, &asked);
      check_reading(read_whois(text, nullptr).reading, nullptr);
      break;
    case 'b': {
      const auto table = BootstrapTable::read(text, BootstrapTable::Kind::addresses, "f");
      if (table) require(table->base_url(asked).empty() || table->base_url(asked).ends_with('/'), "a base URL");
      const auto asns = BootstrapTable::read(text, BootstrapTable::Kind::asns, "f");
      if (asns) (void)asns->base_url(std::uint32_t{64500});
      break;
    }
    case 'd': {
      Delegated delegated;
      const bool whole = static_cast<bool>(delegated.add(bytes, "f"));
      delegated.sort();
      require(whole || delegated.size() == 0, "a file is used whole or not at all");
      for (std::size_t i = 0; i < delegated.size(); ++i) {
        require(delegated.find(delegated[i].range).has_value(), "a record is found");
        (void)delegated.same_holder(delegated[i]);
      }
      break;
    }
    case 'p': {
      RpslOrganisations organisations;
      MemorySource again(text);
      require(static_cast<bool>(organisations.add(again)), "organisations are read");
      require(static_cast<bool>(read_rpsl(bytes, organisations, check_block)), "a dump is read");
      break;
    }
    case 'l':
      if (const auto line = read_result(text)) {
        JsonText json;
        write_result(json, *line);
        require(static_cast<bool>(read_result(json.text())), "a line survives");
      }
      break;
    default:
      break;
  }
}

}  // namespace ip2asn::fuzz
