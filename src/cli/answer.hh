// An answer to a look-up, as text, TSV or JSON.
#pragma once

#include <rapidjson/stringbuffer.h>

#include <string>
#include <string_view>

#include "index/image.hh"
#include "net/address.hh"

namespace ip2asn::cli {

enum class Form { text, tsv, json };

/// Names of the TSV columns, a line.
inline constexpr std::string_view kTsvHeader = "ip\tasn\tfirst\tlast\tcountry\tdescription\thoster\thoster_class\n";

/// Formats answers in one form, one a line, wherever they come from. Not thread-safe.
class Answers {
 public:
  explicit Answers(Form form) : form_(form) {}

  /// Appends what is known of `address`: its range of the database and who announces that, or null for nobody, when the
  /// range does not matter. IPv4-mapped addresses are to be given as IPv4.
  void append(std::string& to, const Address& address, const Range& range, const Record* record);

 private:
  void append_json(std::string& to, const Address& address, const Range& range, const Record* record);

  const Form form_;
  rapidjson::StringBuffer line_;
};

}  // namespace ip2asn::cli
