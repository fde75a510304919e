#include "module/endpoint/lists.hh"

#include <memory>
#include <string>
#include <utility>

#include "index/subnets.hh"
#include "module/endpoint/caching.hh"
#include "module/endpoint/delivery.hh"
#include "module/endpoint/respond.hh"
#include "module/endpoint/sinks.hh"
#include "module/endpoint/stream.hh"

namespace ip2asn::httpd {
namespace {

using Kind = Subject::Kind;

// All ASes by number, or those with a record of one country, by number alone.
class AsItems : public Items {
 public:
  AsItems() = default;
  explicit AsItems(std::string_view country) : country_(country) {}

  bool next(const Image& image, Sink& sink) override {
    const auto records = image.records_by_asn();
    while (at_ < records.size()) {
      const RecordId id = records[at_++];
      const std::uint32_t asn = image.asn(id);
      if (at_ > 1 && asn == given_) continue;
      if (country_.empty()) {
        sink.as(api::summary_of(image, asn));
      } else {
        if (image.record(id).country != country_) continue;
        sink.number(asn);
      }
      given_ = asn;
      return true;
    }
    return false;
  }

 private:
  const std::string country_;
  std::size_t at_ = 0;
  std::uint32_t given_ = 0;  // AS 0 is never among the records
};

class SubnetItems : public Items {
 public:
  explicit SubnetItems(Subnets subnets) : subnets_(std::move(subnets)) {}

  bool next(const Image& image, Sink& sink) override {
    Prefix prefix;
    if (!subnets_.next(image, prefix)) return false;
    sink.subnet(prefix);
    return true;
  }

 private:
  Subnets subnets_;
};

// The answer to a GET that has `subject`; `make` makes the items from the image.
template <class Make>
int answer_long(const Request& request, const Subject& subject, const Make& make) {
  HeldIndex index;
  const Image* image = index.image();
  if (image == nullptr) return send_no_data(request);
  if (const int outcome = check_conditions(request, *image); outcome != OK) return send_outcome(request, outcome);
  const std::unique_ptr<Sink> sink = make_sink(request, subject, *image);
  if (request.r->header_only) {
    AsItems none;
    return send_long(request, index, none, *sink);
  }
  if (needs_length(request.r)) {
    auto counted = make(*image);
    announce_length(request, *image, counted, *make_sink(request, subject, *image));
  }
  auto items = make(*image);
  return send_long(request, index, items, *sink);
}

}  // namespace

int answer_as_list(const Request& request) {
  return answer_long(request, {.kind = Kind::as_list}, [](const Image&) { return AsItems(); });
}

int answer_as_subnets(const Request& request) {
  const auto asn = api::parse_asn(request.route.argument);
  if (!asn)
    return send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::bad_as_number,
                      api::quoted(request.route.argument) + "is no AS number");
  return answer_long(request, {.kind = Kind::as_subnets, .asn = *asn},
                     [&](const Image& image) { return SubnetItems(Subnets::of_as(image, *asn)); });
}

int answer_country(const Request& request) {
  const auto code = api::parse_country(request.route.argument);
  if (!code)
    return send_error(request, HTTP_BAD_REQUEST, api::ErrorCode::bad_country,
                      api::quoted(request.route.argument) + "is no country of two letters");
  const std::string_view country(code->data(), code->size());
  if (request.route.resource == api::Resource::country) {
    return answer_long(request, {.kind = Kind::country, .country = country},
                       [&](const Image&) { return AsItems(country); });
  }
  return answer_long(request, {.kind = Kind::country_subnets, .country = country},
                     [&](const Image& image) { return SubnetItems(Subnets::of_country(image, country)); });
}

}  // namespace ip2asn::httpd
