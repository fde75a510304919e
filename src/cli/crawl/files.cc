#include "cli/crawl/files.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "base/files.hh"
#include "base/json_read.hh"
#include "base/system_error.hh"
#include "cli/write_file.hh"
#include "registry/answer.hh"

namespace ip2asn::cli {
namespace {

constexpr std::size_t kChunk = 1 << 20;

std::int64_t seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

}  // namespace

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

Announced announced_at(const Image* database, const Address& address) {
  if (database == nullptr) return {};
  const Match match = database->find(address);
  if (match.record == 0) return {};
  const Record record = database->record(match.record);
  return {record.asn, cidr_text(match.range), std::string(record.country), std::string(record.description)};
}

Result<Done> read_lines(const std::string& path, bool repair,
                        const std::function<std::string(std::string_view)>& line) {
  const UniqueFd fd(::open(path.c_str(), (repair ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT && repair) return Done{};
    return system_error(path, "cannot be opened");
  }
  std::string buffer;
  std::uint64_t number = 0;
  off_t whole = 0;
  while (true) {
    const std::size_t old = buffer.size();
    buffer.resize(old + kChunk);
    const ssize_t size = ::read(fd.get(), buffer.data() + old, kChunk);
    if (size < 0 && errno == EINTR) {
      buffer.resize(old);
      continue;
    }
    if (size < 0) return system_error(path, "cannot be read");
    buffer.resize(old + static_cast<std::size_t>(size));
    if (size == 0) break;
    std::size_t start = 0;
    for (std::size_t end; (end = buffer.find('\n', start)) != std::string::npos; start = end + 1) {
      ++number;
      if (const std::string wrong = line(std::string_view(buffer).substr(start, end - start)); !wrong.empty()) {
        return Error{Errc::damaged, path + ", line " + std::to_string(number) + ": " + wrong +
                                        "; move the file away and name it with --known once it is mended"};
      }
    }
    buffer.erase(0, start);
    whole += static_cast<off_t>(start);
  }
  if (repair && !buffer.empty() && ::ftruncate(fd.get(), whole) != 0) return system_error(path, "cannot be cut");
  return Done{};
}

CrawlFiles::CrawlFiles(std::string directory, UniqueFd lock, const Image* database, std::vector<std::string> lanes)
    : directory_(std::move(directory)),
      host_(host_name()),
      lock_(std::move(lock)),
      database_(database),
      lanes_(std::move(lanes)) {}

Result<CrawlFiles> CrawlFiles::open(const std::string& directory, const Image* database,
                                    std::vector<std::string> lanes) {
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  const std::string path = directory + "/lock";
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock) return system_error(path, "cannot be opened");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Errc::unreadable, directory + ": another crawl is at work here; wait for it, or name another --state"};
  }
  return CrawlFiles(directory, std::move(lock), database, std::move(lanes));
}

Result<Done> CrawlFiles::settle_plan(const std::string& plan, bool replan) {
  const std::string path = directory_ + "/plan.json";
  constexpr std::uint64_t kMaxBytes = 1 << 20;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored) && !replan) {
    const Result<FileBytes> file = read_file(path, kMaxBytes);
    if (!file) return file.error();
    const auto bytes = file->buffer.bytes();
    if (std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == plan) return Done{};
    return Error{Errc::argument, directory_ +
                                     ": was begun with other arguments or data (see plan.json); repeat them, " +
                                     "or say --replan to go on with these"};
  }
  return write_file(path, std::as_bytes(std::span(plan.data(), plan.size())));
}

Result<Done> CrawlFiles::resume(Crawl& crawl, const std::vector<std::string>& more, std::int64_t oldest) {
  const auto take_result = [&](std::string_view text) -> std::string {
    const Result<ResultLine> line = read_result(text);
    if (!line) return line.error().message;
    if (line->last_asn != 0 || line->time < oldest) return {};
    crawl.remember(line->block.range, line->announced.asn, line->ip);
    return {};
  };
  for (const std::string& path : more) {
    if (const Result<Done> read = read_lines(path, false, take_result); !read) return read;
  }
  if (const Result<Done> read = read_lines(directory_ + "/results.jsonl", true, take_result); !read) return read;
  return read_lines(directory_ + "/misses.jsonl", true, [&](std::string_view text) -> std::string {
    rapidjson::Document document;
    constexpr std::size_t kMaxDepth = 4;
    if (std::string problem = read_json(text, kMaxDepth, document); !problem.empty()) return problem;
    const auto prefix = parse_prefix(json_string(document, "IP"));
    if (!prefix) return "holds no address";
    // Who failed, or barred us, may be asked again by another run.
    if (json_string(document, "Outcome") == "none") crawl.remember_none(*prefix);
    return {};
  });
}

Result<Done> CrawlFiles::start() {
  for (const auto& [name, fd] : {std::pair("/results.jsonl", &results_), std::pair("/misses.jsonl", &misses_)}) {
    const std::string path = directory_ + name;
    *fd = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!*fd) return system_error(path, "cannot be opened");
  }
  return Done{};
}

void CrawlFiles::write(const UniqueFd& fd, std::string_view text, const char* name) {
  if (!error_.empty()) return;
  const std::string line = std::string(text) + "\n";
  const ssize_t written = ::write(fd.get(), line.data(), line.size());
  dirty_ = true;
  if (written == static_cast<ssize_t>(line.size())) return;
  if (written >= 0) errno = ENOSPC;
  error_ =
      system_error(directory_ + name, "cannot be written; what is there is kept, and the same command goes on").message;
}

void CrawlFiles::answer(const Prefix& asked, const Reading& reading) {
  ResultLine line;
  line.host = host_;
  line.ip = asked.address;
  line.query = to_string(asked);
  line.time = std::time(nullptr);
  line.announced = announced_at(database_, asked.address);
  line.block = reading.block;
  JsonText json;
  write_result(json, line);
  write(results_, json.text(), "/results.jsonl");
}

void CrawlFiles::miss(const Prefix& asked, std::size_t lane, const Reading& reading, unsigned tries) {
  JsonText json;
  json.begin_object();
  json.key("IP");
  json.string(to_string(asked));
  json.key("Outcome");
  json.string(name_of(reading.outcome));
  json.key("Registry");
  json.string(lanes_[lane]);
  json.key("Text");
  json.string(reading.text);
  json.key("Timestamp");
  json.string(timestamp(std::time(nullptr)));
  json.key("Tries");
  json.number(std::uint32_t{tries});
  json.end_object();
  write(misses_, json.text(), "/misses.jsonl");
}

void CrawlFiles::sync() {
  if (dirty_) {
    ::fdatasync(results_.get());
    ::fdatasync(misses_.get());
  }
  dirty_ = false;
}

void CrawlFiles::turn() {
  const std::int64_t now = seconds_now();
  if (now == synced_) return;
  synced_ = now;
  sync();
}

}  // namespace ip2asn::cli
