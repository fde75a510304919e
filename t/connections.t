# Several clients on one connection, as a proxy in front sends them, and HTTP/2.
use strict;
use warnings FATAL => 'all';
use Apache::Test qw(have_module);
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Test;

my @clients = (['192.0.2.1', 64496], ['2001:db8:1::5', 64497], ['203.0.113.100', 0], ['8.8.8.8', 15169], ['192.0.2.1', 64496]);

plan tests => 2 * @clients + 3;

my $browser = LWP::UserAgent->new(keep_alive => 1, env_proxy => 0);
my $number  = 0;
for (@clients) {
    my ($client, $asn) = @$_;
    my $response = $browser->get(url('/page.txt'), 'X-Forwarded-For' => $client);
    is annotations($response)->{asn}, $asn, "$client on a connection with others";
    is $response->header('Client-Response-Num'), ++$number, 'it is the same connection';
}

SKIP: {
    skip 'mod_http2 does not work with prefork', 3 unless have_module('http2');
    my %asn = ('192.0.2.1' => 64496, '2001:db8:1::5' => 64497);
    for my $client (sort keys %asn) {
        my $answer = curl($client, '/page.txt');
        like $answer, qr{^HTTP/2 200.*^x-env-asn: $asn{$client}\r?$}ms, "HTTP/2: $client";
    }
    like curl('192.0.2.1', '/cgi-bin/env.cgi'), qr/^IP2ASN_ASN=64496$/m, 'HTTP/2: a CGI program';
}

sub curl {
    my ($client, $path) = @_;
    open my $curl, '-|', 'curl', '--silent', '--show-error', '--include', '--http2-prior-knowledge', '--max-time', '20',
        '--header', "X-Forwarded-For: $client", url($path, 'h2_port')
        or die "curl: $!";
    local $/;
    return scalar <$curl>;
}
