#include <rapidjson/document.h>

#include <string>

#include "answer/api.hh"
#include "answer/render.hh"
#include "base.hh"
#include "base/text.hh"
#include "index/image.hh"
#include "index/subnets.hh"
#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

using api::Resource;

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void require_json(const JsonText& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(json.text().data(), json.text().size());
  require(!document.HasParseError() && document.IsObject(), "the answer is JSON");
  require(json.text().find_first_of("<>&") == std::string_view::npos, "the answer is safe in a page");
}

void require_text(std::string_view text) { require(!text.empty() && is_clean(text, 4096), "the answer is a line"); }

void refuse(const std::string& reason) {
  require_text(reason);
  JsonText json;
  api::write_error(json, api::ErrorCode::bad_address, reason);
  require_json(json);
}

template <class Answered>
void answer(const Answered& answered) {
  JsonText json;
  api::write(json, answered);
  require_json(json);
  std::string text;
  api::append(text, answered);
  require_text(text);
}

void subnets(const Image& image, Subnets subnets) {
  Prefix prefix, before;
  for (bool first = true; subnets.next(image, prefix); first = false, before = prefix) {
    require(first || before.range().last < prefix.address, "subnets ascend");
  }
}

// What the handler makes of each route.
void serve(const Image& image, const api::Route& route) {
  const std::string_view argument = route.argument;
  switch (route.resource) {
    case Resource::address:
      if (const auto address = parse_address(argument)) {
        answer(api::answer_for(image, *address));
      } else {
        require(!api::why_no_address(argument).empty(), "a refusal says why");
        refuse(api::quoted(argument).append(api::why_no_address(argument)));
      }
      break;
    case Resource::as:
    case Resource::as_subnets:
      if (const auto asn = api::parse_asn(argument)) {
        answer(api::summary_of(image, *asn));
        subnets(image, Subnets::of_as(image, *asn));
      } else {
        refuse(api::quoted(argument).append("is no AS number"));
      }
      break;
    case Resource::country:
    case Resource::country_subnets:
      if (const auto code = api::parse_country(argument)) {
        const std::string_view country(code->data(), code->size());
        require(country.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == country.npos, "countries are capitals");
        subnets(image, Subnets::of_country(image, country));
      } else {
        refuse(api::quoted(argument).append("is no country of two letters"));
      }
      break;
    case Resource::none:
    case Resource::page:
    case Resource::own_address:
    case Resource::bulk:
    case Resource::as_list:
    case Resource::openapi:
      require(argument.empty(), "only some routes have arguments");
      break;
  }
}

void negotiate(std::string_view accept) {
  const api::Form form = api::choose_form(accept);
  require(api::media_type(form) != nullptr, "a form has a type");
  const std::string text(accept);
  require(api::choose_form(text + ", */*;q=1, a/b") == form, "what is not known does not count");
  require(api::choose_form(text + ",text/html;q=0") == form, "what is not wanted does not count");
  if (accept.find(';') == accept.npos) {
    require(api::choose_form(text + ",text/plain;q=0.001") == form || form == api::Form::json, "the first of a weight");
  }
}

}  // namespace

// A path as httpd has decoded it, the path of the section that serves it, an Accept header, and a `q` of the page: a
// line each.
void request(Input input) {
  const Image& image = base_image();
  std::string_view rest = text_of(input);
  const std::string_view uri = take_line(rest), section = take_line(rest), accept = take_line(rest);
  const api::Location location = api::locate(uri, section);
  require(lies_in(location.base, uri) && lies_in(location.route.argument, uri), "what is found is part of the path");
  serve(image, location.route);
  // A base of its own in front of a route changes nothing but the base.
  const api::Route route = api::parse_route(uri);
  if (uri.starts_with('/')) {
    const std::string below = "/base" + std::string(uri);
    const api::Location at = api::locate(below, "/base/");
    const bool itself = route.resource != Resource::none && route.resource != Resource::page;
    require(
        !itself || (at.base == "/base" && at.route.resource == route.resource && at.route.argument == route.argument),
        "a base does not change the route");
  }
  negotiate(accept);
  serve(image, {Resource::address, rest});
  serve(image, {Resource::as, rest});
  serve(image, {Resource::country, rest});
}

}  // namespace ip2asn::fuzz
