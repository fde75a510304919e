#include "cli/endpoint_client.hh"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "cli/server_reply.hh"

namespace ip2asn::cli {
namespace {

using std::chrono::milliseconds;

// A server that asks for more is not waited for.
constexpr milliseconds kLongestWait = std::chrono::minutes(5);
constexpr milliseconds kFirstPause{250}, kLongestPause = std::chrono::seconds(30);
constexpr milliseconds kConnectTimeout = std::chrono::seconds(10);
constexpr long kMostRedirects = 5;
constexpr const char* kSchemes = "http,https";

// Of all heads of an attempt, those of redirects too. libcurl has bounds of its own, for a line and for the whole, that
// differ between versions.
constexpr std::size_t kLongestHead = 256 * 1024;

// libcurl calls a line of a head that is beyond its bound a lack of memory. What it allocates comes through here, so
// that the two can be told apart.
namespace memory {
std::atomic<bool> lacking{false};

void* seen(void* allocated, std::size_t size) noexcept {
  if (allocated == nullptr && size > 0) lacking = true;
  return allocated;
}
void* allocate(std::size_t size) noexcept { return seen(std::malloc(size), size); }
void release(void* allocated) noexcept { std::free(allocated); }
void* resize(void* allocated, std::size_t size) noexcept { return seen(std::realloc(allocated, size), size); }
char* copy(const char* text) noexcept { return static_cast<char*>(seen(::strdup(text), 1)); }
void* allocate_cleared(std::size_t count, std::size_t size) noexcept {
  return seen(std::calloc(count, size), count == 0 ? 0 : size);
}

CURLcode initialise() noexcept {
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, &allocate, &release, &resize, &copy, &allocate_cleared);
}
}  // namespace memory

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

// A part of a URL; empty when there is none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

void set(CURLU* url, CURLUPart part, const char* value) {
  if (curl_url_set(url, part, value, 0) == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
}

// Options of the right type do not fail, but for lack of memory.
template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (curl_easy_setopt(handle, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

bool may_pass(long status) { return status == 429 || status == 502 || status == 503 || status == 504; }

// What to do about it; empty when there is nothing that is not plain.
const char* advice_for(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "; redirects to another scheme are not followed: name the URL that it redirects to";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "; name the host that the certificate is for, or have its authority trusted on this host";
    case CURLE_TOO_MANY_REDIRECTS:
      return "; name the URL of the endpoint itself";
    default:
      return "";
  }
}

const char* advice_for(long status) {
  switch (status) {
    case 401:
      return "; give user and password as in https://USER:PASSWORD@HOST/PATH";
    case 403:
      return "; the server does not let this host or user in";
    case 404:
    case 405:
      return "; name the path that the endpoint is at, as in http://HOST/ip2asn";
    default:
      return "";
  }
}

std::string in_seconds(milliseconds time) {
  const auto tenths = (time.count() + 99) / 100;
  return std::to_string(tenths / 10) + (tenths % 10 != 0 ? "." + std::to_string(tenths % 10) : "") + " s";
}

}  // namespace

Result<EndpointClient> EndpointClient::open(std::string_view text, const ClientOptions& options,
                                            const Arguments& arguments) {
  static const CURLcode initialised = memory::initialise();
  auto state = std::make_unique<State>();
  state->handle.reset(initialised == CURLE_OK ? curl_easy_init() : nullptr);
  const Url url(curl_url());
  if (state->handle == nullptr || url == nullptr) throw std::bad_alloc();

  const std::string given(text);
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, given.c_str(), 0);
  if (parsed == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  const std::string scheme = parsed == CURLUE_OK ? part_of(url.get(), CURLUPART_SCHEME) : "";
  if (scheme != "http" && scheme != "https") {
    return Error{Errc::argument, "--server takes a URL such as https://example.net/ip2asn"};
  }
  if (!part_of(url.get(), CURLUPART_QUERY).empty() || !part_of(url.get(), CURLUPART_FRAGMENT).empty()) {
    return Error{Errc::argument, "--server takes the URL of the endpoint without a query or a fragment"};
  }
  std::string path = part_of(url.get(), CURLUPART_PATH);
  while (path.ends_with('/')) path.pop_back();
  set(url.get(), CURLUPART_PATH, (path + "/v1/as/ips").c_str());
  const std::string full = part_of(url.get(), CURLUPART_URL);
  set(url.get(), CURLUPART_PATH, path.empty() ? "/" : path.c_str());
  set(url.get(), CURLUPART_USER, nullptr);
  set(url.get(), CURLUPART_PASSWORD, nullptr);
  state->name = part_of(url.get(), CURLUPART_URL);

  // libcurl would ask for leave first where a body is long, and wait for a second where that is not understood.
  for (const char* header : {"Content-Type: application/json", "Accept: application/json", "Expect:"}) {
    curl_slist* const longer = curl_slist_append(state->headers.get(), header);
    if (longer == nullptr) throw std::bad_alloc();
    [[maybe_unused]] const auto* const shorter = state->headers.release();
    state->headers.reset(longer);
  }
  CURL* const handle = state->handle.get();
  set(handle, CURLOPT_URL, full.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, kSchemes);
  set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, scheme.c_str());
  set(handle, CURLOPT_MAXREDIRS, kMostRedirects);
  // A redirected request stays what it is.
  set(handle, CURLOPT_CUSTOMREQUEST, "PUT");
  set(handle, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
  set(handle, CURLOPT_HTTPHEADER, state->headers.get());
  set(handle, CURLOPT_USERAGENT, "ip2asn/" PACKAGE_VERSION);
  set(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds(options.timeout).count()));
  set(handle, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::min<milliseconds>(options.timeout, kConnectTimeout).count()));
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_ERRORBUFFER, static_cast<char*>(state->problem));
  set(handle, CURLOPT_WRITEFUNCTION, &receive);
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(state.get()));
  set(handle, CURLOPT_HEADERFUNCTION, &receive_head);
  set(handle, CURLOPT_HEADERDATA, static_cast<void*>(state.get()));
  return EndpointClient(std::move(state), options, arguments);
}

