#include "module/endpoint/openapi.hh"

#include <string>

#include "ip2asn/json.hh"
#include "module/endpoint/caching.hh"
#include "module/endpoint/respond.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

// The document in two parts: between them stands the endpoint's own path.
constexpr std::string_view kBeforeServer = R"json({
"openapi": "3.1.0",
"info": {
  "title": "IP to ASN",
  "version": "1",
  "description": "Which autonomous system announces an address. Answers are JSON unless Accept names text/plain or text/html.",
  "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}
},
"servers": [{"url": )json";

constexpr std::string_view kAfterServer = R"json(}],
"paths": {
  "/": {"get": {
    "operationId": "page",
    "summary": "The client's own network, and the data's age and source",
    "responses": {
      "200": {"description": "What is known", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/Page"}},
        "text/plain": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}}}},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/ip": {"get": {
    "operationId": "ownAddress",
    "summary": "The client's own address",
    "responses": {
      "200": {"$ref": "#/components/responses/Address"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/ip/{address}": {"get": {
    "operationId": "address",
    "summary": "One address",
    "parameters": [{"name": "address", "in": "path", "required": true,
      "description": "IPv4 or IPv6, as inet_pton takes it; IPv4-mapped IPv6 is answered as IPv4",
      "schema": {"type": "string", "maxLength": 45}}],
    "responses": {
      "200": {"$ref": "#/components/responses/Address"},
      "304": {"description": "The data have not changed"},
      "400": {"$ref": "#/components/responses/Error"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/ips": {
    "put": {
      "operationId": "bulkPut",
      "summary": "Many addresses",
      "requestBody": {"$ref": "#/components/requestBodies/Bulk"},
      "responses": {
        "200": {"$ref": "#/components/responses/Bulk"},
        "400": {"$ref": "#/components/responses/Error"},
        "413": {"$ref": "#/components/responses/Error"},
        "503": {"$ref": "#/components/responses/Error"}}},
    "post": {
      "operationId": "bulkPost",
      "summary": "Many addresses",
      "requestBody": {"$ref": "#/components/requestBodies/Bulk"},
      "responses": {
        "200": {"$ref": "#/components/responses/Bulk"},
        "400": {"$ref": "#/components/responses/Error"},
        "413": {"$ref": "#/components/responses/Error"},
        "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/n/{number}": {"get": {
    "operationId": "as",
    "summary": "One autonomous system; one that announces nothing has the country None and the description Not found",
    "parameters": [{"$ref": "#/components/parameters/Number"}],
    "responses": {
      "200": {"description": "The AS", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/As"}},
        "text/plain": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}}}},
      "304": {"description": "The data have not changed"},
      "400": {"$ref": "#/components/responses/Error"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/n/{number}/subnets": {"get": {
    "operationId": "asSubnets",
    "summary": "The address space of an AS",
    "parameters": [{"$ref": "#/components/parameters/Number"}],
    "responses": {
      "200": {"description": "The least prefixes, IPv4 before IPv6", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/AsSubnets"}},
        "text/plain": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}}}},
      "304": {"description": "The data have not changed"},
      "400": {"$ref": "#/components/responses/Error"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/ns": {"get": {
    "operationId": "asList",
    "summary": "All autonomous systems, by number",
    "responses": {
      "200": {"description": "The list", "content": {
        "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/As"}}},
        "text/plain": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}}}},
      "304": {"description": "The data have not changed"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/country/{country}": {"get": {
    "operationId": "country",
    "summary": "The autonomous systems that are registered in a country",
    "parameters": [{"$ref": "#/components/parameters/Country"}],
    "responses": {
      "200": {"description": "Their numbers, ascending", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/Country"}},
        "text/plain": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}}}},
      "304": {"description": "The data have not changed"},
      "400": {"$ref": "#/components/responses/Error"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/v1/as/country/{country}/subnets": {"get": {
    "operationId": "countrySubnets",
    "summary": "The address space that is registered in a country",
    "parameters": [{"$ref": "#/components/parameters/Country"}],
    "responses": {
      "200": {"description": "The least prefixes, IPv4 before IPv6", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/CountrySubnets"}},
        "text/plain": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}}}},
      "304": {"description": "The data have not changed"},
      "400": {"$ref": "#/components/responses/Error"},
      "503": {"$ref": "#/components/responses/Error"}}}},
  "/openapi.json": {"get": {
    "operationId": "openapi",
    "summary": "This description",
    "responses": {"200": {"description": "It", "content": {"application/json": {"schema": {"type": "object"}}}}}}}
},
"components": {
  "parameters": {
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
  "responses": {
    "Address": {"description": "What is known of the address", "content": {
      "application/json": {"schema": {"$ref": "#/components/schemas/Address"}},
      "text/plain": {"schema": {"type": "string"}},
      "text/html": {"schema": {"type": "string"}}}},
    "Bulk": {"description": "An answer for each entry, in the order of the request", "content": {
      "application/json": {"schema": {"type": "array", "items": {"anyOf": [
        {"$ref": "#/components/schemas/Address"}, {"$ref": "#/components/schemas/BadEntry"}]}}},
      "text/plain": {"schema": {"type": "string"}},
      "text/html": {"schema": {"type": "string"}}}},
    "Error": {"description": "Why there is no answer", "content": {
      "application/json": {"schema": {"$ref": "#/components/schemas/Error"}},
      "text/plain": {"schema": {"type": "string"}},
      "text/html": {"schema": {"type": "string"}}}}
  },
  "schemas": {
    "AsNumber": {"type": "integer", "minimum": 0, "maximum": 4294967295},
    "CountryCode": {"type": "string", "pattern": "^([A-Z]{2}|None)$"},
    "Address": {"anyOf": [
      {"$ref": "#/components/schemas/Announced"}, {"$ref": "#/components/schemas/NotAnnounced"}]},
    "Announced": {
      "type": "object", "additionalProperties": false,
      "required": ["ip", "announced", "first_ip", "last_ip", "as_number", "as_country_code", "as_description", "prefix"],
      "properties": {
        "ip": {"type": "string"},
        "announced": {"const": true},
        "first_ip": {"type": "string"},
        "last_ip": {"type": "string"},
        "as_number": {"$ref": "#/components/schemas/AsNumber"},
        "as_country_code": {"$ref": "#/components/schemas/CountryCode"},
        "as_description": {"type": "string"},
        "prefix": {"type": "string", "description": "The largest CIDR prefix in the range that holds the address"},
        "hoster": {"type": "string"}}},
    "NotAnnounced": {
      "type": "object", "additionalProperties": false,
      "required": ["ip", "announced"],
      "properties": {
        "ip": {"type": "string"},
        "announced": {"const": false},
        "special": {"type": "string", "description": "Name in IANA's special-purpose address registry"}}},
    "BadEntry": {
      "type": "object", "additionalProperties": false,
      "required": ["ip", "announced", "error"],
      "properties": {
        "ip": {"type": "string", "description": "What was asked, shortened"},
        "announced": {"const": false},
        "error": {"type": "string"}}},
    "As": {
      "type": "object", "additionalProperties": false,
      "required": ["as_number", "as_country_code", "as_description"],
      "properties": {
        "as_number": {"$ref": "#/components/schemas/AsNumber"},
        "as_country_code": {"$ref": "#/components/schemas/CountryCode"},
        "as_description": {"type": "string"},
        "hoster": {"type": "string"}}},
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
      "required": ["error"],
      "properties": {"error": {"type": "string"}}}
  }
}
}
)json";

}  // namespace

int answer_openapi(const Request& request) {
  Request as_json = request;
  as_json.form = api::Form::json;
  if (const IndexPin pin; pin) note_generation(as_json, *pin);
  apr_table_setn(request.r->headers_out, "Cache-Control", "public, max-age=3600");
  JsonText server;
  server.string(request.base.empty() ? std::string_view("/") : request.base);
  std::string body(kBeforeServer);
  body += server.text();
  body += kAfterServer;
  return send_body(as_json, HTTP_OK, body);
}

}  // namespace ip2asn::httpd
