#include "module/endpoint/sinks.hh"

#include <optional>
#include <string>

namespace ip2asn::httpd {
namespace {

using Kind = Subject::Kind;

class JsonSink : public Sink {
 public:
  explicit JsonSink(const Subject& subject) : is_object_(subject.kind != Kind::as_list && subject.kind != Kind::bulk) {
    if (is_object_) {
      json_.begin_object();
      if (subject.kind == Kind::as_subnets) {
        json_.key("as_number");
        json_.number(subject.asn);
      } else {
        json_.key("country_code");
        json_.plain_string(subject.country);
      }
      if (subject.kind == Kind::country) {
        json_.key("as_numbers");
      } else {
        json_.key("subnets");
      }
    }
    json_.begin_array();
  }

  void as(const api::AsSummary& summary) override { api::write(json_, summary); }
  void number(std::uint32_t asn) override { json_.number(asn); }
  void subnet(const Prefix& prefix) override {
    char text[api::kMaxPrefixText];
    json_.plain_string({text, api::format_prefix(prefix, text)});
  }
  void answer(const api::Answer& answer) override { api::write(json_, answer); }
  void bad(std::string_view text, std::string_view why) override { api::write_bad_entry(json_, text, why); }
  void end(const Image&) override {
    json_.end_array();
    if (is_object_) json_.end_object();
  }
  std::string_view text() const override { return json_.text(); }
  void clear() override { json_.clear(); }

 private:
  JsonText json_;
  const bool is_object_;
};

class PlainSink : public Sink {
 public:
  explicit PlainSink(const Subject& subject) : rows_(subject.longest) {}

  void as(const api::AsSummary& summary) override {
    api::append(text_, summary);
    text_ += '\n';
  }
  void number(std::uint32_t asn) override {
    api::append(text_, asn);
    text_ += '\n';
  }
  void subnet(const Prefix& prefix) override {
    api::append(text_, prefix);
    text_ += '\n';
  }
  bool wants_ranges() const override { return false; }
  void answer(const api::Answer& answer) override {
    row([&](char* out) {
      return answer.announced ? rows_.announced(out, answer.address, answer.record)
                              : rows_.unknown(out, answer.address);
    });
  }
  void bad(std::string_view text, std::string_view why) override {
    row([&](char* out) { return rows_.bad(out, text, why); });
  }
  void end(const Image&) override {}
  std::string_view text() const override { return text_; }
  void clear() override { text_.clear(); }

 private:
  template <class Write>
  void row(const Write& write) {
    char made[kRowRoom];
    text_.append(made, static_cast<std::size_t>(write(made) - made));
  }

  // More than any row takes: the column is never wider than Batch::kMaxShown.
  static constexpr std::size_t kRowRoom = 512;

  const api::BulkRows rows_;
  std::string text_;
};

class HtmlSink : public Sink {
 public:
  HtmlSink(const Request& request, const Subject& subject, const Image& image) : page_(request), kind_(subject.kind) {
    switch (kind_) {
      case Kind::as_list:
        page_.begin("All autonomous systems", "");
        break;
      case Kind::as_subnets:
        page_.begin("Address space of AS" + std::to_string(subject.asn), "AS" + std::to_string(subject.asn));
        page_.as_table(api::summary_of(image, subject.asn), false);
        break;
      case Kind::country:
        page_.begin("Autonomous systems registered in " + std::string(subject.country), "");
        break;
      case Kind::country_subnets:
        page_.begin("Address space registered in " + std::string(subject.country), "");
        break;
      case Kind::bulk:
        page_.begin("Many addresses", "");
        break;
    }
    page_.raw(is_table() ? kTableHead : "<ul class=\"list\">\n");
  }

  void as(const api::AsSummary& summary) override {
    page_.raw("<li>");
    page_.as_link(summary.asn);
    page_.raw(" ");
    page_.text(summary.country);
    page_.raw(" ");
    page_.text(summary.description);
    page_.raw("</li>\n");
  }
  void number(std::uint32_t asn) override {
    page_.raw("<li>");
    page_.as_link(asn);
    page_.raw("</li>\n");
  }
  void subnet(const Prefix& prefix) override {
    char text[api::kMaxPrefixText];
    page_.raw("<li>");
    page_.raw({text, api::format_prefix(prefix, text)});
    page_.raw("</li>\n");
  }
  bool wants_ranges() const override { return false; }
  void answer(const api::Answer& answer) override {
    page_.raw("<tr><td>");
    page_.text(to_string(answer.address));
    page_.raw("</td><td>");
    if (answer.announced) {
      page_.as_link(answer.record.asn);
      page_.raw("</td><td>");
      page_.text(answer.record.description);
      if (!answer.record.country.empty()) {
        page_.raw(", ");
        page_.text(answer.record.country);
      }
    } else {
      page_.raw("</td><td>Not announced");
    }
    page_.raw("</td></tr>\n");
  }
  void bad(std::string_view text, std::string_view why) override {
    page_.raw("<tr><td>");
    page_.text(text);
    page_.raw("</td><td></td><td>");
    page_.text(why);
    page_.raw("</td></tr>\n");
  }
  void end(const Image& image) override {
    page_.raw(is_table() ? "</tbody></table></div>\n" : "</ul>\n");
    page_.end(&image);
  }
  std::string_view text() const override { return page_.made(); }
  void clear() override { page_.clear(); }

 private:
  static constexpr std::string_view kTableHead =
      "<div class=\"wide\"><table><thead><tr><th scope=\"col\">Address</th><th scope=\"col\">AS</th>"
      "<th scope=\"col\">Description</th></tr></thead><tbody>\n";

  bool is_table() const { return kind_ == Kind::bulk; }

  Page page_;
  const Kind kind_;
};

}  // namespace

std::unique_ptr<Sink> make_sink(const Request& request, const Subject& subject, const Image& image) {
  switch (request.form) {
    case api::Form::html:
      return std::make_unique<HtmlSink>(request, subject, image);
    case api::Form::plain:
      return std::make_unique<PlainSink>(subject);
    case api::Form::json:
      break;
  }
  return std::make_unique<JsonSink>(subject);
}

}  // namespace ip2asn::httpd
