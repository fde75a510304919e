#include "cli/annotate_json.hh"

#include <algorithm>
#include <charconv>

#include "cli/annotate_address.hh"
#include "cli/annotate_keys.hh"

namespace ip2asn::cli {
namespace {

// Behind the string that begins at `at`; npos when it does not end.
std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

// Calls open(key, array), scalar(key, text, is_string), close(), and member(key, begin, end) for the outermost object's
// own. Returns the size of the object, 0 when it does not end.
template <class Handler>
std::size_t walk(std::string_view text, Handler& handler) {
  struct Level {
    bool array;
    std::string_view key;
    std::size_t begin;
  };
  constexpr std::size_t kDeepest = 64;
  Level levels[kDeepest];
  std::size_t depth = 0, at = 0;
  std::string_view key;
  std::size_t begin = 0;
  bool wants_key = false;
  const auto done = [&] {
    if (depth == 1) handler.member(key, begin, at);
  };
  while (at < text.size()) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == ':') {
      ++at;
    } else if (c == ',') {
      wants_key = depth > 0 && !levels[depth - 1].array;
      ++at;
    } else if (c == '{' || c == '[') {
      if (depth == kDeepest) return 0;
      handler.open(key, c == '[');
      levels[depth++] = {c == '[', key, begin};
      wants_key = c == '{';
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0 || levels[depth - 1].array != (c == ']')) return 0;
      handler.close();
      key = levels[--depth].key;
      begin = levels[depth].begin;
      ++at;
      if (depth == 0) return at;
      done();
      wants_key = false;
    } else if (c == '"') {
      const std::size_t end = end_of_string(text, at);
      if (end == std::string_view::npos) return 0;
      const std::string_view inside = text.substr(at + 1, end - at - 2);
      if (wants_key) {
        key = inside;
        begin = at;
        wants_key = false;
        at = end;
      } else {
        at = end;
        handler.scalar(key, inside, true);
        done();
      }
    } else {
      const std::size_t end = std::min(text.find_first_of(" \t,]}", at), text.size());
      handler.scalar(key, text.substr(at, end - at), false);
      at = end;
      done();
    }
  }
  return 0;
}

class Reader {
 public:
  explicit Reader(const Place& place) : place_(place) {}

  void open(std::string_view key, bool array) {
    if (depth_ == 0) {
      levels_[depth_++] = {};
      return;
    }
    const Level& around = levels_[depth_ - 1];
    PlainKey own;
    own.append(key);
    const KeyRole role = meaning_of(own.text()).role;
    // The elements of an array have the name of the array, and its parent.
    Level level{array ? around.key : key, around.trust, array};
    if (role == KeyRole::claimed) level.trust = Trust::claimed;
    if (!array && (role == KeyRole::other || role == KeyRole::bytes))
      level.trust = std::max(level.trust, Trust::unknown);
    if (depth_ < kDeepest) levels_[depth_] = level;
    ++depth_;
  }
  void close() noexcept { --depth_; }
  void member(std::string_view, std::size_t, std::size_t) noexcept {}

  void scalar(std::string_view key, std::string_view text, bool is_string) {
    if (depth_ == 0 || depth_ > kDeepest) return;
    const Level& around = levels_[depth_ - 1];
    if (!place_.key.empty()) {
      if (client_rank_ == kUnranked && is_wanted(key)) take(line_.client, client_rank_, 0, address(text));
      take_bytes(meaning(key, around).role == KeyRole::bytes ? 1 : kUnranked, text);
      return;
    }
    const KeyMeaning means = meaning(key, around);
    const unsigned penalty = around.trust == Trust::unknown ? 100 : 0;
    if (means.role == KeyRole::forwarded && is_string) {
      take(line_.forwarded, forwarded_rank_, means.rank, forwarded_client(plain(text), place_.proxies.value_or(0)));
    }
    if (around.trust == Trust::claimed) return;
    if (means.role == KeyRole::client && is_string)
      take(line_.client, client_rank_, means.rank + penalty, address(text));
    if (means.role == KeyRole::bytes) take_bytes(means.rank + penalty, text);
    if (means.role == KeyRole::text && is_string && means.rank + penalty < text_rank_) {
      line_.text = text;
      text_rank_ = means.rank + penalty;
    }
    if (means.role == KeyRole::other && is_string && sounds_like_client(key)) {
      constexpr unsigned kVague = 200;
      take(line_.client, client_rank_, kVague + penalty, address(text));
    }
  }

  JsonLine result() const { return line_; }

 private:
  enum class Trust : std::uint8_t { known, unknown, claimed };
  struct Level {
    std::string_view key;
    Trust trust = Trust::known;
    bool array = false;
  };
  static constexpr std::size_t kDeepest = 64;

  static void take(std::optional<Address>& to, unsigned& best, unsigned rank, const std::optional<Address>& address) {
    if (!address || rank >= best) return;
    to = address;
    best = rank;
  }

