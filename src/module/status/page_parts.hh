// The parts that the status page is made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "module/index_store.hh"
#include "module/status/hoster_classes.hh"
#include "module/status/view.hh"
#include "serve/limits.hh"

namespace ip2asn::httpd {

/// What the table of ASes is ordered by.
enum class Order : std::uint8_t { requests, bytes, errors, denied, asn };

/// What is asked for.
struct StatusQuestion {
  Span span = Span::hour;
  Order order = Order::requests;
  std::optional<std::uint32_t> asn;
  std::string hoster;  ///< empty for all
};

/// What there is to show; all of it outlives the page.
struct StatusFacts {
  const StatusQuestion& question;
  const Counters& counters;
  const IndexPin& pin;
  const HosterClasses& classes;
  const std::vector<Slot>& slots;  ///< of the span
  const Window& present;           ///< the last minute, or the span when that is a day
  const Window& whole;             ///< the span
  const Window& day;
  std::int64_t now;  ///< microseconds since 1970
};

/// Who an AS is by today's data; empty texts when it announces nothing.
Record record_of(const IndexPin& pin, std::uint32_t asn);

/// A link within the page, "?span=day&amp;as=64496".
std::string link_to(const StatusQuestion& question, std::string_view name, std::string_view value);

void put_figures(std::string& page, const StatusFacts& facts);
void put_chart(std::string& page, const StatusFacts& facts);
/// The busiest ASes, of one hosting company if that is asked for.
void put_ases(std::string& page, const StatusFacts& facts);
/// Hosting companies, countries or lists.
void put_kind(std::string& page, const StatusFacts& facts, SlotKind kind, std::string_view title);
/// What was over the limits since counting began.
void put_limits(std::string& page, const RequestLimits& limits);
/// What is asked for, when it is one AS or one hosting company: what was counted of it, and the Require line.
void put_one(std::string& page, const StatusFacts& facts);

}  // namespace ip2asn::httpd
