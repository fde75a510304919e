#include "module/status/data.hh"

#include <charconv>
#include <string>

#include "base/json.hh"
#include "module/count.hh"
#include "module/endpoint/hexadecimal.hh"
#include "module/index_store.hh"
#include "module/send.hh"
#include "module/status/hoster_classes.hh"
#include "serve/count_snapshot.hh"

namespace ip2asn::httpd {
namespace {

void put(JsonText& json, const Counts& counts) {
  json.begin_array();
  for (const std::uint64_t count : counts) json.number(count);
  json.end_array();
}

void put_member(JsonText& json, const Counts& counts) {
  json.begin_object();
  json.key("counters");
  put(json, counts);
}

// Who the AS is by today's data; nothing when it announces nothing any more.
void put_texts(JsonText& json, const IndexPin& pin, std::uint32_t asn) {
  if (!pin) return;
  const auto records = pin->records_of(asn);
  if (records.empty()) return;
  const Record record = pin->record(records.front());
  json.key("name");
  json.string(record.description);
  if (!record.country.empty()) json.member("country", record.country);
  if (!record.hoster.empty()) json.member("hoster", record.hoster);
}

void put_ases(JsonText& json, const IndexPin& pin, const CountSnapshot& snapshot) {
  json.begin_object();
  for (const auto& [asn, counts] : snapshot.ases) {
    char text[10];
    const char* const end = std::to_chars(text, text + sizeof text, asn).ptr;
    json.key(std::string_view(text, static_cast<std::size_t>(end - text)));
    put_member(json, counts);
    put_texts(json, pin, asn);
    json.end_object();
  }
  json.end_object();
}

template <class More>
void put_named(JsonText& json, const std::map<std::string, Counts>& named, const More& more) {
  json.begin_object();
  for (const auto& [name, counts] : named) {
    json.text_key(name.empty() ? "none" : name);
    put_member(json, counts);
    more(name);
    json.end_object();
  }
  json.end_object();
}

void write(JsonText& json, const request_rec* r, const IndexPin& pin, const CountSnapshot& snapshot) {
  const HosterClasses classes = hoster_classes(pin);
  const auto nothing_more = [](const std::string&) {};
  char segment[16];
  put_hexadecimal(snapshot.segment, segment);
  json.begin_object();
  json.key("segment");
  json.plain_string({segment, sizeof segment});
  json.key("since");
  json.number(static_cast<std::uint64_t>(snapshot.since));
  json.key("now");
  json.number(static_cast<std::uint64_t>(apr_time_now()));
  json.key("restarts");
  json.number(snapshot.restarts);
  json.key("server");
  json.string(r->server->server_hostname != nullptr ? r->server->server_hostname : "");
  json.key("all");
  put(json, snapshot.all);
  json.key("as");
  put_ases(json, pin, snapshot);
  if (snapshot.other_ases[kRequests] != 0) {
    json.key("other_ases");
    put(json, snapshot.other_ases);
  }
  json.key("hoster");
  put_named(json, snapshot.hosters, [&](const std::string& name) {
    if (const std::string_view text = class_of(classes, name); !text.empty()) json.member("class", text);
  });
  json.key("country");
  put_named(json, snapshot.countries, nothing_more);
  json.key("list");
  put_named(json, snapshot.lists, nothing_more);
  if (snapshot.other_names[kRequests] != 0) {
    json.key("other_names");
    put(json, snapshot.other_names);
  }
  json.key("limit");
  json.begin_object();
  limits()->each([&](std::string_view name, const Counts& counts, std::uint64_t passed) {
    json.text_key(name);
    put_member(json, counts);
    if (passed != 0) {
      json.key("unplaced");
      json.number(passed);
    }
    json.end_object();
  });
  json.end_object();
  json.end_object();
}

}  // namespace

int answer_data(request_rec* r, Counters& counted) {
  const CountSnapshot snapshot = take_snapshot(counted);
  JsonText json;
  const IndexPin pin;
  write(json, r, pin, snapshot);
  ap_set_content_type(r, "application/json");
  return send_whole(r, json.text());
}

}  // namespace ip2asn::httpd
