// replay DIR: reads recorded answers as the tool would, and prints a line for each:
//   FILE: range | holder | name | handle | country | registry
// or why there is none. RDAP answers are *.json, or *.txt that begin with an HTTP status line; tables of IANA have
// "iana" in their names; "refusals.txt" holds a refusal a line ("server | where | text"); all else is WHOIS.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_read.hh"
#include "registry/bootstrap.hh"
#include "registry/rdap.hh"
#include "registry/whois_text.hh"

namespace {

using namespace ip2asn;

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string line_of(const Reading& reading) {
  const Block& block = reading.block;
  if (reading.outcome != Outcome::answer) return std::string(name_of(reading.outcome)) + ": " + reading.text;
  return range_text(block.range) + (block.range_is_asked ? " (as asked)" : "") + " | " + or_dash(block.holder) + " | " +
         or_dash(block.name) + " | " + or_dash(block.handle) + " | " + or_dash(block.country) + " | " +
         or_dash(block.registry);
}

// What was asked is not recorded: the first address of the answer.
Range asked_of(std::string_view body) {
  rapidjson::Document document;
  Range asked;
  if (read_json(body, kMaxRdapDepth, document).empty() && document.IsObject()) {
    if (!read_registry_address(json_string(document, "startAddress"), asked.first)) {
      Range handle;
      if (read_registry_range(json_string(document, "handle"), handle)) asked.first = handle.first;
    }
  }
  asked.last = asked.first;
  return asked;
}

std::string rdap(std::string_view text) {
  int status = 200;
  if (text.starts_with("HTTP/")) {
    const std::size_t blank = std::min(text.find(' '), text.size() - 1);
    std::from_chars(text.data() + blank + 1, text.data() + text.size(), status);
    const std::size_t crlf = text.find("\r\n\r\n"), lf = text.find("\n\n");
    text.remove_prefix(
        std::min(text.size(), std::min(crlf == text.npos ? crlf : crlf + 4, lf == text.npos ? lf : lf + 2)));
  }
  return line_of(read_rdap_network(status, text, asked_of(text), {}));
}

// A name such as "whois-198.51.100.7.txt" says what was asked.
std::optional<Range> asked_in(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    for (std::size_t size = std::min<std::size_t>(15, name.size() - at); size >= 7; --size) {
      if (const auto address = parse_address(name.substr(at, size))) return Range{*address, *address};
    }
  }
  return std::nullopt;
}

std::string whois(const std::string& name, std::string_view text) {
  const std::optional<Range> asked = asked_in(name);
  const WhoisReading read = read_whois(text, asked ? &*asked : nullptr);
  return line_of(read.reading) + (read.referral.empty() ? "" : " -> " + read.referral);
}

std::string table(const std::string& name, std::string_view text) {
  if (name.find("object-tags") != std::string::npos) return "a table of object tags, which no query takes";
  const bool asns = name.find("asn") != std::string::npos;
  const auto kind = asns ? BootstrapTable::Kind::asns : BootstrapTable::Kind::addresses;
  const Result<BootstrapTable> read = BootstrapTable::read(text, kind, name);
  if (!read) return "failed: " + read.error().message;
  return "table of " + std::string(read->publication()) + ", " +
         (asns ? std::string() : std::to_string(read->prefixes().size()) + " prefixes, ") +
         std::to_string(read->urls().size()) + " services";
}

void refusals(const std::string& name, std::string_view text) {
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::size_t first = line.find(" | "), second = line.find(" | ", first + 3);
    if (line.starts_with('#') || first == line.npos || second == line.npos) continue;
    const std::string_view where = line.substr(first + 3, second - first - 3);
    std::string said(line.substr(second + 3, line.find(" | ", second + 3) - second - 3));
    std::string result;
    if (where.find("429") != where.npos) {
      result = line_of(read_rdap_network(429, said, {}, {}));
    } else if (where.find("RDAP") != where.npos) {
      const std::string body = R"({"notices":[{"title":"Rate Limit Notice","description":[")" + said + "\"]}]}";
      result = line_of(read_rdap_network(200, body, {}, {}));
    } else {
      for (std::size_t slash; (slash = said.find(" / ")) != said.npos;) said.replace(slash, 3, "\n% ");
      result = line_of(read_whois(said, nullptr).reading);
    }
    std::printf("%s:%d: %s\n", name.c_str(), number, result.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("Usage: replay DIR\n", stderr);
    return 2;
  }
  std::vector<std::filesystem::path> paths;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], problem)) paths.push_back(entry.path());
  if (problem) {
    std::fprintf(stderr, "replay: %s: %s\n", argv[1], problem.message().c_str());
    return 6;
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    const std::string name = path.filename();
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (name.ends_with(".md") || name.ends_with(".csv")) continue;
    if (name == "refusals.txt") {
      refusals(name, text);
      continue;
    }
    const std::string line = name.starts_with("iana")                               ? table(name, text)
                             : name.ends_with(".json") || text.starts_with("HTTP/") ? rdap(text)
                                                                                    : whois(name, text);
    std::printf("%s: %s\n", name.c_str(), line.c_str());
  }
}
