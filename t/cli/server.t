# ip2asn lookup --server: the same answers as from a file, from an endpoint that may be slow, small, gone or hostile.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use JSON::PP ();
use ServerTest;
use Test::More;

delete @ENV{qw(http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY)};

my $index = path('small.idx');
succeeds('compile', '--hosters', data('small-hosters.conf'), data('small-v4.tsv'), data('small-v6.tsv'), '-o', $index);
my $port = start_httpd($index, <<'END');
<Location "/ip2asn">
    SetHandler ip2asn
    IP2ASNMaxBatch 10000
</Location>
<Location "/few">
    SetHandler ip2asn
    IP2ASNMaxBatch 3
</Location>
<Location "/closed">
    SetHandler ip2asn
    Require all denied
</Location>
Redirect 307 /moved http://127.0.0.1/ip2asn
Redirect 307 /near /ip2asn
Redirect 307 /safer https://127.0.0.1/ip2asn
Redirect 307 /file file:///etc/hosts
Redirect 307 /circle /circle
END
my $host   = "http://127.0.0.1:$port";
my @server = ('lookup', '--server', "$host/ip2asn");
my @file   = ('lookup', '-d', $index);

# All kinds of answers: announced or not, IPv6, IPv4 in IPv6, text of all kinds, a hoster.
my @addresses = (
    '8.8.8.8', '1.0.0.0', '1.0.1.0', '198.51.100.1', '203.0.113.6', '203.0.113.7', '0.0.0.0', '10.0.0.1',
    '255.255.255.255', '::', '2001:200:5ff:ffff:ffff:ffff:ffff:ffff', '2001:db8::1', '::ffff:8.8.8.8', '2606:4700::1',
    '2001:4860:0:0:0:0:0:8888', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '8.8.8.8'
);
for my $form ([], ['--json'], ['--tsv'], ['--tsv', '--header']) {
    my $expected = succeeds(@file, @$form, @addresses);
    is(succeeds(@server, @$form, @addresses), $expected, "the server's answers are the file's: @$form");
    is(succeeds({ in => join "\n", @addresses }, @server, @$form), $expected, "from standard input, too: @$form");
    is(succeeds({ in => join "\n", @addresses }, 'lookup', '-s', "$host/few/", @$form),
        $expected, "and in batches as small as the server likes them: @$form");
}
{
    my $many = join '', map { join('.', 1 + $_ % 223, $_ % 7, $_ % 256, int($_ / 256) % 256) . "\n" } 1 .. 35_000;
    ok(succeeds({ in => $many }, @server) eq succeeds({ in => $many }, @file), '35,000 addresses, in order');
}
is(succeeds({ in => "1.0.1.0\n" }, @server, '8.8.8.8', '-', '::'),
    succeeds(@file, '8.8.8.8', '1.0.1.0', '::'), "'-' is standard input, in its place");
is(succeeds({ in => '' }, @server), '', 'no question, no answer');
{
    my ($status, $out, $err) = run({ in => "8.8.8.8\nlocalhost\n1.0.0.0\n" }, @server);
    is("$status $out", '1 ' . succeeds(@file, '8.8.8.8', '1.0.0.0'), 'what is no address leaves the others answered');
    is($err, "ip2asn lookup: standard input, line 2: 'localhost' is not an IP address\n", 'and is named');
}

# Answers come while the input is still open.
talk(
    sub {
        my ($ask) = @_;
        is($ask->($_), succeeds(@file, $_), "$_ is answered before the next is asked") for '8.8.8.8', '1.0.1.0';
    },
    @server
);

