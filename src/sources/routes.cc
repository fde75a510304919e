#include "sources/routes.hh"

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>

#include "net/asn.hh"

namespace ip2asn {
namespace {

// Routes that fewer than one in so many peers see are not taken.
constexpr std::uint32_t kPeersForOne = 100;
constexpr int kShortest4 = 8, kShortest6 = 16;

template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The next field of a line; empty at its end.
std::string_view take_field(std::string_view& line) noexcept {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == line.npos) return line = {};
  const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
  const std::string_view field = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return field;
}

// One line, taken apart; what is missing or wrong is nothing.
struct Parts {
  std::optional<Prefix> prefix;
  std::optional<std::uint32_t> origin, weight;
  bool whole = false;  // as many fields as there should be
};

Parts parts_of(std::string_view line, RouteForm form) noexcept {
  const std::string_view a = take_field(line), b = take_field(line), c = take_field(line);
  Parts parts;
  parts.whole = take_field(line).empty() && !b.empty();
  switch (form) {
    case RouteForm::riswhois:
      parts.whole = parts.whole && !c.empty();
      parts.origin = route_origin(a);
      parts.prefix = b.find('/') == b.npos ? std::nullopt : parse_prefix(b);
      parts.weight = number_of<std::uint32_t>(c);
      break;
    case RouteForm::pfx2as: {
      parts.whole = parts.whole && !c.empty();
      const auto address = parse_address(a);
      const auto length = number_of<std::uint8_t>(b);
      if (address && length && *length <= address->width()) {
        // parse_prefix knows which bits may be set.
        parts.prefix = parse_prefix(std::string(a) + '/' + std::string(b));
      }
      parts.origin = route_origin(c);
      parts.weight = 0;
      break;
    }
    case RouteForm::prefix_origin:
      parts.prefix = a.find('/') == a.npos ? std::nullopt : parse_prefix(a);
      parts.origin = route_origin(b);
      parts.weight = c.empty() ? 0 : number_of<std::uint32_t>(c);
      break;
  }
  return parts;
}

class RouteReader final : public LineReader {
 public:
  RouteReader(RowSink& sink, RouteForm form) : LineReader(sink), form_(form), routes_(sink) {}

  Result<Done> finish() override {
    if (auto done = LineReader::finish(); !done) return done;
    routes_.finish();
    return Done{};
  }

 private:
  void take(std::span<const std::string_view> lines) override {
    for (const std::string_view line : lines) take(without_return(line));
  }

  void take(std::string_view line) {
    if (line.empty() || line.front() == '%' || line.front() == '#') return sink_.next_comment();
    sink_.next_row();
    const Parts parts = parts_of(line, form_);
    if (!parts.whole || !parts.weight) return sink_.add(Finding::field_count, line);
    if (!parts.prefix) return sink_.add(Finding::bad_address, line);
    if (!parts.origin) return sink_.add(Finding::bad_asn, line);
    routes_.add(*parts.prefix, *parts.origin, *parts.weight);
  }

  RouteForm form_;
  Routes routes_;
};

}  // namespace

std::optional<std::uint32_t> route_origin(std::string_view text) noexcept {
  std::optional<std::uint32_t> of_set;
  while (true) {
    const std::size_t end = text.find('_');
    std::string_view origin = text.substr(0, end);
    const bool braces = origin.size() > 2 && origin.front() == '{' && origin.back() == '}';
    if (braces) origin = origin.substr(1, origin.size() - 2);
    const bool set = origin.find(',') != origin.npos;
    bool first = true;
    while (true) {
      const std::size_t comma = origin.find(',');
      const auto asn = parse_asn(origin.substr(0, comma));
      if (!asn) return std::nullopt;
      if (first && !set) return asn;
      if (first && !of_set) of_set = asn;
      first = false;
      if (comma == origin.npos) break;
      origin.remove_prefix(comma + 1);
    }
    if (end == text.npos) return of_set;
    text.remove_prefix(end + 1);
  }
}

void Routes::add(const Prefix& prefix, std::uint32_t asn, std::uint32_t weight) {
  most_ = std::max(most_, weight);
  const auto line = static_cast<std::uint32_t>(std::min<std::uint64_t>(sink_.line(), UINT32_MAX));
  const Address& address = prefix.address;
  if (prefix.length < (address.family == Family::v4 ? kShortest4 : kShortest6)) return;
  routes_.push_back(
      {address.hi, address.lo, asn, weight, line, static_cast<std::uint8_t>(prefix.length), address.family});
}

void Routes::finish() {
  const auto place = [](const Route& r) { return std::tie(r.family, r.hi, r.lo, r.length); };
  std::sort(routes_.begin(), routes_.end(), [&](const Route& a, const Route& b) {
    if (place(a) != place(b)) return place(a) < place(b);
    return a.weight != b.weight ? a.weight > b.weight : a.line < b.line;
  });
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    if (i != 0 && place(routes_[i - 1]) == place(route)) continue;
    if (std::uint64_t{route.weight} * kPeersForOne < most_) continue;
    const Range range = Prefix{{route.family, route.hi, route.lo}, route.length}.range();
    sink_.row(range.first, range.last, sink_.label(route.asn, "", "", ""), route.line);
  }
  routes_ = {};
}

bool is_route(std::string_view line, RouteForm form) noexcept {
  const Parts parts = parts_of(without_return(line), form);
  return parts.whole && parts.prefix && parts.origin && parts.weight;
}

std::unique_ptr<Reader> make_route_reader(RowSink& sink, RouteForm form) {
  return std::make_unique<RouteReader>(sink, form);
}

}  // namespace ip2asn
