// The options by which a command names its database and its hoster map: -d, --hosters and --no-hosters.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "cli/open_database.hh"

namespace ip2asn::cli {

/// Their numbers begin here; those of a command's own options are lower.
inline constexpr int kDatabaseOptionsFrom = 1024;

struct DatabaseOptions {
  std::vector<std::string> paths;
  HosterChoice hosters;

  /// For Arguments::accept, beside the command's own.
  static std::span<const option> table() noexcept;
  /// Takes the option that `arguments` is at, when it is one of these.
  void take(int option, const Arguments& arguments);
  /// What is wrong with them all in all.
  std::optional<std::string> contradiction() const;
  /// Without -d: takes the default database, or says what to do.
  Result<Done> settle();

  /// Opens the database, with progress on a terminal. Complains of what is odd about it.
  Result<Database> open(const Arguments& arguments) const;
  /// Complains of rows that were skipped.
  void complain(const Arguments& arguments, const Findings& findings) const;
  /// Complains when `image` has no hosters because the default hoster map is missing: for what is about hosters.
  void complain_of_no_hosters(const Arguments& arguments, const Image& image) const;
};

}  // namespace ip2asn::cli
