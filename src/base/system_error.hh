// Errors of system calls, and of memory that runs out, in the words of the core.
#pragma once

#include <cerrno>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/result.hh"

namespace ip2asn {

/// The error of the system call that has just failed on `path`: reads errno.
inline Error system_error(const std::string& path, std::string_view what) {
  const int code = errno;
  return {Errc::unreadable, path + ": " + std::string(what) + ": " + std::generic_category().message(code)};
}

/// "<what> <subject>", or less when there is no memory for that either.
inline Error out_of_memory(std::string_view what, std::string_view subject = {}) noexcept {
  try {
    return {Errc::memory, std::string("out of memory while ").append(what).append(subject)};
  } catch (const std::bad_alloc&) {
    return {Errc::memory, "out of memory"};  // short enough to need none
  }
}

/// Runs `f`, and turns running out of memory in it into an error.
template <class F>
auto guarded(std::string_view what, std::string_view subject, F&& f) noexcept -> decltype(f()) {
  try {
    return std::forward<F>(f)();
  } catch (const std::bad_alloc&) {
    return out_of_memory(what, subject);
  }
}

}  // namespace ip2asn
