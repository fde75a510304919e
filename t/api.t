# Every route of the look-up API, in every form, for good, bad and odd input: status, type and exact body.
use strict;
use warnings FATAL => 'all';
use Apache::TestRequest qw(HEAD);
use Digest::SHA qw(sha256_base64);
use JSON::PP qw(decode_json);
use Test::More;
use IP2ASN::Test;

my %type = (
    json  => 'application/json; charset=utf-8',
    plain => 'text/plain; charset=utf-8',
    html  => 'text/html; charset=utf-8',
);
my %accept = (json => 'application/json', plain => 'text/plain', html => 'text/html');

# path below the endpoint, form, status, body
my $example   = '"as_number":64496,"as_country_code":"DE","as_description":"EXAMPLE-NET Example Networks, Inc."';
my $hoster    = '"as_number":64497,"as_country_code":"US","as_description":"HOSTEXAMPLE-AS Host Example GmbH \u0026 Co. KG"';
my $hostile   = '"as_number":64499,"as_country_code":"FR","as_description":"\u003Cscript\u003Ealert(\"x\")\u003C/script\u003E \'quoted\', \\\\ name"';
my $all       = '[{"as_number":15169,"as_country_code":"US","as_description":"GOOGLE","hoster":"google","hoster_class":"cloud"},'
    . "{$example},{$hoster,\"hoster\":\"hostexample\",\"hoster_class\":\"hosting\"},"
    . '{"as_number":64498,"as_country_code":"JP","as_description":"ODD-RANGE"},'
    . "{$hostile},"
    . '{"as_number":64500,"as_country_code":"ZZ","as_description":"LOOPBACK-TEST"},'
    . '{"as_number":4200000001,"as_country_code":"AT","as_description":"WIDE-NUMBER"}]';
