// Memory that holds an image for several processes, and can neither vanish nor change under them.
//
// A file that is mapped can be cut or written to by whoever may do that to the file: the processes that have it mapped
// then die of SIGBUS, or answer from what was written. So files are read, and never mapped: into memory of the
// process's own, which its children inherit; or, where it is to be handed to other processes too, into a file without a
// name in memory (memfd_create(2)) that is sealed. Nobody can write to sealed memory or cut it any more, whoever has a
// descriptor of it, and the kernel frees it when the last process is done with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hh"
#include "base/unique_fd.hh"

namespace ip2asn {

/// Read-only bytes that begin at a page. Moves, does not copy; unmaps when destroyed.
class Mapping {
 public:
  /// Whom the memory is for.
  enum class Use {
    inherit,    ///< this process and the children that it forks; in large pages where the kernel has them
    hand_over,  ///< other processes too, which get descriptor(); as `inherit` where the system has no sealed memory
  };

  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  /// `head`, and behind it `rest`.
  static Result<Mapping> copy(std::span<const std::byte> head, std::span<const std::byte> rest, Use use);
  static Result<Mapping> copy(std::span<const std::byte> bytes, Use use = Use::inherit) { return copy({}, bytes, use); }

  /// The first `size` bytes of a file. Errc::changed when it turns out to be shorter. The caller has made sure of the
  /// size.
  static Result<Mapping> read(int file, std::size_t size, Use use);

  /// Memory that another process made for handing over. An error when it is not sealed, or not of `size` bytes.
  static Result<Mapping> receive(UniqueFd memory, std::size_t size);

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// What another process can receive it by, or -1. Belongs to this object.
  int descriptor() const noexcept { return descriptor_.get(); }
  /// Closes the descriptor: the memory stays.
  void close_descriptor() noexcept { descriptor_ = UniqueFd(-1); }

 private:
  friend class MappingWriter;
  explicit Mapping(std::span<const std::byte> bytes, UniqueFd descriptor = UniqueFd(-1)) noexcept
      : bytes_(bytes), descriptor_(std::move(descriptor)) {}
  static Result<Mapping> map_sealed(UniqueFd memory, std::size_t size);

  std::span<const std::byte> bytes_;
  UniqueFd descriptor_{-1};
};

/// Fills the memory of a mapping from front to end, so that what is put there need not stand in memory twice.
class MappingWriter {
 public:
  /// Memory for `size` bytes, which is not 0. It takes room as it is filled.
  static Result<MappingWriter> make(std::size_t size, Mapping::Use use);

  /// Where the next bytes can be put: at least one while any are missing. They count when took() has been called.
  Result<std::span<std::byte>> room();
  Result<Done> took(std::size_t size);
  Result<Done> append(std::span<const std::byte> bytes);
  /// Leaves out the next bytes, and puts the first ones, whatever is there already.
  void skip(std::size_t size) noexcept { at_ += size; }
  Result<Done> put_first(std::span<const std::byte> bytes);

  /// The mapping, which nobody can write to any more.
  Result<Mapping> finish();

 private:
  explicit MappingWriter(std::size_t size) noexcept : size_(size) {}
  std::span<std::byte> memory() const noexcept;
  Result<Done> put(std::span<const std::byte> bytes, std::size_t at);

  Mapping mapping_;               // writable so far; empty when the memory is a file
  UniqueFd file_{-1};             // in memory, not mapped yet
  std::vector<std::byte> block_;  // on its way to the file
  std::size_t size_;
  std::size_t at_ = 0;
};

}  // namespace ip2asn
