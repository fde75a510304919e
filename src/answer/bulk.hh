// The body of a bulk request: many addresses, as a JSON array of strings or one a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "net/address.hh"

namespace ip2asn::api {

/// What was asked for in bulk, in its order: addresses, and texts that are none. Packed: 5 bytes an IPv4 address, 17 an
/// IPv6 one, a text at most kMaxShown + 2. A value; not thread-safe.
class Batch {
 public:
  /// Of a text that is no address this much is kept, made clean (see repair_text).
  static constexpr std::size_t kMaxShown = 64;

  struct Entry {
    bool valid = false;
    Address address;        ///< valid: IPv4-mapped addresses as IPv4
    std::string_view text;  ///< not valid: what was asked, as it may be shown; lives as long as the batch
    std::string_view why;   ///< not valid: see why_no_address(); static
  };

  void add(std::string_view text);

  std::size_t size() const noexcept { return size_; }
  /// The length of the longest canonical address or text, in bytes.
  std::size_t longest() const noexcept { return longest_; }

  /// Reads the entry at `position`, which begins at 0, and advances it; false at the end.
  bool next(std::size_t& position, Entry& entry) const noexcept;

 private:
  std::vector<unsigned char> bytes_;
  std::size_t size_ = 0;
  std::size_t longest_ = 0;
};

/// Where a body comes from, piece by piece, at its sender's pace.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next piece, which stays valid until the next call; empty at the end, and when reading failed, which the source
  /// itself remembers.
  virtual std::string_view more() = 0;
};

enum class BulkOutcome : std::uint8_t {
  fine,
  too_many,   ///< more than `limit` entries
  not_array,  ///< JSON, but not one array of strings
  empty,      ///< not one entry, and no JSON array that says so
};

/// Reads a body into `batch`, entry by entry: nothing of the body is kept but that. A body whose first character other
/// than blanks is '[', '{' or '"' is JSON; any other has one address a line, blanks around it and empty lines do not
/// matter, and where a line "begin" is, what follows the next "end" does not count until "begin" comes again (both in
/// any case). A byte-order mark at the start does not matter either. Stops early when the outcome is settled.
BulkOutcome read_bulk(BodySource& body, std::size_t limit, Batch& batch);

}  // namespace ip2asn::api
