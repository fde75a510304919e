// libip2asn as a program sees it: the shared library through its header alone.

#include <arpa/inet.h>
#include <ip2asn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cunit_main.hh"
#include "support.hh"

using ip2asn::test::same;

namespace {

std::string data(std::string_view name) {
  const char* top = std::getenv("top_srcdir");
  return std::string(top != nullptr ? top : "..") + "/t/data/" + std::string(name);
}

struct Db {
  ip2asn_db* db = nullptr;
  char why[256] = {};
  int status;
  explicit Db(const std::string& path, unsigned flags = 0)
      : status(ip2asn_open(path.c_str(), flags, &db, why, sizeof why)) {}
  ~Db() { ip2asn_close(db); }
};

std::string told(const ip2asn_result& r) {
  return std::to_string(r.asn) + '|' + r.country + '|' + r.name + '|' + r.hoster + '|' + r.hoster_class;
}

std::string look_up(const ip2asn_db* db, const char* address) {
  ip2asn_result result;
  const int status = ip2asn_lookup_string(db, address, &result);
  return status == IP2ASN_OK ? told(result) : ip2asn_strerror(status) + (" " + told(result));
}

void every_way_to_look_up_gives_the_same() {
  const Db v4(data("small-v4.tsv")), v6(data("small-v6.tsv"));
  CU_ASSERT_FATAL(v4.status == IP2ASN_OK && v6.status == IP2ASN_OK);
  CU_ASSERT(same(look_up(v4.db, "8.8.8.8"), "15169|US|GOOGLE||", "IPv4"));
  CU_ASSERT(same(look_up(v4.db, "::ffff:8.8.8.8"), "15169|US|GOOGLE||", "IPv4 in IPv6"));
  CU_ASSERT(same(look_up(v4.db, "9.9.9.9"), "0||||", "not announced"));
  CU_ASSERT(same(look_up(v4.db, "198.51.100.9"), "4294967294||\"quoted\", <b>bold</b> & =sum(1)||", "no country"));
  CU_ASSERT(same(look_up(v6.db, "2001:200::1"), "2500|JP|WIDE-BB WIDE Project||", "IPv6"));
  for (const char* bad : {"", "8.8.8", "08.8.8.8", " 8.8.8.8", "8.8.8.8:80", "fe80::1%eth0", "example.net"}) {
    CU_ASSERT(same(look_up(v4.db, bad), "the text is not an IP address 0||||", bad));
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  inet_pton(AF_INET, "1.0.0.1", &in.sin_addr);
  ip2asn_result result;
  CU_ASSERT(ip2asn_lookup_sockaddr(v4.db, reinterpret_cast<sockaddr*>(&in), &result) == IP2ASN_OK);
  CU_ASSERT(same(told(result), "13335|US|CLOUDFLARENET||", "sockaddr_in"));
  CU_ASSERT(ip2asn_lookup_bytes(v4.db, AF_INET, &in.sin_addr, &result) == IP2ASN_OK && result.asn == 13335);
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, "2001:200::1", &in6.sin6_addr);
  CU_ASSERT(ip2asn_lookup_sockaddr(v6.db, reinterpret_cast<sockaddr*>(&in6), &result) == IP2ASN_OK);
  CU_ASSERT(result.asn == 2500);
  in.sin_family = AF_UNIX;
  CU_ASSERT(ip2asn_lookup_sockaddr(v4.db, reinterpret_cast<sockaddr*>(&in), &result) == IP2ASN_ERROR_ARGUMENT);
  CU_ASSERT(result.asn == 0 && *result.name == '\0');
}

void many_at_once_are_as_one_by_one() {
  const Db v4(data("small-v4.tsv")), v6(data("small-v6.tsv"));
  ip2asn::test::Random random(1);
  std::vector<std::uint32_t> addresses = {0x08080808, 0x01000001, 0, 0xFFFFFFFF};
  for (int i = 0; i < 5000; ++i) addresses.push_back(random.below(0x02000000));
  std::vector<std::uint32_t> asns(addresses.size(), 7);
  CU_ASSERT(ip2asn_asns4(v4.db, addresses.data(), addresses.size(), asns.data()) == IP2ASN_OK);
  bool all = true;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::uint32_t bytes = htonl(addresses[i]);
    ip2asn_result result;
    all = all && ip2asn_lookup_bytes(v4.db, AF_INET, &bytes, &result) == IP2ASN_OK && result.asn == asns[i];
  }
  CU_ASSERT(all && asns[0] == 15169 && asns[1] == 13335 && asns[3] == 64501);
  std::uint8_t many[3][16] = {};
  inet_pton(AF_INET6, "2001:db8::1", many[0]);
  inet_pton(AF_INET6, "2001:db8::2", many[1]);
  inet_pton(AF_INET6, "::ffff:8.8.8.8", many[2]);
  CU_ASSERT(ip2asn_asns6(v6.db, many, 3, asns.data()) == IP2ASN_OK);
  CU_ASSERT(asns[0] == 64500 && asns[1] == 0 && asns[2] == 0);
  CU_ASSERT(ip2asn_asns6(v4.db, many, 3, asns.data()) == IP2ASN_OK && asns[2] == 15169);
  CU_ASSERT(ip2asn_asns4(v4.db, nullptr, 0, nullptr) == IP2ASN_OK);
}

