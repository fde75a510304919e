// hammer: asks the look-up endpoint on many connections at once, and checks every answer against the generation that it
// claims to be of.
//
//     hammer PORT CONNECTIONS ROWS GENERATIONS-FILE [SECONDS]
//
// Ends after so many seconds, or at SIGTERM, and prints what it saw as one line of JSON. The data sets are those of
// scripts/soak: in data set g, range i of ROWS is 10.x.y.0 to 10.x.y.(150 + g), where x and y are i / 256 and i % 256,
// of AS 1000000 + 100000 g + i and of the name GEN-g-i. So the AS, the end of the range, the name and whether an
// address is announced at all tell each generation from all others. GENERATIONS-FILE has the content id of data set g
// in line g.
//
// A connection that the server closed between two requests is opened again and the request repeated; that is HTTP's
// rule for idempotent requests, and counted as "reconnects". All else that is not a right answer is a failure, and a
// right-looking answer that is not what the data set says is "wrong".
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

volatile sig_atomic_t stopped = 0;

// Latencies in buckets 1/32 of a power of two wide: within 3 %.
class Histogram {
 public:
  void add(std::uint64_t ns) { ++counts_[bucket(ns)]; }
  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }
  double quantile_us(double q) const {
    std::uint64_t total = 0, seen = 0;
    for (const auto n : counts_) total += n;
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(total));
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == total && total > 0)) return upper(i) / 1000;
    }
    return 0;
  }

 private:
  static constexpr unsigned kFine = 5;
  static std::size_t bucket(std::uint64_t ns) {
    if (ns < (1u << kFine)) return ns;
    const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1 - kFine;
    return ((power + 1) << kFine) + ((ns >> power) & ((1u << kFine) - 1));
  }
  static double upper(std::size_t i) {
    const std::size_t power = i >> kFine, rest = i & ((1u << kFine) - 1);
    return power == 0 ? static_cast<double>(rest + 1)
                      : static_cast<double>((std::uint64_t{1} << kFine | rest) + 1) *
                            static_cast<double>(std::uint64_t{1} << (power - 1));
  }
  std::array<std::uint64_t, 64u << kFine> counts_{};
};

struct Tally {
  std::uint64_t requests = 0, failed = 0, wrong = 0, reconnects = 0;
  Histogram latency;
  std::map<int, std::uint64_t> answers;  // by data set
  std::vector<std::string> complaints;

  void complain(const std::string& what) {
    if (complaints.size() < 3) complaints.push_back(what);
  }
};

struct Question {
  unsigned range, host;
  std::string ip() const {
    return "10." + std::to_string(range / 256) + '.' + std::to_string(range % 256) + '.' + std::to_string(host);
  }
};

struct Answer {
  int status = 0;
  std::string generation, body;
};

std::string_view header(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + name.size();
  return head.substr(begin, head.find('\r', begin) - begin);
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : port_(port) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Outcome { good, idle_closed, failed };

  /// `why` tells a failure.
  Outcome ask(const std::string& request, Answer& answer, std::string& why) {
    const bool reused = fd_ >= 0;
    if (!reused && !open(why)) return Outcome::failed;
    buffer_.clear();
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      return lost(reused, "send", why);
    }
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return lost(reused && buffer_.empty(), "head", why);
    }
    const std::string_view head = std::string_view(buffer_).substr(0, end + 2);
    answer.status = std::atoi(buffer_.c_str() + 9);
    answer.generation = header(head, "X-IP2ASN-Generation: ");
    const std::string_view text = header(head, "Content-Length: ");
    std::size_t length = 0;
    if (text.empty() || std::from_chars(text.data(), text.data() + text.size(), length).ec != std::errc()) {
      return lost(false, "no length", why);
    }
    const bool last = header(head, "Connection: ") == "close";
    while (buffer_.size() < end + 4 + length) {
      if (!more()) return lost(false, "body", why);
    }
    answer.body.assign(buffer_, end + 4, length);
    if (last) close();
    return Outcome::good;
  }

 private:
  bool open(std::string& why) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience = {20, 0};
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
    why = "connect: " + std::to_string(errno);
    close();
    return false;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  bool more() {
    char block[4096];
    const ssize_t n = ::recv(fd_, block, sizeof block, 0);
    if (n > 0) buffer_.append(block, static_cast<std::size_t>(n));
    return n > 0;
  }
  Outcome lost(bool idle, const char* where, std::string& why) {
    why = std::string(where) + ": " + std::to_string(errno);
    close();
    return idle ? Outcome::idle_closed : Outcome::failed;
  }

  std::uint16_t port_;
  int fd_ = -1;
  std::string buffer_;
};

