# "Every visitor has my proxy's network": who stands behind a proxy that nobody has told the server of is told so, once a process.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

my @on      = ('IP2ASNOverride 127.0.0.0/8 64500 None Loopback', 'IP2ASNEngine On');
my @none    = (@on, 'RemoteIPHeader X-Not-Sent');
my @trusted = (@on);    # X-Forwarded-For, from 127.0.0.1
my $from    = '192.0.2.1';

# what, the server's lines, the headers of requests, whether there is a warning, and what it names
my @cases = (
    (map { ["$_ that nobody reads", \@none, [$_ => $from], 1, qr/\b\Q$_\E\b.*'RemoteIPHeader \Q$_\E' and 'RemoteIPInternalProxy 127\.0\.0\.1'/] }
        qw(X-Forwarded-For CF-Connecting-IP True-Client-IP X-Real-IP Fastly-Client-IP X-Client-IP X-Azure-ClientIP)),
    ['Forwarded, which mod_remoteip cannot read', \@none, [Forwarded => "for=$from"], 1, qr/\bForwarded,.*'RemoteIPHeader X-Forwarded-For'/],
    ['an address with a port, which it refuses', \@trusted, ['X-Forwarded-For' => "$from:4711"], 1, qr/X-Forwarded-For.*takes "192\.0\.2\.1:4711" for no address/],
    ['a second proxy that is not trusted', \@trusted, ['X-Forwarded-For' => "$from, 10.0.0.5"], 1, qr/requests from 10\.0\.0\.5 .*'RemoteIPInternalProxy 10\.0\.0\.5'/],
    ['an engine in a section', ['RemoteIPHeader X-Not-Sent', '<Location "/">', @on[1 .. $#on], '</Location>'], ['X-Forwarded-For' => $from], 1, qr/X-Forwarded-For/],
    ['Require alone', ['RemoteIPHeader X-Not-Sent', '<Location "/">', 'Require asn unknown', '</Location>'], ['X-Forwarded-For' => $from], 1, qr/X-Forwarded-For/],
    ['an expression alone', ['RemoteIPHeader X-Not-Sent', '<If "%{IP2ASN_ASN} == \'1\'">', 'Require all denied', '</If>'], ['X-Forwarded-For' => $from], 1, qr/X-Forwarded-For/],
    ['no such header', \@none, [], 0],
    ['another header', \@none, ['X-Forwarded-Proto' => 'https', Via => '1.1 proxy'], 0],
    ['an empty one', \@none, ['X-Forwarded-For' => ''], 0],
    ['a proxy that mod_remoteip knows', \@trusted, ['X-Forwarded-For' => $from], 0],
    ['and its clients of private networks', \@trusted, ['X-Forwarded-For' => '10.1.2.3', 'X-Real-IP' => '10.1.2.3'], 0],
    ['what they put before their own address', \@trusted, ['X-Forwarded-For' => "198.51.100.7, $from"], 0],
    ['nobody asks', ['RemoteIPHeader X-Not-Sent'], ['X-Forwarded-For' => $from], 0],
    ['a request that ends before mod_remoteip', \@trusted, ['X-Forwarded-For' => $from, Expect => 'foo'], 0],
    ['early rules that ask before mod_remoteip', [@trusted, 'RequestHeader set X-Early "expr=%{IP2ASN_ASN}" early'], ['X-Forwarded-For' => $from], 0],
);
plan tests => 3 * @cases + (grep { $_->[3] } @cases);

for (@cases) {
    my ($what, $lines, $headers, $warns, $text) = @$_;
    my $httpd = access_server('StartServers 1', @$lines);
    ok $httpd->start, "$what: the server starts" or BAIL_OUT($httpd->error_log . $httpd->output);
    my $found = sub { my @lines = $httpd->error_log =~ /^(.*ip2asn:warn.*name their client.*)$/mg; return @lines };
    cmp_ok get('/page.txt', port => 'own_port', @$headers)->code, '<', 500, "$what: a request";
    get('/page.txt', port => 'own_port', @$headers) for 1 .. 8;
    my $processes = () = $httpd->children;
    if ($warns) {
        wait_until(sub { scalar $found->() });
        like(($found->())[0] // '', $text, "$what: what it says");
        cmp_ok scalar($found->()), '<=', $processes, "$what: once a process";
    }
    else { is_deeply [$found->()], [], "$what: no warning" }
}
