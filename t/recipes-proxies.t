# The recipes for servers behind proxies: whom httpd takes a request for, in each of mod_remoteip's forms.
use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use Test::More;
use IP2ASN::Access;
use IP2ASN::Manual;
use IP2ASN::Test;

# Asks from an address of the loopback, after a line of the PROXY protocol if there is one; returns the AS, or 'closed'.
sub as_seen {
    my ($from, $headers, $proxy_line) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => var('own_port'), LocalAddr => $from) or die "connect: $@";
    print {$socket} $proxy_line if $proxy_line;
    my $lines = join '', map { "$_: $headers->{$_}\r\n" } sort keys %$headers;
    print {$socket} "GET /page.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n$lines\r\n";
    local $/;
    my ($as) = (<$socket> // '') =~ /^X-Env-Asn: (\S+)\r$/m;
    return $as // 'closed';
}

my @own = ('IP2ASNOverride 127.0.0.0/8 64500 None LOOPBACK', 'IP2ASNOverride 10.0.0.0/8 64512 AT "Our own"');
my ($proxy, $stranger) = qw(127.0.0.1 127.0.0.2);

# recipe => [who connects, headers, AS, what it shows]
my %cases = (
    'one proxy in front' => [
        [$proxy,    { 'X-Forwarded-For' => '192.0.2.1' },               64496, 'the client'],
        [$proxy,    { 'X-Forwarded-For' => '192.0.2.1, 198.51.100.1' }, 64499, 'who asked the proxy, not whom that one speaks of'],
        [$proxy,    { 'X-Forwarded-For' => '10.1.2.3' },                64512, 'a client of a private network'],
        [$proxy,    {},                                                 64500, 'the proxy itself'],
        [$stranger, { 'X-Forwarded-For' => '192.0.2.1' },               64500, 'nobody else is believed'],
    ],
    'a chain of proxies' => [
        [$proxy,    { 'X-Forwarded-For' => '192.0.2.1, 203.0.113.200, 10.1.1.1' },               64496, 'the client behind three'],
        [$proxy,    { 'X-Forwarded-For' => '198.51.100.1, 192.0.2.1, 203.0.113.200, 10.1.1.1' }, 64496, 'what the client made up is not believed'],
        [$proxy,    { 'X-Forwarded-For' => '192.0.2.1, 203.0.113.7' },                           0,     'a proxy that is not listed is the client'],
        [$stranger, { 'X-Forwarded-For' => '192.0.2.1, 203.0.113.200' },                         64500, 'nobody else is believed'],
    ],
    'a CDN with a header of its own' => [
        [$proxy,    { 'CF-Connecting-IP' => '192.0.2.1' },                                    64496, 'the client'],
        [$proxy,    { 'CF-Connecting-IP' => '192.0.2.1', 'X-Forwarded-For' => '198.51.100.1' }, 64496, 'no other header counts'],
        [$stranger, { 'CF-Connecting-IP' => '192.0.2.1' },                                    64500, 'nobody else is believed'],
    ],
    'a proxy that writes ports into the header' => [
        [$proxy, { 'X-Forwarded-For' => '192.0.2.1:4711' },                         64496, 'IPv4 with a port'],
        [$proxy, { 'X-Forwarded-For' => '[2001:db8:1::5]:443' },                    64496, 'IPv6 with a port'],
        [$proxy, { 'X-Forwarded-For' => '[2001:db8:1::5]' },                        64496, 'IPv6 in brackets'],
        [$proxy, { 'X-Forwarded-For' => '2001:db8:1::5' },                          64496, 'IPv6 as it is'],
        [$proxy, { 'X-Forwarded-For' => '192.0.2.1' },                              64496, 'IPv4 as it is'],
        [$proxy, { 'X-Forwarded-For' => '192.0.2.1:4711, 198.51.100.1:80' },        64499, 'several: the last'],
        [$stranger, { 'X-Forwarded-For' => '192.0.2.1:4711' },                      64500, 'nobody else is believed'],
    ],
    'the PROXY protocol' => [
        [$proxy, {}, 64496,    'the client',                         "PROXY TCP4 192.0.2.1 127.0.0.1 4711 80\r\n"],
        [$proxy, {}, 64496,    'a client by IPv6',                   "PROXY TCP6 2001:db8:1::1 ::1 4711 80\r\n"],
        [$proxy, { 'X-Forwarded-For' => '198.51.100.1' }, 64496, 'no header counts', "PROXY TCP4 192.0.2.1 127.0.0.1 4711 80\r\n"],
        [$proxy, {}, 'closed', 'a connection without it is closed'],
    ],
);

plan tests => map({ @$_ } values %cases) + keys %cases;

for my $name (sort keys %cases) {
    my $httpd = example_server(@own, recipe($name));
    ok $httpd->start, "$name: the server starts" or diag $httpd->output, $httpd->error_log;
    for (@{ $cases{$name} }) {
        my ($from, $headers, $as, $shows, $line) = @$_;
        is as_seen($from, $headers, $line), $as, "$name: $shows";
    }
}
