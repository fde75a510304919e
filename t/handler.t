# SetHandler ip2asn: one address, in JSON.
use strict;
use warnings FATAL => 'all';
use Apache::TestRequest qw(HEAD POST);
use JSON::PP qw(decode_json);
use Test::More;
use IP2ASN::Test;

sub announced {
    my ($ip, $first, $last, $asn, $country, $description, $prefix, $hoster) = @_;
    return {
        ip              => $ip,
        announced       => JSON::PP::true,
        first_ip        => $first,
        last_ip         => $last,
        as_number       => $asn,
        as_country_code => $country,
        as_description  => $description,
        prefix          => $prefix,
        defined $hoster ? (hoster => $hoster, hoster_class => 'hosting') : (),
    };
}
my @example = (64496, 'DE', 'EXAMPLE-NET Example Networks, Inc.');
my @hostile = (64499, 'FR', q{<script>alert("x")</script> 'quoted', \ name});
my $mapped  = announced('192.0.2.1', '192.0.2.0', '192.0.2.127', @example, '192.0.2.0/25');
my $v6      = announced(
    '2001:db8::1', '2001:db8::', '2001:db8:0:ffff:ffff:ffff:ffff:ffff', @example, '2001:db8::/48'
);

my @known = (
    ['192.0.2.1',                $mapped],
    ['192.0.2.1/',               $mapped, 'a trailing slash'],
    ['::ffff:192.0.2.1',         $mapped, 'IPv4 in IPv6'],
    ['192.0.2.128',              announced('192.0.2.128', '192.0.2.128', '192.0.2.128', 64497, 'US', 'HOSTEXAMPLE-AS Host Example GmbH & Co. KG', '192.0.2.128/32', 'hostexample')],
    ['203.0.113.98',             announced('203.0.113.98', '203.0.113.0', '203.0.113.99', 64498, 'JP', 'ODD-RANGE', '203.0.113.96/30')],
    ['198.51.100.9',             announced('198.51.100.9', '198.51.100.0', '198.51.100.255', @hostile, '198.51.100.0/24')],
    ['2001:db8::1',              $v6],
    ['2001:0DB8:0:0:0:0:0:1',    $v6, 'answered in canonical form'],
    ['2001%3Adb8%3A%3A1',        $v6, 'percent-encoded colons'],
);
my @unknown = (
    ['203.0.113.100', 'a row that is not routed'],
    ['9.9.9.9',       'a gap of the source'],
    ['2001:db8:3::1', 'IPv6, not routed'],
);
my @bad = (
    qw(1.2.3 1.2.3.4.5 256.1.1.1 01.2.3.4 0x1.2.3.4 127.1 2001:db8:::1 fe80::1%25eth0 1.2.3.4%20 localhost 1.2.3.4/24 g::),
    '1' x 300,
);
my @no_route = ('/ip2asn/v1/as/nothing', '/ip2asn/v1/as/ipx', '/ip2asn/v2/as/ip/192.0.2.1', '/ip2asn/v1');

plan tests => 3 * @known + 2 * @unknown + 2 * @bad + @no_route + 9;

for (@known) {
    my ($address, $expected, $what) = @$_;
    my $response = get("/ip2asn/v1/as/ip/$address");
    is $response->code, 200, "$address: status";
    is $response->header('Content-Type'), 'application/json; charset=utf-8', "$address: type";
    is_deeply json($response), $expected, "$address: " . ($what // 'known') or diag $response->as_string;
}
for (@unknown) {
    my ($address, $what) = @$_;
    my $response = get("/ip2asn/v1/as/ip/$address");
    is $response->code, 200, "$address: status";
    is_deeply { %{ json($response) }{qw(ip announced)} }, { ip => $address, announced => JSON::PP::false }, "$address: $what";
}
for my $address (@bad) {
    my $response = get("/ip2asn/v1/as/ip/$address");
    my $name     = length $address > 40 ? 'an over-long address' : $address;
    is $response->code, 400, "$name: status";
    ok length(json($response)->{error} // ''), "$name: the body says why" or diag $response->as_string;
}
is get($_)->code, 404, "$_ is no route" for @no_route;
is get('/ip2asn/v1/as/ip/')->code, 400, 'an empty address';

# The order of the keys is part of the contract.
like get('/ip2asn/v1/as/ip/192.0.2.128')->content,
    qr/^\{"ip".*"announced".*"first_ip".*"last_ip".*"as_number".*"as_country_code".*"as_description".*"prefix".*"hoster"/,
    'the keys in their order';
unlike get('/ip2asn/v1/as/ip/198.51.100.9')->content, qr/[<>&]/, 'no markup characters in JSON';

# Of the client itself.
my $own = get('/ip2asn/v1/as/ip', client => '2001:db8::1');
is_deeply json($own), $v6, 'the client\'s own address, behind mod_remoteip' or diag $own->as_string;
like $own->header('Cache-Control'), qr/private.*no-store/, 'which no cache may keep';
is json(get('/ip2asn/v1/as/ip', port => 'plain_port', 'X-Forwarded-For' => '8.8.8.8'))->{ip}, '127.0.0.1',
    'without mod_remoteip X-Forwarded-For is of no effect';

is get('/ip2asn/v1/as/ip/192.0.2.1', port => 'default_port')->code, 404, 'no handler where none is set';
is POST(url('/ip2asn/v1/as/ip/192.0.2.1'))->code, 405, 'POST is not for one address';
is HEAD(url('/ip2asn/v1/as/ip/192.0.2.1'))->code, 200, 'HEAD works';

sub json {
    my ($response) = @_;
    return eval { decode_json($response->content) } // { invalid => $response->content };
}
