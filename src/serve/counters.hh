// Counts of requests by network, in memory that all processes of a server share.
//
// There are four kinds of key, each with cells of its own: ASes, countries, hosters, lists; and one cell for all. A
// hoster's cell is no sum over its ASes: new data may move an AS to another hoster, and counters never fall.
//
// Concurrency contract. Any process and thread adds and reads at any time, without a lock. A process may be killed
// between any two instructions: what it has counted stays, and what it was about to count is missing as a whole or in
// part. `requests` is added first and read last, so that in every snapshot no other count is above it. Cells are handed
// out and never taken back.
//
// Whoever has the memory can write to it, and one that runs as root reads it: no number in it is used as an index
// before it was compared with the size of what it leads into, and no search in it is longer than kMostProbes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ip2asn {

/// What is counted. All but the first are counted of requests that are in `requests`.
enum Count : std::uint8_t {
  kRequests,
  kBytes,   ///< of response bodies
  kMicros,  ///< microseconds from the request to the end of its answer
  kErrors4xx,
  kErrors5xx,
  kDenied,    ///< a Require line by network answered against the client, and the request ended so
  kReported,  ///< such a line would have, were it not for IP2ASNReport
  kCountCount,
};

/// Amounts in the order of Count; a snapshot of a cell, or what one request adds to it.
using Counts = std::array<std::uint64_t, kCountCount>;

/// What one request adds to each of its cells.
struct RequestCounts {
  Counts amounts{};    ///< one request, and what else
  bool plain = false;  ///< no more than its bytes and microseconds
};

/// One key's counts.
class CountCell {
 public:
  /// Adds the counts of one request, or of several.
  void add(const Counts& amounts) noexcept {
    counts_[kRequests].fetch_add(amounts[kRequests], std::memory_order_relaxed);
    for (std::size_t i = kBytes; i < kCountCount; ++i) {
      if (amounts[i] != 0) counts_[i].fetch_add(amounts[i], std::memory_order_release);
    }
  }
  void add_request(const RequestCounts& request) noexcept {
    request.plain ? add_plain(request.amounts[kBytes], request.amounts[kMicros]) : add(request.amounts);
  }
  /// Adds one request that has nothing else to be counted, as most have not: without a branch.
  void add_plain(std::uint64_t bytes, std::uint64_t micros) noexcept {
    counts_[kRequests].fetch_add(1, std::memory_order_relaxed);
    counts_[kBytes].fetch_add(bytes, std::memory_order_release);
    counts_[kMicros].fetch_add(micros, std::memory_order_release);
  }
  Counts read() const noexcept {
    Counts counts;
    for (std::size_t i = kCountCount; i-- > 0;) counts[i] = counts_[i].load(std::memory_order_acquire);
    return counts;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kCountCount> counts_{};
};

/// What a named cell counts.
enum class NamedKind : std::uint8_t { hoster = 1, list = 2 };

/// The place of a hoster's or list's cell; 0 is "other": there was no room for its name.
using NamedOrdinal = std::uint16_t;

class Counters {
 public:
  static constexpr std::uint32_t kLayout = 1;  ///< changed with every change of what stands where
  static constexpr std::uint32_t kMostAses = 131'072;
  static constexpr std::uint32_t kMostNames = 2048;
  static constexpr std::uint32_t kCountries = 26 * 26 + 1;
  static constexpr std::uint32_t kMostProbes = 64;
  static constexpr std::size_t kLongestName = 64;

  /// Bytes of memory to ask for; wherever they begin there is room. Most of them are never touched: memory in use
  /// follows the ASes that were seen.
  static constexpr std::size_t memory_size() noexcept;

  /// Counters in `memory`, which is of memory_size() bytes and all zeros. `segment` is a random number other than 0,
  /// `since` the time in microseconds since 1970.
  static Counters* create(void* memory, std::uint64_t segment, std::int64_t since) noexcept;

  /// The counters that another process, or an older module, created in `memory`, or null when they are of another
  /// layout.
  static Counters* attach(void* memory) noexcept;

  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  std::uint64_t segment() const noexcept { return segment_; }
  std::int64_t since() const noexcept { return since_; }
  std::atomic<std::uint32_t>& restarts() noexcept { return restarts_; }

  CountCell& all() noexcept { return all_; }
  Counts total() const noexcept { return all_.read(); }
  /// The cell of an AS, claimed when it is seen first; the one for all others when there is no room left. AS 0 is that
  /// of addresses that nobody announces.
  CountCell& of_as(std::uint32_t asn) noexcept;
  /// The cell of a country of two capitals, or of none.
  CountCell& of_country(std::string_view country) noexcept;
  /// The place of a name's cell, claimed when it is named first. To be asked once a generation and not for each
  /// request.
  NamedOrdinal place_of(NamedKind kind, std::string_view name) noexcept;
  CountCell& named(NamedOrdinal place) noexcept { return names_[place < kMostNames ? place : 0].cell; }