// Whether an answer is what data set `g` says.
bool right(const Question& question, int g, const std::string& body) {
  const auto has = [&](const std::string& text) { return body.find(text) != std::string::npos; };
  if (!has("\"ip\":\"" + question.ip() + '"')) return false;
  const unsigned last = 150 + static_cast<unsigned>(g);
  if (question.host > last) return has("\"announced\":false") && !has("\"as_number\":");
  const Question end = {question.range, last}, begin = {question.range, 0};
  return has("\"announced\":true") && has("\"first_ip\":\"" + begin.ip() + '"') &&
         has("\"last_ip\":\"" + end.ip() + '"') &&
         has("\"as_number\":" + std::to_string(1000000 + 100000 * g + static_cast<int>(question.range)) + ',') &&
         has("\"as_description\":\"GEN-" + std::to_string(g) + '-' + std::to_string(question.range) + '"');
}

void run(std::uint16_t port, unsigned ranges, const std::map<std::string, int>& generations, unsigned seed,
         Clock::time_point end, Tally& tally) {
  Connection connection(port);
  std::minstd_rand random(seed);
  while (stopped == 0 && Clock::now() < end) {
    const Question question = {static_cast<unsigned>(random()) % ranges, 140 + static_cast<unsigned>(random()) % 30};
    const std::string request = "GET /ip2asn/v1/as/ip/" + question.ip() + " HTTP/1.1\r\nHost: soak\r\n\r\n";
    Answer answer;
    std::string why;
    const auto begun = Clock::now();
    auto outcome = connection.ask(request, answer, why);
    if (outcome == Connection::Outcome::idle_closed) {
      ++tally.reconnects;
      outcome = connection.ask(request, answer, why);
    }
    const auto taken = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begun).count();
    ++tally.requests;
    if (outcome != Connection::Outcome::good || answer.status != 200) {
      ++tally.failed;
      tally.complain(answer.status != 0 ? "status " + std::to_string(answer.status) : why);
      if (outcome != Connection::Outcome::good) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    tally.latency.add(static_cast<std::uint64_t>(taken));
    const auto generation = generations.find(answer.generation);
    if (generation == generations.end() || !right(question, generation->second, answer.body)) {
      ++tally.wrong;
      tally.complain(answer.generation + ' ' + answer.body);
      continue;
    }
    ++tally.answers[generation->second];
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "Usage: hammer PORT CONNECTIONS ROWS GENERATIONS-FILE [SECONDS]\n");
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const unsigned connections = static_cast<unsigned>(std::atoi(argv[2])),
                 ranges = static_cast<unsigned>(std::atoi(argv[3]));
  std::map<std::string, int> generations;
  std::ifstream file(argv[4]);
  for (std::string line; std::getline(file, line);) generations.emplace(line, static_cast<int>(generations.size()));
  const auto begun = Clock::now();
  const auto end = argc > 5 ? begun + std::chrono::seconds(std::atoi(argv[5])) : Clock::time_point::max();
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  ::sigaction(SIGTERM, &action, nullptr);

  std::vector<Tally> tallies(connections);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < connections; ++i) {
    threads.emplace_back([&, i] { run(port, ranges, generations, i + 1, end, tallies[i]); });
  }
  for (auto& thread : threads) thread.join();
  Tally total;
  for (const Tally& tally : tallies) {
    total.requests += tally.requests;
    total.failed += tally.failed;
    total.wrong += tally.wrong;
    total.reconnects += tally.reconnects;
    total.latency.add(tally.latency);
    for (const auto& [g, n] : tally.answers) total.answers[g] += n;
    for (const auto& complaint : tally.complaints) total.complain(complaint);
  }
  const std::chrono::duration<double> taken = Clock::now() - begun;
  std::string complaints;
  for (const auto& complaint : total.complaints) complaints += (complaints.empty() ? "" : ",") + quoted(complaint);
  std::printf(
      "{\"seconds\":%.1f,\"requests\":%llu,\"failed\":%llu,\"wrong\":%llu,\"reconnects\":%llu,\"generations\":%zu,"
      "\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"max_us\":%.0f,\"complaints\":[%s]}\n",
      taken.count(), static_cast<unsigned long long>(total.requests), static_cast<unsigned long long>(total.failed),
      static_cast<unsigned long long>(total.wrong), static_cast<unsigned long long>(total.reconnects),
      total.answers.size(), total.latency.quantile_us(0.5), total.latency.quantile_us(0.99),
      total.latency.quantile_us(0.999), total.latency.quantile_us(1), complaints.c_str());
  return total.wrong == 0 ? 0 : 1;
}
