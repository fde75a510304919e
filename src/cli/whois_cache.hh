// Answers of registries that are kept for the next question.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hh"
#include "registry/inquiry.hh"
#include "registry/result_line.hh"

namespace ip2asn::cli {

/// A file of result lines. Processes may add to it at the same time. Not thread-safe.
class WhoisCache {
 public:
  /// Reads what is not older than `max_age` seconds at `now`; lines that are damaged do not count. With an empty
  /// directory it keeps nothing.
  WhoisCache(const std::string& directory, std::int64_t max_age, std::int64_t now);

  /// The narrowest kept block that holds what is asked; nullptr when there is none.
  const ResultLine* find(const Question& question) const;

  /// Keeps an answer. What cannot be written is not kept.
  Result<Done> add(const ResultLine& line);

 private:
  void load();

  std::string path_;
  std::int64_t oldest_;
  std::vector<ResultLine> lines_;
};

}  // namespace ip2asn::cli
