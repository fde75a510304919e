#include "cli/survey/resolver.hh"

#include <ares.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "cli/survey/input.hh"
#include "cli/survey/window.hh"

namespace ip2asn::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kClassIn = 1, kTypeA = 1, kTypeAaaa = 28;

std::string_view reason(int status) {
  switch (status) {
    case ARES_ENODATA:
      return "no address";
    case ARES_ENOTFOUND:
      return "NXDOMAIN";
    case ARES_ESERVFAIL:
      return "SERVFAIL";
    case ARES_EREFUSED:
      return "refused";
    case ARES_ENOTIMP:
      return "not implemented";
    case ARES_EFORMERR:
      return "question not understood";
    case ARES_ETIMEOUT:
      return "timeout";
    case ARES_ECONNREFUSED:
      return "no server";
    default:
      return "bad answer";
  }
}

struct Question {
  std::string name;  // what is asked now: the host's, or an alias of it
  int aliases = 0;
  bool frankly = false;  // asked a last time, of the channel that tells what servers say
  bool answered = false;
  std::string failure;
};

struct Lookup {
  std::size_t place;
  Clock::time_point begun, deadline;
  std::array<Question, 2> questions;  // A and AAAA
  std::vector<Address> addresses;
  bool repeated = false;  // an answer came to a second try only
  bool finished = false;
};

class Run {
 public:
  Run(std::span<const std::string> names, const ResolverOptions& options, StopSignals& stop,
      const ResolverEvents& events)
      : names_(names), options_(options), stop_(stop), events_(events) {}

