// The client in lines of many shapes, whatever a client has put into them.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/annotate_find.hh"
#include "client_in.hh"
#include "cunit_main.hh"

namespace {

using namespace ip2asn;
using namespace ip2asn::cli;

using Row = ip2asn::test::LineRow;
using ip2asn::test::check;
using ip2asn::test::client_in;

void the_client_stands_where_its_shape_has_it() {
  constexpr Row kRows[] = {
      // common and combined
      {R"(8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(2001:db8::1 - bob [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-")", "2001:db8::1"},
      {R"(8.8.8.8 ident bob [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(host.example - - [10/Oct/2026:13:55:36 +0000] "GET http://9.9.9.9/ HTTP/1.1" 200 5 "-" "-")", ""},
      {R"(- 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(8.8.8.8 - - [2026-10-10T13:55:36+00:00] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(8.8.8.8 [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(8.8.8.8 www.example.com - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(8.8.8.8 9.9.9.9 - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(access.log:8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(web-1  | 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"([10/Oct/2026:13:55:36 +0000] 8.8.8.8 TLSv1.3 TLS_AES "GET /9.9.9.9 HTTP/1.1" 5)", "8.8.8.8"},
      // the virtual host first
      {R"(example.com:443 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-")", "8.8.8.8"},
      {R"(127.0.1.1:80 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-")", "8.8.8.8"},
      {R"([2001:db8::9]:443 2001:db8::1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "2001:db8::1"},
      {R"(192.0.2.1 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-")", "8.8.8.8"},
      {R"(192.0.2.1:80 host.example - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", ""},
      // X-Forwarded-For first
      {R"(8.8.8.8, 10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(9.9.9.9, 8.8.8.8, 10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"(9.9.9.9, 9.9.9.8 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      {R"("9.9.9.9" 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8"},
      // HAProxy, S3
      {R"(8.8.8.8:58430 [10/Oct/2026:13:55:36.608] fe be/s1 0/0/1/2/3 200 248 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1")",
       "8.8.8.8"},
      {R"(::ffff:8.8.8.8:58430 [10/Oct/2026:13:55:36.608] fe be/s1 0/0/1/2/3 200 248)", "::ffff:8.8.8.8"},
      {R"(Oct 10 13:55:36 lb haproxy[7]: 2001:db8::1:80 [10/Oct/2026:13:55:36.608] fe/1: SSL handshake failure)",
       "2001:db8::1"},
      {R"(haproxy[7]: 2001:db8::1:5843 [10/Oct/2026:13:55:36.608] fe be/s1 0/0/1 248 -- 1/1/0/0/0 0/0)", "2001:db8::1"},
      {R"(unix:1 [10/Oct/2026:13:55:36.608] fe be/9.9.9.9 0/0/1/2/3 200 248)", ""},
      {R"(79a5 bucket [06/Feb/2026:00:00:38 +0000] 8.8.8.8 79a5 3E57 REST.GET.VERSIONING 9.9.9.9 "GET /x HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" -)",
       "8.8.8.8"},
      // error logs
      {"[Sat Oct 10 13:55:36.1 2026] [core:error] [pid 1:tid 2] [client 2a01:4f8::1:51254] AH1: x", "2a01:4f8::1"},
      {"[Sat Oct 10 13:55:36.1 2026] [core:error] [pid 1] [client 2a01:4f8::1:5125] AH1: x", "2a01:4f8::1"},
      {"[Sat Oct 10 13:55:36.1 2026] [core:error] [pid 1] [client [2a01:4f8::1]:51254] AH1: x", "2a01:4f8::1"},
      {"[Sat Oct 10 13:55:36.1 2026] [core:error] [pid 1:tid 2] [client 8.8.8.8:51254] AH1: x", "8.8.8.8"},
      {"[Sat Oct 10 13:55:36 2026] [error] [client 2001:db8:0:1:248:1893:25c8:1946] x",
       "2001:db8:0:1:248:1893:25c8:1946"},
      {"[Sat Oct 10 13:55:36 2026] [error] [client 2001:db8::1946] x", "2001:db8::1946"},
      {"Oct 10 13:55:36 srv httpd[2]: [core:error] [pid 2] [remote 10.0.0.5:80] [client 8.8.8.8:58585] AH1: x",
       "8.8.8.8"},
      {"[core:error] [pid 1] (70007)Timeout: [client 8.8.8.8:1] AH1: reading from remote server 10.0.0.5:80",
       "8.8.8.8"},
      {R"(2026/10/10 13:55:36 [error] 1#1: *2 connect() failed while connecting to upstream, client: 2001:db8::1, server: x, request: "GET / HTTP/1.1", upstream: "http://10.0.0.5:80/", host: "x")",
       "2001:db8::1"},
      {R"(2026/10/10 13:55:36 [error] 1#1: *2 user "x": password mismatch, client: 8.8.8.8, server: 192.0.2.1, request: "GET / HTTP/1.1")",
       "8.8.8.8"},
      {"2026-10-10 13:55:36: (http_auth.c.875) password doesn't match for /9.9.9.9 username: 9.9.9.8, IP: 8.8.8.8",
       "8.8.8.8"},
      {R"([24/Jan/2026:13:40:19 +0000] 444 - GET https 192.0.2.1 "/[Client 9.9.9.9]" [Client 8.8.8.8] [Length 0] [Sent-to 10.0.0.1:80] "-" "-")",
       "8.8.8.8"},
      // heads
      {R"(<190>Oct 10 13:55:36 192.0.2.1 nginx: 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)",
       "8.8.8.8"},
      {R"(2026-10-10T13:55:36.1+02:00 192.0.2.1 nginx[7]: 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)",
       "8.8.8.8"},
      {R"(<34>1 2026-10-10T13:55:36Z 192.0.2.1 app 7 ID [x@1 ip="192.0.2.2" y="]"][z@1 a="b"] denied 8.8.8.8)",
       "8.8.8.8"},
      {"<34>1 2026-10-10T13:55:36Z 192.0.2.1 app - - - \xEF\xBB\xBF"
       "denied 8.8.8.8",
       "8.8.8.8"},
      {"Oct 10 13:55:36 192.0.2.1 nginx: started", ""},
      {R"(2026-10-10T13:55:36.123456789Z stdout F 8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)",
       "8.8.8.8"},
      {R"(2026-10-10T13:55:36.123456789Z stderr F {"remote_ip":"10.0.0.2","client_ip":"8.8.8.8"})", "8.8.8.8"},
      {R"(Oct 10 13:55:36 192.0.2.1 caddy[7]: {"request":{"remote_ip":"10.0.0.2","client_ip":"8.8.8.8"}})", "8.8.8.8"},
      {"\xEF\xBB\xBF"
       R"({"client_ip":"8.8.8.8"})",
       "8.8.8.8"},
      // load balancers, proxies
      {R"(http 2026-04-26T12:22:55.463821Z app/x/1 8.8.8.8:44740 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "GET http://9.9.9.9/ HTTP/1.1" "curl")",
       "8.8.8.8"},
      {R"(h2 2026-04-26T12:22:55.463821Z app/x/1 2001:db8::1:4474 - -1 -1 -1 404 - 34 366 "GET http://9.9.9.9/ HTTP/1.1" "curl")",
       "2001:db8::1"},
      {R"(2026-04-26T12:22:55.463821Z my-lb 8.8.8.8:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 0 29 "GET http://9.9.9.9/ HTTP/1.1")",
       "8.8.8.8"},
      {"1386543323.000      4 8.8.8.8 TCP_DENIED/403 4099 GET http://9.9.9.9/azenv.php - HIER_DIRECT/10.0.0.1 "
       "text/html",
       "8.8.8.8"},
      {"1386543323.000      4 host.example TCP_DENIED/403 4099 GET http://9.9.9.9/azenv.php - HIER_NONE/- text/html",
       ""},
      // JSON
      {R"({"ClientAddr":"10.0.0.2:11029","ClientHost":"8.8.8.8","RequestHost":"9.9.9.9"})", "8.8.8.8"},
      {R"({"EdgeServerIP":"172.68.1.1","ClientIP":"2001:db8::1","ClientRequestHost":"x"})", "2001:db8::1"},
      {R"({"host":"192.0.2.7","clientip":"8.8.8.8","message":"9.9.9.9"})", "8.8.8.8"},
      {R"({"host":{"ip":["192.0.2.7"]},"source":{"ip":"8.8.8.8","port":1},"destination":{"ip":"192.0.2.8"}})",
       "8.8.8.8"},
      {R"({"server":{"ip":"192.0.2.7"},"client":{"ip":"8.8.8.8","address":"x"}})", "8.8.8.8"},
      {R"({"httpRequest":{"requestUrl":"http://9.9.9.9/","serverIp":"192.0.2.7","remoteIp":"8.8.8.8"}})", "8.8.8.8"},
      {R"({"requestContext":{"identity":{"sourceIp":"8.8.8.8"}},"headers":{"client_ip":"9.9.9.9"}})", "8.8.8.8"},
      {R"({"sourceIPs":["8.8.8.8"],"requestURI":"/9.9.9.9"})", "8.8.8.8"},
      {R"({"attr":{"remote":"8.8.8.8:5432"}})", "8.8.8.8"},
      {R"({"id.orig_h":"8.8.8.8","id.resp_h":"192.0.2.1"})", "8.8.8.8"},
      {R"({"log":"8.8.8.8 - - [10/Oct/2026:13:55:36 +0000] \"GET /9.9.9.9 HTTP/1.1\" 200 5\n","stream":"stdout"})",
       "8.8.8.8"},
      {R"({"MESSAGE":"[client 8.8.8.8] x","_HOSTNAME":"192.0.2.1"})", "8.8.8.8"},
      {R"({"remote_addr":"8.8.8.8","uri":"\x22,\x22client_ip\x22:\x229.9.9.9","status":"200"})", "8.8.8.8"},
      {R"({"uri":"/","remote_addr":"8.8.8.8","ua":"cut)", "8.8.8.8"},
      {R"({"time": "x", "remote_addr" : "2001:db8::1", "n": [1, {"ip": "9.9.9.9"}, null]})", "2001:db8::1"},
      {R"({"x_forwarded_for":"9.9.9.9","remote_addr":"8.8.8.8"})", "8.8.8.8"},
      {R"({"x_forwarded_for":"9.9.9.9, 8.8.8.8"})", "8.8.8.8"},
      {R"({"uri":"http://9.9.9.9/","host":"9.9.9.9","query":{"ip":"9.9.9.9"},"user":{"ip":"9.9.9.9"}})", ""},
      {R"({"server_ip":"192.0.2.1","visitor_ip":"8.8.8.8"})", "8.8.8.8"},
      // pairs
      {R"(at=info method=GET path="/?ip=9.9.9.9" host=9.9.9.9 fwd="8.8.8.8" dyno=web.1 bytes=5)", "8.8.8.8"},
      {R"(logger=context uname=9.9.9.9 path=/9.9.9.9 status=401 remote_addr=8.8.8.8 size=5)", "8.8.8.8"},
      {"kernel: IN=eth0 MAC=52:54:00:12:34:56:00:11:22:33:44:55:08:00 SRC=8.8.8.8 DST=192.0.2.1 SPT=1", "8.8.8.8"},
      {"dovecot: imap-login: Login: user=<x rip=9.9.9.9>, method=PLAIN, rip=8.8.8.8, lip=192.0.2.1", "8.8.8.8"},
      // OpenSSH
      {"Oct 10 13:55:36 h sshd[7]: Failed password for invalid user 9.9.9.9 from 8.8.8.8 port 50000 ssh2", "8.8.8.8"},
      {"Oct 10 13:55:36 h sshd[7]: Invalid user a from 9.9.9.9 port 22 from 8.8.8.8 port 50000", "8.8.8.8"},
      {"Oct 10 13:55:36 h sshd[7]: Received disconnect from 8.8.8.8 port 50000:11: 9.9.9.9 port 1 [preauth]",
       "8.8.8.8"},
      {"Oct 10 13:55:36 h sshd-session[7]: Connection closed by invalid user 9.9.9.9 8.8.8.8 port 5 [preauth]",
       "8.8.8.8"},
      // any text
      {R"(INFO:     8.8.8.8:58430 - "GET /?x=9.9.9.9 HTTP/1.1" 200 OK)", "8.8.8.8"},
      {R"("GET http://9.9.9.9/ HTTP/1.1" 200 "http://9.9.9.9/" "9.9.9.9" from 8.8.8.8)", "8.8.8.8"},
      {R"("GET http://9.9.9.9/ HTTP/1.1" 200 "http://9.9.9.9/" "9.9.9.9")", ""},
      {"http: proxy error: dial tcp 8.8.8.8:443: connect: connection refused", "8.8.8.8"},
      {"proto UDP, 8.8.8.8:44355->192.0.2.1:53, len 65", "8.8.8.8"},
      {"8.8.8.8 -> 192.0.2.1", "8.8.8.8"},
      {"2001:db8::1->2001:db8::2", "2001:db8::1"},
      {"8.8.8.8-8.8.8.15", "8.8.8.8"},
      {"2001:db8::1-2001:db8::f", "2001:db8::1"},
      {"[INFO] [1226038] [8.8.8.8:61120-5#Example] failed", "8.8.8.8"},
      {R"(RemoteAddress="IPV4/UDP/8.8.8.8/5062",Challenge="")", "8.8.8.8"},
      {"UTC:8.8.8.8(5432):nobody@postgres:[127]:FATAL", "8.8.8.8"},
      {"UTC:2001:db8::1(5432):nobody@postgres:[127]:FATAL", "2001:db8::1"},
      {"sm-mta[1]: example.com [IPv6:2001:db8::1] did not issue MAIL", "2001:db8::1"},
      {"remote host [ipv4:8.8.8.8:44890] mapped to [X]", "8.8.8.8"},
      {"remote host [ipv6:2001:db8::1] mapped to [X]", "2001:db8::1"},
      {"wwn 00:17:10:88:bc:02:aa:bb from 8.8.8.8", "8.8.8.8"},
      {"guid 50:01:43:80:12:34:56:78", ""},
      {"login authenticator failed for ([192.0.2.5]) [8.8.8.8]:55379: 535 Incorrect", "8.8.8.8"},
      {"H=(192.0.2.5) [8.8.8.8]:55379 rejected", "8.8.8.8"},
      {"postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[8.8.8.8]: 554 5.7.1; helo=<9.9.9.9>", "8.8.8.8"},
      {"named[1]: client @0x7f 8.8.8.8#1234 (example.com): query: example.com IN A + (192.0.2.1)", "8.8.8.8"},
      {"Mozilla/5.0 (X11; rv:1.9.2.13) Gecko/1.2.3.4", ""},
      {"no address here 13:55:36", ""},
      {"", ""},
      {"{", ""},
      {"[", ""},
      {"\"", ""},
      {"[client ", ""},
  };
  for (const Row& row : kRows) check(row);
}

std::string filled(std::string text, std::string_view mark, std::string_view with) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size())) {
    text.replace(at, mark.size(), with);
  }
  return text;
}

std::string escaped(std::string_view text, std::string_view quote) { return filled(std::string(text), "\"", quote); }

void no_client_chooses_its_network() {
  // {C}: the client; {U}: what it may send in its server's escapes, {W}: as one word.
  struct Shape {
    std::string_view line, quote;  // how a quotation mark is written
    bool may_be_lost = false;      // the server does not escape: what cannot be told apart has no client
  };
  constexpr Shape kShapes[] = {
      {R"({C} - {U} [10/Oct/2026:13:55:36 +0000] "GET /{U} HTTP/1.1" 200 5 "{U}" "{U}")", "\\\""},
      {R"({C} - {U} [10/Oct/2026:13:55:36 +0000] "{U}" 400 0 "{U}" "{U}" "{U}")", "\\x22"},
      {R"(www.example.com:443 {C} - {U} [10/Oct/2026:13:55:36 +0000] "GET /{U} HTTP/1.1" 200 5 "{U}" "{U}")", "\\\""},
      {R"(192.0.2.1:80 {C} - {U} [10/Oct/2026:13:55:36 +0000] "GET /{U} HTTP/1.1" 200 5 "{U}" "{U}")", "\\\""},
      {R"({C} {W} - [10/Oct/2026:13:55:36 +0000] "GET /{U} HTTP/1.1" 200 5 "{U}" "{U}")", "\\\""},
      {R"(Oct 10 13:55:36 192.0.2.1 nginx: {C} - {U} [10/Oct/2026:13:55:36 +0000] "{U}" 200 5 "{U}" "{U}")", "\\x22"},
      {R"([Sat Oct 10 13:55:36.1 2026] [core:error] [pid 1:tid 2] [client {C}:51254] AH1: /{U}, referer: {U})", "\\\""},
      {R"([Sat Oct 10 13:55:36 2026] [error] [client {C}] File does not exist: /{U}, referer: {U})", "\\\""},
      {R"(2026/10/10 13:55:36 [error] 1#1: *1 open() "/srv/{U}" failed (2: No such file), client: {C}, server: x, request: "GET /{U} HTTP/1.1", host: "x", referrer: "{U}")",
       "\"", true},
      {R"(2026/10/10 13:55:36 [error] 1#1: *1 limiting requests, excess: 1.8 by zone "one", client: {C}, server: x, request: "GET /{U} HTTP/1.1", host: "x", referrer: "{U}")",
       "\"", true},
      {R"(2026/10/10 13:55:36 [info] 1#1: *1 client sent invalid request, client: {C}, server: x, request: "{U}")",
       "\""},
      {R"([24/Jan/2026:13:40:19 +0000] 444 - GET https {W} "/{U}" [Client {C}] [Length 0] [Gzip -] "{U}" "{U}")",
       "\\x22"},
      {R"({"request":{"client_ip":"{C}","host":"{W}","uri":"/{U}","headers":{"User-Agent":["{U}"],"Client-Ip":["{W}"]}},"user_id":"{U}"})",
       "\\\""},
      {R"({"user_agent":"{U}","uri":"{U}","x_forwarded_for":"{W}","host":"{W}","args":{"client_ip":"{W}"},"remote_addr":"{C}"})",
       "\\\""},
      {R"({"log":"{C} - {U} [10/Oct/2026:13:55:36 +0000] \"GET /{U} HTTP/1.1\" 200 5 \"{U}\" \"{U}\"\n","stream":"stdout"})",
       "\\\\\\\""},
      {R"(http 2026-04-26T12:22:55.463821Z app/x/1 {C}:44740 10.0.0.1:80 0.0 0.1 0.0 200 200 34 366 "GET http://{U}/ HTTP/1.1" "{U}")",
       "\\x22"},
      {R"(1386543323.000 4 {C} TCP_MISS/200 4099 GET http://{W}/ {W} HIER_DIRECT/{W} text/html)", "%22"},
      {R"({C}:58430 [10/Oct/2026:13:55:36.608] fe be/s1 0/0/1/2/3 200 248 - - ---- 1/1/0/0/0 0/0 {{U}|{U}} "GET /{U} HTTP/1.1")",
       "#22"},
      {R"(method=GET path="/{U}" host={W} remote_addr={C} user_agent="{U}" status=200)", "\\\""},
  };
  constexpr std::string_view kSent[] = {
      "9.9.9.9",
      "9.9.9.9 - -",
      "9.9.9.9 - x",
      "- 9.9.9.9 - -",
      "[client 9.9.9.9]",
      "[Client 9.9.9.9]",
      "[client 9.9.9.9:1] AH1",
      "x, client: 9.9.9.9, server: y",
      "x\", client: 9.9.9.9, server: \"y",
      "x\" failed, client: 9.9.9.9, server: \"",
      "\",\"client_ip\":\"9.9.9.9",
      "{\"client_ip\":\"9.9.9.9\"}",
      "remote_addr=9.9.9.9",
      "x\" remote_addr=9.9.9.9 \"",
      "http://9.9.9.9/",
      "9.9.9.9 - - [10/Oct/2026:13:55:36 +0000] \"GET / HTTP/1.1\" 200 5",
      "x [10/Oct/2026:13:55:36.608] fe",
      "x, IP: 9.9.9.9 y",
      "::ffff:9.9.9.9",
      "9.9.9.9\\",
  };
  for (const Shape& shape : kShapes) {
    for (const std::string_view sent : kSent) {
      for (const std::string_view client : {"8.8.8.8", "2001:db8::1"}) {
        const std::string text = filled(escaped(sent, shape.quote), "\\\\", "\\");
        std::string word = text.substr(0, text.find(' '));
        // A backslash is escaped by whoever escapes a quotation mark.
        std::string all = text.ends_with('\\') ? text + "\\" : text;
        if (word.ends_with('\\')) word += '\\';
        const std::string line =
            filled(filled(filled(std::string(shape.line), "{W}", word), "{U}", all), "{C}", client);
        const std::string found = client_in(line);
        const bool right = found == client || (shape.may_be_lost && found.empty());
        if (!right) std::printf("\n%s\n  found '%s'", line.c_str(), found.c_str());
        CU_ASSERT(right);
      }
    }
  }
}

void x_forwarded_for_is_believed_when_asked_to_be() {
  struct Case {
    std::string_view line;
    std::string_view last, second;  // with 0 and 2 proxies
  };
  constexpr Case kCases[] = {
      {R"(10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "9.9.9.9" "9.9.9.9, 8.8.8.8, 10.0.0.2")",
       "8.8.8.8", "8.8.8.8"},
      {R"(8.8.4.4, 8.8.8.8 10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8", "8.8.4.4"},
      {R"("8.8.4.4, 8.8.8.8" 10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5)", "8.8.8.8", "8.8.4.4"},
      {R"({"remote_addr":"10.0.0.1","http_x_forwarded_for":"8.8.4.4,8.8.8.8"})", "8.8.8.8", "8.8.4.4"},
      {R"({"request":{"client_ip":"10.0.0.1","headers":{"X-Forwarded-For":["8.8.4.4, 8.8.8.8"]}}})", "8.8.8.8",
       "8.8.4.4"},
      {R"(10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "-")", "10.0.0.1", "10.0.0.1"},
      {R"(10.0.0.1 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "x" "unknown, 8.8.8.8")", "8.8.8.8",
       "10.0.0.1"},
  };
  for (const Case& each : kCases) {
    Place place;
    place.proxies = 0;
    check({each.line, each.last}, place);
    place.proxies = 2;
    check({each.line, each.second}, place);
  }
}

void lines_that_are_cut_anywhere_are_read_to_their_end_only() {
  // Under a sanitizer, a step beyond the end is found: each is a piece of memory of its own size.
  constexpr std::string_view kLines[] = {
      R"(<34>1 2026-10-10T13:55:36Z h app - - [x a="\]"] {"a":{"client":{"ip":"8.8.8.8"}},"b":[1,{"c":"\u00e4\x22"}]})",
      R"([Sat Oct 10 2026] [pid 1] [client [2001:db8::1]:51254] "x\" ([1.2.3.4]) [5.6.7.8]:1: a=<b> c="d)",
      R"(h:1 8.8.8.8, 1.1.1.1 - - [10/Oct/2026:13:55:36.608] "GET / HTTP/1.1" 200 5 "-" "-" "8.8.8.8")",
  };
  Place trusting;
  trusting.proxies = 1;
  for (const std::string_view line : kLines) {
    for (std::size_t size = 0; size <= line.size(); ++size) {
      const std::vector<char> piece(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(size));
      Finder finder(trusting);
      finder.read({piece.data(), piece.size()}, true);
    }
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "annotate shapes",
      {{"the client stands where its shape has it", the_client_stands_where_its_shape_has_it},
       {"no client chooses its network", no_client_chooses_its_network},
       {"X-Forwarded-For is believed when asked to be", x_forwarded_for_is_believed_when_asked_to_be},
       {"lines that are cut anywhere are read to their end only",
        lines_that_are_cut_anywhere_are_read_to_their_end_only}});
}
