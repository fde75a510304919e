// Long answers, made and sent piece by piece.
//
// All pieces come from one generation, so that no answer mixes two states of the data; held_index.hh says how long it
// is held. An answer that cannot be made to its end is broken off, in a way that nobody can miss: see delivery.hh.
#pragma once

#include <cstddef>
#include <cstdint>

#include "answer/render.hh"
#include "module/endpoint/held_index.hh"
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

/// For an answer that needs_length(): makes it once to learn its length, and sets that. Takes all of `items` and
/// `sink`, which send_long() needs anew.
void announce_length(const Request& request, const Image& image, Items& items, Sink& sink);

/// Sends a long answer: what `sink` holds already, and `items`. The headers are set; they, the sink and the items were
/// made from `index`.
int send_long(const Request& request, HeldIndex& index, Items& items, Sink& sink);

}  // namespace ip2asn::httpd
