#include "serve/good_record.hh"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>

#include "base/files.hh"
#include "base/hash.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "store/cache_directory.hh"
#include "store/cache_names.hh"

namespace ip2asn {
namespace {

// The number goes up with each change of what follows.
constexpr std::string_view kMagic = "ip2asn good record 3\n";
constexpr std::size_t kMostStates = 8;
constexpr std::uint64_t kMostBytes = 64u << 20;
constexpr unsigned kMode = 0640;
constexpr std::size_t kShortName = 16;
constexpr std::size_t kMostAllowed = 32;

class Writer {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_text(std::string_view text) {
    put<std::uint64_t>(text.size());
    bytes_ += text;
  }
  template <class T>
  void put_all(const std::vector<T>& items) {
    put<std::uint64_t>(items.size());
    for (const T& item : items) put(item);
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool good() const { return good_; }

  template <class T>
  void get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (rest_.size() < sizeof value) good_ = false;
    if (!good_) return;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  void get_text(std::string& text) {
    const std::size_t size = count(1);
    if (!good_) return;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <class T>
  void get_all(std::vector<T>& items) {
    items.resize(count(sizeof(T)));
    for (T& item : items) get(item);
  }
  // How many items follow, of at least that size each.
  std::size_t count(std::size_t item) {
    std::uint64_t n = 0;
    get(n);
    if (n > rest_.size() / item) good_ = false;
    return good_ ? static_cast<std::size_t>(n) : 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void put(Writer& out, const Profile& profile) {
  out.put<std::uint64_t>(profile.amounts.size());
  for (const Amount& amount : profile.amounts) {
    out.put_text(amount.name);
    out.put(amount.kind);
    out.put(amount.value);
    out.put(amount.context);
  }
  out.put_all(profile.samples);
  out.put_all(profile.asns);
  out.put_all(profile.names);
}

void get(Reader& in, Profile& profile) {
  profile.amounts.resize(in.count(sizeof(Amount::value)));
  for (Amount& amount : profile.amounts) {
    in.get_text(amount.name);
    in.get(amount.kind);
    in.get(amount.value);
    in.get(amount.context);
  }
  in.get_all(profile.samples);
  in.get_all(profile.asns);
  in.get_all(profile.names);
}

Digest key_of(const Part& part) {
  std::string text(1, static_cast<char>(part.kind));
  for (const std::string& word : part.files) text += std::to_string(word.size()) + ' ' + word;
  text += part.name;
  for (const ListSelector& each : part.selectors)
    text += ' ' + std::to_string(to_string(each).size()) + ' ' + to_string(each);
  Sha256 sha;
  sha.update(text);
  return sha.finish();
}

std::string record_path(const Store& store, const Part& part) {
  return store.directory + '/' + digest_name(key_of(part), kGoodSuffix);
}

std::string copy_prefix(const Part& part) { return to_hex(key_of(part)).substr(0, kShortName) + '-'; }

std::string copy_name(const Part& part, const FileContent& file) {
  return copy_prefix(part) + to_hex(file.digest) + std::string(kCopySuffix);
}

std::optional<std::uint32_t> group_of(const Store& store) {
  return is_root() && store.user ? std::optional(store.user->gid) : std::nullopt;
}

// Whether the file at `path` is one that nobody but root, this process's user and the server's user can have made.
bool is_ours(const Store& store, const std::string& path) {
  struct stat st;
  if (::lstat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) return false;
  return st.st_uid == 0 || st.st_uid == ::geteuid() || (is_root() && store.user && st.st_uid == store.user->uid);
}

std::optional<std::string> read_ours(const Store& store, const std::string& path) {
  if (!is_ours(store, path)) return std::nullopt;
  const auto file = read_file(path, kMostBytes);
  if (!file) return std::nullopt;
  const auto bytes = file->buffer.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string bytes_of(const Part& part, const GoodRecord& record) {
  Writer out;
  out.bytes() = kMagic;
  out.put(key_of(part));
  out.put<std::uint64_t>(record.states.size());
  for (const GoodState& state : record.states) {
    out.put(state.content);
    out.put_all(state.files);
    out.put(state.context);
    out.put(state.since);
    out.put(state.until);
    put(out, state.profile);
  }
  out.put<std::uint8_t>(record.waiting.has_value());
  if (record.waiting) {
    out.put(record.waiting->content);
    out.put(record.waiting->looks);
    out.put(record.waiting->refused_ns);
    out.put(record.waiting->seen_ns);
    put(out, record.waiting->profile);
  }
  out.put<std::uint64_t>(XXH3_64bits(out.bytes().data(), out.bytes().size()));
  return std::move(out.bytes());
}

std::optional<GoodRecord> record_of(const Part& part, std::string_view bytes) {
  std::uint64_t checksum = 0;
  if (bytes.size() < kMagic.size() + sizeof checksum || !bytes.starts_with(kMagic)) return std::nullopt;
  std::memcpy(&checksum, bytes.data() + bytes.size() - sizeof checksum, sizeof checksum);
  bytes.remove_suffix(sizeof checksum);
  if (XXH3_64bits(bytes.data(), bytes.size()) != checksum) return std::nullopt;
  Reader in(bytes.substr(kMagic.size()));
  Digest key{};
  in.get(key);
  GoodRecord record;
  record.states.resize(std::min(in.count(sizeof(Digest)), kMostStates));
  for (GoodState& state : record.states) {
    in.get(state.content);
    in.get_all(state.files);
    in.get(state.context);
    in.get(state.since);
    in.get(state.until);
    get(in, state.profile);
    if (state.files.size() != part.files.size()) return std::nullopt;
  }
  std::uint8_t waits = 0;
  in.get(waits);
  if (waits != 0) {
    WaitingState& waiting = record.waiting.emplace();
    in.get(waiting.content);
    in.get(waiting.looks);
    in.get(waiting.refused_ns);
    in.get(waiting.seen_ns);
    get(in, waiting.profile);
  }
  if (!in.good() || key != key_of(part)) return std::nullopt;
  return record;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end != 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

void drop_other_copies(const Store& store, const Part& part, const std::vector<FileContent>& files) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(store.directory.c_str()), ::closedir);
  const std::string prefix = copy_prefix(part);
  while (const dirent* item = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string_view name = item->d_name;
    const auto is_it = [&](const FileContent& file) { return name == copy_name(part, file); };
    if (!name.starts_with(prefix) || !name.ends_with(kCopySuffix) || std::any_of(files.begin(), files.end(), is_it)) {
      continue;
    }
    ::unlinkat(::dirfd(directory.get()), item->d_name, 0);
  }
}

// What was not used for so long nobody uses. Servers touch their records once a day.
constexpr std::int64_t kUnused = std::int64_t{7} * 24 * 3600 * 1'000'000'000;

// Takes the tag off the end; false when it is wrong.
bool take_tag(std::string& bytes, const EntryKey& key) {
  constexpr std::size_t kTag = 32;
  if (bytes.size() < kTag) return false;
  const std::string tag = bytes.substr(bytes.size() - kTag);
  bytes.resize(bytes.size() - kTag);
  return key.tag(bytes) == tag;
}

}  // namespace

std::vector<Part> parts_of(const Recipe& recipe) {
  std::vector<Part> parts;
  if (!recipe.hoster_map.empty()) parts.push_back({Part::Kind::hosters, "", {recipe.hoster_map}});
  for (const ListFile& list : recipe.lists) parts.push_back({Part::Kind::list, list.name, {list.path}, list.selectors});
  if (!recipe.names.empty()) parts.push_back({Part::Kind::names, "", recipe.names});
  parts.push_back({Part::Kind::database, "", recipe.sources});
  return parts;
}

Digest content_of(const std::vector<FileContent>& files) {
  if (files.size() == 1) return files[0].digest;
  Sha256 sha;
  for (const FileContent& file : files) {
    sha.update({reinterpret_cast<const char*>(file.digest.data()), sizeof file.digest});
  }
  return sha.finish();
}

GoodRecord read_record(const Store& store, const Part& part) {
  auto bytes = read_ours(store, record_path(store, part));
  if (bytes && store.key && !take_tag(*bytes, *store.key)) bytes.reset();
  auto record = bytes ? record_of(part, *bytes) : std::nullopt;
  return record ? *std::move(record) : GoodRecord();
}

Result<Done> write_record(const Store& store, const Part& part, const GoodRecord& record) {
  std::string bytes = bytes_of(part, record);
  if (store.key) bytes += store.key->tag(bytes);
  return replace_file(record_path(store, part), std::as_bytes(std::span(bytes)), kMode, group_of(store),
                      Durability::none);
}

void add_state(GoodRecord& record, GoodState state) {
  auto& states = record.states;
  if (!states.empty()) states.front().until = std::max(states.front().until, state.since);
  std::erase_if(states,
                [&](const GoodState& each) { return each.content == state.content && each.context == state.context; });
  states.insert(states.begin(), std::move(state));
  while (states.size() > kMostStates) {
    states.erase(std::min_element(states.begin() + 1, states.end(), [](const GoodState& a, const GoodState& b) {
      return a.until - a.since < b.until - b.since;
    }));
  }
}

Result<Done> keep_copies(const Store& store, const Part& part, const std::vector<FileContent>& files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = store.directory + '/' + copy_name(part, files[i]);
    if (is_ours(store, path)) continue;
    if (auto copied = copy_file(part.files[i], files[i].stamp, path, kMode, group_of(store)); !copied) return copied;
  }
  drop_other_copies(store, part, files);
  return Done{};
}

bool has_copies(const Store& store, const Part& part, const GoodState& state) {
  return std::all_of(state.files.begin(), state.files.end(), [&](const FileContent& file) {
    return is_ours(store, store.directory + '/' + copy_name(part, file));
  });
}

std::optional<std::vector<std::string>> copies_of(const Store& store, const Part& part, const GoodState& state,
                                                  std::vector<FileContent>& files) {
  std::vector<std::string> paths;
  std::vector<FileContent> contents;
  for (const FileContent& file : state.files) {
    paths.push_back(store.directory + '/' + copy_name(part, file));
    if (!is_ours(store, paths.back())) return std::nullopt;
    auto content = content_of(paths.back());
    if (!content || content->digest != file.digest) return std::nullopt;
    contents.push_back(*content);
  }
  files = std::move(contents);
  return paths;
}

void touch_records(const Store& store, const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    (void)::utimensat(AT_FDCWD, record_path(store, part).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  }
}

void drop_unused_records(const Store& store, const std::vector<Part>& parts, std::int64_t now_ns) {
  std::set<std::string> used;  // the beginnings of names
  for (const Part& part : parts) used.insert(to_hex(key_of(part)).substr(0, kShortName));
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(store.directory.c_str()), ::closedir);
  std::vector<std::string> old;
  while (const dirent* item = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string name = item->d_name;
    const bool copy = name.ends_with(kCopySuffix) && name.size() > kShortName && name[kShortName] == '-';
    if (!copy && !digest_of_name(name, kGoodSuffix)) continue;
    struct stat st;
    if (::fstatat(::dirfd(directory.get()), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!copy && now_ns - stamp_of(st).mtime_ns < kUnused) {
      used.insert(name.substr(0, kShortName));
    } else if (now_ns - stamp_of(st).mtime_ns >= kUnused) {
      old.push_back(name);
    }
  }
  for (const std::string& name : old) {
    if (!used.contains(name.substr(0, kShortName))) ::unlinkat(::dirfd(directory.get()), name.c_str(), 0);
  }
}

std::string short_name(const Digest& content) { return to_hex(content).substr(0, kShortName); }

std::string allowed_file(const std::string& directory) { return directory + "/accepted"; }

bool is_allowed(const Store& store, const Digest& content) {
  const auto text = read_ours(store, allowed_file(store.directory));
  if (!text) return false;
  const auto lines = lines_of(*text);
  return std::find(lines.begin(), lines.end(), short_name(content)) != lines.end();
}

Result<Done> allow_content(const std::string& directory, const std::string& name) {
  if (name.size() != kShortName || name.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Error{Errc::argument, "'" + name + "' is not 16 hexadecimal digits as the log names them"};
  }
  struct stat st;
  if (::stat(directory.c_str(), &st) != 0) return system_error(directory, "cannot be examined");
  Store store;
  store.directory = directory;
  store.user = FileOwner{st.st_uid, st.st_gid};
  std::vector<std::string> lines = lines_of(read_ours(store, allowed_file(directory)).value_or(""));
  std::erase(lines, name);
  lines.push_back(name);
  if (lines.size() > kMostAllowed) lines.erase(lines.begin(), lines.end() - kMostAllowed);
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return replace_file(allowed_file(directory), std::as_bytes(std::span(text)), kMode, group_of(store));
}

}  // namespace ip2asn
