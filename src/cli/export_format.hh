// The forms in which `ip2asn dump` writes what a database has: for databases of others, web servers and firewalls.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compile/export/selection.hh"

namespace ip2asn::cli {

/// What the lines of a map say of a network.
enum class ExportValue : std::uint8_t { asn, name, country, hoster, hoster_class, one };
std::optional<ExportValue> find_export_value(std::string_view name);

struct ExportRequest {
  const Image* image = nullptr;
  const Selected* selected = nullptr;
  std::span<const Family> families;
  std::string set_name;  ///< of a set of addresses
  ExportValue value = ExportValue::asn;
};

struct ExportFormat {
  std::string_view name;
  bool of_set = false;  ///< it says which addresses are meant, and nothing of each: it needs a selection
  bool has_values = false;
  /// Appends to `out` and calls `more` now and then, which may empty it, and returns false to end.
  void (*write)(const ExportRequest& request, std::string& out, const std::function<bool()>& more) = nullptr;
};

/// The text formats; MMDB is not among them.
std::span<const ExportFormat> export_formats() noexcept;

/// `text` as a name that nft and ipset take.
std::string set_name_of(std::string_view text);

}  // namespace ip2asn::cli
