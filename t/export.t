# What a request is given besides the variables: further names, notes, request headers; each field, each way, and merged.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

# Each field is shown in many headers, and those of a proxied answer come on top.
push @LWP::Protocol::http::EXTRA_SOCK_OPTS, MaxHeaderLines => 256;

# field => header, value for the client `match`, value for `unknown` ('' for none)
my %fields = (
    addr      => ['Addr',      '192.0.2.1',                        '203.0.113.1'],
    asn       => ['ASN',       '64496',                            '0'],
    name      => ['Name',      'HOSTEXAMPLE-AS Host Example GmbH', ''],
    country   => ['Country',   'DE',                               ''],
    first_ip  => ['First-IP',  '192.0.2.0',                        ''],
    last_ip   => ['Last-IP',   '192.0.2.127',                      ''],
    prefix    => ['Prefix',    '192.0.2.0/25',                     ''],
    announced => ['Announced', '1',                                '0'],
    hoster    => ['Hoster',    'hostexample',                      ''],
    hoster_class => ['Hoster-Class', 'hosting',                     ''],
    lists     => ['Lists',     'scrapers',                         ''],
);
my @all = sort keys %fields;

# Each answer tells by X-Is-* what its request carries at the end.
my @show = map {
    my ($variable, $header) = ("IP2ASN_\U$_", "X-IP2ASN-$fields{$_}[0]");
    (
        qq{Header always set X-Is-Env-$fields{$_}[0] "expr=%{reqenv:$variable}"},
        qq{Header always set X-Is-Alias-$fields{$_}[0] "expr=%{reqenv:ALIAS_\U$_\E}"},
        qq{Header always set X-Is-Note-$fields{$_}[0] "expr=%{note:$variable}"},
        qq{Header always set X-Is-Header-$fields{$_}[0] "expr=%{req:$header}"},
    )
} @all;
my $fields = join ' ', @all;

my $httpd = access_server(
    @show, 'IP2ASNEngine On', "IP2ASNExport $fields",
    'AliasMatch ^/(?!htaccess|proxied) DIR/htdocs/page.txt',
    'RewriteEngine On', 'RewriteRule ^/htaccess/again$ /htaccess/off/page.txt [PT]',
    '<Location /notes>',   'IP2ASNSetNotes On', '</Location>',
    '<Location /notes/off>', 'IP2ASNSetNotes Off', '</Location>',
    '<Location /headers>', 'IP2ASNRequestHeaders On', '</Location>',
    '<Location /headers/off>', 'IP2ASNRequestHeaders Off', '</Location>',
    '<Location /headers/none>', 'IP2ASNEngine Off', '</Location>',
    '<Location /headers/few>', 'IP2ASNExport asn', '</Location>',
    '<Location /alias>',   (map { "IP2ASNEnv ALIAS_\U$_\E $_" } @all), 'IP2ASNExport None', '</Location>',
    '<Location /alias/other>', 'IP2ASNEnv ALIAS_ASN country', 'IP2ASNEnv ALIAS_NAME None', '</Location>',
    '<Location /alias/off>', 'IP2ASNEngine Off', '</Location>',
    '<Location /off>', 'IP2ASNEngine Off', '</Location>',
    '<Directory DIR/htdocs/htaccess>', 'AllowOverride FileInfo', '</Directory>',
    'ProxyPass /proxied http://127.0.0.1:' . var('own_backend_port') . '/',
    '<Location /proxied>', 'IP2ASNRequestHeaders On', '</Location>',
    'Listen 127.0.0.1:' . var('own_backend_port'),
    '<VirtualHost 127.0.0.1:' . var('own_backend_port') . '>', 'IP2ASNEngine Off', 'RemoteIPHeader X-Not-Sent',
    (map { qq{Header always set X-Got-$fields{$_}[0] "expr=%{req:X-IP2ASN-$fields{$_}[0]}"} } @all),
    '</VirtualHost>',
);
for (
    ['all',   "IP2ASNSetNotes On\nIP2ASNRequestHeaders On\nIP2ASNEnv ALIAS_ASN asn\n"],
    ['few',   "IP2ASNExport asn prefix\nIP2ASNRequestHeaders On\n"],
    ['off',   "IP2ASNEngine Off\n"],
    ['place', "IP2ASNEnv 9LIVES asn\n"],
) {
    my ($name, $lines) = @$_;
    mkdir $httpd->directory . '/htdocs/htaccess';
    mkdir $httpd->directory . "/htdocs/htaccess/$name";
    $httpd->write("htdocs/htaccess/$name/page.txt",  "a page\n");
    $httpd->write("htdocs/htaccess/$name/.htaccess", $lines);
}

