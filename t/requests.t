# Every kind of request carries the client's AS: static, CGI, proxied, redirected inside the server, and in the log.
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

plan tests => 41;

# path, status, what
my @static = (
    ['/page.txt',         200, 'a static file'],
    ['/',                 200, 'a static directory index'],
    ['/proxied/page.txt', 200, 'a proxied request'],
    ['/proxied/none.txt', 404, 'a proxied request that fails behind'],
);
for (@static) {
    my ($path, $status, $what) = @$_;
    my $response = get($path, client => '192.0.2.128');
    is $response->code, $status, "$what: status";
    shows($response, \%host, $what);
}

my @cgi = (
    ['/cgi-bin/env.cgi',        200, 'a CGI program'],
    ['/passthrough',            200, 'RewriteRule [PT] in server context'],
    ['/missing',                404, 'an ErrorDocument after an internal redirect'],
    ['/index/',                 200, 'DirectoryIndex'],
    ['/htaccess/redirect/from', 200, 'RewriteRule in .htaccess, an internal redirect'],
);
for (@cgi) {
    my ($path, $status, $what) = @$_;
    my $response = get($path, client => '192.0.2.1');
    is $response->code, $status, "$what: status";
    is_deeply environment($response), \%example, "$what: its environment" or diag $response->as_string;
    shows($response, \%example, "$what: at the end");
    is $response->header('X-Seen-By-Rewrite'), 64496, "$what: the server's rules at its last target";
}

# Readers in server context, which run before any directory is known.
my $response = get('/page.txt', client => '198.18.0.1');
is $response->header('X-Seen-By-Rewrite'),  4200000001, 'RewriteRule in server context reads IP2ASN_ASN';
is $response->header('X-Seen-By-Setenvif'), 4200000001, 'SetEnvIf in server context reads IP2ASN_ASN';
is $response->header('X-Seen-By-Setenvifexpr'), 4200000001, 'SetEnvIfExpr in server context reads IP2ASN_ASN';
is get('/page.txt', client => '198.18.0.1', ':IP2ASN_ASN' => '15169')->header('X-Seen-By-Setenvifexpr'), 4200000001,
    'and is not deceived by a request header of that name';
is get('/page.txt', client => '198.18.0.1', ':IP2ASN_ASN' => '15169')->header('X-Seen-By-Setenvif'), 4200000001,
    'nor is SetEnvIf';
is get('/gate.txt', client => '198.51.100.7')->content, "blocked\n", 'RewriteCond matches on IP2ASN_ASN';
is get('/gate.txt', client => '192.0.2.1')->content,    "open\n",    'and does not match another';

# The log, in the format that the shipped configuration defines.
my @log = (
    ['/page.txt',         '192.0.2.128',  'AS64497 US "hostexample" "HOSTEXAMPLE-AS Host Example GmbH & Co. KG"'],
    ['/cgi-bin/env.cgi',  '2001:db8::1',  'AS64496 DE "-" "EXAMPLE-NET Example Networks, Inc."'],
    ['/proxied/page.txt', '8.8.8.8',      'AS15169 US "google" "GOOGLE"'],
    ['/missing',          '192.0.2.1',    'AS64496 DE "-" "EXAMPLE-NET Example Networks, Inc."'],
    ['/page.txt',         '203.0.113.200', 'AS0 - "-" "-"'],
    ['/page.txt',         '198.51.100.3', q{AS64499 FR "-" "<script>alert(\\"x\\")</script> 'quoted', \\\\ name"}],
);
for (@log) {
    my ($path, $client, $expected) = @$_;
    my $token = join '-', 'log', $$, $path =~ tr/a-z//cdr, $client =~ tr/0-9a-f//cdr;
    get("$path?$token", client => $client);
    my $line = log_line($token) // 'no line';
    like $line, qr/^\Q$client\E .* \Q$expected\E$/, "access log: $path from $client";
}
