# In whatever way a request reaches a place where the engine is on, its variables are set, and nothing that the client sends can pass for
# them: neither towards applications nor for rules and caches that read headers before anybody knows which place that will be.
use strict;
use warnings FATAL => 'all';
use File::Copy qw(copy);
use File::Path qw(make_path);
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

my @on = ('IP2ASNEngine On', 'IP2ASNRequestHeaders On', 'IP2ASNEnv GEOIP_COUNTRY_CODE country', 'IP2ASNEnv HTTP_X_GEO country');

# What a client may send to pass for the module; and what is none of the module's business.
my @forged = (
    'X-IP2ASN-ASN' => 'forged', 'x-ip2asn-name' => 'forged', 'X-IP2ASN-Lists' => 'forged', 'X-IP2ASN-Anything' => 'forged',
    'IP2ASN-ASN' => 'forged', ':IP2ASN_ASN' => 'forged', 'X.IP2ASN.ASN' => 'forged', 'Redirect-IP2ASN-ASN' => 'forged',
    'GeoIP-Country-Code' => 'forged', ':geoip_country_code' => 'forged', 'X-Geo' => 'forged', 'HTTP-X-Geo' => 'forged',
    'Redirect-GeoIP-Country-Code' => 'forged',
);
my @kept  = ('X-Country' => 'kept', 'Geo' => 'kept', 'X-IP2ASN' => 'kept', 'IP2ASNX' => 'kept', 'X-GeoIP' => 'kept', 'Country' => 'kept');
my %given = (IP2ASN_ASN => 64496, IP2ASN_COUNTRY => 'DE', HTTP_X_IP2ASN_ASN => 64496, HTTP_X_IP2ASN_COUNTRY => 'DE',
    GEOIP_COUNTRY_CODE => 'DE', HTTP_X_GEO => 'DE');

# Files below htdocs; '' stands for the program that prints its environment.
my %files = (
    (map { ("$_/env.cgi" => '') } qw(on off files match views fallback if location htaccess htaccess-files htaccess-rewrite htaccess-if allowed named)),
    'missing/page.txt'    => 'a page',
    'action/file.act'     => 'a file',
    'views/page.cgi'      => '',
    'ssi/on.shtml'        => '<!--#include virtual="/on/env.cgi" -->',
    'ssi/index.shtml'     => '<!--#include virtual="/files/" -->',
    'ssi/nested.shtml'    => '<!--#include virtual="/ssi/on.shtml" -->',
    'ssi/rewritten.shtml' => '<!--#include virtual="/rewritten/page" -->',
    'ssi-on/off.shtml'    => '<!--#include virtual="/off/env.cgi" -->',
    'ssi-index/index.shtml'      => '<!--#include virtual="/on/env.cgi" -->',
    'htaccess/.htaccess'         => join("\n", @on),
    'htaccess-files/.htaccess'   => join("\n", 'DirectoryIndex env.cgi', '<FilesMatch "\.cgi$">', @on, '</FilesMatch>'),
    'htaccess-rewrite/.htaccess' => join("\n", @on, 'RewriteEngine On', 'RewriteRule ^page$ env.cgi'),
    'htaccess-if/.htaccess'      => join("\n", '<If "true">', @on, '</If>'),
    'allowed/.htaccess'          => 'IP2ASNEngine On',
    'named/.htaccess'            => join("\n", 'IP2ASNEngine On', 'IP2ASNEnv OWN_COUNTRY country', 'IP2ASNEnv HTTP_OWN_AS asn'),
);

# A server whose directories have these files; `lines` follow.
sub server {
    my (@lines) = @_;
    my $httpd = access_server(
        (map { line_module($_) } qw(negotiation actions cache cache_disk)),
        '<Directory DIR/htdocs>', 'Options +ExecCGI +Includes +FollowSymLinks', 'AddHandler cgi-script .cgi', 'AddOutputFilter INCLUDES .shtml',
        'AddType text/html .shtml', 'AddType text/plain .cgi', '</Directory>',
        (map { ("<Directory DIR/htdocs/$_>", 'AllowOverride FileInfo Indexes', '</Directory>') } qw(htaccess htaccess-files htaccess-rewrite htaccess-if)),
        @lines
    );
    for my $file (sort keys %files) {
        my ($directory) = $file =~ m{^(.*)/};
        make_path($httpd->directory . "/htdocs/$directory");
        if ($files{$file} ne '') { $httpd->write("htdocs/$file", "$files{$file}\n"); next }
        copy(var('t_dir') . '/cgi-bin/env.cgi', $httpd->directory . "/htdocs/$file") or die "$file: $!";
        chmod 0755, $httpd->directory . "/htdocs/$file";
    }
    return $httpd;
}

