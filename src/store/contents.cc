#include "store/contents.hh"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/byte_source.hh"
#include "base/page_vector.hh"
#include "base/system_error.hh"
#include "base/unpack.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kBlock = 256u << 10;
constexpr std::size_t kHead = 4096;
// A sparse file can pretend to any size.
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;
constexpr std::size_t kTail = 64u << 10;

std::size_t tabs_in(std::string_view line) {
  return static_cast<std::size_t>(std::count(line.begin(), line.end(), '\t'));
}

// Whether it looks like one JSON document with its last bracket: whether that is the right one is seen when it is read.
// JSON lines, of which the first is an object for itself, need a newline as any text.
bool is_document(std::string_view head, std::string_view tail) {
  constexpr std::string_view kBlanks = " \t\r\n";
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.size(), head.find_first_not_of(kBlanks)));
  const std::size_t last = tail.find_last_not_of(kBlanks);
  if (head.empty() || last == std::string_view::npos) return false;
  if (head[0] == '[') return tail[last] == ']';
  if (head[0] != '{' || tail[last] != '}') return false;
  const std::size_t line_end = head.find('\n');
  if (line_end == std::string_view::npos) return true;
  const std::string_view line = head.substr(0, line_end);
  return line[line.find_last_not_of(kBlanks)] != '}';
}

// What the first and the last bytes of a file tell.
void judge_ends(std::string_view head, std::string_view tail, FileContent& content) {
  if (head.empty() || packing_of(head) != Packing::none || head.find('\0') != std::string_view::npos) return;
  content.ended = tail.ends_with('\n') || is_document(head, tail);
  const std::size_t first_end = head.find('\n');
  const std::size_t last = tail.find_last_not_of("\r\n");
  if (first_end == std::string_view::npos || last == std::string_view::npos) return;
  tail = tail.substr(0, last + 1);
  const std::size_t begin = tail.rfind('\n');
  if (begin == std::string_view::npos) return;  // one line, or one that is longer than any row
  const std::string_view line = tail.substr(begin + 1);
  // A line without a tab is no row at all, and counted as one that is skipped.
  const std::size_t tabs = tabs_in(line);
  content.last_row_full = line.starts_with('#') || tabs == 0 || tabs >= tabs_in(head.substr(0, first_end));
}

Result<FileContent> read_content(const std::string& path) {
  auto file = FileSource::open(path);
  if (!file) return std::move(file).error();
  FileContent content{(*file)->stamp()};
  if (content.stamp.size > kMostBytes) return Error{Errc::limit, path + ": is larger than 4 GiB, as no data is"};
  Sha256 sha;
  PageVector<char> block(kBlock);
  std::string head, tail;
  while (true) {
    auto n = (*file)->read(block);
    if (!n) return std::move(n).error();
    if (*n == 0) break;
    const std::string_view bytes(block.data(), *n);
    sha.update(bytes);
    if (head.size() < kHead) head += bytes.substr(0, kHead - head.size());
    if (bytes.size() >= kTail) {
      tail = bytes.substr(bytes.size() - kTail);
    } else {
      tail += bytes;
      if (tail.size() > kTail) tail.erase(0, tail.size() - kTail);
    }
  }
  content.digest = sha.finish();
  judge_ends(head, tail, content);
  return content;
}

// As much as there is, up to the size of `out`.
Result<std::size_t> read_block(FileSource& file, PageVector<char>& out) {
  std::size_t size = 0;
  while (size < out.size()) {
    auto n = file.read(std::span(out).subspan(size));
    if (!n) return n;
    if (*n == 0) break;
    size += *n;
  }
  return size;
}

Result<bool> compare(const std::string& path, const std::string& other) {
  auto shorter = FileSource::open(path), longer = FileSource::open(other);
  if (!shorter) return std::move(shorter).error();
  if (!longer) return std::move(longer).error();
  if ((*shorter)->stamp().size >= (*longer)->stamp().size) return false;
  PageVector<char> a(kBlock), b(kBlock);
  while (true) {
    const auto n = read_block(**shorter, a), m = read_block(**longer, b);
    if (!n) return n.error();
    if (!m) return m.error();
    if (*n > *m || std::memcmp(a.data(), b.data(), *n) != 0) return false;
    if (*n < a.size()) return true;
  }
}

}  // namespace

Result<FileContent> content_of(const std::string& path) {
  return guarded("reading ", path, [&] { return read_content(path); });
}

Result<bool> is_beginning_of(const std::string& path, const std::string& other) {
  return guarded("comparing ", path, [&] { return compare(path, other); });
}

}  // namespace ip2asn