  ~Run() {
    // c-ares calls back for what is still open.
    for (const std::shared_ptr<Lookup>& lookup : in_flight_) lookup->finished = true;
    for (const ares_channel channel : {channel_, frank_}) {
      if (channel != nullptr) ares_destroy(channel);
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result<Done> open();
  void run();

 private:
  struct Asked {
    Run* run;
    std::shared_ptr<Lookup> lookup;
    std::size_t question;
  };

  Result<Done> open(ares_channel& channel, int flags);
  void start(std::size_t place);
  void ask(const std::shared_ptr<Lookup>& lookup, std::size_t question);
  void answer(const std::shared_ptr<Lookup>& lookup, std::size_t question, int status,
              std::span<const unsigned char> message);
  void finish(Lookup& lookup);
  void wait();

  std::span<const std::string> names_;
  const ResolverOptions& options_;
  StopSignals& stop_;
  const ResolverEvents& events_;
  // Each try waits twice as long as the one before, on each server: in all as long as the name's deadline.
  static constexpr int kTries = 4;
  const std::chrono::milliseconds first_try_{std::max<long>(
      1, static_cast<long>(options_.timeout.count()) /
             (((1L << kTries) - 1) * (1 + std::count(options_.servers.begin(), options_.servers.end(), ','))))};
  Window window_{options_.concurrency, first_try_, Clock::now()};
  // c-ares goes from one server to the next when one says SERVFAIL, REFUSED or NOTIMP, and after the last says what it
  // says when there is no server at all. What fails so is asked once more of the channel that gives any answer as it
  // is.
  ares_channel channel_ = nullptr, frank_ = nullptr;
  std::map<ares_socket_t, short> sockets_;
  std::deque<std::shared_ptr<Lookup>> in_flight_;  // in the order of their deadlines
  std::size_t open_ = 0;
};

Result<Done> Run::open() {
  Result<Done> opened = open(channel_, 0);
  return opened ? open(frank_, ARES_FLAG_NOCHECKRESP) : opened;
}

Result<Done> Run::open(ares_channel& channel, int flags) {
  ares_options options{};
  options.tries = kTries;
  options.ednspsz = 1232;
  options.flags = ARES_FLAG_EDNS | ARES_FLAG_STAYOPEN | flags;
  options.socket_receive_buffer_size = 1 << 20;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* run, ares_socket_t socket, int readable, int writable) {
    std::map<ares_socket_t, short>& sockets = static_cast<Run*>(run)->sockets_;
    if (readable == 0 && writable == 0) {
      sockets.erase(socket);
    } else {
      sockets[socket] = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
    }
  };
  options.timeout = static_cast<int>(first_try_.count());
  const int mask = ARES_OPT_TRIES | ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB |
                   ARES_OPT_TIMEOUTMS;
  int status = ares_init_options(&channel, &options, mask);
  if (status == ARES_SUCCESS && !options_.servers.empty()) {
    status = ares_set_servers_ports_csv(channel, options_.servers.c_str());
    if (status != ARES_SUCCESS) {
      return Error{Errc::argument, "--servers '" + options_.servers + "': " + ares_strerror(status) +
                                       "; give addresses, as 127.0.0.1:5353,[::1]:53"};
    }
  }
  if (status != ARES_SUCCESS) return Error{Errc::unreadable, std::string("no resolver: ") + ares_strerror(status)};
  return Done{};
}

void Run::run() {
  std::size_t next = 0;
  while (!stop_.raised() && (next < names_.size() || open_ > 0)) {
    while (open_ < window_.size() && next < names_.size()) start(next++);
    while (!in_flight_.empty() && (in_flight_.front()->finished || in_flight_.front()->deadline <= Clock::now())) {
      const std::shared_ptr<Lookup> lookup = in_flight_.front();
      in_flight_.pop_front();
      if (!lookup->finished) finish(*lookup);
    }
    if (open_ > 0) wait();
    if (events_.turn) events_.turn();
  }
}

void Run::wait() {
  std::vector<pollfd> waits;
  for (const auto& [socket, events] : sockets_) waits.push_back({socket, events, 0});
  waits.push_back({stop_.descriptor(), POLLIN, 0});
  constexpr int kTick = 20;  // milliseconds: how late a deadline may be noticed
  ::poll(waits.data(), waits.size(), kTick);
  waits.pop_back();
  for (const pollfd& each : waits) {
    if (each.revents == 0) continue;
    const bool in = (each.revents & (POLLIN | POLLERR | POLLHUP)) != 0, out = (each.revents & POLLOUT) != 0;
    for (const ares_channel channel : {channel_, frank_}) {
      ares_process_fd(channel, in ? each.fd : ARES_SOCKET_BAD, out ? each.fd : ARES_SOCKET_BAD);
    }
  }
  for (const ares_channel channel : {channel_, frank_}) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void Run::start(std::size_t place) {
  const auto lookup = std::make_shared<Lookup>();
  lookup->place = place;
  lookup->begun = Clock::now();
  lookup->deadline = lookup->begun + options_.timeout;
  in_flight_.push_back(lookup);
  ++open_;
  for (Question& question : lookup->questions) question.name = names_[place];
  for (std::size_t i = 0; i < lookup->questions.size(); ++i) ask(lookup, i);
}

void Run::ask(const std::shared_ptr<Lookup>& lookup, std::size_t question) {
  auto asked = std::make_unique<Asked>(Asked{this, lookup, question});
  const auto called_back = [](void* context, int status, int timeouts, unsigned char* bytes, int size) {
    const std::unique_ptr<Asked> owned(static_cast<Asked*>(context));
    if (owned->lookup->finished) return;
    owned->lookup->repeated |= timeouts > 0 && status != ARES_ETIMEOUT;
    owned->run->answer(owned->lookup, owned->question, status,
                       {bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(size)});
  };
  const Question& what = lookup->questions[question];
  ares_query(what.frankly ? frank_ : channel_, what.name.c_str(), kClassIn, question == 0 ? kTypeA : kTypeAaaa,
             called_back, asked.release());
}

void Run::answer(const std::shared_ptr<Lookup>& lookup, std::size_t question, int status,
                 std::span<const unsigned char> message) {
  Question& asked = lookup->questions[question];
  if (status == ARES_ECONNREFUSED && !asked.frankly) {
    asked.frankly = true;
    ask(lookup, question);
    return;
  }
  if (status == ARES_SUCCESS) {
    AnswerContent content = read_answer(message, asked.name, question == 0 ? Family::v4 : Family::v6);
    if (content.bad || (!content.alias.empty() && asked.aliases >= kMostAliases)) {
      asked.failure = content.bad ? "bad answer" : "too many aliases";
    } else if (!content.alias.empty()) {
      ++asked.aliases;
      asked.name = std::move(content.alias);
      ask(lookup, question);
      return;
    } else if (content.addresses.empty()) {
      asked.failure = reason(ARES_ENODATA);
    }
    lookup->addresses.insert(lookup->addresses.end(), content.addresses.begin(), content.addresses.end());
  } else {
    asked.failure = reason(status);
  }
  asked.answered = true;
  if (lookup->questions[0].answered && lookup->questions[1].answered) finish(*lookup);
}

void Run::finish(Lookup& lookup) {
  lookup.finished = true;
  --open_;
  if (lookup.repeated) {
    window_.shrink(lookup.begun, Clock::now());
  } else {
    window_.grow(Clock::now());
  }
  Resolution resolution{std::move(lookup.addresses), {}, false};
  std::sort(resolution.addresses.begin(), resolution.addresses.end());
  resolution.addresses.erase(std::unique(resolution.addresses.begin(), resolution.addresses.end()),
                             resolution.addresses.end());
  std::array<std::string, 2> failures;
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const Question& question = lookup.questions[i];
    failures[i] = question.answered ? question.failure : std::string(reason(ARES_ETIMEOUT));
    resolution.unreached = resolution.unreached || failures[i] == reason(ARES_ECONNREFUSED);
    // That a host lives in one family only is nothing to tell.
    if (!resolution.addresses.empty() && failures[i] == reason(ARES_ENODATA)) failures[i].clear();
  }
  if (failures[0] == failures[1]) {
    resolution.failure = failures[0];
  } else {
    for (std::size_t i = 0; i < failures.size(); ++i) {
      if (failures[i].empty()) continue;
      if (!resolution.failure.empty()) resolution.failure += ", ";
      resolution.failure += (i == 0 ? "A: " : "AAAA: ") + failures[i];
    }
  }
  events_.done(lookup.place, std::move(resolution));
}

// ---- messages

std::string folded(std::string_view name) {
  std::string low = lower_case(name);
  if (low.ends_with('.')) low.pop_back();
  return low;
}

// Reads the parts of a message one after another.
class MessageReader {
 public:
  explicit MessageReader(std::span<const unsigned char> message) : message_(message) {}