my @sections = (
    '<Directory DIR/htdocs/on>', @on, '</Directory>',
    '<Directory DIR/htdocs/files>', 'DirectoryIndex env.cgi', '<Files "env.cgi">', @on, '</Files>', '</Directory>',
    '<Directory DIR/htdocs/match>', 'DirectoryIndex env.cgi', '<FilesMatch "\.cgi$">', @on, '</FilesMatch>', '</Directory>',
    '<Directory DIR/htdocs/views>', 'Options +MultiViews', '<Files "page.cgi">', @on, '</Files>', '</Directory>',
    '<Directory DIR/htdocs/fallback>', 'FallbackResource /fallback/env.cgi', '<Files "env.cgi">', @on, '</Files>', '</Directory>',
    '<Directory DIR/htdocs/if>', '<If "%{REQUEST_METHOD} == \'GET\'">', @on, '</If>', '</Directory>',
    '<Directory DIR/htdocs/ssi-index>', 'DirectoryIndex index.shtml', '</Directory>',
    '<Directory DIR/htdocs/ssi-on>', @on, '</Directory>',
    '<Location "/location">', @on, '</Location>',
    '<Location "/missing">', 'ErrorDocument 404 /on/env.cgi', '</Location>',
    'ScriptAlias /script/ DIR/htdocs/off/', '<LocationMatch "^/script/">', @on, '</LocationMatch>',
    '<Directory DIR/htdocs/action>', 'AddHandler as-environment .act', 'Action as-environment /on/env.cgi', '</Directory>',
    '<Location "/rewritten">', 'RewriteEngine On', 'RewriteRule .* /on/env.cgi [PT]', '</Location>',
    'RewriteEngine On', 'RewriteRule ^/passed$ /on/env.cgi [PT]',
    # To put it there in the server's own rules is to read it before the place is known.
    'RewriteCond %{HTTP:X-IP2ASN-ASN}%{HTTP:GeoIP-Country-Code} =forgedforged', 'RewriteRule ^ - [E=EARLY_REWRITE:forged]',
    'SetEnvIf X-IP2ASN-ASN forged EARLY_SETENVIF=forged', 'SetEnvIf IP2ASN_ASN forged EARLY_VARIABLE=forged', 'SetEnvIf GEOIP_COUNTRY_CODE forged EARLY_NAME=forged',
    'SetEnvIf ^X-IP2 forged EARLY_PATTERN=forged', 'SetEnvIf REDIRECT_IP2ASN_ASN forged EARLY_REDIRECT=forged',
    'RequestHeader set X-Early "expr=%{req:X-IP2ASN-ASN}%{req:GeoIP-Country-Code}" early',
    'ErrorDocument 400 /off/env.cgi', 'ErrorDocument 417 /on/env.cgi',
);

