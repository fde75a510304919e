# The recipes that answer something else than 403, and what ends up in logs and caches.
use strict;
use warnings FATAL => 'all';
use Test::More tests => 35;
use IP2ASN::Access;
use IP2ASN::Manual;
use IP2ASN::Test;

serves('another status', [], ['/', 'amazon', 429], ['/', 'other', 200], ['/', 'match', 200], ['/.well-known/acme-challenge/x', 'amazon', 200]);
{
    # Redirects of the client's are not ours to follow.
    my $httpd = example_server(recipe('a redirect'));
    $httpd->start;
    my $response = Apache::TestRequest::GET($httpd->url('/page.txt'), 'X-Forwarded-For' => $client{match}, redirect_ok => 0);
    is $response->code, 302, 'a redirect: it is sent';
    is $response->header('Location'), 'https://www.example.org/page.txt', 'with the path';
    is ask('/page.txt', 'other')->code, 200, 'and to nobody else';
}
{
    my $httpd = example_server('<Directory DIR/htdocs/pages>', 'Options +Includes', '</Directory>', 'Alias /denied.html DIR/htdocs/pages/denied.html',
        '<Location /denied.html>', 'SetOutputFilter INCLUDES', 'Options +IncludesNoExec', '</Location>', recipe('a page of one\'s own for those who are denied'));
    mkdir $httpd->directory . '/htdocs/pages';
    $httpd->write('htdocs/pages/denied.html', 'Not from AS<!--#echo var="IP2ASN_ASN" --> <!--#echo var="REDIRECT_IP2ASN_ASN" -->');
    $httpd->start;
    my $response = ask('/page.txt', 'match');
    is $response->code,    403,                'a page of one\'s own: the status';
    is $response->content, 'Not from AS64496 64496', 'and the page, in a place of other settings';
    is ask('/page.txt', 'other')->code, 200, 'others do not see it';
}

# Logs.
{
    my $name  = 'the network in a log of its own';
    my @lines = ('<VirtualHost *:' . var('own_port') . '>', 'CustomLog DIR/own.log "%h %r"', 'ErrorDocument 404 /page.txt',
        'RewriteEngine On', 'RewriteRule ^/rewritten$ /off/page.txt [PT]', 'Alias /off DIR/htdocs', '<Location /off>', 'IP2ASNEngine Off', '</Location>', '</VirtualHost>');
    my $httpd = example_server(recipe($name), @lines);
    $httpd->start;
    ask($_, 'match') for '/page.txt?served', '/missing?missing';
    my $log;
    wait_until(sub { ($log = slurp($httpd->directory . '/var/log/apache2/network.log')) =~ /missing/ });
    like $log, qr/^192\.0\.2\.1 AS64496 DE hostexample "GET \/page\.txt\?served HTTP\/1\.\d" 200$/m, "$name: a request of a virtual host that has its own log";
    like $log, qr/^192\.0\.2\.1 AS64496 DE hostexample "GET \/missing\?missing HTTP\/1\.\d" 404$/m, 'and one that ended at an ErrorDocument';
    like slurp($httpd->directory . '/own.log'), qr/served/, 'the log of the virtual host is written as before';
}
{
    # As the annotations of a section fare, for which the manual has the "<".
    my $httpd = example_server('IP2ASNEngine Off', 'ErrorDocument 404 /page.txt', '<Location /app>', 'IP2ASNEngine On', '</Location>', recipe('the network in a log of its own'));
    $httpd->start;
    ask('/app/missing', 'match');
    my $log;
    wait_until(sub { ($log = slurp($httpd->directory . '/var/log/apache2/network.log')) =~ /missing/ });
    like $log, qr/^192\.0\.2\.1 AS64496 DE /m, 'a log line has the network of the section in which the request began';
}

# Applications and the endpoint.
{
    my $name  = 'the endpoint beside an application that has the whole site';
    # In a virtual host: the application's, which would inherit it from the server, is not to be its own backend.
    my $httpd = example_server(with_backend(), '<VirtualHost 127.0.0.1:' . var('own_port') . '>', recipe($name), '</VirtualHost>');
    ok $httpd->start, "$name: the server starts" or diag $httpd->error_log;
    is ask('/ip2asn/v1/as/n/64496', 'office')->header('X-Got'), undef, 'the endpoint answers, not the application';
    is ask('/ip2asn/v1/as/n/64496', 'office')->code, 200, 'whom it is for';
    is ask('/ip2asn/v1/as/n/64496', 'other')->code,  403, 'and nobody else';
    ok defined ask('/else', 'other')->header('X-Got'), 'the application has the rest';
}
{
    # What suEXEC lets pass of a CGI program's environment is what begins with HTTP_, by its documentation.
    my $name  = 'CGI programs under suEXEC';
    my $httpd = example_server(recipe($name), 'ScriptAlias /cgi-bin/ ' . var('top_dir') . '/t/cgi-bin/');
    $httpd->start;
    my $content = ask('/cgi-bin/env.cgi', 'match', 'X-IP2ASN-ASN' => '1', 'X_IP2ASN_Country' => 'XX')->content;
    my %passed = $content =~ /^(HTTP_X_IP2ASN_\w+)=(.*)$/mg;
    is $passed{HTTP_X_IP2ASN_ASN},     64496, "$name: what suEXEC passes on has the AS";
    is $passed{HTTP_X_IP2ASN_COUNTRY}, 'DE',  'and the country, whatever the client sends';
}
{
    my $name  = 'rules of the virtual host, engine in a section';
    my $httpd = example_server('IP2ASNEngine Off', 'AliasMatch ^/offers DIR/htdocs/page.txt', '<Location /offers>', 'IP2ASNEngine On', '</Location>', recipe($name));
    $httpd->start;
    is ask('/offers', 'match')->code, 403, "$name: it is denied";
    is ask('/offers', 'other')->code, 200, 'and nobody else is';
}

# mod_cache: what is kept for one is not sent to another.
{
    my $name  = 'mod_cache';
    my @cache = ('CacheRoot DIR/kept', 'CacheEnable disk /', 'CacheHeader On');
    # Without the recipe's lines for the cache, both traps close: this tells whether the test could see it.
    for my $lines ([grep { !/CacheQuickHandler|Vary/ } recipe($name)], [recipe($name)]) {
        my $safe  = grep { /Vary/ } @$lines;
        my $httpd = example_server(@cache, @$lines);
        mkdir $httpd->directory . '/kept';
        chmod 0777, $httpd->directory . '/kept';
        utime 1_000_000_000, 1_000_000_000, $httpd->directory . '/htdocs/page.txt';
        $httpd->start;
        my $of = $safe ? $name : "$name without the recipe's lines";
        is ask('/page.txt', 'match')->code, 403, "$of: denied before there is a copy";
        is ask('/page.txt', 'other')->code, 200, "$of: the page is served, and kept";
        like ask('/page.txt', 'other')->header('X-Cache'), qr/HIT/, "$of: it comes from the cache";
        my $response = ask('/page.txt', 'match', 'X-IP2ASN-ASN' => '64499');
        is $response->code, $safe ? 403 : 200, "$of: who is denied";
        is ask('/page.txt', 'cdn')->header('X-Peer-AS'), $safe ? 64497 : 64499, "$of: the AS that another client is told";
        next unless $safe;
        like ask('/page.txt', 'cdn')->header('X-Cache'), qr/HIT/, "$of: each AS has a copy";
        is ask('/page.txt', 'other', 'X-IP2ASN-ASN' => '64497')->header('X-Peer-AS'), 64499, "$of: no header of the client's chooses one";
    }
}
