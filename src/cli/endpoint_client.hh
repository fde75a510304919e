// HTTP with a look-up endpoint: one body there, one answer back, as often as it takes.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "cli/args.hh"

namespace ip2asn::cli {

struct ClientOptions {
  std::chrono::seconds timeout{30};  ///< for one attempt, with all that it takes
  int retries = 5;                   ///< attempts after the first
};

/// A connection to the endpoint at one URL, kept open between requests. What may pass (no connection, a cut one, no
/// answer in time, the statuses 429, 502, 503 and 504) is tried again: after waits that double from a quarter of a
/// second to 30 seconds, or as long as the server's Retry-After asks for, which is said on standard error. Redirects
/// are followed as long as they keep the scheme. Not thread-safe.
class EndpointClient {
 public:
  /// `url` is http or https, without query and fragment; it may have a user and a password, which no message repeats.
  /// `arguments` outlives the client.
  static Result<EndpointClient> open(std::string_view url, const ClientOptions& options, const Arguments& arguments);

  struct Reply {
    bool too_large = false;  ///< 413: less is to be asked for at once
    std::string_view body;   ///< valid until the next request; of an answer (200) whole
  };
  /// Sends `json` to `/v1/as/ips` below the URL. An answer of more than `limit` bytes is an error; so is everything
  /// that no retry mended. Errors name the URL.
  Result<Reply> put(const std::string& json, std::size_t limit);

  /// The URL without user and password, for messages.
  const std::string& name() const noexcept { return state_->name; }

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  // What libcurl keeps pointers to stays where it is.
  struct State {
    std::string name;
    std::unique_ptr<CURL, Free> handle;
    std::unique_ptr<curl_slist, Free> headers;
    std::string body;
    std::size_t limit = 0;
    std::size_t head = 0;  // bytes of headers in this attempt
    bool overlong = false;
    char problem[CURL_ERROR_SIZE] = {};
  };
  // How an attempt ended: without a problem, or with one that may pass or may not.
  struct Attempt {
    enum class End { answered, too_large, passing, final } end;
    Error error = {};
    std::chrono::milliseconds asked_wait{0};  // Retry-After
  };

  EndpointClient(std::unique_ptr<State> state, const ClientOptions& options, const Arguments& arguments)
      : state_(std::move(state)), options_(options), arguments_(&arguments) {}

  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* state);
  static std::size_t receive_head(char* data, std::size_t size, std::size_t count, void* state);
  Attempt attempt();
  Attempt judge_failure(CURLcode code) const;
  Attempt judge_status(long status) const;
  std::chrono::milliseconds wait_before(int retry);

  std::unique_ptr<State> state_;
  ClientOptions options_;
  const Arguments* arguments_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace ip2asn::cli
