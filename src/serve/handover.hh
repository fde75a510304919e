// How processes of one server get hold of a generation that another one made, without a file or a name.
//
// The parent makes a pair of connected sockets that all children inherit. Whoever has made a generation sends its
// sealed memory (mapping.hh) through, and takes what was sent before out again. The others do not take the message out:
// they look at it (MSG_PEEK), for which the kernel gives each of them a descriptor of its own. So the queue in the
// kernel holds the newest generation for whoever comes later, nobody keeps a descriptor, and nothing is left when the
// last process has ended.
//
// A process may be killed between any two steps. The queue then holds no message, one, or two; whoever finds nothing
// that fits says so in the control block (`wanted`), and the next look offers the generation again. What a message
// holds is checked by whoever receives it, for any child could send one.
#pragma once

#include <array>
#include <optional>

#include "base/unique_fd.hh"
#include "serve/control_block.hh"

namespace ip2asn {

/// The two ends. A plain value, which several processes have; closes nothing.
class Handover {
 public:
  /// A new pair, both ends closed on exec and not blocking; without any where the system has none.
  static Handover make() noexcept;

  explicit operator bool() const noexcept { return in_ >= 0; }

  /// Both descriptors, or -1: for whoever closes them when no process of this one's is to use them any more.
  std::array<int, 2> ends() const noexcept { return {in_, out_}; }

  /// Puts the memory behind `descriptor` in place of what was offered before. False when it cannot be sent. One process
  /// at a time; when there are more, one of them prevails.
  bool offer(const Announcement& announcement, int descriptor) const noexcept;

  struct Offer {
    Announcement announcement;
    UniqueFd memory{-1};
  };
  /// What is offered. Any process, at any time.
  std::optional<Offer> look() const noexcept;

  /// Takes out what is there.
  void clear() const noexcept;

 private:
  std::optional<Offer> receive(int flags) const noexcept;

  int in_ = -1, out_ = -1;
};

}  // namespace ip2asn
