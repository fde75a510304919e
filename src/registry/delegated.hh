// The registries' own statistics: who of them handed out which range, and when ("delegated-*-extended",
// "nro-delegated-stats").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/byte_source.hh"
#include "base/result.hh"
#include "net/address.hh"

namespace ip2asn {

struct DelegatedRecord {
  Range range;
  std::string_view registry;   ///< "arin", "ripencc", "apnic", "lacnic", "afrinic", or another word
  std::string_view country;    ///< two capitals, or empty
  std::string_view opaque_id;  ///< of the holder, within the registry; empty where there is none
  bool held = false;           ///< allocated or assigned; else available or reserved
};

/// Records of one or more files, by first address. Immutable after sort(); any thread.
class Delegated {
 public:
  /// Adds the IPv4 and IPv6 records of a file, whole or not at all: a cut file would read as "not assigned", so the
  /// counts that the file tells must be those that it holds.
  Result<Done> add(ByteSource& bytes, std::string_view name);
  /// After the last add().
  void sort();

  /// The record that holds all of `range`.
  std::optional<DelegatedRecord> find(const Range& range) const;
  /// Other records of the same holder.
  std::vector<DelegatedRecord> same_holder(const DelegatedRecord& record) const;

  std::size_t size() const noexcept { return records_.size(); }
  DelegatedRecord operator[](std::size_t i) const { return view(records_[i]); }

  /// Whether a file begins as one of these.
  static bool is_header(std::string_view line);

 private:
  struct Record {
    Range range;
    std::uint32_t holder = 0;  // of holders_; 0 for none
    std::uint16_t registry = 0;
    char country[2] = {};
    bool held = false;
  };
  Result<Done> add_records(ByteSource& bytes, std::string_view name);
  DelegatedRecord view(const Record& record) const;
  std::uint16_t registry_number(std::string_view name);
  std::uint32_t holder_number(std::string_view registry, std::string_view id);

  std::vector<Record> records_;
  std::vector<std::string> registries_;
  std::vector<std::string> holders_ = {""};  // "registry|id"
  std::unordered_map<std::string, std::uint32_t> holder_numbers_;
  std::vector<std::vector<std::uint32_t>> of_holder_;
};

}  // namespace ip2asn