# Redirects keep the scheme, and come to an end.
is(succeeds('lookup', '--server', "$host/near", '8.8.8.8'), succeeds(@file, '8.8.8.8'), 'a redirect is followed');
for my $case (
    ['/safer',  qr/https.*redirects to another scheme are not followed: name the URL that it redirects to/],
    ['/file',   qr/redirects to another scheme are not followed/],
    ['/circle', qr/name the URL of the endpoint itself/],
    ['/closed', qr/status 403; the server does not let this host or user in/],
    ['/other',  qr{status 405; name the path that the endpoint is at, as in http://HOST/ip2asn}],
  )
{
    my ($path,   $message)   = @$case;
    my ($status, $out, $err) = run('lookup', '--server', "http://me:secret\@127.0.0.1:$port$path", '8.8.8.8');
    is("$status $out", '6 ', "$path: exit status 6");
    like($err, qr{^ip2asn lookup: \Q$host$path\E: [^\n]*$message[^\n]*; 0 addresses were answered before\n\z}, "$path: why");
    unlike($err, qr/secret/, "$path: the password is not shown");
}

# Mistakes.
for my $case (
    [qr/--server takes a URL/, '-s', 'example.net'],
    [qr/--server takes a URL/, '-s', 'ftp://example.net/'],
    [qr/--server takes a URL/, '-s', ''],
    [qr/without a query/,      '-s', 'http://example.net/?q=1'],
    [qr/--server and --database/, '-s', $host, '-d', $index],
    [qr/--server and --no-hosters cannot be combined/, '-s', $host, '--no-hosters'],
    [qr/--timeout '0'/,   '-s', $host, '--timeout', '0'],
    [qr/--retries '-1'/,  '-s', $host, '--retries=-1'],
    [qr/--retries 'few'/, '-s', $host, '--retries', 'few'],
    [qr/--retries requires --server/, '-d', $index, '--retries', '1'],
  )
{
    my ($message, @options) = @$case;
    my ($status,  $out, $err) = run('lookup', @options, '8.8.8.8');
    is("$status $out", '2 ', "wrong usage: @options");
    like($err, $message, "which says so: @options");
}

# https, with a certificate that nobody vouches for.
SKIP: {
    my ($key, $certificate) = (path('key.pem'), path('certificate.pem'));
    my ($made) = shell("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout $key -out $certificate");
    skip 'there is no openssl', 2 if $made != 0;
    my $there = start_httpd($index, <<"END");
LoadModule ssl_module MODULES/mod_ssl.so
SSLEngine On
SSLCertificateFile $certificate
SSLCertificateKeyFile $key
<Location "/ip2asn">
    SetHandler ip2asn
</Location>
END
    my ($status, $out, $err) = run('lookup', '-s', "https://127.0.0.1:$there/ip2asn", '8.8.8.8');
    is("$status $out", '6 ', 'a certificate that nobody vouches for is not accepted');
    like($err, qr/certificate.*; name the host that the certificate is for/i, 'which the message says');
}

# A server that is told what to do.
sub reply {
    my ($status, $body, @headers) = @_;
    return join "\r\n", "HTTP/1.1 $status Whatever", 'Content-Length: ' . length $body, 'Connection: close', @headers, '', $body;
}
my $google = '{"ip":"8.8.8.8","announced":true,"first_ip":"8.8.8.0","last_ip":"8.8.8.255","as_number":15169,'
  . '"as_country_code":"US","as_description":"GOOGLE"}';
my $text = "15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE\n";
my $fine = reply(200, "[$google]");
{
    my ($there, $requests) = start_script($fine);
    is(succeeds('lookup', '-s', "http://127.0.0.1:$there/a/b/", '8.8.8.8'), $text, 'an answer without members of our own');
    my ($request) = $requests->();
    like($request, qr{^PUT /a/b/v1/as/ips HTTP/1\.1\r\n}, 'the request');
    like($request, qr{\r\nAccept: application/json\r\n},  'wants JSON');
    like($request, qr{\r\nUser-Agent: ip2asn/\d},         'says what it is');
    like($request, qr{\r\n\r\n\["8\.8\.8\.8"\]\z},        'and is an array');
}

# What passes: the last of these replies is a good one.
for my $case (
    ['a connection that is closed at once', qr/Empty reply/,  undef],
    ['status 503',          qr/status 503, no data;/,         reply(503, '{"error":"no data"}')],
    ['status 429 twice',    qr/status 429;.*\n.*status 429;/, (reply(429, 'slow down', 'Retry-After: 1')) x 2],
    ['a page with 502',     qr/status 502;/,                  reply(502, '<html>')],
    ['a date to come back', qr/status 503;/, reply(503, '', 'Retry-After: Sun, 06 Nov 1994 08:49:37 GMT')],
    ['an answer that is cut', qr/end of response|transfer closed/, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{"],
    ['a head that is cut',    qr/answer is empty/, "HTTP/1.1 200 OK\r\nContent-Le"],
    [
        'chunks that are cut', qr/transfer closed/,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"ip\r\n"
    ],
  )
{
    my ($what, $message, @bad) = @$case;
    my ($there, $requests) = start_script(@bad, $fine);
    my ($status, $out, $err) = run('lookup', '-s', "http://127.0.0.1:$there", '8.8.8.8');
    is("$status $out", "0 $text", "$what: the answer, once");
    is(scalar(my @all = $requests->()), @bad + 1, "$what: as many requests as it takes");
    my $said = qr/ip2asn lookup: http:[^\n]*; trying again in [\d.]+ s\n/;
    like($err, qr/\A(?:$said){@{[scalar @bad]}}\z/, "$what: each retry is told");
    like($err, $message, "$what: with the reason");
}
{
    my ($there) = start_script(reply(429, '', 'Retry-After: 1'), $fine);
    my (undef, undef, $err) = run('lookup', '-s', "http://127.0.0.1:$there", '8.8.8.8');
    like($err, qr/trying again in 1 s$/m, 'Retry-After is respected');
}

# What does not pass.
my $closed = free_port();
for my $case (
    ['nobody listens', 6, qr/given up after 3 attempts/],
    ['503 for ever', 6, qr/status 503.*; given up after 3 attempts/, reply(503, '')],
    ['no answer', 6, qr/timed out.*given up after 3/i, sub { sleep 60 }],
    ['a long time to wait', 6, qr/asks to be left alone for 3600 s: try again later/, reply(503, '', 'Retry-After: 3600')],
    ['status 500',          6, qr/status 500, it broke/,                             reply(500, '{"error":"it broke"}')],
    ['status 413 for one address', 6, qr/status 413 for a single address/, reply(413, '')],
    ['a body that is an escape',   6, qr/status 400, \xef\xbf\xbd\[2J/, reply(400, '{"error":"\u001b[2J"}')],
    ['a redirect to another scheme', 6, qr/another scheme/, reply(302, '', 'Location: gopher://127.0.0.1/')],
    ['one header too long', 6, qr/headers are longer than is accepted/, reply(200, "[$google]", 'X-A: ' . 'a' x 900_000)],
    ['a status line too long', 6, qr/headers are longer than is accepted/, 'HTTP/1.1 200 ' . 'a' x 900_000 . "\r\n\r\n"],
    ['too many headers', 6, qr/headers are longer than is accepted/, reply(200, "[$google]", map { "X-$_: " . 'a' x 1000 } 1 .. 600)],
    ['too many trailers', 6, qr/headers are longer than is accepted/,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n0\r\n" . join('', map { "X-$_: " . 'a' x 1000 . "\r\n" } 1 .. 600) . "\r\n"],
    ['not HTTP',      6, qr/HTTP/,                                      "220 mail.example.net ESMTP\r\n" x 9],
    ['no JSON',       3, qr/is not the JSON that/,                      reply(200, '<html>')],
    ['nothing',       3, qr/the answer is empty; given up/,             reply(200, '')],
    ['an object',     3, qr/is not the JSON that/,                      reply(200, $google)],
    ['text in an array',  3, qr/is not the JSON that/,                  reply(200, '["8.8.8.8"]')],
    ['an answer too few', 3, qr/has 0 entries where 1 are due/,         reply(200, '[]')],
    ['an answer too many', 3, qr/has more entries than were asked for/, reply(200, "[$google,$google]")],
    ['JSON that is cut',   3, qr/is not the JSON that/,                 reply(200, "[$google")],
    ['something behind it', 3, qr/is not the JSON that/,                reply(200, "[$google]x")],
    ['another address', 3, qr/to another address where 8\.8\.8\.8 is due/, reply(200, '[{"ip":"8.8.4.4","announced":false}]')],
    ['no address',      3, qr/to another address/,                      reply(200, '[{"announced":false}]')],
    ['a range elsewhere',   3, qr/does not contain it/, reply(200, "[$google]" =~ s/8\.8\.8\.0/8.8.8.9/r)],
    ['a range of IPv6',     3, qr/does not contain it/, reply(200, "[$google]" =~ s/8\.8\.8\.255/::1/r)],
    ['no range',            3, qr/lacks the range/,     reply(200, '[{"ip":"8.8.8.8","announced":true}]')],
    ['a negative number',   3, qr/is not the JSON that/, reply(200, "[$google]" =~ s/15169/-1/r)],
    ['a number too large',  3, qr/is not the JSON that/, reply(200, "[$google]" =~ s/15169/4294967296/r)],
    ['deep nesting',        3, qr/is not the JSON that/, reply(200, '[' x 60_000)],
    ['deep in a member',    3, qr/is not the JSON that/, reply(200, '[{"x":' . '[' x 60_000)],
    ['not UTF-8',           3, qr/is not the JSON that/, reply(200, "[$google]" =~ s/GOOGLE/\xff/r)],
    ['a NUL',               3, qr/is not the JSON that/, reply(200, "[$google" . "\0]")],
    ['an endless answer',   3, qr/longer than any/,      reply(200, ' ' x 300_000)],
    ['a length too small',  3, qr/is not the JSON that/, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[$google]"],
  )
{
    my ($what,   $expected, $message, @replies) = @$case;
    my ($there)  = @replies ? start_script(@replies) : ($closed);
    my ($status, $out, $err) = run('lookup', '--retries', 2, '--timeout', 1, '-s', "http://127.0.0.1:$there", '8.8.8.8');
    is("$status $out", "$expected ", "$what: exit status $expected, no answer");
    like($err, qr/^ip2asn lookup: http:[^\n]*$message[^\n]*; 0 addresses were answered before\n\z/m, "$what: why");
}

# What has been answered is not lost, nor told twice.
{
    my ($there) = start_script($fine, reply(200, '[]'));
    my ($status, $out, $err) = run({ in => "8.8.8.8\n" }, 'lookup', '-s', "http://127.0.0.1:$there", '-', '1.0.0.0');
    is("$status $out", '3 ', 'one batch is all or nothing');
    my @answers = map { $google =~ s/8\.8\.8\.8"/8.8.8.$_"/r } 1 .. 2;
    ($there) = start_script(reply(413, ''), reply(200, "[$answers[0]]"), reply(500, ''));
    ($status, $out, $err) = run('lookup', '-s', "http://127.0.0.1:$there", '8.8.8.1', '8.8.8.2');
    is("$status $out", "6 $text", 'of two batches, the first');
    like($err, qr/; 1 address was answered before$/, 'and says so');
}

# Text of a server's is as harmless as that of a file; what else it knows does not matter.
{
    my $odd = '{"x":{"y":[1,{"ip":"9.9.9.9"}],"z":null},"as_description":"\u001b[2J\u202ea\tb\nc <i>","hoster":"h\u0007","hoster_class":"c\u0007",'
      . '"w":-1.5,"ip":"8.8.8.8","announced":true,"last_ip":"8.8.8.255","first_ip":"8.8.8.0","as_number":1,"as_country_code":"\u001b"}';
    my ($there) = start_script(reply(200, " [ $odd ] "));
    my $mark = "\xef\xbf\xbd";
    is(succeeds('lookup', '--tsv', '-s', "http://127.0.0.1:$there", '8.8.8.8'),
        "8.8.8.8\t1\t8.8.8.0\t8.8.8.255\t$mark\t$mark\[2J${mark}a${mark}b${mark}c <i>\th$mark\tc$mark\t1\t8.8.8.0/24\t\t\n", 'hostile text is repaired');
    my ($refusing) = start_script(reply(200, '[{"ip":"8.8.8.8","announced":false,"error":"no \u001b"}]'));
    my ($status, $out, $err) = run('lookup', '-s', "http://127.0.0.1:$refusing", '8.8.8.8');
    is("$status $out$err", "1 ip2asn lookup: the server refuses 8.8.8.8: no $mark\n", 'an entry with an error');
    my ($zero) = start_script(reply(200, '[{"ip":"8.8.8.8","announced":true,"as_number":0}]'));
    is(succeeds('lookup', '-s', "http://127.0.0.1:$zero", '8.8.8.8'), "0 | 8.8.8.8 | None | Not announced\n", 'AS 0');
}

done_testing;