# path, the variables that all of them have (those that are off have none), how the request gets there
my @ways = (
    ['/on/env.cgi',             1, 'directly'],
    ['/on/env.cgi/path/info',   1, 'directly, with a path behind'],
    ['/files/',                 1, 'DirectoryIndex, <Files>'],
    ['/files/env.cgi',          1, '<Files>'],
    ['/match/',                 1, 'DirectoryIndex, <FilesMatch>'],
    ['/views/page',             1, 'MultiViews, <Files>'],
    ['/fallback/none',          1, 'FallbackResource, <Files>'],
    ['/ssi/on.shtml',           1, 'SSI'],
    ['/ssi/index.shtml',        1, 'SSI, DirectoryIndex, <Files>'],
    ['/ssi/nested.shtml',       1, 'SSI in SSI'],
    ['/ssi/rewritten.shtml',    1, 'SSI, RewriteRule in a section'],
    ['/ssi-index/',             1, 'DirectoryIndex, SSI'],
    ['/missing/none',           1, 'ErrorDocument'],
    ['/passed',                 1, 'RewriteRule of the server'],
    ['/rewritten/page',         1, 'RewriteRule in a section'],
    ['/action/file.act',        1, 'Action'],
    ['/if/env.cgi',             1, '<If>'],
    ['/location/env.cgi',       1, '<Location>'],
    ['/script/env.cgi',         1, 'ScriptAlias, <LocationMatch>'],
    ['/htaccess/env.cgi',       1, '.htaccess'],
    ['/htaccess-files/',        1, 'DirectoryIndex, <FilesMatch> in .htaccess'],
    ['/htaccess-rewrite/page',  1, 'RewriteRule in .htaccess'],
    ['/htaccess-if/env.cgi',    1, '<If> in .htaccess'],
    ['/off/env.cgi',            0, 'the engine is off there'],
    ['/ssi-on/off.shtml',       0, 'SSI to where it is off'],    # HTTP_*, which mod_include has made of the page's headers, apart
);

# By .htaccess alone, and not at all.
my @only_htaccess = ('<Directory DIR/htdocs/allowed>', 'AllowOverride All', '</Directory>');
my $backend       = var('own_backend_port');

plan tests => 4 * @ways + 7 + 5 + 9 + 3 + 15 + 4;

sub variables { my ($response) = @_; return { $response->content =~ /^(\w+)=(.*)$/mg } }

# The response to a request of which all the headers are the test's.
sub raw {
    my ($text) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => var('own_port'), Proto => 'tcp') or die "connect: $!";
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, $text;
    local $/;
    return scalar <$socket> // '';
}
my $from = "Host: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n";

my $httpd = server(@sections);
ok $httpd->start, 'the server starts' or BAIL_OUT($httpd->error_log);
for (@ways) {
    my ($path, $is_on, $what) = @$_;
    my $seen     = variables(my $response = ask($path, 'match', @forged, @kept));
    my @names    = grep { !/^HTTP_X_IP2ASN/ || $path !~ /^.ssi-on/ } keys %given;
    my %expected = map { $_ => $is_on ? $given{$_} : undef } @names;
    is_deeply { map { $_ => $seen->{$_} } @names }, \%expected, "$what ($path): what the application is given" or diag $response->as_string;
    is_deeply [sort grep { $seen->{$_} =~ /forged/ } keys %$seen], [], "$what: it has nothing of the client's";
    is_deeply [sort grep { $seen->{$_} eq 'kept' && !/^REDIRECT_/ } keys %$seen], [qw(HTTP_COUNTRY HTTP_GEO HTTP_IP2ASNX HTTP_X_COUNTRY HTTP_X_GEOIP HTTP_X_IP2ASN)],
        "$what: but what is the client's business";
    $seen = variables(ask($path, 'unknown', @forged));
    %expected = map { $_ => /_ASN$/ && $is_on ? 0 : undef } @names;
    is_deeply { map { $_ => $seen->{$_} } @names }, \%expected,
        "$what: and what has no value stays away";
}

# Requests that end before anybody was to read their headers, and go on to an error page.
my $forged_lines = "X-IP2ASN-ASN: forged\r\nGeoIP-Country-Code: forged\r\n";
my $answer       = raw("GET /off/env.cgi HTTP/1.1\r\n$forged_lines\r\n");
like $answer,   qr{^HTTP/1\.1 400 .*^REDIRECT_STATUS=400$}ms, 'a request without a host gets its error page';
unlike $answer, qr/forged/, 'which has nothing of the client\'s';
$answer = raw("GET /off/env.cgi HTTP/1.1\r\n${from}Expect: the-best\r\n$forged_lines\r\n");
like $answer,   qr{^HTTP/1\.1 417 .*^HTTP_X_IP2ASN_ASN=64496$}ms, 'one that expects too much: where the engine is on, too';
unlike $answer, qr/forged/, 'and nothing of the client\'s';

# Trailers become headers once the body is read.
my $chunked = "POST /on/env.cgi HTTP/1.1\r\n${from}Connection: close\r\nTransfer-Encoding: chunked\r\n";
unlike raw("$chunked\r\n0\r\n$forged_lines\r\n"), qr/forged/, 'trailers of that name';

