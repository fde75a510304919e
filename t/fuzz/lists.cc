#include <algorithm>
#include <string>

#include "base.hh"
#include "base/text.hh"
#include "compile/compile.hh"
#include "compile/list.hh"
#include "index/image.hh"
#include "sources/source.hh"
#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

void check_list(const NetworkList& list) {
  require(list.asns.empty() || list.asns.front() != 0, "nobody is no AS");
  for (std::size_t i = 1; i < list.asns.size(); ++i) require(list.asns[i - 1] < list.asns[i], "ASes ascend");
  for (std::size_t i = 0; i < list.networks.size(); ++i) {
    const Range& network = list.networks[i];
    require(network.first.family == network.last.family && network.first <= network.last, "networks are ranges");
    require(unmapped(network.first) == network.first, "mapped networks are IPv4");
    if (i == 0) continue;
    const Address& before = list.networks[i - 1].last;
    require(before < network.first, "networks ascend");
    require(before.family != network.first.family || next(before) != network.first, "neighbours are joined");
  }
}

// What was read, written again, is read as the same.
void check_again(const NetworkList& list) {
  std::string text = "# again\n";
  for (const std::uint32_t asn : list.asns) text += "AS" + std::to_string(asn) + '\n';
  for (const Range& network : list.networks) {
    for (const Prefix& prefix : prefixes(network)) text += to_string(prefix) + '\n';
  }
  Findings findings;
  const auto again = parse_list(text, list.name, "again", findings);
  require(again && again->asns == list.asns && again->networks.size() == list.networks.size(), "a list survives");
  for (std::size_t i = 0; i < list.networks.size(); ++i) {
    require(again->networks[i].first == list.networks[i].first && again->networks[i].last == list.networks[i].last,
            "networks survive");
  }
}

bool holds(const NetworkList& list, const Address& address) {
  return std::any_of(list.networks.begin(), list.networks.end(),
                     [&](const Range& range) { return range.first <= address && address <= range.last; });
}

// An index says of every boundary what the lists say.
void check_compiled(const LocalData& local) {
  static const Table table = [] {
    Findings findings;
    auto read = read_source_bytes("9.1.0.0\t9.1.0.255\t10\tUS\tTEN\n2001:db8::\t2001:db8::1\t11\tUS\tELEVEN\n", "s", {},
                                  findings);
    require(static_cast<bool>(read), "the table");
    return *std::move(read);
  }();
  Findings findings;
  const auto buffer = compile(table, {}, {}, findings, local);
  require(static_cast<bool>(buffer), "lists compile");
  const auto image = Image::open(buffer->bytes());
  require(image && image->list_count() == local.lists.size(), "what was compiled opens");
  for (std::size_t i = 0; i < local.lists.size(); ++i) {
    const auto id = image->find_list(local.lists[i].name);
    require(id == static_cast<ListId>(i), "lists are found by name");
    const auto ask = [&](const Address& address) {
      const RecordId record = image->lookup(address);
      const std::uint32_t asn = image->asn(record);
      for (std::size_t j = 0; j < local.lists.size(); ++j) {
        const NetworkList& list = local.lists[j];
        const bool wanted = holds(list, address) || std::binary_search(list.asns.begin(), list.asns.end(), asn);
        require(image->lists_of(record, address).contains(static_cast<ListId>(j)) == wanted, "an address is listed");
      }
    };
    for (const Range& network : local.lists[i].networks) {
      for (const Address& address : {network.first, previous(network.first), network.last, next(network.last)}) {
        // ::ffff:0:0/96 is IPv4 to those who ask.
        if (unmapped(address) == address) ask(address);
      }
    }
    ask(Address::v4(0x09010001));
    ask(Address::v6(0x20010db800000000, 1));
  }
}

}  // namespace

// Up to four lists, divided by a record separator. The first byte says whether they go into an index, too.
void lists(Input input) {
  if (input.empty()) return;
  std::string_view rest = text_of(input.subspan(1));
  LocalData local;
  for (const char* name : {"a", "b", "c", "d"}) {
    const std::size_t end = rest.find('\x1E');
    Findings findings;
    auto list = parse_list(rest.substr(0, end), name, "f", findings);
    for (const auto& example : findings.examples()) require(is_clean(example.text, 120), "examples are clean");
    const std::size_t entries = list ? list->entries : 0;
    const bool read = static_cast<bool>(list);
    if (list) {
      require(list->name == name, "a list keeps its name");
      check_list(*list);
      check_again(*list);
      local.lists.push_back(*std::move(list));
    } else {
      require(!list.error().message.empty() && is_clean(list.error().message, 4096), "an error can be printed");
    }
    const ListSelector selectors[] = {{"service", "EC*"}, {"prefixes", std::nullopt}};
    const auto part = parse_list(rest.substr(0, end), name, "f", findings, selectors);
    require(!part || !read || part->entries <= entries, "a part is no more than the whole");
    if (part) check_list(*part);
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  if ((input[0] & 1) != 0 && !local.lists.empty()) check_compiled(local);
}

}  // namespace ip2asn::fuzz
