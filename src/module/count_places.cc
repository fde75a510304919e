#include "module/count_places.hh"

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>

#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

constexpr std::size_t kMost = 2048;

struct Table {
  std::atomic<std::uint64_t> content_id{0};  // 0 for no generation's
  std::array<std::atomic<NamedOrdinal>, kMost> hosters{}, lists{};
};

// Trivial to destroy, as everything static in a module that is loaded and unloaded again.
std::array<Table, 4> tables;
std::atomic<bool> learning{false};
std::uint32_t oldest = 0;  // whoever is learning alone looks at it

const Table* table_of(std::uint64_t content_id) noexcept {
  for (const Table& table : tables) {
    if (table.content_id.load(std::memory_order_acquire) == content_id) return &table;
  }
  return nullptr;
}

bool is_still(const Table& table, std::uint64_t content_id) noexcept {
  std::atomic_thread_fence(std::memory_order_acquire);
  return table.content_id.load(std::memory_order_relaxed) == content_id;
}

// Writes the table of the generation in use, if that is the wanted one.
void learn(Counters& counters, std::uint64_t content_id) noexcept {
  if (learning.exchange(true, std::memory_order_acquire)) return;
  const IndexPin pin;
  if (pin && pin->content_id() == content_id && table_of(content_id) == nullptr) {
    Table& table = tables[oldest++ % tables.size()];
    table.content_id.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    const std::size_t hosters = std::min<std::size_t>(pin->hoster_count(), kMost - 1);
    for (std::uint16_t i = 1; i <= hosters; ++i) {
      table.hosters[i].store(counters.place_of(NamedKind::hoster, pin->hoster(i).name), std::memory_order_relaxed);
    }
    const std::size_t lists = std::min(pin->list_count(), kMost);
    for (ListId i = 0; i < lists; ++i) {
      table.lists[i].store(counters.place_of(NamedKind::list, pin->list_name(i)), std::memory_order_relaxed);
    }
    table.content_id.store(content_id, std::memory_order_release);
  }
  learning.store(false, std::memory_order_release);
}

void add_by_name(Counters& counters, const Network& network, const RequestCounts& amounts) noexcept {
  const std::string_view hoster = network.answer.record.hoster;
  if (!hoster.empty()) counters.named(counters.place_of(NamedKind::hoster, hoster)).add_request(amounts);
  network.answer.lists.each(
      [&](std::string_view list) { counters.named(counters.place_of(NamedKind::list, list)).add_request(amounts); });
}

// The places are read, and known to be of the right generation, before anything is added.
bool add_by_number(Counters& counters, const Network& network, const RequestCounts& amounts) noexcept {
  constexpr std::size_t kRoom = 16;
  const Table* const table = table_of(network.content_id);
  if (table == nullptr || network.list_ids.size() >= kRoom || network.answer.record.hoster_id >= kMost) return false;
  NamedOrdinal places[kRoom];
  std::size_t count = 0;
  if (network.answer.record.hoster_id != 0)
    places[count++] = table->hosters[network.answer.record.hoster_id].load(std::memory_order_relaxed);
  for (const ListId list : network.list_ids) {
    if (list >= kMost) return false;
    places[count++] = table->lists[list].load(std::memory_order_relaxed);
  }
  if (!is_still(*table, network.content_id)) return false;
  for (std::size_t i = 0; i < count; ++i) counters.named(places[i]).add_request(amounts);
  return true;
}

}  // namespace

void add_to_named(Counters& counters, const Network& network, const RequestCounts& amounts) {
  if (add_by_number(counters, network, amounts)) [[likely]]
    return;
  learn(counters, network.content_id);
  if (!add_by_number(counters, network, amounts)) add_by_name(counters, network, amounts);
}

}  // namespace ip2asn::httpd
