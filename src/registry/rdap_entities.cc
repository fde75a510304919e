#include "registry/rdap_entities.hh"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/json_read.hh"
#include "base/text.hh"
#include "net/asn.hh"
#include "registry/holder_text.hh"

namespace ip2asn {
namespace {

constexpr int kDepth = 3;

enum class Kind { unknown, org, group, individual };

struct Entity {
  std::string_view handle;
  std::string_view name;  // of the vCard
  std::string_view country;
  Kind kind = Kind::unknown;
  bool has_card = false;
  bool has_roles = false;
  bool registrant = false;
  int depth = 0;
};

// A text, or the first text in an array that is not empty.
std::string_view first_text(const rapidjson::Value& value) {
  if (value.IsString()) return trimmed(json_text(value));
  if (!value.IsArray()) return {};
  for (const rapidjson::Value& each : value.GetArray()) {
    if (const std::string_view text = trimmed(json_text(each)); !text.empty()) return text;
  }
  return {};
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

// The last part of a postal address (RFC 6350 6.3.1) is its country.
std::string_view country_of(const rapidjson::Value& address) {
  if (!address.IsArray() || address.Size() != 7) return {};
  return trimmed(json_text(address[6]));
}

// A jCard (RFC 7095): ["vcard", [[name, parameters, type, value]…]].
void read_card(const rapidjson::Value& card, Entity& entity) {
  if (card.Size() < 2 || !card[1].IsArray()) return;
  entity.has_card = true;
  std::string_view formatted, organisation;
  for (const rapidjson::Value& property : card[1].GetArray()) {
    if (!property.IsArray() || property.Size() < 4) continue;
    const std::string_view name = json_text(property[0]);
    if (same_word(name, "fn") && formatted.empty()) formatted = first_text(property[3]);
    if (same_word(name, "org") && organisation.empty()) organisation = first_text(property[3]);
    if (same_word(name, "adr") && entity.country.empty()) entity.country = country_of(property[3]);
    if (!same_word(name, "kind")) continue;
    const std::string_view kind = first_text(property[3]);
    entity.kind = same_word(kind, "org")          ? Kind::org
                  : same_word(kind, "group")      ? Kind::group
                  : same_word(kind, "individual") ? Kind::individual
                                                  : Kind::unknown;
  }
  entity.name = formatted.empty() || is_handle(formatted) ? organisation : formatted;
}

void collect(const rapidjson::Value& object, int depth, std::vector<Entity>& entities) {
  const rapidjson::Value* const list = json_array(object, "entities");
  if (list == nullptr || depth > kDepth) return;
  for (const rapidjson::Value& each : list->GetArray()) {
    if (!each.IsObject()) continue;
    Entity entity;
    entity.depth = depth;
    entity.handle = trimmed(json_string(each, "handle"));
    if (const rapidjson::Value* const roles = json_member(each, "roles")) {
      const auto note = [&](const rapidjson::Value& role) {
        entity.has_roles = entity.has_roles || role.IsString();
        entity.registrant = entity.registrant || same_word(json_text(role), "registrant");
      };
      if (roles->IsArray()) {
        std::for_each(roles->Begin(), roles->End(), note);
      } else {
        note(*roles);
      }
    }
    if (const rapidjson::Value* const card = json_array(each, "vcardArray")) read_card(*card, entity);
    entities.push_back(entity);
    collect(each, depth + 1, entities);
  }
}

constexpr int kNoHolder = 100;

// The lower the likelier to be the holder.
int rank(const Entity& entity) {
  if (entity.name.empty() || holds_mailbox(entity.name)) return kNoHolder;
  // AFRINIC has entities that are called by their handles.
  if (is_handle(entity.name) || entity.name == entity.handle) return kNoHolder;
  const bool could_hold = entity.registrant || !entity.has_roles;
  if (!could_hold || entity.kind == Kind::individual) return kNoHolder;
  const int class_of = entity.kind == Kind::group     ? 3
                       : entity.kind == Kind::unknown ? (entity.registrant ? 2 : 3)
                       : entity.registrant            ? 0
                                                      : 1;
  return 10 * class_of + entity.depth;
}

// The order of handles: the holder's, then organisations', other registrants', maintainers', and the rest.
int handle_rank(const Entity& entity) {
  if (entity.handle.starts_with("ORG-")) return 1;
  if (entity.handle.ends_with("-MNT") || entity.handle.starts_with("MNT-")) return 4;
  return entity.kind == Kind::org ? 1 : entity.registrant ? 2 : 3;
}

// Persons are left out. Of an entity without vCard that is no registrant nobody knows that it is none.
bool is_public(const Entity& entity) {
  if (entity.kind == Kind::individual) return false;
  return entity.has_card || entity.registrant;
}

}  // namespace

RdapHolder find_holder(const rapidjson::Value& object, bool with_contacts) {
  std::vector<Entity> entities;
  collect(object, 1, entities);
  RdapHolder holder;
  const auto best = std::min_element(entities.begin(), entities.end(),
                                     [](const Entity& a, const Entity& b) { return rank(a) < rank(b); });
  if (best != entities.end() && rank(*best) < kNoHolder) {
    holder.name = repair_text(best->name).text;
    holder.handle = repair_text(best->handle).text;
    if (const auto country = parse_country(best->country)) holder.country = std::string_view(*country);
  }
  const std::string_view first = holder.name.empty() ? std::string_view() : best->handle;
  std::stable_sort(entities.begin(), entities.end(), [&](const Entity& a, const Entity& b) {
    const auto key = [&](const Entity& entity) {
      return std::pair(!first.empty() && entity.handle == first ? 0 : handle_rank(entity), entity.depth);
    };
    return key(a) < key(b);
  });
  for (const Entity& entity : entities) {
    if (entity.handle.empty() || !(with_contacts || is_public(entity))) continue;
    std::string handle = repair_text(entity.handle).text;
    if (std::find(holder.handles.begin(), holder.handles.end(), handle) == holder.handles.end()) {
      holder.handles.push_back(std::move(handle));
    }
  }
  return holder;
}

std::string better_name(std::string_view name, const rapidjson::Value& object) {
  if (!name.starts_with("ORG-")) return repair_text(name).text;
  std::vector<Entity> entities;
  collect(object, 1, entities);
  for (const Entity& entity : entities) {
    if (entity.handle == name && !entity.name.empty() && !is_handle(entity.name) && entity.kind != Kind::individual) {
      return repair_text(entity.name).text;
    }
  }
  return repair_text(name).text;
}

}  // namespace ip2asn
