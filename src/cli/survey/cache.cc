#include "cli/survey/cache.hh"

#include <rapidjson/document.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <span>

#include "answer/render.hh"
#include "base/files.hh"
#include "base/json.hh"
#include "cli/describe.hh"

namespace ip2asn::cli {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
constexpr std::uint32_t kFormat = 1;
constexpr std::string_view kAddresses = "addresses", kFailures = "failures", kAnswers = "answers";

using Json = rapidjson::Value;

std::string text_of(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

std::string hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

std::optional<std::uint64_t> from_hex(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

const Json* member(const Json& object, const char* key, bool (Json::*is)() const) {
  const auto found = object.FindMember(key);
  return found != object.MemberEnd() && (found->value.*is)() ? &found->value : nullptr;
}

// Reads what `object` says of an address; false when that is not an answer.
bool take_members(const Json& object, api::AnswerReader& reader) {
  reader.restart();
  for (const auto& each : object.GetObject()) {
    const api::Field field = api::AnswerReader::field_of(text_of(each.name));
    if (field == api::kFieldCount) continue;
    const Json& value = each.value;
    const bool taken = value.IsBool()   ? reader.take(field, value.GetBool())
                       : value.IsUint() ? reader.take(field, std::uint32_t{value.GetUint()})
                                        : value.IsString() && reader.take(field, text_of(value));
    if (!taken) return false;
  }
  return reader.has(api::kAddr) && reader.has(api::kAnnounced);
}

// Whether `object` is the content of a cache file of this kind, and from these servers when `servers` is not null.
bool is_cache(const Json& object, std::string_view kind) {
  if (!object.IsObject()) return false;
  const Json* const format = member(object, "format", &Json::IsUint);
  const Json* const named = member(object, "kind", &Json::IsString);
  return format && format->GetUint() == kFormat && named && text_of(*named) == kind &&
         member(object, "servers", &Json::IsString) && member(object, "entries", &Json::IsArray);
}

}  // namespace

std::string SurveyCache::path(std::string_view kind) const {
  return options_.directory + '/' + std::string(kind) + ".json";
}

// `read` takes one entry and its time; false when it is no such entry.
template <class Read>
void SurveyCache::load(std::string_view kind, Read&& read) {
  if (options_.directory.empty()) return;
  const std::string from = path(kind);
  if (::access(from.c_str(), F_OK) != 0) return;
  const Result<FileBytes> file = read_file(from, kMostBytes);
  if (!file) {
    warnings_.push_back(file.error().message);
    return;
  }
  const auto bytes = file->buffer.bytes();
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bool good = !document.HasParseError() && is_cache(document, kind);
  if (good) {
    const bool foreign = kind != kAnswers && text_of(document["servers"]) != options_.servers;
    for (const Json& entry : document["entries"].GetArray()) {
      const Json* const time = entry.IsObject() ? member(entry, "time", &Json::IsInt64) : nullptr;
      good = good && time != nullptr && read(entry, foreign ? INT64_MIN : time->GetInt64());
    }
  }
  if (good) return;
  const std::string aside = from + ".bad";
  warnings_.push_back(from + ": is damaged; set aside as " + aside);
  if (std::rename(from.c_str(), aside.c_str()) != 0) warnings_.push_back(aside + ": cannot be written");
  if (kind == kAddresses) addresses_.clear();
  if (kind == kFailures) failures_.clear();
  if (kind == kAnswers) answers_.clear();
}

SurveyCache::SurveyCache(Options options, std::int64_t now) : options_(std::move(options)), now_(now) {
  // An entry from the future is one whose clock was wrong: it would never grow old.
  const auto fresh = [&](std::int64_t time, const CacheAges& ages, std::uint64_t& dropped) {
    const bool keep = time <= now_ + 60 && time > now_ - ages.expire;
    dropped += !keep;
    return keep;
  };
  load(kAddresses, [&](const Json& json, std::int64_t time) {
    const Json* const host = member(json, "host", &Json::IsString);
    const Json* const list = member(json, "addresses", &Json::IsArray);
    const Json* const failure = member(json, "failure", &Json::IsString);
    if (!host || !list || !failure || list->Empty()) return false;
    Entry<Resolution> entry{time, {{}, text_of(*failure), false}};
    for (const Json& each : list->GetArray()) {
      const std::optional<Address> address = each.IsString() ? parse_address(text_of(each)) : std::nullopt;
      if (!address) return false;
      entry.value.addresses.push_back(*address);
    }
    if (fresh(time, options_.addresses, dropped_[0])) addresses_[text_of(*host)] = std::move(entry);
    return true;
  });
  load(kFailures, [&](const Json& json, std::int64_t time) {
    const Json* const host = member(json, "host", &Json::IsString);
    const Json* const failure = member(json, "failure", &Json::IsString);
    if (!host || !failure) return false;
    if (fresh(time, options_.failures, dropped_[1])) failures_[text_of(*host)] = {time, text_of(*failure)};
    return true;
  });
  api::AnswerReader reader;
  load(kAnswers, [&](const Json& json, std::int64_t time) {
    const Json* const generation = member(json, "generation", &Json::IsString);
    const Json* const answer = member(json, "answer", &Json::IsObject);
    if (!generation || !answer) return false;
    const std::optional<std::uint64_t> number = from_hex(text_of(*generation));
    if (!number || !take_members(*answer, reader)) return false;
    if (fresh(time, options_.answers, dropped_[2])) {
      answers_[{*number, reader.answer().address}] = {time, api::KeptAnswer(reader.answer())};
    }
    return true;
  });
  addresses_changed_ = dropped_[0] > 0;
  failures_changed_ = dropped_[1] > 0;
  answers_changed_ = dropped_[2] > 0;
}

std::optional<SurveyCache::Known> SurveyCache::host(const std::string& name) const {
  if (const auto found = addresses_.find(name); found != addresses_.end()) {
    return Known{found->second.value, found->second.time <= now_ - options_.addresses.refresh};
  }
  if (const auto found = failures_.find(name); found != failures_.end()) {
    return Known{{{}, found->second.value, false}, found->second.time <= now_ - options_.failures.refresh};
  }
  return std::nullopt;
}

void SurveyCache::put_host(const std::string& name, const Resolution& resolution, std::int64_t now) {
  if (resolution.addresses.empty()) {
    if (addresses_.erase(name) > 0) addresses_changed_ = true;
    failures_[name] = {now, resolution.failure};
    failures_changed_ = true;
  } else {
    if (failures_.erase(name) > 0) failures_changed_ = true;
    addresses_[name] = {now, resolution};
    addresses_changed_ = true;
  }
}

std::optional<std::pair<api::KeptAnswer, bool>> SurveyCache::answer(std::uint64_t generation,
                                                                    const Address& address) const {
  const auto found = answers_.find({generation, address});
  if (found == answers_.end()) return std::nullopt;
  return std::pair(found->second.value, found->second.time <= now_ - options_.answers.refresh);
}

void SurveyCache::put_answer(std::uint64_t generation, const Address& address, const api::KeptAnswer& answer) {
  answers_changed_ = true;
  answers_[{generation, address}] = {now_, answer};
}

template <class Map, class Write>
Result<Done> SurveyCache::store(std::string_view kind, const Map& map, Write&& write) {
  JsonText json;
  const auto text = [&](std::string_view key, std::string_view value) {
    json.key(key);
    json.string(value);
  };
  json.begin_object();
  json.key("format");
  json.number(kFormat);
  text("kind", kind);
  text("servers", options_.servers);
  json.key("entries");
  json.begin_array();
  for (const auto& [key, entry] : map) {
    json.begin_object();
    json.key("time");
    json.number(static_cast<std::uint64_t>(entry.time));
    write(json, text, key, entry.value);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  constexpr unsigned kMode = 0600;
  return replace_file(path(kind), std::as_bytes(std::span(json.text())), kMode);
}

Result<Done> SurveyCache::save() {
  Result<Done> saved = Done{};
  if (options_.directory.empty()) return saved;
  if (addresses_changed_) {
    saved =
        store(kAddresses, addresses_, [](JsonText& json, auto& text, const std::string& host, const Resolution& it) {
          text("host", host);
          json.key("addresses");
          json.begin_array();
          for (const Address& address : it.addresses) json.plain_string(to_string(address));
          json.end_array();
          text("failure", it.failure);
        });
    addresses_changed_ = !saved;
  }
  if (saved && failures_changed_) {
    saved = store(kFailures, failures_, [](JsonText&, auto& text, const std::string& host, const std::string& why) {
      text("host", host);
      text("failure", why);
    });
    failures_changed_ = !saved;
  }
  if (saved && answers_changed_) {
    saved =
        store(kAnswers, answers_, [](JsonText& json, auto& text, const AnswerKey& key, const api::KeptAnswer& answer) {
          text("generation", hex(key.first));
          json.key("answer");
          api::write(json, *answer);
        });
    answers_changed_ = !saved;
  }
  return saved;
}

std::string SurveyCache::cleanup() const {
  return "cleanup: " + grouped(dropped_[0]) + " addresses, " + grouped(dropped_[1]) + " failures, " +
         grouped(dropped_[2]) + " answers";
}

}  // namespace ip2asn::cli
