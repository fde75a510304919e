#include "client/url.hh"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <new>

namespace ip2asn {
namespace {

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Handle = std::unique_ptr<CURLU, Free>;

bool set(CURLU* url, std::string_view text) {
  const CURLUcode code = curl_url_set(url, CURLUPART_URL, std::string(text).c_str(), 0);
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  return code == CURLUE_OK;
}

std::string get(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

Url Url::parse(std::string_view text) {
  const Handle handle(curl_url());
  if (handle == nullptr) throw std::bad_alloc();
  if (!set(handle.get(), text)) return {};
  Url url{lower(get(handle.get(), CURLUPART_SCHEME)), lower(get(handle.get(), CURLUPART_HOST)),
          get(handle.get(), CURLUPART_PORT)};
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.ends_with('.')) url.host.pop_back();
  return url;
}

std::string resolve_url(std::string_view base, std::string_view location) {
  const Handle handle(curl_url());
  if (handle == nullptr) throw std::bad_alloc();
  if (!set(handle.get(), base) || !set(handle.get(), location)) return {};
  return get(handle.get(), CURLUPART_URL);
}

}  // namespace ip2asn
