#include "sources/row_parser.hh"

#include <algorithm>
#include <span>
#include <utility>

#include "index/image.hh"
#include "sources/json_reader.hh"
#include "sources/libloc_reader.hh"
#include "sources/mmdb_reader.hh"
#include "sources/sniff.hh"

namespace ip2asn {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::unique_ptr<Reader> make_reader(const Sniffed& sniffed, RowSink& sink) {
  switch (sniffed.format) {
    case Format::csv:
      return make_csv_reader(sink, sniffed.layout);
    case Format::routes:
      return make_route_reader(sink, sniffed.form);
    case Format::json_lines:
      return make_json_reader(sink);
    case Format::libloc:
      return make_libloc_reader(sink);
    case Format::mmdb:
      return make_mmdb_reader(sink);
    case Format::tsv:
      break;
  }
  return make_tsv_reader(sink, sniffed.ends);
}

}  // namespace

void RowParser::begin_file(std::string_view name) {
  sink_.begin_file(name);
  reader_ = nullptr;
  head_.clear();
}

// Judges the first bytes of a file, and gives them to the reader that fits.
Result<Done> RowParser::start() {
  const std::string head = std::exchange(head_, {});
  std::string_view bytes = head;
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (is_image(std::as_bytes(std::span(bytes)))) {
    return Error{Errc::argument,
                 sink_.name() + ": is a compiled index, which stands alone; name only it, or only sources"};
  }
  const auto sniffed = sniff(bytes.substr(0, kSniffBytes), sink_.name());
  if (!sniffed) return sniffed.error();
  reader_ = make_reader(*sniffed, sink_);
  return reader_->feed(bytes);
}

Result<Done> RowParser::feed(std::string_view block) {
  if (reader_ != nullptr) return reader_->feed(block);
  // Exactly so much, so that the verdict does not depend on the size of blocks.
  const std::size_t wanted = kByteOrderMark.size() + kSniffBytes;
  const std::size_t taken = std::min(block.size(), wanted - head_.size());
  head_ += block.substr(0, taken);
  if (head_.size() < wanted) return Done{};
  if (auto done = start(); !done) return done;
  return reader_->feed(block.substr(taken));
}

Result<Done> RowParser::end_file() {
  if (reader_ == nullptr) {
    if (auto done = start(); !done) return done;
  }
  if (auto done = reader_->finish(); !done) return done;
  return sink_.end_file();
}

}  // namespace ip2asn
