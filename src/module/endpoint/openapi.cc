#include "module/endpoint/openapi.hh"

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>

#include "answer/fields.hh"
#include "base/json.hh"
#include "module/endpoint/caching.hh"
#include "module/endpoint/respond.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

// The document up to the endpoint's own path.
constexpr std::string_view kBeforeServer = R"json({
"openapi": "3.1.0",
"info": {
  "title": "IP to ASN",
  "version": "1",
  "description": "Which autonomous system announces an address. Answers are JSON unless Accept names text/plain or text/html.",
  "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}
},
"servers": [{"url": )json";

// This document's own route: it has one form.
constexpr std::string_view kDescriptionPath = R"json("/openapi.json": {"get": {
  "operationId": "openapi",
  "summary": "This description",
  "responses": {"200": {"description": "It", "content": {"application/json": {"schema": {"type": "object"}}}}}}})json";

// What a route does, for a method.
struct Operation {
  std::string_view path, method, id, summary;
  std::string_view parameter;  // name in the components; empty for none
  std::string_view success;    // description of the answer; of the response with this name where there is no schema
  std::string_view schema;     // of the answer in JSON
  std::string_view others;     // other statuses, divided by blanks
};

// Routes with more than one method stand together.
constexpr Operation kOperations[] = {
    {"/", "get", "page", "The client's own network, and the data's age and source", "", "What is known",
     R"({"$ref": "#/components/schemas/Page"})", "503"},
    {"/v1/as/ip", "get", "ownAddress", "The client's own address", "", "Address", "", "503"},
    {"/v1/as/ip/{address}", "get", "address", "One address", "Address", "Address", "", "304 400 503"},
    {"/v1/as/ips", "put", "bulkPut", "Many addresses", "", "Bulk", "", "400 413 503"},
    {"/v1/as/ips", "post", "bulkPost", "Many addresses", "", "Bulk", "", "400 413 503"},
    {"/v1/as/n/{number}", "get", "as",
     "One autonomous system; one that announces nothing has the country None and the description Not found", "Number",
     "The AS", R"({"$ref": "#/components/schemas/As"})", "304 400 503"},
    {"/v1/as/n/{number}/subnets", "get", "asSubnets", "The address space of an AS", "Number",
     "The least prefixes, IPv4 before IPv6", R"({"$ref": "#/components/schemas/AsSubnets"})", "304 400 503"},
    {"/v1/as/ns", "get", "asList", "All autonomous systems, by number", "", "The list",
     R"({"type": "array", "items": {"$ref": "#/components/schemas/As"}})", "304 503"},
    {"/v1/as/country/{country}", "get", "country", "The autonomous systems that are registered in a country", "Country",
     "Their numbers, ascending", R"({"$ref": "#/components/schemas/Country"})", "304 400 503"},
    {"/v1/as/country/{country}/subnets", "get", "countrySubnets", "The address space that is registered in a country",
     "Country", "The least prefixes, IPv4 before IPv6", R"({"$ref": "#/components/schemas/CountrySubnets"})",
     "304 400 503"},
};

std::string reference(std::string_view kind, std::string_view name) {
  return "{\"$ref\": \"#/components/" + std::string(kind) + '/' + std::string(name) + "\"}";
}

// An answer in each of the three forms, whose JSON has `schema`.
std::string answer_in_all_forms(std::string_view description, std::string_view schema) {
  return "{\"description\": \"" + std::string(description) +
         "\", \"content\": {\n  \"application/json\": {\"schema\": " + std::string(schema) +
         "},\n  \"text/plain\": {\"schema\": {\"type\": \"string\"}},\n  \"text/html\": {\"schema\": {\"type\": "
         "\"string\"}}}}";
}

std::string responses_of(const Operation& operation) {
  std::string text = "{\n  \"200\": ";
  text += operation.schema.empty() ? reference("responses", operation.success)
                                   : answer_in_all_forms(operation.success, operation.schema);
  for (std::string_view rest = operation.others; !rest.empty();) {
    const std::string_view status = rest.substr(0, 3);
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 4));
    text += ",\n  \"" + std::string(status) + "\": " + reference("responses", status == "304" ? "Unchanged" : "Error");
  }
  return text + '}';
}

std::string paths() {
  std::string text = "{\n";
  std::string_view path;
  for (const Operation& operation : kOperations) {
    if (operation.path == path) {
      text += ",\n";
    } else {
      if (!path.empty()) text += "},\n";
      path = operation.path;
      text += '"' + std::string(path) + "\": {";
    }
    text += '"' + std::string(operation.method) + "\": {\n  \"operationId\": \"" + std::string(operation.id) +
            "\",\n  \"summary\": \"" + std::string(operation.summary) + "\",\n  ";
    if (!operation.parameter.empty()) {
      text += "\"parameters\": [" + reference("parameters", operation.parameter) + "],\n  ";
    }
    if (operation.method != "get") text += "\"requestBody\": " + reference("requestBodies", "Bulk") + ",\n  ";
    text += "\"responses\": " + responses_of(operation) + '}';
  }
  return text + "},\n" + std::string(kDescriptionPath) + '}';
}

constexpr std::string_view kBeforeResponses = R"json(,
"components": {
  "parameters": {
    "Address": {"name": "address", "in": "path", "required": true,
      "description": "IPv4 or IPv6, as inet_pton takes it; IPv4-mapped IPv6 is answered as IPv4",
      "schema": {"type": "string", "maxLength": 45}},
    "Number": {"name": "number", "in": "path", "required": true, "description": "15169 or AS15169",
      "schema": {"type": "string", "pattern": "^([Aa][Ss])?(0|[1-9][0-9]{0,9})$"}},
    "Country": {"name": "country", "in": "path", "required": true, "description": "ISO 3166-1 alpha-2",
      "schema": {"type": "string", "pattern": "^[A-Za-z]{2}$"}}
  },
  "requestBodies": {
    "Bulk": {"required": true, "content": {
      "application/json": {"schema": {"type": "array", "items": {"type": "string"}}},
      "text/plain": {"schema": {"type": "string", "description": "One address a line, optionally between the lines begin and end"}}}}
  },
  "responses": )json";

constexpr std::string_view kAfterResponses = R"json(,
  "schemas": {
    "AsNumber": {"type": "integer", "minimum": 0, "maximum": 4294967295},
    "CountryCode": {"type": "string", "pattern": "^([A-Z]{2}|None)$"},
    "Address": {"anyOf": [
      {"$ref": "#/components/schemas/Announced"}, {"$ref": "#/components/schemas/NotAnnounced"}]},
)json";

// Between them stand the schemas of answers, which the table of fields makes.
constexpr std::string_view kAfterAnswers = R"json(,
    "BadEntry": {
      "type": "object", "additionalProperties": false,
      "required": ["ip", "announced", "error", "code"],
      "properties": {
        "ip": {"type": "string", "description": "What was asked, shortened"},
        "announced": {"const": false},
        "error": {"type": "string"},
        "code": {"enum": ["bad_address", "missing_address"]}}},
    "As": {
      "type": "object", "additionalProperties": false,
      "required": ["as_number", "as_country_code", "as_description"],
      "properties": {
        "as_number": {"$ref": "#/components/schemas/AsNumber"},
        "as_country_code": {"$ref": "#/components/schemas/CountryCode"},
        "as_description": {"type": "string"},
        "hoster": {"type": "string"},
        "hoster_class": {"type": "string", "description": "There whenever hoster is"}}},
    "Subnets": {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f.:]+/[0-9]{1,3}$"}},
    "AsSubnets": {
      "type": "object", "additionalProperties": false,
      "required": ["as_number", "subnets"],
      "properties": {
        "as_number": {"$ref": "#/components/schemas/AsNumber"},
        "subnets": {"$ref": "#/components/schemas/Subnets"}}},
    "Country": {
      "type": "object", "additionalProperties": false,
      "required": ["country_code", "as_numbers"],
      "properties": {
        "country_code": {"$ref": "#/components/schemas/CountryCode"},
        "as_numbers": {"type": "array", "items": {"$ref": "#/components/schemas/AsNumber"}}}},
    "CountrySubnets": {
      "type": "object", "additionalProperties": false,
      "required": ["country_code", "subnets"],
      "properties": {
        "country_code": {"$ref": "#/components/schemas/CountryCode"},
        "subnets": {"$ref": "#/components/schemas/Subnets"}}},
    "Page": {
      "type": "object", "additionalProperties": false,
      "required": ["data"],
      "properties": {
        "client": {"$ref": "#/components/schemas/Address"},
        "data": {
          "type": "object", "additionalProperties": false,
          "required": ["generation", "sources", "ipv4_ranges", "ipv6_ranges"],
          "properties": {
            "generation": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            "time": {"type": "string", "format": "date-time"},
            "sources": {"type": "string"},
            "ipv4_ranges": {"type": "integer", "minimum": 0},
            "ipv6_ranges": {"type": "integer", "minimum": 0}}}}},
    "Error": {
      "type": "object", "additionalProperties": false,
      "required": ["error", "code"],
      "properties": {
        "error": {"type": "string", "description": "For people; may be reworded"},
        "code": {"description": "For programs; stays", "enum": [)json";

// What a member of an answer is, in an answer that an AS announces or not.
template <api::Field field>
std::string member_schema(bool announced) {
  constexpr const api::FieldName& name = api::kFields[field];
  using Value = api::FieldValue<field>;
  std::string text;
  if constexpr (std::is_same_v<Value, bool>) {
    text = std::string("\"const\": ") + (announced ? "true" : "false");
  } else if constexpr (std::is_same_v<Value, std::uint32_t>) {
    text = R"("$ref": "#/components/schemas/AsNumber")";
  } else if constexpr (field == api::kCountry) {
    text = R"("$ref": "#/components/schemas/CountryCode")";
  } else if constexpr (std::is_same_v<Value, api::Names>) {
    text = R"("type": "array", "items": {"type": "string"})";
  } else {
    text = R"("type": "string")";
  }
  return '"' + std::string(name.key) + "\": {" + text + ", \"description\": \"" + std::string(name.meaning) + "\"}";
}

std::string answer_schema(bool announced) {
  using api::When;
  std::string required, properties;
  const auto add = [](std::string& to, const std::string& text) { to += (to.empty() ? "" : ", ") + text; };
  api::each_field([&](auto field) {
    constexpr const api::FieldName& name = api::kFields[field];
    const bool in_both = name.when == When::always || name.when == When::perhaps;
    const bool in_other = name.when == When::perhaps_unannounced ? announced : !announced;
    if (!name.published || (!in_both && in_other)) return;
    if (name.when == When::always || name.when == When::announced) {
      add(required, '"' + std::string(name.key) + '"');
    }
    add(properties, "\n        " + member_schema<field>(announced));
  });
  return R"({"type": "object", "additionalProperties": false,
      "required": [)" +
         required + "],\n      \"properties\": {" + properties + "}}";
}

// The responses that several operations have.
std::string shared_responses() {
  constexpr std::string_view kEntries =
      R"({"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Address"}, {"$ref": "#/components/schemas/BadEntry"}]}})";
  return "{\n\"Address\": " + answer_in_all_forms("What is known of the address", reference("schemas", "Address")) +
         ",\n\"Bulk\": " + answer_in_all_forms("An answer for each entry, in the order of the request", kEntries) +
         ",\n\"Error\": " + answer_in_all_forms("Why there is no answer", reference("schemas", "Error")) +
         ",\n\"Unchanged\": {\"description\": \"The data have not changed\"}}";
}

}  // namespace

int answer_openapi(const Request& request) {
  Request as_json = request;
  as_json.form = api::Form::json;
  if (const IndexPin pin; pin) note_generation(as_json, *pin);
  apr_table_setn(request.r->headers_out, "Cache-Control", "public, max-age=3600");
  JsonText server;
  const std::string base = api::link_path(request.base);
  server.string(base.empty() ? std::string_view("/") : base);
  std::string body(kBeforeServer);
  body += server.text();
  body += "}],\n\"paths\": ";
  body += paths();
  body += kBeforeResponses;
  body += shared_responses();
  body += kAfterResponses;
  body += "\"Announced\": " + answer_schema(true) + ",\n    \"NotAnnounced\": " + answer_schema(false);
  body += kAfterAnswers;
  const char* before = "\"";
  for (const std::string_view code : api::kErrorCodes) {
    body += before + std::string(code) + '"';
    before = ", \"";
  }
  body += "]}}}\n  }\n}\n}\n";
  return send_body(as_json, HTTP_OK, body);
}

}  // namespace ip2asn::httpd