# What a client names in Connection is for one hop: it cannot have ours kept back.
unlike raw("GET /on/env.cgi HTTP/1.1\r\n${from}Connection: close, X-IP2ASN-ASN\r\n\r\n"), qr/^HTTP_CONNECTION=.*ASN/m, 'Connection does not name ours';
$httpd->stop;

# .htaccess alone, with names of its own; early readers included.
$httpd = server(@only_htaccess, 'SetEnvIf X-IP2ASN-ASN forged EARLY_SETENVIF=forged', '<Directory DIR/htdocs/named>', 'AllowOverrideList IP2ASNEngine IP2ASNEnv', '</Directory>');
ok $httpd->start, 'the server starts with .htaccess only' or BAIL_OUT($httpd->error_log);
my $seen = variables(ask('/allowed/env.cgi', 'match', 'X-IP2ASN-ASN' => 'forged'));
is $seen->{IP2ASN_ASN}, 64496, '.htaccess switches the engine on';
is_deeply [grep { $seen->{$_} eq 'forged' } keys %$seen], [], 'and nobody has seen the client\'s header';
$seen = variables(ask('/named/env.cgi', 'match', 'Own-Country' => 'forged', ':OWN_COUNTRY' => 'forged', 'Own-AS' => 'forged', 'Own-ASN' => 'kept'));
is_deeply { map { $_ => $seen->{$_} } qw(OWN_COUNTRY HTTP_OWN_AS HTTP_OWN_COUNTRY HTTP_OWN_ASN) },
    { OWN_COUNTRY => 'DE', HTTP_OWN_AS => 64496, HTTP_OWN_COUNTRY => undef, HTTP_OWN_ASN => 'kept' }, 'names that .htaccess gives';
is variables(ask('/off/env.cgi', 'match', 'Own-Country' => 'mine'))->{HTTP_OWN_COUNTRY}, 'mine', 'are its own';
$httpd->stop;

# Where nothing can switch the engine on, nothing is touched. A virtual host has no part in another one's settings.
$httpd = server(
    'Listen 127.0.0.1:' . $backend, "<VirtualHost 127.0.0.1:$backend>", 'DocumentRoot DIR/htdocs', 'RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1',
    '<Location "/on">', @on, '</Location>', '</VirtualHost>'
);
$files{'htaccess/.htaccess'} = $files{'htaccess-files/.htaccess'} = "# nothing\n";
(my $conf = slurp($httpd->conf)) =~ s/AllowOverride FileInfo Indexes/AllowOverride None/g;
$httpd->write('httpd.conf', $conf);
ok $httpd->start, 'the server starts with the engine nowhere' or BAIL_OUT($httpd->error_log);
$seen = variables(ask('/on/env.cgi', 'match', 'X-IP2ASN-ASN' => 'mine', 'IP2ASN-ASN' => 'mine', 'GeoIP-Country-Code' => 'mine', 'X-Geo' => 'mine',
    Connection => 'close, X-IP2ASN-ASN'));
is $seen->{$_}, 'mine', "$_ is the client's" for qw(HTTP_X_IP2ASN_ASN HTTP_IP2ASN_ASN HTTP_GEOIP_COUNTRY_CODE HTTP_X_GEO);
is $seen->{IP2ASN_ASN}, undef, 'and there is no variable';
$seen = variables(get('/off/env.cgi', port => 'own_backend_port', client => '192.0.2.1', 'X-IP2ASN-ASN' => 'forged', 'X-Geo' => 'forged'));
is $seen->{$_}, undef, "$_ is removed in the virtual host that has the engine somewhere" for qw(HTTP_X_IP2ASN_ASN HTTP_X_GEO);
$seen = variables(get('/on/env.cgi', port => 'own_backend_port', client => '192.0.2.1', 'X-IP2ASN-ASN' => 'forged'));
is $seen->{$_}, $given{$_}, "$_ is given there" for qw(HTTP_X_IP2ASN_ASN);
$httpd->stop;

