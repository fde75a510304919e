#include "sources/libloc_reader.hh"

#include <string>
#include <unordered_map>

#include "base/text.hh"
#include "sources/columns.hh"

namespace ip2asn {
namespace {

class LiblocReader final : public LineReader {
 public:
  using LineReader::LineReader;

  Result<Done> finish() override {
    if (auto done = LineReader::finish(); !done) return done;
    end_stanza();
    return Done{};
  }

 private:
  void take(std::span<const std::string_view> lines) override {
    for (const std::string_view line : lines) take(without_return(line));
  }

  void take(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (line.empty() || line.front() == '#' || colon == line.npos) {
      if (line.empty()) end_stanza();
      if (line.empty() || line.front() == '#') return sink_.next_comment();
      sink_.next_row();
      return sink_.add(Finding::field_count, line);
    }
    const std::string_view key = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (key == "net") {
      end_stanza();  // of a file whose empty lines were lost
      sink_.next_row();
      net_ = value;
      net_line_ = sink_.line();
      return;
    }
    sink_.next_comment();
    if (key == "aut-num") aut_num_ = value;
    if (key == "name") name_ = value;
    if (key == "country") country_ = value;
  }

  void end_stanza() {
    const auto asn = parse_origin(aut_num_);
    if (!net_.empty()) {
      const auto prefix = parse_prefix(net_);
      if (!asn) {
        sink_.add(Finding::bad_asn, net_ + " " + aut_num_);
      } else if (!prefix) {
        sink_.add(Finding::bad_address, net_);
      } else {
        const Range range = prefix->range();
        const auto name = names_.find(*asn);
        sink_.row(range.first, range.last, sink_.label(*asn, country_, name == names_.end() ? "" : name->second, net_),
                  net_line_);
      }
    } else if (asn && *asn != 0 && !name_.empty()) {
      names_.insert_or_assign(*asn, name_);
    }
    for (std::string* text : {&net_, &aut_num_, &name_, &country_}) text->clear();
  }

  std::unordered_map<std::uint32_t, std::string> names_;
  std::string net_, aut_num_, name_, country_;  // of the stanza that is being read
  std::uint64_t net_line_ = 0;
};

}  // namespace

std::unique_ptr<Reader> make_libloc_reader(RowSink& sink) { return std::make_unique<LiblocReader>(sink); }

}  // namespace ip2asn
