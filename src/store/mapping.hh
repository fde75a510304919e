// Memory that holds an image for several processes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "base/files.hh"
#include "base/result.hh"

namespace ip2asn {

/// Bytes mapped read-only, one copy for all processes that inherit the mapping over fork. Moves, does not copy; unmaps
/// when destroyed.
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  /// Maps the regular file at `path`, which must belong to this process's user or root and be writable by nobody else.
  ///
  /// When this process is root, the file may belong to `user` as well. It is then made root's before it is mapped, once
  /// it is certain that nobody has it open for writing (nobody can open it so afterwards); where that cannot be certain
  /// a copy of it is taken instead.
  static Result<Mapping> map(const std::string& path, const std::optional<FileOwner>& user = std::nullopt);

  /// A copy of `bytes` in memory of its own, for when there is no place for a file.
  static Result<Mapping> copy(std::span<const std::byte> bytes);

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  /// The stamp that the file had when it was mapped; that of a copy is all zeros.
  const FileStamp& stamp() const noexcept { return stamp_; }

 private:
  static Result<Mapping> map_file(const std::string& path, const std::optional<FileOwner>& user);
  explicit Mapping(std::span<const std::byte> bytes, const FileStamp& stamp = {}) noexcept
      : bytes_(bytes), stamp_(stamp) {}
  std::span<const std::byte> bytes_;
  FileStamp stamp_;
};

}  // namespace ip2asn
