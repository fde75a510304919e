# PUT and POST /v1/as/ips: what bodies are read as, how they are answered, and what becomes of those that are too long, too
# short, in pieces or at odds with their length.
use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use Test::More;
use IP2ASN::Test;

my $google = '{"ip":"8.8.8.8","announced":true,"first_ip":"8.8.8.0","last_ip":"8.8.8.255","as_number":15169,"as_country_code":"US","as_description":"GOOGLE","prefix":"8.8.8.0/24","hoster":"google","hoster_class":"cloud"}';
my $quad9  = '{"ip":"9.9.9.9","announced":false}';
my $row8   = "15169    | 8.8.8.8              | GOOGLE, US\n";
my $row9   = "-        | 9.9.9.9              | Not announced\n";

sub bad { return "{\"ip\":\"$_[0]\",\"announced\":false,\"error\":\"$_[1]\",\"code\":\"" . ($_[0] eq '' ? 'missing' : 'bad') . "_address\"}" }

# what, body, form, status, answer
my @cases = (
    ['a JSON array',                 '["8.8.8.8","9.9.9.9"]',             json  => 200, "[$google,$quad9]"],
    ['a JSON array, plain',          '["8.8.8.8","9.9.9.9"]',             plain => 200, $row8 . $row9],
    ['blanks in JSON',               "\r\n [ \"8.8.8.8\" ,\t\"9.9.9.9\" ] \n", json => 200, "[$google,$quad9]"],
    ['escapes in JSON',              '["8.8\u002e8.8"]',                  json  => 200, "[$google]"],
    ['an empty array',               '[]',                                json  => 200, '[]'],
    ['an empty array, plain',        '[]',                                plain => 200, ''],
    ['lines',                        "8.8.8.8\n9.9.9.9\n",                plain => 200, $row8 . $row9],
    ['lines, JSON',                  "8.8.8.8\n9.9.9.9\n",                json  => 200, "[$google,$quad9]"],
    ['no newline at the end',        '9.9.9.9',                           plain => 200, $row9],
    ['CRLF, blanks, empty lines',    "\r\n  8.8.8.8\t\r\n\r\n9.9.9.9 ",   plain => 200, $row8 . $row9],
    ['begin and end',                "begin\n8.8.8.8\nend\n9.9.9.9\n",    plain => 200, $row8],
    ['BEGIN without end',            "BEGIN\n8.8.8.8\n",                  plain => 200, $row8],
    ['two blocks',                   "begin\n8.8.8.8\nend\n1.1.1.1\nbegin\n9.9.9.9\nend", plain => 200, $row8 . $row9],
    ['IPv4 in IPv6',                 '["::ffff:8.8.8.8"]',                json  => 200, "[$google]"],
    ['a long address widens the column', "2001:db8:1:2222:3333:4444:5555:6666\n8.8.8.8\n9.9.9.9\n", plain => 200,
        "64497    | 2001:db8:1:2222:3333:4444:5555:6666 | HOSTEXAMPLE-AS Host Example GmbH & Co. KG, US\n"
        . "15169    | 8.8.8.8                             | GOOGLE, US\n"
        . "-        | 9.9.9.9                             | Not announced\n"],
    ['a number wider than its column', "198.18.0.1\n",                    plain => 200, "4200000001 | 198.18.0.1           | WIDE-NUMBER, AT\n"],
    ['a bad entry',                  '["8.8.8.8","1.2.3","9.9.9.9"]',     json  => 200, "[$google," . bad('1.2.3', 'is no address: IPv4 has four numbers') . ",$quad9]"],
    ['a bad line',                   "8.8.8.8\nlocalhost\n",              plain => 200, $row8 . "-        | localhost            | error: is no IPv4 or IPv6 address\n"],
    ['an empty entry',               '[""]',                              json  => 200, '[' . bad('', 'there is no address') . ']'],
    ['markup in an entry',           '["<b>&\u2028"]',                    json  => 200, '[' . bad('\u003Cb\u003E\u0026\u2028', 'is no IPv4 or IPv6 address') . ']'],
    ['control characters in an entry', '["a\u0007b\u0000c"]',             json  => 200, '[' . bad("a\xEF\xBF\xBDb\xEF\xBF\xBDc", 'is no IPv4 or IPv6 address') . ']'],
    ['an over-long entry',           '["' . 'x' x 5000 . '"]',            json  => 200, '[' . bad('x' x 64, 'is longer than any address') . ']'],
    ['an over-long line',            'x' x 50_000 . "\n9.9.9.9\n",        json  => 200, '[' . bad('x' x 64, 'is longer than any address') . ",$quad9]"],
    # refused
    ['nothing',                      '',                                  json  => 400, '{"error":"there is no address in the body; send a JSON array of strings, or one address a line","code":"body_empty"}'],
    ['blanks',                       " \n\n",                             plain => 400, "there is no address in the body; send a JSON array of strings, or one address a line\n"],
    ['an empty block',               "begin\nend\n",                      plain => 400, "there is no address in the body; send a JSON array of strings, or one address a line\n"],
    map({ ["JSON that is $_->[0]", $_->[1], json => 400, '{"error":"the body is no JSON array of strings","code":"body_not_array"}'] }
        ['an object', '{"ip":"8.8.8.8"}'], ['a string', '"8.8.8.8"'], ['an array of numbers', '[1]'], ['a null', '["8.8.8.8",null]'],
        ['nested', '[["8.8.8.8"]]'], ['deep', '[' x 100_000], ['cut', '["8.8.8.8"'], ['cut in a string', '["8.8.8'],
        ['followed by something', '["8.8.8.8"] x'], ['not UTF-8', "[\"\xff\"]"], ['with a comma too many', '["8.8.8.8",]']),
);
my %accept = (json => 'application/json', plain => 'text/plain');
for (@cases) {
    my ($what, $body, $form, $status, $answer) = @$_;
    for my $method ('PUT', 'POST') {
        my $response = send_whole($method, '/ip2asn/v1/as/ips', $body, Accept => $accept{$form});
        is $response->code, $status, "$what: $method: status";
        is $response->content, $answer, "$what: $method: answer";
    }
    # Cut in every way that matters: chunks of one byte, as HTTP and as the reader see them.
    next if length $body > 300;
    my $response = raw("PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: $accept{$form}\r\nTransfer-Encoding: chunked\r\n\r\n",
        (map { "1\r\n$_\r\n" } split //, $body), "0\r\n\r\n");
    is $response->code, $status, "$what: chunked: status";
    is $response->decoded_content(charset => 'none'), $answer, "$what: chunked: answer";
}
{
    my $page = send_whole('POST', '/ip2asn/v1/as/ips', "8.8.8.8\n<b>\n9.9.9.9\n", Accept => 'text/html');
    like $page->content, qr{<td>8\.8\.8\.8</td><td><a href="/ip2asn/v1/as/n/15169">AS15169</a></td><td>GOOGLE, US</td>}, 'a page';
    like $page->content, qr{<td>&lt;b&gt;</td><td></td><td>is no}, 'a page: a bad entry, escaped';
    is $page->header('Cache-Control'), 'private, no-store', 'no cache keeps it';
}

# Limits: IP2ASNMaxBatch 3 at /few, the default at /ip2asn.
my $too_much = qr/^\{"error":"at most 3 addresses in 1048576 bytes are answered at once","code":"body_too_large"\}$/;
is send_whole('PUT', '/few/v1/as/ips', "8.8.8.8\n" x 3)->code, 200, 'as many entries as are allowed';
for (['lines', "8.8.8.8\n" x 4], ['JSON', '["1.1.1.1","1.1.1.1","1.1.1.1","1.1.1.1"]'], ['a long body', ' ' x 1_048_577]) {
    my ($what, $body) = @$_;
    my $response = send_whole('PUT', '/few/v1/as/ips', $body);
    is $response->code, 413, "$what: too much";
    like $response->content, $too_much, "$what: says so";
}
is send_whole('PUT', '/ip2asn/v1/as/ips', "9.9.9.9\n" x 10_000, Accept => 'text/plain')->content, $row9 x 10_000, '10000 entries';
is send_whole('PUT', '/ip2asn/v1/as/ips', "9.9.9.9\n" x 10_001)->code, 413, '10001 entries';
is raw("PUT /few/v1/as/ips HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")->code, 413,
    'a length that is too large is refused before the body comes';
{
    # The chunks never end; the answer comes nevertheless.
    my $response = raw("PUT /few/v1/as/ips HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", ("1000\r\n" . ' ' x 4096 . "\r\n") x 257);
    is $response->code, 413, 'chunks are counted';
    is $response->header('Connection'), 'close', 'and the rest of them is not read';
}

# Bodies that come late, and lengths that are wrong.
{
    my $socket = connection();
    print {$socket} "PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: text/plain\r\nContent-Length: 16\r\n\r\n8.8.";
    is get('/ip2asn/v1/as/ip/8.8.8.8')->code, 200, 'others are answered while a body is on its way';
    print {$socket} "8.8\n9.9.9.9\n";
    is answer($socket)->content, $row8 . $row9, 'a late body';
}
{
    my $socket = connection();
    print {$socket} "PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nAccept: text/plain\r\nContent-Length: 7\r\n\r\n";
    like scalar <$socket>, qr{^HTTP/1\.1 100 }, '100 Continue is sent for a body that will be read';
    <$socket>;
    print {$socket} '9.9.9.9';
    is answer($socket)->content, $row9, 'and the body is answered';
}
{
    my $socket = connection();
    print {$socket} "PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n8.8.8.8\n";
    shutdown $socket, 1;
    isnt eval { answer($socket)->code } // 400, 200, 'a body shorter than its length is not answered as if it were whole';
}
is raw("PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n")->code, 400, 'a length that is no number';
is raw("PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")->code, 400, 'a chunk whose length is no number';
{
    # Longer than its length: what is left is the next request, and none.
    my $socket = connection();
    print {$socket} "PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\nContent-Length: 7\r\n\r\n9.9.9.98.8.8.8\n\r\n";
    my $all = do { local $/; <$socket> };
    like $all, qr{^HTTP/1\.1 200 .*\Q$row9\EHTTP/1\.1 400 }s, 'a body longer than its length';
}
SKIP: {
    skip 'every process of this MPM has one thread', 3 if slurp($ENV{IP2ASN_TEST_MODULES}) =~ /mpm_prefork/;
    # More senders that do not go on than there are threads.
    my @slow = map { connection() } 1 .. 60;
    print {$_} "PUT /ip2asn/v1/as/ips HTTP/1.1\r\nHost: x\r\nContent-Length: 16\r\n\r\n8.8." for @slow;
    is get('/ip2asn/v1/as/ip/8.8.8.8')->code, 200, 'bodies that do not go on leave threads for others';
    my @refused;
    my $answered = sub { my $set = ''; vec($set, fileno $_[0], 1) = 1; return select $set, undef, undef, 0 };
    ok wait_until(sub { @refused = grep { $answered->($_) } @slow }), 'some of their senders are told to come again';
    my $response = answer($refused[0]);
    is $response->code . ' ' . ($response->header('Retry-After') // ''), '503 5', 'and when';
}
is get('/ip2asn/v1/as/ip/8.8.8.8')->code, 200, 'the server is well';

done_testing;

sub connection {
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => var('port'), Timeout => 20) // die "connect: $!";
}

sub answer {
    my ($socket) = @_;
    my $text = do { local $/; <$socket> };
    my $response = HTTP::Response->parse($text // '');
    if (($response->header('Transfer-Encoding') // '') eq 'chunked') {
        my ($rest, $body) = ($response->content, '');
        while ($rest =~ s/^([0-9a-f]+)\r\n//i && hex $1) {
            $body .= substr $rest, 0, hex $1, '';
            $rest =~ s/^\r\n//;
        }
        $response->content($body);
    }
    return $response;
}

sub raw {
    my (@parts) = @_;
    my $socket = connection();
    local $SIG{PIPE} = 'IGNORE';
    $socket->autoflush(1);
    for (@parts) { print {$socket} $_ or last }
    return answer($socket);
}

sub send_whole {
    my ($method, $path, $body, %headers) = @_;
    my $request = HTTP::Request->new($method, url($path), [%headers], $body);
    $request->header('Content-Length' => length $body);
    return Apache::TestRequest::user_agent()->request($request);
}
