#include "cli/survey/csv.hh"

#include <csv.h>

#include <memory>
#include <new>

#include "base/text.hh"

namespace ip2asn::cli {
namespace {

struct Rows {
  std::vector<std::vector<std::string>> done;
  std::vector<std::string> cells;
};

// libcsv is C: nothing may be thrown through it, so running out of memory ends the program as in any noexcept call.
void end_cell(void* text, std::size_t size, void* rows) noexcept {
  static_cast<Rows*>(rows)->cells.emplace_back(static_cast<const char*>(text), size);
}

void end_row(int, void* context) noexcept {
  Rows& rows = *static_cast<Rows*>(context);
  rows.done.push_back(std::move(rows.cells));
  rows.cells.clear();
}

}  // namespace

Result<std::vector<std::vector<std::string>>> read_csv(std::string_view text, std::string_view name, char delimiter) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
  const std::unique_ptr<csv_parser, decltype(&csv_free)> frees(&parser, csv_free);
  csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
  // Blanks around a cell are dropped, which must not take a tab for one.
  if (delimiter == '\t' || delimiter == ' ') csv_set_space_func(&parser, [](unsigned char) { return 0; });
  Rows rows;
  if (csv_parse(&parser, text.data(), text.size(), end_cell, end_row, &rows) != text.size() ||
      csv_fini(&parser, end_cell, end_row, &rows) != 0) {
    return Error{Errc::damaged, std::string(name) + ": is no CSV, in row " + std::to_string(rows.done.size() + 1) +
                                    ": " + csv_strerror(csv_error(&parser))};
  }
  return std::move(rows.done);
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) row += ',';
    const std::string cell = clean_text(cells[i]);
    const bool formula = !cell.empty() && std::string_view("=+-@").find(cell[0]) != std::string_view::npos;
    const std::string safe = formula ? '\'' + cell : cell;
    if (safe.find_first_of(",\"") == std::string::npos && !formula) {
      row += safe;
      continue;
    }
    std::string quoted(csv_write(nullptr, 0, safe.data(), safe.size()), '\0');
    csv_write(quoted.data(), quoted.size(), safe.data(), safe.size());
    row += quoted;
  }
  return row + "\r\n";
}

}  // namespace ip2asn::cli
