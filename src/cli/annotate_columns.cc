#include "cli/annotate_columns.hh"

#include <charconv>
#include <cstring>

#include "cli/annotate_address.hh"
#include "cli/annotate_keys.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kBlanks = " \t";

// Cuts the next field off `row`. W3C's may stand between quotation marks, doubled inside.
std::string_view take_field(std::string_view& row, char delimiter) noexcept {
  std::size_t end = 0;
  if (delimiter != '\t' && row.starts_with('"')) {
    for (end = 1; end < row.size(); ++end) {
      if (row[end] != '"') continue;
      if (end + 1 >= row.size() || row[end + 1] != '"') break;
      ++end;
    }
  }
  end = row.find(delimiter, end);
  const std::string_view field = row.substr(0, end);
  row.remove_prefix(end == std::string_view::npos ? row.size() : end + 1);
  return field;
}

}  // namespace

std::optional<Columns> read_columns(std::string_view line, const Place& place) {
  constexpr std::string_view kW3c = "#Fields:", kZeek = "#fields";
  const bool zeek = line.starts_with(kZeek);
  if (!zeek && !line.starts_with(kW3c)) return std::nullopt;
  line.remove_prefix(zeek ? kZeek.size() : kW3c.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  Columns columns;
  if (zeek) columns.delimiter = '\t';
  if (!zeek && line.find(',') != std::string_view::npos) columns.delimiter = ',';
  const std::string_view between = columns.delimiter == ',' ? ", \t" : kBlanks;
  unsigned client_rank = kUnranked, forwarded_rank = kUnranked, bytes_rank = kUnranked;
  const auto take = [](std::optional<std::size_t>& to, unsigned& best, unsigned rank, std::size_t column) {
    if (rank >= best) return;
    to = column;
    best = rank;
  };
  for (std::size_t column = 0;; ++column) {
    const std::size_t begin = line.find_first_not_of(between);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(line.find_first_of(between, begin), line.size());
    const std::string_view name = line.substr(begin, end - begin);
    line.remove_prefix(end);
    PlainKey plain;
    plain.append(name);
    KeyMeaning means = meaning_of(plain.text());
    if (plain.text() == "remoteendpoint") means = {KeyRole::client, 13};
    if (!place.key.empty() && name == place.key) take(columns.client, client_rank, 0, column);
    if (place.key.empty() && means.role == KeyRole::client) take(columns.client, client_rank, means.rank, column);
    if (place.key.empty() && means.role == KeyRole::forwarded)
      take(columns.forwarded, forwarded_rank, means.rank, column);
    if (means.role == KeyRole::bytes) take(columns.bytes, bytes_rank, means.rank, column);
  }
  return columns;
}

ColumnLine read_row(std::string_view row, const Columns& columns, const Place& place) {
  ColumnLine found;
  char delimiter = columns.delimiter;
  if (row.ends_with('\r')) row.remove_suffix(1);
  if (delimiter == ' ') {
    const std::size_t first = row.find_first_of(kBlanks);
    if (first != std::string_view::npos) delimiter = row[first];
  }
  for (std::size_t column = 0; !row.empty(); ++column) {
    const std::string_view field = take_field(row, delimiter);
    if (column == columns.client) found.client = address_of(field);
    if (column == columns.forwarded) {
      // Blanks are written as plus signs, or encoded.
      const std::string_view list = field.substr(field.starts_with('"'));
      std::string plain;
      for (std::size_t i = 0; i < list.size(); ++i) {
        const bool encoded = list.substr(i, 3) == "%20";
        plain += encoded || list[i] == '+' ? ' ' : list[i];
        i += encoded ? 2 : 0;
      }
      found.forwarded = forwarded_client(plain, place.proxies.value_or(0));
    }
    if (column == columns.bytes) {
      std::uint64_t bytes = 0;
      const auto [end, problem] = std::from_chars(field.data(), field.data() + field.size(), bytes);
      if (problem == std::errc()) found.bytes = bytes;
      if (problem == std::errc::result_out_of_range) found.bytes = ~std::uint64_t{0};
    }
  }
  return found;
}

std::shared_ptr<const Columns> ColumnTracker::before(std::string_view text, std::uint64_t log) {
  std::shared_ptr<const Columns> in_force;
  const auto known = by_log_.find(log);
  if (known != by_log_.end()) in_force = known->second;
  // The last header in the block counts for the next one. Few logs have a '#' anywhere.
  std::shared_ptr<const Columns> last;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
    at = static_cast<const char*>(std::memchr(at, '#', static_cast<std::size_t>(text.data() + text.size() - at)));
    if (at == nullptr) break;
    if (at != text.data() && at[-1] != '\n') continue;
    std::string_view line = text.substr(static_cast<std::size_t>(at - text.data()));
    line = line.substr(0, line.find('\n'));
    if (const std::optional<Columns> columns = read_columns(line, place_)) last = std::make_shared<Columns>(*columns);
  }
  if (last) by_log_[log] = last;
  return in_force;
}

}  // namespace ip2asn::cli
