// ip2asn verify --list: whether a file is fit to be a list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "compile/list_selector.hh"

namespace ip2asn::cli {

struct ListCheck {
  std::string file;
  std::vector<ListSelector> selectors;
  std::optional<std::string> against;  ///< a former state of the list
  double max_drift = 0;                ///< per cent
  bool quiet = false;
};

/// Reads the list as a server does, says what it holds, and judges it against its former state by the server's policy;
/// growth is mentioned, not refused. Returns the exit status.
int verify_list(const Arguments& arguments, const ListCheck& check);

}  // namespace ip2asn::cli
