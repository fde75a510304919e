// The index that this server answers from.
//
// The parent loads it before it forks; all processes share the one read-only mapping. While the server runs the index
// may be replaced by a newer generation at any time (see refresher.hh). Requests reach it through a pin:
//
//     if (const IndexPin pin; pin) use(pin->lookup(address));
//
// All that is asked of one pin comes from one generation. What is needed beyond the pin is copied out first: a pin is
// held for the moment of a look-up. An answer that is streamed holds one for longer, so that all of it is of one
// generation, and lets go when free_slots() says that others need the room (endpoint/held_index.hh): while three older
// generations are held in a process, that process cannot take on a newer one, and goes on with the one it has.
#pragma once

#include "index/image.hh"
#include "module/httpd.hh"
#include "serve/slots.hh"

namespace ip2asn::httpd {

/// Loads the index that the configuration asks for, or goes on with the one that is loaded when nothing it depends on
/// has changed. Called in the parent, from check_config. Returns OK, or an HTTP error after logging what is wrong when
/// there is no index to go on with.
int load_index(apr_pool_t* pool, server_rec* server) noexcept;

/// Access to the current index for as long as this lives. Any thread; takes no lock and allocates nothing.
class IndexPin {
 public:
  IndexPin() noexcept;
  IndexPin(const IndexPin&) = delete;
  IndexPin& operator=(const IndexPin&) = delete;

  /// False when no index is loaded.
  explicit operator bool() const noexcept { return pin_.image() != nullptr; }
  const Image* operator->() const noexcept { return pin_.image(); }
  const Image& operator*() const noexcept { return *pin_.image(); }

 private:
  Slots::Pin pin_;
};

/// How many newer generations this process could take on although every pin is kept.
std::size_t free_slots() noexcept;

}  // namespace ip2asn::httpd
