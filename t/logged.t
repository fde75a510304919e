# The log has the variables of every request where the engine is on: of those that end before anybody reads them, and of those that end
# somewhere else than they were sent.
use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

# Sends text, perhaps leaves it at that for as long as the server waits, and reads to the end.
sub raw {
    my ($port, $text) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => var($port), Proto => 'tcp') or die "connect: $!";
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, $text;
    local $/;
    return scalar <$socket> // '';
}

# status, what, all that the client sends
my $end   = "\r\nHost: localhost\r\nConnection: close\r\n\r\n";
my @early = (
    [400, 'no host',                   "GET /no-host HTTP/1.1\r\n\r\n"],
    [400, 'TLS',                       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    [400, 'blanks in the path',        "GET /a b c HTTP/1.1$end"],
    [414, 'a line that is too long',   'GET /' . 'x' x 9000 . " HTTP/1.1$end"],
    [400, 'a bad name of a header',    "GET /bad-name HTTP/1.1\r\nB(a)d: x$end"],
    [400, 'a header that is too long', "GET /long-header HTTP/1.1\r\nX: " . 'x' x 9000 . $end],
    [408, 'a header that never ends',  "GET /slow HTTP/1.1\r\nHost: localhost\r\n"],
    [408, 'a line that never ends',    'GET /slower'],
    [400, 'an unknown coding',         "POST /coding HTTP/1.1\r\nTransfer-Encoding: foo$end"],
    [417, 'an unknown expectation',    "GET /expect HTTP/1.1\r\nExpect: foo$end"],
    [405, 'an unknown method',         "FOO /method HTTP/1.1$end", 501],
    [404, 'an unknown protocol',       "GET /protocol HTTP/9.9$end", 505],
    [200, 'HTTP/1.0',                  "GET /page.txt?old HTTP/1.0\r\n\r\n"],
    [200, 'no path',                   "OPTIONS * HTTP/1.1$end"],
);
my $log  = 'LogFormat "%>s AS%{IP2ASN_ASN}e %{IP2ASN_ASN}n AS%<{IP2ASN_ASN}e %{GEOIP_COUNTRY_CODE}e %U" networks';
my $off  = var('own_backend_port');
my @page = ('ErrorDocument 408 /error.html', 'ErrorDocument 414 /error.html');

# path, status, what both forms have: of a request that ends elsewhere
my @elsewhere = (
    ['/app/none',       404, 64496, 'an error page where the engine is off'],
    ['/app/denied',     403, 64496, 'the same for who is denied'],
    ['/off/none',       404, '-',   'off both there and here'],
    ['/to-app',         200, 64496, 'from where it is off to where it is on'],
    ['/app/away',       200, 64496, 'from where it is on to where it is off'],
    ['/app/page.txt',   200, 64496, 'on, and no further'],
    ['/off/page.txt',   200, '-',   'off, and no further'],
);

plan tests => 2 * (1 + 2 * @early) + 1 + 2 + 1 + 3 * @elsewhere + 1;

for my $pages ([], \@page) {
    my $httpd = access_server(
        line_module('reqtimeout'), @$pages, 'RequestReadTimeout header=1', $log, 'CustomLog DIR/log networks', 'GlobalLog DIR/all networks',
        'IP2ASNOverride 127.0.0.0/8 64500 DE Loopback', 'IP2ASNEngine On', 'IP2ASNSetNotes On', 'IP2ASNEnv GEOIP_COUNTRY_CODE country',
        "Listen 127.0.0.1:$off", "<VirtualHost 127.0.0.1:$off>", 'IP2ASNEngine Off', 'CustomLog DIR/off networks', '</VirtualHost>'
    );
    $httpd->write('htdocs/error.html', "an error\n");
    ok $httpd->start, 'the server starts' or BAIL_OUT($httpd->error_log);
    my $lines = 0;
    for (@early) {
        my ($status, $what, $text, $other) = @$_;
        raw('own_port', $text);
        ++$lines;
        my @log;
        wait_until(sub { @log = split /\n/, slurp($httpd->directory . '/log'); return @log >= $lines });
        my $of = @$pages ? 'own error pages' : 'plain error pages';
        like $log[-1], qr/^(?:$status|@{[ $other \/\/ $status ]}) /, "$what, $of: the status";
        like $log[-1], qr/ AS64500 64500 AS64500 DE /, "$what, $of: the network";
    }
    next if @$pages;
    is scalar(grep { !/ AS64500 64500 AS64500 DE / } split /\n/, slurp($httpd->directory . '/all')), 0, 'GlobalLog has the same';
    raw('own_backend_port', $_) for "GET / HTTP/1.1\r\n\r\n", "GET /off HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    my @log;
    wait_until(sub { @log = split /\n/, slurp($httpd->directory . '/off'); return @log >= 2 });
    like $_, qr/ AS- - AS- - /, 'where the engine is off there is no network' for @log;
}

my $httpd = access_server(
    $log, 'CustomLog DIR/log networks', '<Location "/app">', 'IP2ASNEngine On', 'IP2ASNEnv GEOIP_COUNTRY_CODE country', '</Location>',
    'ErrorDocument 404 /error.html', 'ErrorDocument 403 /error.html', '<Location "/app/denied">', 'Require all denied', '</Location>',
    'RewriteEngine On', '<Directory DIR/htdocs/off>', 'RewriteEngine On', 'RewriteRule ^to-app$ /app/page.txt', '</Directory>', 'Alias /to-app DIR/htdocs/off/to-app',
    '<Directory DIR/htdocs/app>', 'RewriteEngine On', 'RewriteRule ^away$ /off/page.txt', '</Directory>',
    'Header always set X-Given "expr=%{reqenv:IP2ASN_ASN}"'
);
mkdir $httpd->directory . "/htdocs/$_" for qw(app off);
$httpd->write("htdocs/$_", "a page\n") for qw(app/page.txt app/denied off/page.txt error.html);
ok $httpd->start, 'the server starts with sections' or BAIL_OUT($httpd->error_log);
my $lines = 0;
for (@elsewhere) {
    my ($path, $status, $asn, $what) = @$_;
    is ask($path, 'match')->code, $status, "$what: status";
    ++$lines;
    my @log;
    wait_until(sub { @log = split /\n/, slurp($httpd->directory . '/log'); return @log >= $lines });
    like $log[-1], qr/^$status AS$asn - AS/, "$what: at its end";
    like $log[-1], qr/ AS$asn (?:DE|-) \S+$/, "$what: as it was sent";
}
is ask('/app/away', 'match')->header('X-Given'), '', 'an application where the engine is off has no variables for it';
