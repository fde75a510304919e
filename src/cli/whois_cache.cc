#include "cli/whois_cache.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <string_view>

#include "base/files.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace ip2asn::cli {
namespace {

constexpr std::uint64_t kMaxBytes = 256 << 20;

bool covers(const ResultLine& line, const Question& question) {
  if (!question.prefix) return line.last_asn != 0 && line.first_asn <= question.asn && question.asn <= line.last_asn;
  if (line.last_asn != 0) return false;
  const Range asked = question.prefix->range();
  return line.block.range.contains(asked.first) && line.block.range.contains(asked.last);
}

std::string text_of(const ResultLine& line) {
  JsonText json;
  write_result(json, line);
  return std::string(json.text()) + "\n";
}

}  // namespace

WhoisCache::WhoisCache(const std::string& directory, std::int64_t max_age, std::int64_t now) : oldest_(now - max_age) {
  if (directory.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  path_ = directory + "/answers.jsonl";
  load();
}

void WhoisCache::load() {
  const Result<FileBytes> file = read_file(path_, kMaxBytes);
  if (!file) return;
  const auto bytes = file->buffer.bytes();
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    Result<ResultLine> line = read_result(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line && line->time >= oldest_) lines_.push_back(*std::move(line));
  }
}

const ResultLine* WhoisCache::find(const Question& question) const {
  const ResultLine* best = nullptr;
  const auto wider = [](const ResultLine& a, const ResultLine& b) {
    if (a.last_asn != 0) return a.last_asn - a.first_asn > b.last_asn - b.first_asn;
    return size_of(a.block.range) > size_of(b.block.range) ||
           (size_of(a.block.range) == size_of(b.block.range) && a.time < b.time);
  };
  for (const ResultLine& line : lines_) {
    if (covers(line, question) && (best == nullptr || wider(*best, line))) best = &line;
  }
  return best;
}

Result<Done> WhoisCache::add(const ResultLine& line) {
  lines_.push_back(line);
  if (path_.empty()) return Done{};
  const UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return system_error(path_, "cannot be opened, so that answers are not kept");
  // A line that another process was killed in must not swallow this one.
  ::flock(fd.get(), LOCK_EX);
  struct stat status {};
  std::string text = text_of(line);
  char last = '\n';
  const UniqueFd reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (reader && ::fstat(reader.get(), &status) == 0 && status.st_size > 0 &&
      ::pread(reader.get(), &last, 1, status.st_size - 1) == 1 && last != '\n') {
    text.insert(text.begin(), '\n');
  }
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return system_error(path_, "cannot be written, so that answers are not kept");
  }
  return Done{};
}

}  // namespace ip2asn::cli
