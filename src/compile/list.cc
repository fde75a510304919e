#include "compile/list.hh"

#include <rapidjson/document.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/files.hh"
#include "base/system_error.hh"
#include "base/text.hh"
#include "net/asn.hh"
#include "net/prefix_text.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kLinesForOneSkipped = 10'000;  // 0.01 %
constexpr std::size_t kMostSkippedJson = 10;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// An entry of a list, or why it is none.
using Entry = std::variant<std::uint32_t, Prefix, std::string>;

Entry parse_network(std::string_view text) {
  auto network = network_of(text);
  if (!network) return std::move(network).error().message;
  return *network;
}

Entry parse_entry(std::string_view text) {
  if (text.find_first_of(".:/") != std::string_view::npos) return parse_network(text);
  const auto asn = parse_asn(text);
  if (!asn)
    return quoted(text) + " is neither an AS number nor a network; write AS64500, 192.0.2.0/24 or 2001:db8::/32";
  if (*asn == 0) return quoted(text) + " is no AS: 0 stands for what nobody announces";
  return *asn;
}

class Parser {
 public:
  Parser(std::string_view file, Findings& findings) : file_(file), findings_(findings) {}

  Result<NetworkList> parse(std::string_view text, std::string_view name) {
    if (text.empty()) return damaged("is empty; write a comment into a list that is meant to be empty");
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return damaged("is UTF-16; save it as UTF-8");
    if (text.starts_with('<')) return damaged("is an HTML or XML page, not a list; fetch the file again");
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
      const auto before = text.substr(0, nul);
      line_ = static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')) + 1;
      return damaged("holds a NUL byte; this is no text");
    }
    json_ = text.substr(std::min(text.size(), text.find_first_not_of(" \t\r\n"))).starts_with('{');
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++line_;
      if (json_) {
        json_line(trimmed(line));
      } else {
        text_line(trimmed(line.substr(0, line.find_first_of("#;"))));
      }
    }
    return finish(name);
  }

 private:
  Error damaged(std::string_view reason) const {
    std::string message(file_);
    if (line_ != 0) message += ", line " + std::to_string(line_);
    return {Errc::damaged, message + ": " + std::string(reason)};
  }

  void text_line(std::string_view text) {
    if (!text.empty()) take(parse_entry(text), text);
  }

  void json_line(std::string_view text) {
    if (text.empty()) return;
    rapidjson::Document object;
    object.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    if (object.HasParseError() || !object.IsObject()) return take(quoted(text) + " is no JSON object", text);
    const auto string = [&](const char* key) -> std::string_view {
      const auto at = object.FindMember(key);
      if (at == object.MemberEnd() || !at->value.IsString()) return {};
      return {at->value.GetString(), at->value.GetStringLength()};
    };
    if (string("type") == "metadata") {
      const auto records = object.FindMember("records");
      if (records != object.MemberEnd() && records->value.IsUint64()) announced_ = records->value.GetUint64();
      return;
    }
    const auto asn = object.FindMember("asn");
    if (asn != object.MemberEnd() && asn->value.IsUint() && asn->value.GetUint() != 0) {
      take(asn->value.GetUint(), text);
    } else if (const std::string_view network = string("cidr"); !network.empty()) {
      take(parse_network(network), text);
    } else {
      take(quoted(text) + " has neither an \"asn\" from 1 to 4294967295 nor a \"cidr\"", text);
    }
  }

  void take(const Entry& entry, std::string_view text) {
    ++entries_;
    if (const auto* asn = std::get_if<std::uint32_t>(&entry)) {
      list_.asns.push_back(*asn);
    } else if (const auto* network = std::get_if<Prefix>(&entry)) {
      list_.networks.push_back(network->range());
    } else {
      findings_.add(Finding::bad_list_entry, file_, line_, text);
      if (skipped_++ == 0) first_reason_ = damaged(*std::get_if<std::string>(&entry)).message;
    }
  }

  Result<NetworkList> finish(std::string_view name) {
    const std::size_t share = entries_ / kLinesForOneSkipped;
    const std::size_t allowed = json_ ? std::max(kMostSkippedJson, share) : share;
    if (skipped_ > allowed || (skipped_ != 0 && skipped_ == entries_)) {
      if (skipped_ > 1) first_reason_ += " (and " + std::to_string(skipped_ - 1) + " bad lines more)";
      return Error{Errc::damaged, std::move(first_reason_)};
    }
    line_ = 0;
    if (announced_ && *announced_ != entries_) {
      return damaged("says that it has " + std::to_string(*announced_) + " records, but has " +
                     std::to_string(entries_) + "; fetch the file again");
    }
    list_.name = name;
    list_.entries = entries_ - skipped_;
    std::sort(list_.asns.begin(), list_.asns.end());
    list_.asns.erase(std::unique(list_.asns.begin(), list_.asns.end()), list_.asns.end());
    join_networks();
    return std::move(list_);
  }

  void join_networks() {
    auto& networks = list_.networks;
    std::sort(networks.begin(), networks.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < networks.size(); ++i) {
      Range* last = kept == 0 ? nullptr : &networks[kept - 1];
      // The address after a family's last one wraps around to its first, which no later range begins with.
      if (last != nullptr && last->first.family == networks[i].first.family &&
          (networks[i].first <= last->last || networks[i].first == next(last->last))) {
        last->last = std::max(last->last, networks[i].last);
      } else {
        networks[kept++] = networks[i];
      }
    }
    networks.resize(kept);
  }

  std::string_view file_;
  Findings& findings_;
  NetworkList list_;
  bool json_ = false;
  std::uint64_t line_ = 0;
  std::size_t entries_ = 0;  // skipped ones included
  std::size_t skipped_ = 0;
  std::string first_reason_;
  std::optional<std::uint64_t> announced_;  // by the metadata
};

}  // namespace

Result<NetworkList> parse_list(std::string_view text, std::string_view name, std::string_view file,
                               Findings& findings) {
  return guarded("reading ", file, [&] { return Parser(file, findings).parse(text, name); });
}

Result<NetworkList> read_list(const ListFile& file, Findings& findings) {
  const Result<FileBytes> bytes = read_file(file.path, kMaxListFile);
  if (!bytes) return bytes.error();
  const auto text = bytes->buffer.bytes();
  return parse_list({reinterpret_cast<const char*>(text.data()), text.size()}, file.name, file.path, findings);
}

}  // namespace ip2asn
