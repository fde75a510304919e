// Processes of this machine, as the kernel lists them.
#pragma once

#include <cstdint>

namespace ip2asn {

/// A process in one word: its id, and when it started, so that a later process of the same id is another one. Never 0.
/// Where the kernel does not tell when a process started, the id alone counts.
using ProcessWord = std::uint64_t;

/// The calling process.
ProcessWord this_process() noexcept;

constexpr std::uint32_t pid_of(ProcessWord process) noexcept { return static_cast<std::uint32_t>(process >> 32); }

enum class ProcessState {
  gone,     ///< ended, though its parent may not have noticed yet
  stopped,  ///< by a signal or a debugger
  alive,
};

/// Needs no rights over the process. Allocates nothing, waits for nothing.
ProcessState state_of(ProcessWord process) noexcept;

}  // namespace ip2asn