std::size_t EndpointClient::receive(char* data, std::size_t size, std::size_t count, void* context) {
  State& state = *static_cast<State*>(context);
  const std::size_t bytes = size * count;
  state.overlong = bytes > state.limit - state.body.size();
  if (state.overlong) return 0;
  try {
    state.body.append(data, bytes);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return bytes;
}

std::size_t EndpointClient::receive_head(char*, std::size_t size, std::size_t count, void* context) {
  State& state = *static_cast<State*>(context);
  const std::size_t bytes = size * count;
  state.head += bytes;
  return state.head > kLongestHead ? 0 : bytes;
}

Result<EndpointClient::Reply> EndpointClient::put(const std::string& json, std::size_t limit) {
  CURL* const handle = state_->handle.get();
  set(handle, CURLOPT_POSTFIELDS, json.data());
  set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  state_->limit = limit;
  for (int retry = 0;; ++retry) {
    Attempt made = attempt();
    switch (made.end) {
      case Attempt::End::answered:
        return Reply{false, state_->body};
      case Attempt::End::too_large:
        return Reply{true, state_->body};
      case Attempt::End::final:
        return made.error;
      case Attempt::End::passing:
        break;
    }
    if (retry == options_.retries) {
      if (retry > 0) made.error.message += "; given up after " + std::to_string(retry + 1) + " attempts";
      return made.error;
    }
    if (made.asked_wait > kLongestWait) {
      made.error.message +=
          "; the server asks to be left alone for " + in_seconds(made.asked_wait) + ": try again later";
      return made.error;
    }
    const milliseconds wait = std::max(made.asked_wait, wait_before(retry));
    arguments_->complain(made.error.message + "; trying again in " + in_seconds(wait));
    std::this_thread::sleep_for(wait);
  }
}

// Between half and the whole of what doubles: many clients of one server must not come back at the same moment.
milliseconds EndpointClient::wait_before(int retry) {
  const milliseconds longest = std::min(kLongestPause, kFirstPause * (1 << std::min(retry, 10)));
  return milliseconds(std::uniform_int_distribution<milliseconds::rep>(longest.count() / 2, longest.count())(random_));
}

EndpointClient::Attempt EndpointClient::attempt() {
  CURL* const handle = state_->handle.get();
  state_->body.clear();
  state_->head = 0;
  state_->overlong = false;
  memory::lacking = false;
  state_->problem[0] = '\0';
  if (const CURLcode code = curl_easy_perform(handle); code != CURLE_OK) return judge_failure(code);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return judge_status(status);
}

EndpointClient::Attempt EndpointClient::judge_failure(CURLcode code) const {
  if (state_->overlong) {
    return {Attempt::End::final,
            {Errc::damaged, name() + ": the answer is longer than any to these addresses; is it an ip2asn endpoint?"}};
  }
  if (state_->head > kLongestHead || (code == CURLE_OUT_OF_MEMORY && !memory::lacking)) {
    return {Attempt::End::final,
            {Errc::unreadable, name() + ": the answer's headers are longer than is accepted (256 KiB, a line 100 KiB)"
                                        "; is it an ip2asn endpoint?"}};
  }
  if (code == CURLE_OUT_OF_MEMORY || code == CURLE_WRITE_ERROR) throw std::bad_alloc();
  const std::string_view reason = state_->problem[0] != '\0' ? state_->problem : curl_easy_strerror(code);
  return {may_pass(code) ? Attempt::End::passing : Attempt::End::final,
          {Errc::unreadable, name() + ": " + std::string(reason) + advice_for(code)}};
}

EndpointClient::Attempt EndpointClient::judge_status(long status) const {
  if (status == 200) {
    if (!state_->body.empty()) return {Attempt::End::answered};
    // To libcurl a head that is cut is one without a length, and the cut the end of the body.
    return {Attempt::End::passing, {Errc::damaged, name() + ": the answer is empty"}};
  }
  if (status == 413) return {Attempt::End::too_large};
  const std::string reason = error_in(state_->body);
  Attempt made{may_pass(status) ? Attempt::End::passing : Attempt::End::final,
               {Errc::unreadable, name() + ": status " + std::to_string(status) +
                                      (reason.empty() ? "" : ", " + reason) + advice_for(status)}};
  curl_off_t seconds = 0;
  if (curl_easy_getinfo(state_->handle.get(), CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
    constexpr curl_off_t kDay = 86400;
    made.asked_wait = std::chrono::seconds(std::min(seconds, kDay));
  }
  return made;
}

}  // namespace ip2asn::cli