  std::optional<unsigned> number() {
    if (at_ + 2 > message_.size()) return std::nullopt;
    const unsigned value = static_cast<unsigned>(message_[at_] << 8 | message_[at_ + 1]);
    at_ += 2;
    return value;
  }
  std::optional<std::string> name() {
    if (at_ >= message_.size()) return std::nullopt;
    char* text = nullptr;
    long size = 0;
    if (ares_expand_name(message_.data() + at_, message_.data(), static_cast<int>(message_.size()), &text, &size) !=
        ARES_SUCCESS) {
      return std::nullopt;
    }
    std::string expanded = folded(text);
    ares_free_string(text);
    at_ += static_cast<std::size_t>(size);
    return expanded;
  }
  bool skip(std::size_t bytes) {
    if (message_.size() - at_ < bytes) return false;
    at_ += bytes;
    return true;
  }
  std::size_t at() const noexcept { return at_; }
  void go_to(std::size_t at) { at_ = at; }
  const unsigned char* here() const noexcept { return message_.data() + at_; }
  std::size_t left() const noexcept { return message_.size() - at_; }

 private:
  std::span<const unsigned char> message_;
  std::size_t at_ = 0;
};

}  // namespace

AnswerContent read_answer(std::span<const unsigned char> message, std::string_view name, Family family) {
  constexpr unsigned kTypeCname = 5;
  const AnswerContent bad{{}, {}, true};
  const unsigned wanted = family == Family::v4 ? kTypeA : kTypeAaaa;
  MessageReader reader(message);
  if (!reader.skip(4)) return bad;
  const std::optional<unsigned> questions = reader.number(), answers = reader.number();
  if (!questions || !answers || *questions != 1 || !reader.skip(4)) return bad;
  if (const auto asked = reader.name(); !asked || *asked != folded(name) || !reader.skip(4)) return bad;

  std::map<std::string, std::string> aliases;
  std::multimap<std::string, Address> addresses;
  for (unsigned i = 0; i < *answers; ++i) {
    std::optional<std::string> owner = reader.name();
    const std::optional<unsigned> type = reader.number(), net_class = reader.number();
    if (!owner || !type || !net_class || !reader.skip(4)) return bad;
    const std::optional<unsigned> size = reader.number();
    if (!size || *size > reader.left()) return bad;
    const std::size_t end = reader.at() + *size;
    if (*net_class == kClassIn && *type == wanted) {
      if (*size != (family == Family::v4 ? 4u : 16u)) return bad;
      addresses.emplace(*std::move(owner), family == Family::v4 ? Address::from_v4_bytes(reader.here())
                                                                : Address::from_v6_bytes(reader.here()));
    } else if (*net_class == kClassIn && *type == kTypeCname) {
      std::optional<std::string> target = reader.name();
      if (!target) return bad;
      aliases.emplace(*std::move(owner), *std::move(target));
    }
    reader.go_to(end);
  }
  std::string at = folded(name);
  for (int followed = 0; followed <= kMostAliases; ++followed) {
    AnswerContent content;
    const auto [first, last] = addresses.equal_range(at);
    for (auto each = first; each != last; ++each) content.addresses.push_back(each->second);
    if (!content.addresses.empty()) return content;
    const auto alias = aliases.find(at);
    if (alias == aliases.end()) {
      if (followed > 0) content.alias = at;
      return content;
    }
    at = alias->second;
  }
  return bad;
}

Result<Done> resolve(std::span<const std::string> names, const ResolverOptions& options, StopSignals& stop,
                     const ResolverEvents& events) {
  if (names.empty()) return Done{};
  // Once for the process; it does nothing but on Windows.
  static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
  if (ready != ARES_SUCCESS) return Error{Errc::unreadable, std::string("no resolver: ") + ares_strerror(ready)};
  Run run(names, options, stop, events);
  if (Result<Done> opened = run.open(); !opened) return opened;
  run.run();
  return Done{};
}

}  // namespace ip2asn::cli