# Trailers that httpd adds to the headers: a filter that reads the body before the handler does. Names that mod_remoteip reads first.
$httpd = server('MergeTrailers On', 'IP2ASNEngine On', 'IP2ASNRequestHeaders On', 'IP2ASNEnv HTTP_X_FORWARDED_FOR addr', 'LogFormat "%{X-IP2ASN-ASN}i %{X-Other}i" trailers', 'CustomLog DIR/trailers.log trailers');
ok $httpd->start, 'the server starts with MergeTrailers' or BAIL_OUT($httpd->error_log);
raw("$chunked\r\n1\r\nx\r\n0\r\nX-IP2ASN-ASN: forged\r\nX-Other: mine\r\n\r\n");
my $line;
wait_until(sub { ($line) = slurp($httpd->directory . '/trailers.log') =~ /^(.+)$/m });
is $line, '64496 mine', 'a trailer that could pass for ours is dropped, another one is merged';
is variables(ask('/on/env.cgi', 'match'))->{HTTP_X_FORWARDED_FOR}, '192.0.2.1', 'a variable named like what mod_remoteip reads';
$httpd->stop;

# A cache that tells variants apart by our header.
for my $place ('at the server', 'in a section') {
    my @engine = ('IP2ASNEngine On', 'IP2ASNRequestHeaders On');
    $httpd = server(
        ($place eq 'at the server' ? @engine : ('<Location "/app">', @engine, '</Location>')),
        'CacheRoot DIR/pages', 'CacheEnable disk /app', 'CacheHeader on', "ProxyPass /app http://127.0.0.1:$backend/",
        "Listen 127.0.0.1:$backend", "<VirtualHost 127.0.0.1:$backend>", 'IP2ASNEngine Off', 'RemoteIPHeader X-Not-Sent', 'DocumentRoot DIR/htdocs',
        'Header set Vary X-IP2ASN-Country', 'Header set Cache-Control max-age=600', 'Header set X-For "expr=%{req:X-IP2ASN-Country}"',
        'Header set X-Asn "expr=%{req:X-IP2ASN-ASN}"', '</VirtualHost>',
    );
    make_path($httpd->directory . '/pages');
    chmod 0777, $httpd->directory . '/pages';
    ok $httpd->start, "the server starts with a cache, $place" or BAIL_OUT($httpd->error_log);
    my $page = sub {
        my $response = ask('/app/page.txt', @_);
        return join ' ', $response->header('X-For'), ($response->header('X-Cache') // '') =~ /^(HIT|MISS)/;
    };
    is $page->('match'), 'DE MISS', "$place: the first from DE";
    if ($place eq 'at the server') { is $page->('match'), 'DE HIT', "$place: the second from DE" }
    is $page->('other'), 'FR MISS', "$place: the first from FR";
    is $page->('other', 'X-IP2ASN-Country' => 'DE'), $place eq 'at the server' ? 'FR HIT' : 'FR MISS', "$place: FR as DE";
    is $page->('other', 'x_ip2asn_country' => 'DE', 'IP2ASN-Country' => 'DE'), $place eq 'at the server' ? 'FR HIT' : 'FR MISS', "$place: FR as DE, spelt otherwise";
    is $page->('cdn', Connection => 'X-IP2ASN-Country'), 'NL MISS', "$place: who names our header in Connection is not taken for nobody";
    is ask('/app/page.txt?2', 'match', Connection => 'close, x-ip2asn-asn')->header('X-Asn'), 64496, "$place: nor for the application";
    $httpd->stop;
}

# Rules of the server that read variables which are set in a section only: nobody can set them instead.
$httpd = server(
    '<Location "/">', @on, '</Location>', 'SetEnvIf IP2ASN_ASN ^64499$ letin', 'SetEnvIf GEOIP_COUNTRY_CODE ^FR$ letin',
    '<Location "/page.txt">', 'Require env letin', '</Location>'
);
ok $httpd->start, 'the server starts with rules' or BAIL_OUT($httpd->error_log);
is ask('/page.txt', 'other')->code, 403, 'a variable that is set in a section comes too late for SetEnvIf of the server';
is ask('/page.txt', 'cdn', ':IP2ASN_ASN' => 64499)->code, 403, 'a header does not come in its place';
is ask('/page.txt', 'cdn', ':GEOIP_COUNTRY_CODE' => 'FR')->code, 403, 'nor in the place of a name that IP2ASNEnv gives';
