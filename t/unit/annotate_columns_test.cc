// Members, columns and pairs of lines of logs, and the sizes of responses.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "cli/annotate_find.hh"
#include "client_in.hh"
#include "cunit_main.hh"

namespace {

using namespace ip2asn;
using namespace ip2asn::cli;

using Row = ip2asn::test::LineRow;
using ip2asn::test::check;

void a_key_names_a_member_a_column_or_a_pair() {
  Place place;
  place.key = "peer.addr";
  check({R"({"client_ip":"9.9.9.9","peer":{"addr":"8.8.8.8"},"addr":"9.9.9.9"})", "8.8.8.8"}, place);
  check({R"({"client_ip":"9.9.9.9"})", ""}, place);
  check({"9.9.9.9 peer.addr=8.8.8.8", "8.8.8.8"}, place);
  check({"9.9.9.9", ""}, place);
  place.key = "ips";
  check({R"({"x":{"ips":["8.8.8.8","9.9.9.9"]}})", "8.8.8.8"}, place);
  place.key = "cs-host";
  Finder finder(place);
  finder.read("#Fields: c-ip cs-host", false);
  CU_ASSERT(finder.read("9.9.9.9 8.8.8.8", false).address == Address::v4(0x08080808));
}

void columns_are_named_by_their_header() {
  struct Log {
    std::string_view header, row, client;
    std::optional<std::uint64_t> bytes;
  };
  constexpr Log kLogs[] = {
      {"#Fields: date time s-ip cs-method cs-uri-stem c-ip cs(User-Agent) sc-status sc-bytes",
       "2026-10-10 13:55:36 192.0.2.1 GET /9.9.9.9 8.8.8.8 9.9.9.9 200 77", "8.8.8.8", 77},
      {"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) x-forwarded-for",
       "2026-10-10\t13:55:36\tFRA2\t2390\t2001:db8::1\tGET\t9.9.9.9\t9.9.9.9", "2001:db8::1", 2390},
      {"#Fields: date time x-forwarded-for cs-method", "2026-10-10 13:55:36 9.9.9.9,+8.8.8.8 GET", "8.8.8.8", {}},
      {"#Fields: date-time,connector-id,local-endpoint,remote-endpoint,event",
       "2026-10-10T13:55:36Z,x,192.0.2.1:25,8.8.8.8:4711,+",
       "8.8.8.8",
       {}},
      {"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tresponse_body_len", "1.0\tC1\t8.8.8.8\t1\t192.0.2.1\t5",
       "8.8.8.8", 5},
      {"#Fields: time cs(User-Agent) c-ip", "13:55:36 \"Mozilla 9.9.9.9 \"\"x\" 8.8.8.8\r", "8.8.8.8", {}},
      {"#Fields: date s-ip cs-uri", "2026-10-10 192.0.2.1 /9.9.9.9", "", {}},
  };
  const Place place;
  for (const Log& log : kLogs) {
    Finder finder(place);
    CU_ASSERT(finder.read(log.header, true).comment);
    const LogEntry entry = finder.read(log.row, true);
    CU_ASSERT((entry.address ? to_string(*entry.address) : "") == log.client);
    CU_ASSERT(entry.bytes == log.bytes);
  }
}

void columns_outlast_blocks_but_not_logs() {
  const Place place;
  ColumnTracker tracker(place);
  CU_ASSERT(!tracker.before("#Fields: s-ip c-ip\n192.0.2.1 8.8.8.8\n", 1));
  CU_ASSERT(!tracker.before("x #Fields: c-ip\n", 2));
  const std::shared_ptr<const Columns> columns = tracker.before("1 2\n#Fields: c-ip s-ip\n", 1);
  CU_ASSERT_FATAL(columns != nullptr);
  CU_ASSERT(columns->client == 1);
  CU_ASSERT(tracker.before("1 2\n", 1)->client == 0);
  CU_ASSERT(!tracker.before("1 2\n", 2));
}

void bytes_are_those_of_the_response() {
  struct Case {
    std::string_view line;
    std::optional<std::uint64_t> bytes;
  };
  constexpr Case kCases[] = {
      {R"(8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-")", 5},
      {R"(8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET /\" 200 9 HTTP/1.1" 304 -)", 0},
      {R"(8.8.8.8 - \" 200 9 [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", 5},
      {R"(x:443 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-")", 5},
      {R"(8.8.8.8:1 [10/Oct/2026:13:55:36.608] fe be/s1 0/0/1/2/3 200 +248 - - ----)", 248},
      {R"(8.8.8.8:1 [10/Oct/2026:13:55:36.608] fe be/s1 0/0/5007 212 -- 0/0/0/0/3 0/0)", 212},
      {R"(http 2026-04-26T12:22:55.463821Z app/x/1 8.8.8.8:4 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "GET / HTTP/1.1" "c")",
       366},
      {R"(2026-04-26T12:22:55.463821Z lb 8.8.8.8:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 0 29 "GET / HTTP/1.1")", 29},
      {"1386543323.000 4 8.8.8.8 TCP_DENIED/403 4099 GET http://x/ - HIER_NONE/- text/html", 4099},
      {R"(a b [06/Feb/2026:00:00:38 +0000] 8.8.8.8 a 3E REST.GET k "GET /x HTTP/1.1" 200 - 113 - 7 - "-" "-" -)", 113},
      {R"([24/Jan/2026:13:40:19 +0000] 4 - GET https x "/[Length 9]" [Client 8.8.8.8] [Length 150] "-" "-")", 150},
      {R"({"request":{"client_ip":"8.8.8.8"},"bytes_read":3,"size":12})", 12},
      {R"({"remote_addr":"8.8.8.8","body_bytes_sent":"612"})", 612},
      {R"({"ClientHost":"8.8.8.8","OriginContentSize":1,"DownstreamContentSize":17})", 17},
      {R"({"log":"8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] \"GET / HTTP/1.1\" 200 5"})", 5},
      {"method=GET ip=8.8.8.8 bytes=77", 77},
      {R"({"remote_addr":"8.8.8.8","bytes_sent":99999999999999999999999})", ~std::uint64_t{0}},
      {"8.8.8.8 is denied", {}},
      {"[error] [client 8.8.8.8] x", {}},
      {R"({"remote_addr":"8.8.8.8"})", {}},
  };
  const Place place;
  for (const Case& each : kCases) {
    Finder finder(place);
    const LogEntry entry = finder.read(each.line, true);
    if (entry.bytes != each.bytes) std::printf("\n%.*s\n", static_cast<int>(each.line.size()), each.line.data());
    CU_ASSERT(entry.bytes == each.bytes);
  }
}

}  // namespace

int main() {
  return ip2asn::test::run("annotate columns",
                           {{"a key names a member, a column or a pair", a_key_names_a_member_a_column_or_a_pair},
                            {"columns are named by their header", columns_are_named_by_their_header},
                            {"columns outlast blocks but not logs", columns_outlast_blocks_but_not_logs},
                            {"bytes are those of the response", bytes_are_those_of_the_response}});
}