  void take_bytes(unsigned rank, std::string_view text) {
    std::uint64_t bytes = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    if (rank >= bytes_rank_ || problem == std::errc::invalid_argument) return;
    line_.bytes = problem == std::errc() ? bytes : ~std::uint64_t{0};
    bytes_rank_ = rank;
  }

  std::string_view plain(std::string_view text) {
    if (text.find('\\') == std::string_view::npos) return text;
    unescaped_ = json_unescaped(text);
    return unescaped_;
  }

  std::optional<Address> address(std::string_view text) {
    text = plain(text);
    return text.find(',') == std::string_view::npos ? address_of(text) : forwarded_client(text, 0);
  }

  // By the key, or by its parent and the key ("client": {"ip": …}).
  static KeyMeaning meaning(std::string_view key, const Level& around) {
    PlainKey own;
    own.append(key);
    const KeyMeaning alone = meaning_of(own.text());
    if (around.key.empty() ||
        (alone.role != KeyRole::other && alone.role != KeyRole::client && alone.role != KeyRole::bytes)) {
      return alone;
    }
    PlainKey joined;
    joined.append(around.key);
    joined.append(key);
    const KeyMeaning both = meaning_of(joined.text());
    if (both.role == KeyRole::other) return alone;
    return alone.role == both.role && alone.rank <= both.rank ? alone : both;
  }

  static bool sounds_like_client(std::string_view key) {
    constexpr std::string_view kEnds[] = {"ip", "ips", "addr", "address", "ipv4", "ipv6"};
    constexpr std::string_view kOthers[] = {"server", "upstream", "dest",    "dst",   "local", "edge", "origin",
                                            "listen", "target",   "backend", "proxy", "host",  "http", "internal",
                                            "bind",   "x",        "req",     "node",  "pod"};
    PlainKey own;
    own.append(key);
    const std::string_view name = own.text();
    return std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return name.ends_with(end); }) &&
           std::none_of(std::begin(kOthers), std::end(kOthers),
                        [&](std::string_view other) { return name.starts_with(other); });
  }

  // By its own name, or by the path to it, divided by full stops.
  bool is_wanted(std::string_view key) const {
    std::string_view wanted = place_.key;
    if (key == wanted) return true;
    if (!wanted.ends_with(key)) return false;
    wanted.remove_suffix(key.size());
    for (std::size_t i = depth_; i-- > 1 && !wanted.empty();) {
      if (levels_[i].array) continue;
      const std::string_view parent = levels_[i].key;
      if (!wanted.ends_with('.')) return false;
      wanted.remove_suffix(1);
      if (!wanted.ends_with(parent)) return false;
      wanted.remove_suffix(parent.size());
    }
    return wanted.empty();
  }

  const Place& place_;
  JsonLine line_;
  Level levels_[kDeepest];
  std::size_t depth_ = 0;
  unsigned client_rank_ = kUnranked, forwarded_rank_ = kUnranked, bytes_rank_ = kUnranked, text_rank_ = kUnranked;
  std::string unescaped_;
};

struct Members {
  std::vector<JsonMember>& all;
  void open(std::string_view, bool) noexcept {}
  void close() noexcept {}
  void scalar(std::string_view, std::string_view, bool) noexcept {}
  void member(std::string_view key, std::size_t begin, std::size_t end) {
    if (!all.empty() && all.back().begin == begin) all.pop_back();
    all.push_back({key, begin, end});
  }
};

void append_utf8(std::string& to, std::uint32_t code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
    return;
  }
  if (code >= 0x800) to += static_cast<char>(0xE0 | code >> 12);
  to += static_cast<char>(code < 0x800 ? 0xC0 | code >> 6 : 0x80 | (code >> 6 & 0x3F));
  to += static_cast<char>(0x80 | (code & 0x3F));
}

}  // namespace

JsonLine read_json_line(std::string_view line, const Place& place) {
  Reader reader(place);
  walk(line, reader);
  return reader.result();
}

std::size_t json_object(std::string_view line, std::vector<JsonMember>& members) {
  members.clear();
  Members collected{members};
  return walk(line, collected);
}

std::string json_unescaped(std::string_view raw) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  std::string text;
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const char next = at + 1 < raw.size() ? raw[at + 1] : ' ';
    const std::size_t escape = kEscapes.find(next);
    std::uint32_t code = 0;
    const std::string_view digits = raw.substr(std::min(at + 2, raw.size()), 4);
    if (raw[at] != '\\') {
      text += raw[at];
    } else if (escape != std::string_view::npos) {
      text += kMeanings[escape];
      ++at;
    } else if (next == 'u' && digits.size() == 4 &&
               std::from_chars(digits.data(), digits.data() + 4, code, 16).ptr == digits.data() + 4) {
      append_utf8(text, code);
      at += 5;
    } else {
      text += raw[at];
    }
  }
  return text;
}

}  // namespace ip2asn::cli
