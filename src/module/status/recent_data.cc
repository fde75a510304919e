#include "module/status/recent_data.hh"

#include <cstring>
#include <string_view>

#include "base/json.hh"
#include "module/endpoint/hexadecimal.hh"
#include "module/query.hh"
#include "module/send.hh"
#include "serve/slot_changes.hh"

namespace ip2asn::httpd {
namespace {

void put(JsonText& json, const Counts& counts) {
  json.begin_array();
  for (const std::uint64_t count : counts) json.number(count);
  json.end_array();
}

struct Part {
  SlotKind kind;
  std::string_view name, other;
};
constexpr Part kParts[] = {{SlotKind::as, "as", "other_ases"},
                           {SlotKind::hoster, "hoster", "other_hosters"},
                           {SlotKind::country, "country", "other_countries"},
                           {SlotKind::list, "list", "other_lists"}};

void put(JsonText& json, const Counters& counted, const Slot& slot) {
  json.begin_object();
  json.key("from");
  json.number(static_cast<std::uint64_t>(slot.from));
  json.key("to");
  json.number(static_cast<std::uint64_t>(slot.to));
  json.key("unknown");
  json.boolean(slot.is_unknown());
  json.key("all");
  put(json, slot.all);
  for (const Part& part : kParts) {
    json.key(part.name);
    json.begin_object();
    for (const SlotEntry& entry : slot[part.kind].entries) {
      json.text_key(key_text(counted, part.kind, entry.key));
      put(json, entry.amounts);
    }
    json.end_object();
    if (slot[part.kind].other == Counts{}) continue;
    json.key(part.other);
    put(json, slot[part.kind].other);
  }
  json.end_object();
}

}  // namespace

Span asked_span(request_rec* r) {
  const char* const asked = query_value(r, "span");
  return asked != nullptr && std::strcmp(asked, "day") == 0 ? Span::day : Span::hour;
}

int answer_recent(request_rec* r, const Counters& counted, const Recent& recent) {
  const Span span = asked_span(r);
  char segment[16];
  put_hexadecimal(counted.segment(), segment);
  JsonText json;
  json.begin_object();
  json.key("segment");
  json.plain_string({segment, sizeof segment});
  json.key("server");
  json.string(r->server->server_hostname != nullptr ? r->server->server_hostname : "");
  json.key("now");
  json.number(static_cast<std::uint64_t>(apr_time_now()));
  json.key("span");
  json.plain_string(span == Span::hour ? "hour" : "day");
  json.key("step");
  json.number(static_cast<std::uint64_t>((span == Span::hour ? Recent::kHourStep : Recent::kDayStep) / 1'000'000));
  json.key("slots");
  json.begin_array();
  for (const Slot& slot : recent.read(span)) put(json, counted, slot);
  json.end_array();
  json.end_object();
  ap_set_content_type(r, "application/json");
  return send_whole(r, json.text());
}

}  // namespace ip2asn::httpd