my @cases = (
    # one address
    ['/v1/as/ip/8.8.8.8', json => 200, '{"ip":"8.8.8.8","announced":true,"first_ip":"8.8.8.0","last_ip":"8.8.8.255","as_number":15169,"as_country_code":"US","as_description":"GOOGLE","prefix":"8.8.8.0/24","hoster":"google","hoster_class":"cloud"}'],
    ['/v1/as/ip/8.8.8.8', plain => 200, '15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE'],
    ['/v1/as/ip/192.0.2.1', json => 200, "{\"ip\":\"192.0.2.1\",\"announced\":true,\"first_ip\":\"192.0.2.0\",\"last_ip\":\"192.0.2.127\",$example,\"prefix\":\"192.0.2.0/25\"}"],
    ['/v1/as/ip/192.0.2.128', json => 200, "{\"ip\":\"192.0.2.128\",\"announced\":true,\"first_ip\":\"192.0.2.128\",\"last_ip\":\"192.0.2.128\",$hoster,\"prefix\":\"192.0.2.128/32\",\"hoster\":\"hostexample\",\"hoster_class\":\"hosting\"}"],
    ['/v1/as/ip/198.51.100.0', json => 200, "{\"ip\":\"198.51.100.0\",\"announced\":true,\"first_ip\":\"198.51.100.0\",\"last_ip\":\"198.51.100.255\",$hostile,\"prefix\":\"198.51.100.0/24\"}"],
    ['/v1/as/ip/198.51.100.255', plain => 200, q{64499 | 198.51.100.0-198.51.100.255 | FR | <script>alert("x")</script> 'quoted', \ name}],
    ['/v1/as/ip/198.18.7.7', plain => 200, '4200000001 | 198.18.0.0-198.19.255.255 | AT | WIDE-NUMBER'],
    ['/v1/as/ip/203.0.113.99', json => 200, '{"ip":"203.0.113.99","announced":true,"first_ip":"203.0.113.0","last_ip":"203.0.113.99","as_number":64498,"as_country_code":"JP","as_description":"ODD-RANGE","prefix":"203.0.113.96/30"}'],
    ['/v1/as/ip/2001:DB8:0:0::1', json => 200, "{\"ip\":\"2001:db8::1\",\"announced\":true,\"first_ip\":\"2001:db8::\",\"last_ip\":\"2001:db8:0:ffff:ffff:ffff:ffff:ffff\",$example,\"prefix\":\"2001:db8::/48\"}"],
    ['/v1/as/ip/2a00%3A1450%3A4001%3A%3A', plain => 200, '15169 | 2a00:1450:4000::-2a00:1450:4fff:ffff:ffff:ffff:ffff:ffff | US | GOOGLE'],
    ['/v1/as/ip/::ffff:8.8.8.8', plain => 200, '15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE'],
    ['/v1/as/ip/::ffff:808:808/', json => 200, '{"ip":"8.8.8.8","announced":true,"first_ip":"8.8.8.0","last_ip":"8.8.8.255","as_number":15169,"as_country_code":"US","as_description":"GOOGLE","prefix":"8.8.8.0/24","hoster":"google","hoster_class":"cloud"}'],
    # not announced
    ['/v1/as/ip/9.9.9.9',         json  => 200, '{"ip":"9.9.9.9","announced":false}'],
    ['/v1/as/ip/9.9.9.9',         plain => 200, '0 | 9.9.9.9 | None | Not announced'],
    ['/v1/as/ip/203.0.113.100',   json  => 200, '{"ip":"203.0.113.100","announced":false,"special":"Documentation (TEST-NET-3)"}'],
    ['/v1/as/ip/10.1.2.3',        json  => 200, '{"ip":"10.1.2.3","announced":false,"special":"Private-Use"}'],
    ['/v1/as/ip/10.1.2.3',        plain => 200, '0 | 10.1.2.3 | None | Not announced'],
    ['/v1/as/ip/169.254.0.1',     json  => 200, '{"ip":"169.254.0.1","announced":false,"special":"Link Local"}'],
    ['/v1/as/ip/0.0.0.0',         json  => 200, '{"ip":"0.0.0.0","announced":false,"special":"This host on this network"}'],
    ['/v1/as/ip/255.255.255.255', json  => 200, '{"ip":"255.255.255.255","announced":false,"special":"Limited Broadcast"}'],
    ['/v1/as/ip/fe80::1',         json  => 200, '{"ip":"fe80::1","announced":false,"special":"Link-Local Unicast"}'],
    ['/v1/as/ip/::',              json  => 200, '{"ip":"::","announced":false,"special":"Unspecified Address"}'],
    ['/v1/as/ip/127.0.0.1',       plain => 200, '64500 | 127.0.0.0-127.255.255.255 | ZZ | LOOPBACK-TEST'],    # the database knows better
    # no address
    ['/v1/as/ip/',            json  => 400, { code => 'missing_address' }],
    ['/v1/as/ip/',            plain => 400, "there is no address\n"],
    ['/v1/as/ip/1.2.3',       json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/127.1',       plain => 400, "'127.1' is no address: IPv4 has four numbers\n"],
    ['/v1/as/ip/01.2.3.4',    json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/0x8.8.8.8',   json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/256.1.1.1',   json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/8.8.8.8%20',  json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/fe80::1%25lo', json => 400, { code => 'bad_address' }],
    ['/v1/as/ip/8.8.8.0/24',  json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/1::2::3',     json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/%3Cb%3E',     json  => 400, { code => 'bad_address' }],
    ['/v1/as/ip/' . '1' x 200, json => 400, { code => 'bad_address' }],
    # an AS
    ['/v1/as/n/15169',      json  => 200, '{"as_number":15169,"as_country_code":"US","as_description":"GOOGLE","hoster":"google","hoster_class":"cloud"}'],
    ['/v1/as/n/AS15169/',   json  => 200, '{"as_number":15169,"as_country_code":"US","as_description":"GOOGLE","hoster":"google","hoster_class":"cloud"}'],
    ['/v1/as/n/as64496',    plain => 200, '64496 | DE | EXAMPLE-NET Example Networks, Inc.'],
    ['/v1/as/n/4200000001', plain => 200, '4200000001 | AT | WIDE-NUMBER'],
    ['/v1/as/n/64499',      json  => 200, "{$hostile}"],
    ['/v1/as/n/1',          json  => 200, '{"as_number":1,"as_country_code":"None","as_description":"Not found"}'],
    ['/v1/as/n/0',          plain => 200, '0 | None | Not found'],
    ['/v1/as/n/4294967296', json  => 400, { code => 'bad_as_number' }],
    ['/v1/as/n/-1',         json  => 400, { code => 'bad_as_number' }],
    ['/v1/as/n/AS',         plain => 400, "'AS' is no AS number\n"],
    ['/v1/as/n/015169',     json  => 400, { code => 'bad_as_number' }],
    ['/v1/as/n/',           json  => 400, { code => 'missing_as_number' }],
    ['/v1/as/n/1/2',        json  => 404, { code => 'no_such_route' }],
    # its address space
    ['/v1/as/n/64496/subnets',   json  => 200, '{"as_number":64496,"subnets":["192.0.2.0/25","192.0.2.129/32","192.0.2.130/31","192.0.2.132/30","192.0.2.136/29","192.0.2.144/28","192.0.2.160/27","192.0.2.192/26","2001:db8::/48"]}'],
    ['/v1/as/n/64498/subnets',   plain => 200, "203.0.113.0/26\n203.0.113.64/27\n203.0.113.96/30\n"],
    ['/v1/as/n/AS64499/subnets/', plain => 200, "198.51.100.0/24\n2001:db8:2::/128\n"],
    ['/v1/as/n/1/subnets',       json  => 200, '{"as_number":1,"subnets":[]}'],
    ['/v1/as/n/0/subnets',       plain => 200, ''],
    ['/v1/as/n/x/subnets',       json  => 400, { code => 'bad_as_number' }],
    # all ASes
    ['/v1/as/ns',  json  => 200, $all],
    ['/v1/as/ns/', plain => 200, "15169 | US | GOOGLE\n64496 | DE | EXAMPLE-NET Example Networks, Inc.\n64497 | US | HOSTEXAMPLE-AS Host Example GmbH & Co. KG\n64498 | JP | ODD-RANGE\n64499 | FR | <script>alert(\"x\")</script> 'quoted', \\ name\n64500 | ZZ | LOOPBACK-TEST\n4200000001 | AT | WIDE-NUMBER\n"],
    # countries
    ['/v1/as/country/US',         json  => 200, '{"country_code":"US","as_numbers":[15169,64497]}'],
    ['/v1/as/country/us/',        plain => 200, "15169\n64497\n"],
    ['/v1/as/country/AQ',         json  => 200, '{"country_code":"AQ","as_numbers":[]}'],
    ['/v1/as/country/DEU',        json  => 400, { code => 'bad_country' }],
    ['/v1/as/country/',           json  => 400, { code => 'bad_country' }],
    ['/v1/as/country/us/subnets', json  => 200, '{"country_code":"US","subnets":["8.8.8.0/24","192.0.2.128/32","2001:db8:1::/48","2a00:1450:4000::/36"]}'],
    ['/v1/as/country/JP/subnets', plain => 200, "203.0.113.0/26\n203.0.113.64/27\n203.0.113.96/30\n"],
    ['/v1/as/country/1/subnets',  plain => 400, "'1' is no country of two letters\n"],
    # the form's question, for programs
    ['/?q=8.8.8.8',     plain => 200, '15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE'],
    ['?q=+AS15169%20',  plain => 200, '15169 | US | GOOGLE'],
    ['/?q=',            json  => 400, { code => 'missing_address' }],
    # no route
    ['/v1/as/', json => 404, { code => 'no_such_route' }],
    ['/v1/as/nothing', plain => 404, "there is no such route; openapi.json has them all\n"],
    ['/v2/as/ip/8.8.8.8', json => 404, { code => 'no_such_route' }],
);
for (@cases) {
    my ($path, $form, $status, $body) = @$_;
    my $response = get("/ip2asn$path", Accept => $accept{$form});
    my $name = length $path > 50 ? substr($path, 0, 50) . '…' : $path;
    is $response->code, $status, "$name, $form: status";
    is $response->header('Content-Type'), $type{$form}, "$name, $form: type";
    if (ref $body) {
        my $refused = decode_json($response->content);
        is_deeply [sort keys %$refused], [qw(code error)], "$name, $form: a reason and its code";
        is $refused->{code}, $body->{code}, "$name, $form: the code";
    } else {
        is $response->content, $body, "$name, $form: body";
    }
    is $response->header('Vary'), 'Accept', "$name, $form: Vary";
    is $response->header('X-Content-Type-Options'), 'nosniff', "$name, $form: nosniff";
    like $response->header('X-IP2ASN-Generation') // '', qr/^[0-9a-f]{16}$/, "$name, $form: generation";
}

# Pages: what stands between the form and the end of <main>, and the status.
my @pages = (
    ['/v1/as/ip/198.51.100.7', 200, qr{<tr><th scope="row">AS description</th><td>&lt;script&gt;alert\(&quot;x&quot;\)&lt;/script&gt; 'quoted', \\ name</td></tr>}],
    ['/v1/as/ip/9.9.9.9',        200, qr{<th scope="row">Announced</th><td>no</td></tr>\n</tbody>}],
    ['/v1/as/ip/10.0.0.1',       200, qr{<th scope="row">Special purpose</th><td>Private-Use</td>}],
    ['/v1/as/ip/%3Cscript%3E',   400, qr{<p role="alert" class="alert">'&lt;script&gt;' is no IPv4 or IPv6 address\.</p>}],
    ['/v1/as/ip',                200, qr{<td>127\.0\.0\.1</td>.*LOOPBACK-TEST}s],
    ['/v1/as/n/15169',           200, qr{AS15169</a>.*GOOGLE.*<a href="/ip2asn/v1/as/n/15169/subnets">}s],
    ['/v1/as/n/x',               400, qr{role="alert".*'x' is no AS number}s],
    ['/v1/as/n/64498/subnets',   200, qr{<li>203\.0\.113\.0/26</li>\n<li>203\.0\.113\.64/27</li>\n<li>203\.0\.113\.96/30</li>\n</ul>}],
    ['/v1/as/ns',                200, qr{<li><a href="/ip2asn/v1/as/n/64499">AS64499</a> FR &lt;script&gt;}],
    ['/v1/as/country/us',        200, qr{<li><a href="/ip2asn/v1/as/n/15169">AS15169</a></li>}],
    ['/v1/as/country/jp/subnets', 200, qr{<li>203\.0\.113\.0/26</li>}],
    ['/',                        200, qr{Your own network.*127\.0\.0\.1.*</main>.*Data of [0-9-]+ [0-9:]+ UTC.*from httpd\.tsv.*Generation <code>[0-9a-f]{16}</code>}s],
    ['',                         200, qr{<form method="get" role="search" action="/ip2asn/">}],
    ['/?q=as15169',              200, qr{<h1>AS15169</h1>}],
    ['/?q=%22%3E%3Cscript%3E',   400, qr{value="&quot;&gt;&lt;script&gt;"}],
    ['/nothing',                 404, qr{role="alert"}],
);
for (@pages) {
    my ($path, $status, $part) = @$_;
    my $response = get("/ip2asn$path", Accept => 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
    is $response->code, $status, "$path, html: status";
    is $response->header('Content-Type'), $type{html}, "$path, html: type";
    like $response->content, $part, "$path, html: page";
    like $response->content, qr{\A<!DOCTYPE html>\n<html lang="en">.*</html>\n\z}s, "$path, html: whole";
    unlike $response->content, qr/<script/, "$path, html: without scripts";
    unlike $response->content, qr/(?:src|href)="(?:https?:)?\/\//, "$path, html: nothing from elsewhere";
    like $response->header('Content-Security-Policy'),
        qr/^default-src 'none'; img-src data:; style-src 'sha256-[A-Za-z0-9+\/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
        "$path, html: policy";
}

# The policy allows the one style sheet, by its hash, and nothing else.
{
    my $page    = get('/ip2asn/', Accept => 'text/html');
    my ($style) = $page->content =~ m{<style>(.*?)</style>}s;
    my ($hash)  = $page->header('Content-Security-Policy') =~ /'sha256-([^=']+)=*'/;
    is $hash, sha256_base64($style), 'the hash is that of the style sheet';
    unlike $page->content, qr/ style=| on\w+=/, 'no other style, no handlers';
}

