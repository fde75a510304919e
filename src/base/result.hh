// Errors as values.
//
// The core neither throws nor prints nor exits: a call that can fail returns a Result, which holds either what was
// asked for or an Error. An Error's message is one sentence for people that names the file, the line where there is
// one, the reason, and what to do; its code is for programs.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace ip2asn {

enum class Errc {
  argument,    ///< the caller asked for something that cannot be
  unreadable,  ///< a file could not be opened, read or written
  damaged,     ///< the bytes are not what they claim to be: bad compression, structure, checksum
  version,     ///< an image of another format version
  empty,       ///< a source without one announced row
  limit,       ///< larger than this build accepts
  changed,     ///< the file changed while it was read
  drift,       ///< new data lost more than the allowed share of the old
  memory,      ///< out of memory
};

struct [[nodiscard]] Error {
  Errc code{};
  std::string message;
};

/// Either a T or an Error. Moves like a T; not thread-safe, like any value.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }

  /// The value. Only after a test for success.
  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// The error. Only after a test for failure.
  const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

/// What a Result holds when there is nothing to return but success.
struct Done {};

}  // namespace ip2asn
