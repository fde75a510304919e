// The endpoint's pages for people: one layout for all, self-contained, without scripts (see base/html.hh).
#pragma once

#include <string>
#include <string_view>

#include "answer/render.hh"
#include "index/image.hh"
#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// The Content-Security-Policy of every page, in `pool`.
const char* page_policy(apr_pool_t* pool);

/// "of 2026-11-20 10:00 UTC"
std::string data_time(const Image& image);
/// The same with ", 36 hours old" behind it: for answers that no cache keeps.
std::string data_age(const Image& image);
/// The names of the sources' files, without their directories.
std::string source_names(const Image& image);

/// Builds a page from top to bottom. What has been made can be taken and cleared on the way: memory does not grow with
/// a long page.
class Page {
 public:
  explicit Page(const Request& request);

  /// Everything up to the page's heading and the form, in which `asked` stands already.
  void begin(std::string_view title, std::string_view asked);
  /// The data's time and source, where there are data, and the end. Depends on the image alone, for a page that has a
  /// tag is the same each time.
  void end(const Image* image);

  void answer_table(const api::Answer& answer);
  /// With a link to the address space, unless this is its page.
  void as_table(const api::AsSummary& summary, bool with_link);
  void as_link(std::uint32_t asn);
  /// What went wrong, as an alert.
  void alert(std::string_view reason);

  /// Markup that is the program's own.
  void raw(std::string_view markup) { made_ += markup; }
  /// Text of anybody's, escaped.
  void text(std::string_view text);

  std::string_view made() const { return made_; }
  void clear() { made_.clear(); }

 private:
  void begin_row(api::Field field);
  void row(api::Field field, std::string_view value);
  void answer_row(const api::Answer& answer, api::Field field);

  const std::string base_;  // of all links
  std::string made_;
};

/// The page of an error. `reason` is a sentence without its full stop; `image` may be null.
std::string error_page(const Request& request, int status, std::string_view reason, const Image* image);

}  // namespace ip2asn::httpd