# Which form: by what Accept names.
my @forms = (
    [undef,                                             'json'],
    ['',                                                'json'],
    ['*/*',                                             'json'],
    ['text/*',                                          'json'],
    ['application/xml',                                 'json'],
    ['text/html',                                       'html'],
    ['TEXT/HTML;level=1',                               'html'],
    ['text/html;q=0, */*',                              'json'],
    ['text/plain',                                      'plain'],
    ['text/plain, */*',                                 'plain'],
    ['application/json, text/plain, */*',               'json'],
    ['application/json;q=0.5, text/plain;q=0.9',        'plain'],
    ['text/plain;q=0.2,text/html;q=0.3',                'html'],
    ['text/htmlx, text/plainx',                         'json'],
);
for (@forms) {
    my ($accept, $form) = @$_;
    my $response = get('/ip2asn/v1/as/ip/8.8.8.8', defined $accept ? (Accept => $accept) : ());
    is $response->header('Content-Type'), $type{$form}, 'Accept ' . ($accept // 'missing') . " gets $form";
}

# Methods.
for (
    ['POST', '/v1/as/ip/8.8.8.8', 'GET, HEAD'], ['DELETE', '/v1/as/ns', 'GET, HEAD'], ['PUT', '/', 'GET, HEAD'],
    ['GET',  '/v1/as/ips', 'POST, PUT'], ['OPTIONS', '/v1/as/ip', 'GET, HEAD'],
    )
{
    my ($method, $path, $allow) = @$_;
    my $request  = HTTP::Request->new($method, url("/ip2asn$path"));
    my $response = Apache::TestRequest::user_agent()->request($request);
    is $response->code, 405, "$method $path: 405";
    is $response->header('Allow'), $allow, "$method $path: Allow";
    is decode_json($response->content)->{code}, 'method_not_allowed', "$method $path: the code";
}
for my $path ('/v1/as/ip/8.8.8.8', '/v1/as/ns', '/v1/as/ip/1.2', '/') {
    my ($head, $get) = (HEAD(url("/ip2asn$path")), get("/ip2asn$path"));
    is $head->code, $get->code, "HEAD $path: status";
    is $head->content, '', "HEAD $path: no body";
    is $head->header('Content-Type'), $get->header('Content-Type'), "HEAD $path: type";
    is $head->header('ETag'), $get->header('ETag'), "HEAD $path: ETag";
}
is HEAD(url('/ip2asn/v1/as/ip/8.8.8.8'))->header('Content-Length'), length get('/ip2asn/v1/as/ip/8.8.8.8')->content,
    'HEAD has the length of the body';

# Length, also of parts, behind a filter, and as the log counts it.
{
    my $path = '/v1/as/ip/8.8.8.8';
    my $body = get("/ip2asn$path")->content;
    my $part = get("/ip2asn$path", Range => 'bytes=1-4');
    is $part->code, 206, 'a part: status';
    is $part->content, substr($body, 1, 4), 'a part: body';
    is $part->header('Content-Range'), 'bytes 1-4/' . length $body, 'a part: which';
    is $part->header('Content-Length'), 4, 'a part: length';
    is get("/ip2asn$path", Range => 'bytes=9999-')->code, 416, 'a part that there is not';
    my $filtered = get("/filtered$path");
    is $filtered->content, $body, 'behind a filter: body';
    is $filtered->header('Content-Length') // length $body, length $body, 'behind a filter: length';
    is get("/filtered$path", Range => 'bytes=1-4')->content, substr($body, 1, 4), 'behind a filter: a part';
    get("/ip2asn$path?counted");
    my $counted;
    wait_until(sub { ($counted) = slurp(var('t_logs') . '/bytes_log') =~ /^(\d+) .*\?counted$/m; return defined $counted });
    is $counted, length $body, 'the log has the length';
}

# Caching.
my (%tags, $paths);
for my $path ('/v1/as/ip/8.8.8.8', '/v1/as/ip/8.8.4.4', '/v1/as/n/15169', '/v1/as/n/15169/subnets', '/v1/as/ns',
    '/v1/as/country/US', '/v1/as/country/US/subnets')
{
    for my $form (sort keys %accept) {
        my @accept   = (Accept => $accept{$form});
        my $response = get("/ip2asn$path", @accept);
        my $tag      = $response->header('ETag') // 'none';
        my $modified = $response->header('Last-Modified') // 'none';
        ++$paths;
        $tags{$tag} = 1;
        my $generation = $response->header('X-IP2ASN-Generation');
        like $tag, qr/^"$generation-[jph][0-9a-f]{8}"$/, "$path, $form: ETag";
        like $modified, qr/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, "$path, $form: Last-Modified";
        is $response->header('Cache-Control'), 'public, max-age=60', "$path, $form: Cache-Control";
        my $same = get("/ip2asn$path", @accept, 'If-None-Match' => $tag);
        is $same->code, 304, "$path, $form: 304";
        is $same->content, '', "$path, $form: 304 has no body";
        is $same->header('ETag'), $tag, "$path, $form: 304 has the tag";
        is $same->header('Vary'), 'Accept', "$path, $form: 304 has Vary";
        is get("/ip2asn$path", @accept, 'If-None-Match' => '"other"')->code, 200, "$path, $form: another tag";
        is get("/ip2asn$path", @accept, 'If-Modified-Since' => $modified)->code, 304, "$path, $form: not modified since";
        is get("/ip2asn$path", @accept, 'If-Match' => '"other"')->code, 412, "$path, $form: If-Match";
    }
}
is keys %tags, $paths, 'each answer has a tag of its own';
for my $path ('/v1/as/ip', '/') {
    my $own = get("/ip2asn$path");
    is $own->header('Cache-Control'), 'private, no-store', "$path concerns one client";
    is $own->header('ETag'), undef, "$path has no tag";
}

# Where the endpoint stands.
for (
    ['/ip2asn/v1/as/ns', 'main', 'a section within'],
    ['/pattern/abc/v1/as/ip/8.8.8.8', 'main', 'LocationMatch'],
    ['/directory/v1/as/ip/8.8.8.8', 'main', 'Directory'],
    ['/few/v1/as/ip/8.8.8.8', 'main', 'another Location'],
    )
{
    my ($path, undef, $what) = @$_;
    my $response = get($path, Accept => 'text/plain');
    is $response->code, 200, "$what: status";
    like $response->content, qr/^15169 \| /, "$what: body";
}
is get('/ip2asn/v1/as/ns')->header('X-Within'), 'yes', 'the section within holds';
is get('/pattern/abc/')->code, 200, 'the page of a LocationMatch';
is get('/ip2asnx')->code, 404, 'beside the endpoint';

done_testing;
