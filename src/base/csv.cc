#include "base/csv.hh"

namespace ip2asn {

bool CsvLine::split(std::string_view line) {
  fields_.clear();
  // Views into what is there already must survive what is added.
  unquoted_.reserve(line.size() / 2);
  unquoted_count_ = 0;
  while (true) {
    std::size_t end = 0;
    if (line.starts_with('"')) {
      bool doubled = false;
      for (end = line.find('"', 1); end != line.npos && line.substr(end + 1).starts_with('"');
           end = line.find('"', end + 2)) {
        doubled = true;
      }
      if (end == line.npos) return false;
      const std::string_view inside = line.substr(1, end - 1);
      fields_.push_back(doubled ? unquote(inside) : inside);
      line.remove_prefix(end + 1);
      if (line.empty()) return true;
      if (line.front() != delimiter_) return false;
    } else {
      end = line.find(delimiter_);
      fields_.push_back(line.substr(0, end));
      if (end == line.npos) return true;
      line.remove_prefix(end);
    }
    line.remove_prefix(1);
  }
}

std::string_view CsvLine::unquote(std::string_view text) {
  if (unquoted_count_ == unquoted_.size()) unquoted_.emplace_back();
  std::string& plain = unquoted_[unquoted_count_++];
  plain.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    plain += text[i];
    if (text[i] == '"') ++i;
  }
  return plain;
}

}  // namespace ip2asn
