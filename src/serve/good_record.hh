// What was found good before, kept in the cache's directory so that it outlives the server.
//
// The database, the hoster map, the names files and each list are a part each of what an index is made of. A part has a
// record, named after the files that it consists of: the states of it that were accepted last, each with its profile
// and the stamps its files had, and the state that waits to be accepted, if there is one. Of the newest good state the
// files themselves are kept as copies: from them any index can be made again, also one with other lists and overrides
// than before.
//
// Records and copies are believed when they belong to root, to this process's user, or to the server's user, and nobody
// else can write to them, and when they are tagged with root's secret where the store has it (store/entry_key.hh); what
// is damaged or missing is as if it had never been. Copies are checked by their SHA-256.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hh"
#include "base/result.hh"
#include "serve/profile.hh"
#include "store/cache.hh"
#include "store/contents.hh"
#include "store/recipe.hh"

namespace ip2asn {

struct Part {
  enum class Kind : std::uint8_t { hosters, list, database, names };
  Kind kind = Kind::database;
  std::string name;  ///< of a list
  std::vector<std::string> files;
  std::vector<ListSelector> selectors = {};  ///< of a list
};

/// The parts of a recipe; their files together are Recipe::inputs(), in that order.
std::vector<Part> parts_of(const Recipe& recipe);

struct GoodState {
  Digest content{};
  std::vector<FileContent> files;  ///< without an inode when the file was written too short a time before
  std::uint64_t context = 0;       ///< what its profile depends on besides the files
  std::int64_t since = 0;          ///< when it was taken, and until when it was in use: seconds since 1970
  std::int64_t until = 0;
  Profile profile;
};

struct WaitingState {
  Digest content{};
  std::uint32_t looks = 0;      ///< that found it
  std::int64_t refused_ns = 0;  ///< for how long states of its shape were refused
  std::int64_t seen_ns = 0;     ///< when it was last seen, since 1970
  Profile profile;              ///< empty when it could not be read
};

struct GoodRecord {
  std::vector<GoodState> states;  ///< newest first
  std::optional<WaitingState> waiting;
};

/// The SHA-256 of a part's files.
Digest content_of(const std::vector<FileContent>& files);

/// An empty record when there is none that can be believed.
GoodRecord read_record(const Store& store, const Part& part);
Result<Done> write_record(const Store& store, const Part& part, const GoodRecord& record);

/// Puts `state`, which has just been accepted, first. Of the older ones those stay that were in use for longest.
void add_state(GoodRecord& record, GoodState state);

/// Copies the part's files, which are in the state of `files`, and removes the copies of former states.
Result<Done> keep_copies(const Store& store, const Part& part, const std::vector<FileContent>& files);

/// Whether the copies of a state are there; their content is not looked at.
bool has_copies(const Store& store, const Part& part, const GoodState& state);

/// The paths of the copies of a state; nothing when one is missing or is not what it was. `files` becomes what they
/// hold.
std::optional<std::vector<std::string>> copies_of(const Store& store, const Part& part, const GoodState& state,
                                                  std::vector<FileContent>& files);

/// Notes that records of these parts, as far as there are any, are in use. Servers that run do so once a day.
void touch_records(const Store& store, const std::vector<Part>& parts);

/// Removes the records and copies of other parts that no server has used for a week: of files that no configuration
/// names any more. Other servers may share the directory.
void drop_unused_records(const Store& store, const std::vector<Part>& parts, std::int64_t now_ns);

/// Whether an administrator said that this content is to be taken (see allow_content()).
bool is_allowed(const Store& store, const Digest& content);

/// What messages call a content, and allow_content() takes: 16 hexadecimal digits.
std::string short_name(const Digest& content);

/// Says that the content of that short name is to be taken, in a file in `directory` that only its owner may write.
Result<Done> allow_content(const std::string& directory, const std::string& short_name);

/// The file that allow_content() writes.
std::string allowed_file(const std::string& directory);

}  // namespace ip2asn