  /// Calls f(asn, cell) for each AS that was seen, in the order of first sight.
  template <class F>
  void each_as(F&& f) const {
    const std::uint32_t used = used_ases();
    for (std::uint32_t i = 1; i < used; ++i) {
      const AsCell& cell = ases_[i];
      if (cell.claimed.load(std::memory_order_acquire) != 0) f(cell.asn.load(std::memory_order_relaxed), cell.cell);
    }
  }
  /// Places of ASes' cells are from 1 to below this: what is there for those who keep something for each.
  std::uint32_t used_ases() const noexcept {
    const std::uint32_t next = next_as_.load(std::memory_order_acquire);
    return next < kMostAses ? next : kMostAses;
  }
  /// The cell at a place, or null where there is none yet, and whose it is.
  const CountCell* as_at(std::uint32_t place, std::uint32_t& asn) const noexcept {
    if (place == 0 || place >= kMostAses) return nullptr;
    const AsCell& cell = ases_[place];
    if (cell.claimed.load(std::memory_order_acquire) == 0) return nullptr;
    asn = cell.asn.load(std::memory_order_relaxed);
    return &cell.cell;
  }
  const CountCell& country_at(std::uint32_t place) const noexcept {
    return countries_[place < kCountries ? place : kCountries - 1];
  }
  /// The two letters of a country's place; empty for none.
  static std::string_view country_of(std::uint32_t place, char (&letters)[2]) noexcept {
    if (place >= kCountries - 1) return {};
    letters[0] = static_cast<char>('A' + place / 26);
    letters[1] = static_cast<char>('A' + place % 26);
    return {letters, 2};
  }
  /// The name of a place, copied to `text`, and its kind; empty where there is none yet.
  std::string_view name_at(std::uint32_t place, NamedKind& kind, char (&text)[kLongestName]) const noexcept {
    return place < kMostNames ? std::string_view(text, read_name(place, kind, text)) : std::string_view();
  }
  const CountCell& cell_of_name(std::uint32_t place) const noexcept {
    return names_[place < kMostNames ? place : 0].cell;
  }
  /// The ASes for which there was no cell.
  const CountCell& other_ases() const noexcept { return ases_[0].cell; }
  /// How many ASes were seen, at most kMostAses - 1.
  std::uint32_t seen_ases() const noexcept { return used_ases() - 1; }

  /// Calls f(country, cell) for each country that was seen; the empty text for none.
  template <class F>
  void each_country(F&& f) const {
    for (std::uint32_t i = 0; i < kCountries; ++i) {
      char letters[2];
      const CountCell& cell = countries_[i];
      if (cell.read()[kRequests] != 0) f(country_of(i, letters), cell);
    }
  }
  /// Calls f(kind, name, cell) for each hoster and list that has a cell. The name is copied out of the memory first.
  template <class F>
  void each_name(F&& f) const {
    for (std::uint32_t i = 1; i < kMostNames; ++i) {
      char text[kLongestName];
      NamedKind kind{};
      const std::size_t size = read_name(i, kind, text);
      if (size != 0) f(kind, std::string_view(text, size), names_[i].cell);
    }
  }

 private:
  static constexpr std::uint32_t kIndexBits = 18;
  static constexpr std::uint32_t kIndexSize = 1u << kIndexBits;
  static constexpr std::uint64_t kMagic = 0x31'74'6e'75'6f'63'61'69ull;

  struct alignas(64) AsCell {
    std::atomic<std::uint32_t> asn{0};
    std::atomic<std::uint32_t> claimed{0};  // 1 when it stands in the index
    CountCell cell;
  };
  static_assert(sizeof(AsCell) == 64);
  struct alignas(64) NameCell {
    std::atomic<std::uint32_t> state{0};  // free, being written, or ready
    NamedKind kind{};
    std::uint8_t size = 0;
    char name[kLongestName] = {};
    CountCell cell;
  };
  static_assert(sizeof(NameCell) == 128);
  enum NameState : std::uint32_t { kFree, kWriting, kReady };

  Counters() = default;
  std::uint32_t claim(std::atomic<std::uint32_t>& place, std::uint32_t asn, std::uint32_t seen) noexcept;
  std::size_t read_name(std::uint32_t at, NamedKind& kind, char* text) const noexcept;
  bool has_name(const NameCell& cell, NamedKind kind, std::string_view name) const noexcept;

  std::uint64_t magic_ = 0;
  std::uint32_t layout_ = 0;
  std::atomic<std::uint32_t> restarts_{0};
  std::uint64_t size_ = 0;
  std::uint64_t segment_ = 0;
  std::int64_t since_ = 0;
  std::atomic<std::uint32_t> next_as_{1};  // 0 is "other"
  // An ordinal that was taken and not used, because another thread or process claimed the same AS first; 0 for none.
  // It stands beside the cells: kept by a process it would go with a fork to two, and with either to other counters.
  std::atomic<std::uint32_t> spare_as_{0};
  alignas(64) CountCell all_;
  alignas(64) std::array<CountCell, kCountries> countries_;
  std::array<NameCell, kMostNames> names_;
  std::array<std::atomic<std::uint32_t>, kIndexSize> index_;  // ordinals of ases_; 0 for none
  std::array<AsCell, kMostAses> ases_;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::size_t Counters::memory_size() noexcept { return sizeof(Counters) + alignof(Counters); }

}  // namespace ip2asn
