// What changed between two copies of the counters, and who were the busiest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "serve/counters.hh"
#include "serve/slot_block.hh"

namespace ip2asn {

/// The counters at one moment, by place. Of `of_as` only the first `ases` are set, the rest are 0; its first is of
/// those for which there was no cell.
struct TotalsView {
  const Counts& all;
  std::uint32_t ases;
  std::span<const Counts> of_country, of_name, of_as;
};

/// The slot between two moments, without its times: entries for the 200 busiest ASes by requests and the 50 by bytes
/// and by denials, and for every country, hoster and list; the busiest first.
Slot changes(const Counters& counters, const TotalsView& now, const TotalsView& before);

/// The places of the `first` busiest ASes by requests, by bytes and by denials; each once.
std::vector<std::uint32_t> first_ases(const TotalsView& now, const TotalsView& before, std::size_t first);

/// What a key stands for in words: the AS number, the two letters of a country or "none", the name of a hoster or list.
std::string key_text(const Counters& counters, SlotKind kind, std::uint32_t key);

}  // namespace ip2asn
