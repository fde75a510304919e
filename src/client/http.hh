// Questions to servers that are not ours: HTTP and WHOIS, many at a time, by libcurl's multi interface.
//
// A fetch has one deadline for all that it takes, a limit on what it may bring (unpacked), and does not follow
// redirects: where they lead is the caller's decision. Connections are kept open. WHOIS (RFC 3912) is spoken as what it
// is to libcurl, Gopher: a line there, all back until the end. Nothing is connected to that is special-purpose space
// (see special_block()); which address a name has is looked at when it is connected to, so that no answer of the DNS
// gets around this. No proxy is used: it would connect in our place.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace ip2asn {

struct FetchOptions {
  std::string user_agent;
  std::chrono::milliseconds timeout{9'000};
  long connections_per_host = 2;
  bool plain_http = false;      ///< http beside https
  bool loopback_hosts = false;  ///< servers on loopback
};

/// The end of a fetch.
struct Fetched {
  std::uint64_t id = 0;
  std::string problem;      ///< why there is no whole answer; empty when there is one
  int status = 0;           ///< of HTTP
  std::string location;     ///< of a redirect, as the server wrote it
  std::string retry_after;  ///< as the server wrote it
  std::string body;
};

/// Not thread-safe.
class HttpClient {
 public:
  /// Throws std::bad_alloc when libcurl cannot be had.
  explicit HttpClient(FetchOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Begins a GET of an http or https URL. `accept` is the value of the header.
  void get(std::uint64_t id, const std::string& url, const std::string& accept, std::size_t max_bytes);
  /// Begins a WHOIS query: `line` without its end to `host`, "HOST" or "HOST:PORT".
  void whois(std::uint64_t id, const std::string& host, std::string_view line, std::size_t max_bytes);

  std::size_t in_flight() const noexcept { return transfers_.size(); }

  /// Waits until something has ended, `descriptor` (when it is not -1) is readable, or the time is up, and returns what
  /// has ended.
  std::vector<Fetched> wait(std::chrono::microseconds timeout, int descriptor = -1);

 private:
  struct Transfer;
  struct State;

  Transfer& begin(std::uint64_t id, const std::string& url, std::size_t max_bytes);
  void finish(void* handle, int code, std::vector<Fetched>& ended);

  FetchOptions options_;
  std::unique_ptr<State> state_;
  std::map<void*, std::unique_ptr<Transfer>> transfers_;  // by libcurl's handle
};

/// Seconds that a Retry-After header (RFC 9110 10.2.3), seconds or a date, asks for at `now`, seconds since 1970; 0
/// where it asks for nothing or says what is over.
std::int64_t retry_after_seconds(std::string_view text, std::int64_t now);

}  // namespace ip2asn
