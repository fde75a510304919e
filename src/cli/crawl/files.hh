// The files of a crawl: results, misses, plan, and the lock that keeps two crawls from one directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "base/unique_fd.hh"
#include "index/image.hh"
#include "registry/crawl.hh"
#include "registry/result_line.hh"

namespace ip2asn::cli {

/// Lines of a file, each given to `line` without its end. A last line without end is one whose writer was killed: it is
/// cut off when `repair` is set, and left out otherwise. `line` returns what is wrong; the error names the line.
Result<Done> read_lines(const std::string& path, bool repair, const std::function<std::string(std::string_view)>& line);

/// results.jsonl and misses.jsonl of a directory. Each line is written whole with one write, and is on the disk a
/// second later at most. After an error it writes nothing more, and error() tells why.
class CrawlFiles : public CrawlLog {
 public:
  /// Locks the directory, which is made when it is not there.
  static Result<CrawlFiles> open(const std::string& directory, const Image* database, std::vector<std::string> lanes);

  /// Compares the plan with that of an earlier run, or keeps it: an error where they differ, unless `replan` is set.
  Result<Done> settle_plan(const std::string& plan, bool replan);
  /// Tells the crawl what earlier runs found out, here and in `more`; of answers those since `oldest` (seconds since
  /// 1970).
  Result<Done> resume(Crawl& crawl, const std::vector<std::string>& more, std::int64_t oldest);
  /// Opens the files to add to them; after resume().
  Result<Done> start();

  void answer(const Prefix& asked, const Reading& reading) override;
  void miss(const Prefix& asked, std::size_t lane, const Reading& reading, unsigned tries) override;
  void turn() override;
  /// Has the disk keep what was written.
  void sync();

  const std::string& error() const noexcept { return error_; }

 private:
  CrawlFiles(std::string directory, UniqueFd lock, const Image* database, std::vector<std::string> lanes);
  void write(const UniqueFd& fd, std::string_view text, const char* name);

  std::string directory_, host_, error_;
  UniqueFd lock_, results_{-1}, misses_{-1};
  const Image* database_;
  std::vector<std::string> lanes_;
  bool dirty_ = false;
  std::int64_t synced_ = 0;
};

/// Who announces an address, by an index; empty without one.
Announced announced_at(const Image* database, const Address& address);

/// The name of this machine, for the records.
std::string host_name();

}  // namespace ip2asn::cli
