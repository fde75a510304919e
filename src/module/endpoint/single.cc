#include "module/endpoint/single.hh"

#include <optional>
#include <string>

#include "answer/render.hh"
#include "module/claim.hh"
#include "module/client_address.hh"
#include "module/endpoint/caching.hh"
#include "module/endpoint/html.hh"
#include "module/endpoint/respond.hh"
#include "module/index_store.hh"
#include "module/query.hh"

namespace ip2asn::httpd {
namespace {

// What a short answer is made of, by form; one of them is used.
struct Texts {
  JsonText json;
  std::string text;

  std::string_view of(api::Form form) const { return form == api::Form::json ? json.text() : std::string_view(text); }
};

void render(const Request& request, const Image& image, const api::Answer& answer, Texts& texts) {
  switch (request.form) {
    case api::Form::json:
      api::write(texts.json, answer);
      break;
    case api::Form::plain:
      api::append(texts.text, answer);
      break;
    case api::Form::html: {
      const std::string address = to_string(answer.address);
      Page page(request);
      page.begin(address, address);
      page.answer_table(answer);
      page.end(&image);
      texts.text = page.made();
      break;
    }
  }
}

void render(const Request& request, const Image& image, const api::AsSummary& summary, Texts& texts) {
  switch (request.form) {
    case api::Form::json:
      api::write(texts.json, summary);
      break;
    case api::Form::plain:
      api::append(texts.text, summary);
      break;
    case api::Form::html: {
      const std::string name = "AS" + std::to_string(summary.asn);
      Page page(request);
      page.begin(name, name);
      page.as_table(summary, true);
      page.end(&image);
      texts.text = page.made();
      break;
    }
  }
}

enum class Caching { allowed, forbidden };

// The answer that `look_up` makes of the image.
template <class LookUp>
int answer_short(const Request& request, Caching caching, const LookUp& look_up) {
  Texts texts;
  {
    const IndexPin pin;
    if (!pin) return send_no_data(request);
    if (caching == Caching::forbidden) {
      note_generation(request, *pin);
      forbid_caching(request);
    } else if (const int outcome = check_conditions(request, *pin); outcome != OK) {
      return send_outcome(request, outcome);
    }
    render(request, *pin, look_up(*pin), texts);
  }
  return send_body(request, HTTP_OK, texts.of(request.form));
}

std::string iso_time(std::int64_t seconds) {
  apr_time_exp_t parts;
  char text[32];
  apr_size_t size = 0;
  apr_time_exp_gmt(&parts, apr_time_from_sec(seconds));
  apr_strftime(text, &size, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

void write_data(JsonText& json, const Image& image, const std::string& generation) {
  json.begin_object();
  json.key("generation");
  json.plain_string(generation);
  if (image.data_time() > 0) {
    json.key("time");
    json.plain_string(iso_time(image.data_time()));
  }
  json.key("sources");
  json.string(source_names(image));
  json.key("ipv4_ranges");
  json.number(image.family_info(Family::v4).ranges);
  json.key("ipv6_ranges");
  json.number(image.family_info(Family::v6).ranges);
  json.end_object();
}

// The page itself: the client's own network, and the data.
void render_page(const Request& request, const Image& image, const std::optional<Address>& client, Texts& texts) {
  const std::string generation = apr_psprintf(request.r->pool, "%016" APR_UINT64_T_HEX_FMT, image.content_id());
  switch (request.form) {
    case api::Form::json:
      texts.json.begin_object();
      if (client) {
        texts.json.key("client");
        api::write(texts.json, api::answer_for(image, *client));
      }
      texts.json.key("data");
      write_data(texts.json, image, generation);
      texts.json.end_object();
      break;
    case api::Form::plain:
      if (client) {
        api::append(texts.text, api::answer_for(image, *client));
        texts.text += '\n';
      }
      texts.text += "Data " + data_age(image) + ", from " + source_names(image) + "\nGeneration " + generation + '\n';
      break;
    case api::Form::html: {
      Page page(request);
      page.begin("Who announces an address?", "");
      if (const std::string_view status = path_of_handler(request.r, kStatusHandlerName); !status.empty()) {
        page.raw("<nav aria-label=\"Pages\"><a href=\"");
        page.text(api::link_path(status));
        page.raw("/\">Who is asking this server</a></nav>\n");
      }
      if (client) {
        page.raw("<h2>Your own network</h2>\n");
        page.answer_table(api::answer_for(image, *client));
      }
      page.raw("<p>The data are ");
      page.text(data_age(image));
      page.raw(".</p>\n");
      page.end(&image);
      texts.text = page.made();
      break;
    }
  }
}

}  // namespace

int answer_address(const Request& request) {
  const std::string_view text = request.route.argument;
  const auto address = parse_address(text);
  if (!address) {
    const std::string_view why = api::why_no_address(text);
    return text.empty()
               ? send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::missing_address, why)
               : send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::bad_address, api::quoted(text).append(why));
  }
  return answer_short(request, Caching::allowed, [&](const Image& image) { return api::answer_for(image, *address); });
}

int answer_own_address(const Request& request) {
  const auto client = client_address(request.r);
  if (!client)
    return send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::no_client_address,
                      "the connection has no internet address");
  return answer_short(request, Caching::forbidden, [&](const Image& image) { return api::answer_for(image, *client); });
}

int answer_as(const Request& request) {
  const std::string_view text = request.route.argument;
  const auto asn = api::parse_asn(text);
  if (!asn) {
    return text.empty()
               ? send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::missing_as_number, "there is no AS number")
               : send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::bad_as_number,
                            api::quoted(text) + "is no AS number");
  }
  return answer_short(request, Caching::allowed, [&](const Image& image) { return api::summary_of(image, *asn); });
}

int answer_page(const Request& request) {
  if (const char* asked = query_value(request.r, "q")) {
    Request route = request;
    route.route.argument = asked;
    route.route.resource = api::parse_asn(asked) ? api::Resource::as : api::Resource::address;
    return route.route.resource == api::Resource::as ? answer_as(route) : answer_address(route);
  }
  Texts texts;
  {
    const IndexPin pin;
    if (!pin) return send_no_data(request);
    note_generation(request, *pin);
    forbid_caching(request);
    render_page(request, *pin, client_address(request.r), texts);
  }
  return send_body(request, HTTP_OK, texts.of(request.form));
}

}  // namespace ip2asn::httpd
