#include "client/http.hh"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <new>
#include <optional>
#include <thread>

#include "net/address.hh"
#include "net/special.hh"

namespace ip2asn {
namespace {

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (curl_easy_setopt(handle, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

std::optional<Address> address_of(const curl_sockaddr& socket) {
  if (socket.family == AF_INET) {
    return Address::from_v4_bytes(&reinterpret_cast<const sockaddr_in*>(&socket.addr)->sin_addr);
  }
  if (socket.family == AF_INET6) {
    return unmapped(Address::from_v6_bytes(&reinterpret_cast<const sockaddr_in6*>(&socket.addr)->sin6_addr));
  }
  return std::nullopt;
}

bool is_loopback(const Address& address) {
  if (address.family == Family::v4) return address.v4_bits() >> 24 == 127;
  return address.hi == 0 && address.lo == 1;
}

curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* socket) {
  const auto& options = *static_cast<const FetchOptions*>(context);
  const std::optional<Address> address = address_of(*socket);
  if (!address) return CURL_SOCKET_BAD;
  const std::optional<SpecialBlock> special = special_block(*address);
  const bool fine = !special || special->globally_reachable || (options.loopback_hosts && is_loopback(*address));
  if (!fine) return CURL_SOCKET_BAD;
  return ::socket(socket->family, socket->socktype | SOCK_CLOEXEC, socket->protocol);
}

// The value of a header of the last response.
std::string header(CURL* handle, const char* name) {
  curl_header* found = nullptr;
  if (curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

}  // namespace

struct HttpClient::Transfer {
  Fetched result;
  std::size_t limit = 0;
  bool overlong = false;
  curl_slist* headers = nullptr;
  CURL* handle = nullptr;
  char problem[CURL_ERROR_SIZE] = {};

  ~Transfer() {
    curl_easy_cleanup(handle);
    curl_slist_free_all(headers);
  }

  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* context) {
    Transfer& transfer = *static_cast<Transfer*>(context);
    const std::size_t bytes = size * count;
    transfer.overlong = bytes > transfer.limit - transfer.result.body.size();
    if (transfer.overlong) return 0;
    try {
      transfer.result.body.append(data, bytes);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return bytes;
  }
};

struct HttpClient::State {
  CURLM* multi = nullptr;
  ~State() { curl_multi_cleanup(multi); }
};

HttpClient::HttpClient(FetchOptions options) : options_(std::move(options)), state_(std::make_unique<State>()) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  state_->multi = initialised == CURLE_OK ? curl_multi_init() : nullptr;
  if (state_->multi == nullptr) throw std::bad_alloc();
  curl_multi_setopt(state_->multi, CURLMOPT_MAX_HOST_CONNECTIONS, options_.connections_per_host);
  curl_multi_setopt(state_->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

HttpClient::~HttpClient() {
  for (auto& [handle, transfer] : transfers_) curl_multi_remove_handle(state_->multi, handle);
}

HttpClient::Transfer& HttpClient::begin(std::uint64_t id, const std::string& url, std::size_t max_bytes) {
  auto transfer = std::make_unique<Transfer>();
  transfer->handle = curl_easy_init();
  if (transfer->handle == nullptr) throw std::bad_alloc();
  transfer->result.id = id;
  transfer->limit = max_bytes;
  CURL* const handle = transfer->handle;
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, options_.plain_http ? "https,http,gopher" : "https,gopher");
  set(handle, CURLOPT_PROXY, "");
  set(handle, CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_ERRORBUFFER, static_cast<char*>(transfer->problem));
  set(handle, CURLOPT_WRITEFUNCTION, &Transfer::receive);
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(transfer.get()));
  set(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(handle, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&options_));
  Transfer& begun = *transfer;
  transfers_.emplace(handle, std::move(transfer));
  return begun;
}

void HttpClient::get(std::uint64_t id, const std::string& url, const std::string& accept, std::size_t max_bytes) {
  Transfer& transfer = begin(id, url, max_bytes);
  transfer.headers = curl_slist_append(nullptr, ("Accept: " + accept).c_str());
  if (transfer.headers == nullptr) throw std::bad_alloc();
  set(transfer.handle, CURLOPT_HTTPHEADER, transfer.headers);
  set(transfer.handle, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(transfer.handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_multi_add_handle(state_->multi, transfer.handle);
}

void HttpClient::whois(std::uint64_t id, const std::string& host, std::string_view line, std::size_t max_bytes) {
  const bool has_port = host.find(':') != std::string::npos;
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, line.data(), static_cast<int>(line.size())), &curl_free);
  if (escaped == nullptr) throw std::bad_alloc();
  // The first character of a Gopher path tells the type of the item, and is not sent.
  Transfer& transfer = begin(id, "gopher://" + host + (has_port ? "" : ":43") + "/0" + escaped.get(), max_bytes);
  curl_multi_add_handle(state_->multi, transfer.handle);
}

void HttpClient::finish(void* handle, int code, std::vector<Fetched>& ended) {
  const auto found = transfers_.find(handle);
  if (found == transfers_.end()) return;
  Transfer& transfer = *found->second;
  Fetched& result = transfer.result;
  if (transfer.overlong) {
    result.problem = "the answer is longer than " + std::to_string(transfer.limit / 1024) + " KiB";
  } else if (code != CURLE_OK) {
    result.problem = transfer.problem[0] != '\0' ? transfer.problem : curl_easy_strerror(static_cast<CURLcode>(code));
  }
  long status = 0;
  curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &status);
  result.status = static_cast<int>(status);
  result.location = header(transfer.handle, "Location");
  result.retry_after = header(transfer.handle, "Retry-After");
  curl_multi_remove_handle(state_->multi, transfer.handle);
  ended.push_back(std::move(result));
  transfers_.erase(found);
}

std::vector<Fetched> HttpClient::wait(std::chrono::microseconds timeout, int descriptor) {
  std::vector<Fetched> ended;
  const auto collect = [&] {
    int running = 0;
    curl_multi_perform(state_->multi, &running);
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(state_->multi, &left)) {
      if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result, ended);
    }
  };
  collect();
  if (!ended.empty() || timeout.count() <= 0) return ended;
  curl_waitfd extra{descriptor, CURL_WAIT_POLLIN, 0};
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  const auto most = std::min<std::chrono::milliseconds::rep>(whole.count(), std::numeric_limits<int>::max());
  if (most > 0) {
    curl_multi_poll(state_->multi, &extra, descriptor >= 0 ? 1 : 0, static_cast<int>(most), nullptr);
  } else {
    // Polls count in milliseconds; a pace of hundreds a second does not.
    std::this_thread::sleep_for(timeout);
  }
  collect();
  return ended;
}

std::int64_t retry_after_seconds(std::string_view text, std::int64_t now) {
  std::int64_t seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (problem == std::errc() && end == text.data() + text.size()) return std::max<std::int64_t>(seconds, 0);
  if (text.empty() || (problem == std::errc::result_out_of_range)) return 0;
  const std::time_t date = curl_getdate(std::string(text).c_str(), nullptr);
  return date == -1 ? 0 : std::max<std::int64_t>(date - now, 0);
}

}  // namespace ip2asn
