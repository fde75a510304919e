// Long answers, made and sent piece by piece.
//
// All pieces come from one generation, so that no answer mixes two states of the data. For a few seconds the generation
// is pinned, which is all that an answer takes whose client reads; after that the pin is let go while the client is
// waited for, because pins that wait for slow clients would keep the process from newer data. If newer data come then,
// the answer is broken off in a way that the client can tell: the last chunk does not come, and the connection is
// closed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/answer.hh"
#include "module/endpoint/html.hh"
#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// Takes the items of a long answer, and keeps the text that they make. One for each form.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void as(const api::AsSummary& summary) = 0;
  virtual void number(std::uint32_t asn) = 0;
  virtual void subnet(const Prefix& prefix) = 0;
  virtual void answer(const api::Answer& answer) = 0;
  virtual void bad(std::string_view text, std::string_view why) = 0;
  /// Whether answer() makes use of an answer's range, which costs a search.
  virtual bool wants_ranges() const { return true; }
  /// After the last item.
  virtual void end(const Image& image) = 0;

  /// The text since the last clear().
  virtual std::string_view text() const = 0;
  virtual void clear() = 0;
};

/// Gives the items of a long answer, one after the other. Keeps no pointer into an image from one call to the next.
class Items {
 public:
  virtual ~Items() = default;
  /// Gives the next item or a few; false when there is none left. `image` holds the same data at each call.
  virtual bool next(const Image& image, Sink& sink) = 0;
};

/// Sends a long answer: what `sink` holds already, and `items`. The headers are set; `generation` is what they were
/// made from.
int send_long(const Request& request, std::uint64_t generation, Items& items, Sink& sink);

}  // namespace ip2asn::httpd
