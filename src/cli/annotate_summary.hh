// Lines and bytes of a log by AS, hoster and country.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cli/annotate_find.hh"
#include "index/image.hh"

namespace ip2asn::cli {

struct Traffic {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;  ///< as the log tells them, at most kMostBytes
  Traffic& operator+=(const Traffic& other) noexcept {
    lines += other.lines;
    add_bytes(other.bytes);
    return *this;
  }
  void add_bytes(std::uint64_t more) noexcept { bytes = more > kMostBytes - bytes ? kMostBytes : bytes + more; }
  /// Where sums stay: a log can claim more than there are numbers for.
  static constexpr std::uint64_t kMostBytes = std::numeric_limits<std::uint64_t>::max();
};

/// Counts for one thread, in memory that depends on the image and not on the log.
class Tally {
 public:
  explicit Tally(const Image& image) : image_(&image), by_record_(image.record_count()) {}

  void add(const LogEntry& entry) noexcept {
    Traffic& traffic = entry.address ? by_record_[image_->lookup(*entry.address)] : without_address_;
    ++traffic.lines;
    if (!entry.bytes) return;
    has_bytes_ = true;
    traffic.add_bytes(*entry.bytes);
  }
  void add(const Tally& other) noexcept;

  const std::vector<Traffic>& by_record() const noexcept { return by_record_; }
  const Traffic& without_address() const noexcept { return without_address_; }
  /// Whether any line told how large its response was.
  bool has_bytes() const noexcept { return has_bytes_; }

 private:
  const Image* image_;
  std::vector<Traffic> by_record_;
  Traffic without_address_;
  bool has_bytes_ = false;
};

struct TrafficRow {
  std::string name;
  std::string description;  ///< of an AS
  Traffic traffic;
};

struct TrafficTable {
  std::string title;
  std::vector<TrafficRow> rows;  ///< most lines first
  std::size_t others = 0;        ///< how many more there are
  Traffic other_traffic;
};

struct Summary {
  Traffic all, without_address, not_announced;
  std::vector<TrafficTable> tables;  ///< ASNs, hosters, countries
  bool has_bytes = false;            ///< without, nothing is said of bytes
  /// Whether the log tells of more bytes than can be counted: then a sum may be less than it should be, not more.
  bool bytes_overflowed() const noexcept { return all.bytes == Traffic::kMostBytes; }
};

/// The `top` of each kind.
Summary summarize(const Image& image, const Tally& tally, std::size_t top);

enum class SummaryForm { text, json, html };
std::string write_summary(const Summary& summary, SummaryForm form, const Image& image);

}  // namespace ip2asn::cli
