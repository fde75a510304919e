# Whom a request is taken for, in its environment.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Test;

my %example = (asn => 64496, name => 'EXAMPLE-NET Example Networks, Inc.', country => 'DE', announced => 1);
my %host    = (
    asn       => 64497,
    name      => 'HOSTEXAMPLE-AS Host Example GmbH & Co. KG',
    country   => 'US',
    announced => 1,
    hoster    => 'hostexample',
);
my %hostile = (asn => 64499, name => q{<script>alert("x")</script> 'quoted', \ name}, country => 'FR', announced => 1);
my %unknown = (asn => 0, announced => 0);
my %google  = (asn => 15169, name => 'GOOGLE', country => 'US', announced => 1, hoster => 'google');

my @clients = (
    ['the first address of a range',      '192.0.2.0',                   \%example],
    ['the last address of a range',       '192.0.2.127',                 \%example],
    ['a range of one address',            '192.0.2.128',                 \%host],
    ['the address after it',              '192.0.2.129',                 \%example],
    ['a hoster by its number',            '8.8.8.8',                     \%google],
    ['a 32-bit AS number',                '198.18.7.7',                  { asn => 4200000001, name => 'WIDE-NUMBER', country => 'AT', announced => 1 }],
    ['quotes and markup in a name',       '198.51.100.1',                \%hostile],
    ['the last of a range of no prefix',  '203.0.113.99',                { asn => 64498, name => 'ODD-RANGE', country => 'JP', announced => 1 }],
    ['a row that is not routed',          '203.0.113.100',               \%unknown],
    ['before the first row',              '0.0.0.1',                     \%unknown],
    ['after the last row',                '255.255.255.255',             \%unknown],
    ['IPv6',                              '2001:db8::1',                 \%example],
    ['the last address of an IPv6 range', '2001:db8:1:ffff:ffff:ffff:ffff:ffff', \%host],
    ['an IPv6 range of one address',      '2001:db8:2::',                \%hostile],
    ['a gap in IPv6',                     '2001:db8:2::1',               \%unknown],
    ['IPv6, not routed',                  '2001:db8:3::1',               \%unknown],
    ['IPv6, a hoster by its number',      '2a00:1450:4001:80b::200e',    \%google],
    ['IPv4 in IPv6',                      '::ffff:192.0.2.1',            \%example],
    ['IPv4 in IPv6, unknown',             '::ffff:203.0.113.200',        \%unknown],
);

plan tests => @clients + 6;

shows(get('/page.txt', client => $_->[1]), $_->[2], "$_->[0] ($_->[1])") for @clients;

my %range = (addr => '192.0.2.200', first_ip => '192.0.2.129', last_ip => '192.0.2.255', prefix => '192.0.2.192/26');
shows(get('/all/page.txt', client => '192.0.2.200'), { %example, %range }, 'all variables, IPv4');
shows(
    get('/all/page.txt', client => '2001:DB8:1:0:0::1'),
    {
        %host,
        addr     => '2001:db8:1::1',
        first_ip => '2001:db8:1::',
        last_ip  => '2001:db8:1:ffff:ffff:ffff:ffff:ffff',
        prefix   => '2001:db8:1::/48',
    },
    'all variables, IPv6'
);
shows(get('/all/page.txt', client => '::ffff:192.0.2.200'), { %example, %range }, 'all variables, IPv4 in IPv6');

shows(
    get('/page.txt', port => 'plain_port', 'X-Forwarded-For' => '8.8.8.8'),
    { asn => 64500, name => 'LOOPBACK-TEST' },
    'without mod_remoteip X-Forwarded-For is of no effect'
);
shows(
    get('/page.txt', port => 'plain_port', ':IP2ASN_ASN' => '15169', 'X-IP2ASN-ASN' => '15169'),
    { asn => 64500, name => 'LOOPBACK-TEST' },
    'a request header named like a variable is of no effect'
);
shows(
    get('/page.txt', client => '8.8.8.8, 192.0.2.1'),
    \%example,
    'behind mod_remoteip, what the client put before its own address is of no effect'
);