std::string text(const ip2asn_range& range) {
  char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];
  inet_ntop(range.family, range.first, first, sizeof first);
  inet_ntop(range.family, range.last, last, sizeof last);
  return std::string(first) + '-' + last + '/' + std::to_string(range.prefix_length);
}

void ranges_and_prefixes_are_told() {
  const Db v4(data("small-v4.tsv")), v6(data("small-v6.tsv"));
  ip2asn_range range;
  std::uint32_t asn = 0;
  CU_ASSERT(ip2asn_range_string(v4.db, "1.0.4.9", &range, &asn) == IP2ASN_OK && asn == 38803);
  CU_ASSERT(same(text(range), "1.0.4.0-1.0.7.255/22", "a prefix"));
  CU_ASSERT(ip2asn_range_string(v6.db, "2001:200::", &range, nullptr) == IP2ASN_OK);
  CU_ASSERT(same(text(range), "2001:200::-2001:200:5ff:ffff:ffff:ffff:ffff:ffff/-1", "no prefix"));
  CU_ASSERT(ip2asn_range_string(v4.db, "x", &range, &asn) == IP2ASN_ERROR_ADDRESS);
  std::string all;
  const auto add = [](const ip2asn_range* each, void* context) {
    *static_cast<std::string*>(context) += text(*each) + ' ';
    return 0;
  };
  CU_ASSERT(ip2asn_each_prefix(v4.db, 15169, add, &all) == IP2ASN_OK);
  CU_ASSERT(same(all, "8.8.8.0-8.8.9.255/23 ", "neighbours are one prefix"));
  all.clear();
  CU_ASSERT(ip2asn_each_prefix(v4.db, 1, add, &all) == IP2ASN_OK && all.empty());
  int seen = 0;
  const auto stop = [](std::uint32_t, void* context) { return ++*static_cast<int*>(context) == 2 ? 1 : 0; };
  CU_ASSERT(ip2asn_each_asn(v4.db, stop, &seen) == IP2ASN_OK && seen == 2);
  ip2asn_result result;
  CU_ASSERT(ip2asn_lookup_asn(v4.db, 38803, &result) == IP2ASN_OK && result.asn == 38803);
  CU_ASSERT(ip2asn_lookup_asn(v4.db, 1, &result) == IP2ASN_OK && result.asn == 0);
  ip2asn_metadata metadata;
  CU_ASSERT(ip2asn_get_metadata(v4.db, &metadata) == IP2ASN_OK);
  CU_ASSERT(metadata.ranges4 == 7 && metadata.ranges6 == 0 && metadata.index_id != 0 && metadata.size != 0);
}

void what_cannot_be_opened_says_why() {
  const ip2asn::test::TemporaryDirectory directory;
  const Db missing(directory / "none"), source(data("small-v4.tsv"), IP2ASN_OPEN_INDEX_ONLY), flag(data("x"), 8);
  CU_ASSERT(missing.status == IP2ASN_ERROR_FILE && missing.db == nullptr);
  CU_ASSERT(std::strstr(missing.why, "/none: cannot be opened") != nullptr);
  CU_ASSERT(source.status == IP2ASN_ERROR_DAMAGED && std::strstr(source.why, "not a compiled index") != nullptr);
  CU_ASSERT(flag.status == IP2ASN_ERROR_ARGUMENT);
  ip2asn_db* db = nullptr;
  char little[8];
  CU_ASSERT(ip2asn_open((directory / "none").c_str(), 0, &db, little, sizeof little) == IP2ASN_ERROR_FILE);
  CU_ASSERT(std::strlen(little) == 7);
  CU_ASSERT(ip2asn_open(nullptr, 0, &db, nullptr, 0) == IP2ASN_ERROR_ARGUMENT);
  CU_ASSERT(ip2asn_open("/", 0, nullptr, nullptr, 0) == IP2ASN_ERROR_ARGUMENT);
  CU_ASSERT(ip2asn_open_memory("", 0, &db, nullptr, 0) == IP2ASN_ERROR_DAMAGED && db == nullptr);
  CU_ASSERT(ip2asn_open_memory(std::string(5000, 'x').data(), 5000, &db, nullptr, 0) == IP2ASN_ERROR_DAMAGED);
  CU_ASSERT(ip2asn_lookup_string(nullptr, "1.1.1.1", nullptr) == IP2ASN_ERROR_ARGUMENT);
  ip2asn_close(nullptr);
  for (int status = -1; status < 12; ++status) CU_ASSERT(*ip2asn_strerror(status) != '\0');
  CU_ASSERT(*ip2asn_version() != '\0');
}

void any_number_of_threads_may_ask() {
  const Db v4(data("small-v4.tsv"));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int& count : wrong) {
    threads.emplace_back([&count, &v4] {
      for (int i = 0; i < 20000; ++i) {
        ip2asn_result result;
        ip2asn_lookup_string(v4.db, "8.8.8.8", &result);
        count += result.asn != 15169;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CU_ASSERT(wrong == std::vector<int>(4));
}

}  // namespace

int main() {
  return ip2asn::test::run("lib", {
                                      {"every way to look up gives the same", every_way_to_look_up_gives_the_same},
                                      {"many at once are as one by one", many_at_once_are_as_one_by_one},
                                      {"ranges and prefixes are told", ranges_and_prefixes_are_told},
                                      {"what cannot be opened says why", what_cannot_be_opened_says_why},
                                      {"any number of threads may ask", any_number_of_threads_may_ask},
                                  });
}