# That a request has these fields in this way, with the right values, and no others.
sub has {
    my ($response, $way, $i, $wanted, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %got = map { my $v = $response->header("X-Is-$way-$fields{$_}[0]"); defined $v && $v ne '' ? ($_ => $v) : () } @all;
    my %expected = map { $fields{$_}[$i] ne '' ? ($_ => $fields{$_}[$i]) : () } @$wanted;
    is_deeply \%got, \%expected, "$name: $way" or diag $response->as_string;
    return;
}

my @cases = (    # path, client, Env, Note, Header, Alias
    ['/',              'match',   \@all,        [],    [],      []],
    ['/',              'unknown', \@all,        [],    [],      []],
    ['/notes',         'match',   \@all,        \@all, [],      []],
    ['/notes',         'unknown', \@all,        \@all, [],      []],
    ['/notes/off',     'match',   \@all,        [],    [],      []],
    ['/headers',       'match',   \@all,        [],    \@all,   []],
    ['/headers',       'unknown', \@all,        [],    \@all,   []],
    ['/headers/off',   'match',   \@all,        [],    [],      []],
    ['/headers/none',  'match',   [],           [],    [],      []],
    ['/headers/few',   'match',   ['asn'],      [],    ['asn'], []],
    ['/alias',         'match',   [],           [],    [],      \@all],
    ['/alias',         'unknown', [],           [],    [],      \@all],
    ['/alias/off',     'match',   [],           [],    [],      []],
    ['/off',           'match',   [],           [],    [],      []],
    ['/htaccess/all/page.txt', 'match', \@all,  \@all, \@all,   ['asn']],
    ['/htaccess/few/page.txt', 'match', ['asn', 'prefix'], [], ['asn', 'prefix'], []],
    ['/htaccess/off/page.txt', 'match', [],     [],    [],      []],
);
my @ways = qw(Env Note Header Alias);
my @spoofed = (
    'X-IP2ASN-ASN', 'x-ip2asn-asn', 'X_IP2ASN_ASN', 'X.IP2ASN.ASN', 'X-IP2ASN-Hoster', 'X-Ip2asn-Anything', 'IP2ASN_ASN',
    'ip2asn-asn', 'ALIAS_ASN',
);

plan tests => 1 + @ways * @cases + 4 + 3 * @spoofed + 6;

ok $httpd->start, 'the server starts' or BAIL_OUT($httpd->error_log);
for my $case (@cases) {
    my ($path, $who, @wanted) = @$case;
    my $response = ask($path, $who);
    has($response, $ways[$_], $who eq 'match' ? 1 : 2, $wanted[$_], "$path for $who") for 0 .. $#ways;
}

my $merged = ask('/alias/other', 'match');
is $merged->header('X-Is-Alias-ASN'),     'DE',    'an inner IP2ASNEnv replaces the outer one of its variable';
is $merged->header('X-Is-Alias-Name'),    '',      'None takes it away';
is $merged->header('X-Is-Alias-Country'), 'DE',    'the others are inherited';
is ask('/htaccess/place/page.txt', 'match')->code, 500, 'what is no name for a variable is an error in .htaccess';

# Copies that a client sends do not come through where the engine is on, whichever way they are written.
for my $name (@spoofed) {
    my $got = sub { my ($path) = @_; my $r = ask($path, 'unknown', $name => 'spoofed'); return scalar grep { /spoofed/ } map { $r->header($_) } grep { /^X-Is-/i } $r->header_field_names };
    is $got->('/'),        0, "$name is of no effect";
    is $got->('/headers'), 0, "$name is of no effect where headers are set";
    is $got->('/alias'),   0, "$name is of no effect beside IP2ASNEnv";
}

my $proxied = ask('/proxied/', 'match', 'X-IP2ASN-ASN' => '1', 'X_IP2ASN_Name' => 'x', 'X-IP2ASN-Lists' => 'friends');
is $proxied->header("X-Got-$fields{$_}[0]"), $fields{$_}[1], "an application behind gets $_" for qw(asn name lists hoster);
$proxied = ask('/proxied/', 'unknown', 'X-IP2ASN-ASN' => '1', 'X-IP2ASN-Hoster' => 'friends');
is $proxied->header('X-Got-ASN'),    '0', 'and 0 for one who is unknown';
is $proxied->header('X-Got-Hoster'), '',  'but nothing that the client made up';
