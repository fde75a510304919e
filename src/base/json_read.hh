// Reading JSON that others wrote into a tree.
#pragma once

#include <rapidjson/document.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace ip2asn {

/// Reads the whole of `text` (RFC 8259) into `document`. Text nested deeper than `max_depth` arrays and objects is
/// refused before memory is spent on it; there is no recursion. Texts are taken as they stand: that they are UTF-8 is
/// not asked. Returns what is wrong; empty when nothing is.
std::string read_json(std::string_view text, std::size_t max_depth, rapidjson::Document& document);

/// Members and elements of a tree whose form is not known, each nullptr or empty where it is absent or of another type.
const rapidjson::Value* json_member(const rapidjson::Value& object, std::string_view name);
std::string_view json_string(const rapidjson::Value& object, std::string_view name);
const rapidjson::Value* json_array(const rapidjson::Value& object, std::string_view name);

inline std::string_view json_text(const rapidjson::Value& value) {
  return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength()) : std::string_view();
}

}  // namespace ip2asn
