# Where an endpoint stands: below the section that gives requests to it, whatever other sections apply to them; and that
# no link of its pages leads to another host, whatever path a request has.
use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use JSON::PP qw(decode_json);
use Test::More;
use IP2ASN::Access qw(line_module);
use IP2ASN::Httpd;
use IP2ASN::Test;

my @endpoint = ('<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');

# Sections of one virtual host, and the endpoints in it: path => its base in links.
my %host = (
    alone           => [\@endpoint, '/ip2asn' => '/ip2asn'],
    root_after      => [[@endpoint, '<Location "/">', '</Location>'], '/ip2asn' => '/ip2asn'],
    root_before     => [['<Location "/">', '</Location>', @endpoint], '/ip2asn' => '/ip2asn'],
    root_with_more  => [[@endpoint, '<Location "/">', 'SetEnv X 1', 'IP2ASNEngine Off', '</Location>'], '/ip2asn' => '/ip2asn'],
    narrower        => [[@endpoint, '<Location "/ip2asn/v1">', '</Location>'], '/ip2asn' => '/ip2asn'],
    one_route       => [[@endpoint, '<Location "/ip2asn/openapi.json">', '</Location>'], '/ip2asn' => '/ip2asn'],
    same_again      => [[@endpoint, '<Location "/ip2asn/">', '</Location>'], '/ip2asn' => '/ip2asn'],
    match_after     => [[@endpoint, '<LocationMatch "^/">', '</LocationMatch>'], '/ip2asn' => '/ip2asn'],
    glob_after      => [[@endpoint, '<Location "/*">', '</Location>'], '/ip2asn' => '/ip2asn'],
    if_after        => [[@endpoint, '<If "true">', 'SetEnv X 1', '</If>'], '/ip2asn' => '/ip2asn'],
    if_inside       => [['<Location "/ip2asn">', '<If "true">', 'SetHandler ip2asn', '</If>', '</Location>', '<Location "/">', '</Location>'],
        '/ip2asn' => '/ip2asn'],
    else_inside     => [['<Location "/ip2asn">', '<If "false">', '</If>', '<Else>', 'SetHandler ip2asn', '</Else>', '</Location>', '<Location "/">', '</Location>'],
        '/ip2asn' => '/ip2asn'],
    set_again       => [['<Location "/">', 'SetHandler ip2asn', '</Location>', @endpoint], '/ip2asn' => '/ip2asn', '' => ''],
    two             => [[@endpoint, '<Location "/ip2asn/inner">', 'SetHandler ip2asn', '</Location>', '<Location "/">', '</Location>'],
        '/ip2asn' => '/ip2asn', '/ip2asn/inner' => '/ip2asn/inner'],
    root            => [['<Location "/">', 'SetHandler ip2asn', '</Location>', '<Location "/v1">', '</Location>'], '' => ''],
    slash           => [['<Location "/ip2asn/">', 'SetHandler ip2asn', '</Location>', '<Location "/">', '</Location>'], '/ip2asn' => '/ip2asn'],
    blank           => [['<Location "/my api">', 'SetHandler ip2asn', '</Location>', '<Location "/">', '</Location>'], '/my%20api' => '/my%20api'],
    expression      => [['<Location "/ip2asn">', 'SetHandler "%{req:X-Handler}"', '</Location>', '<Location "/">', '</Location>'], '/ip2asn' => '/ip2asn'],
    from_the_server => [['<Location "/">', '</Location>'], '/everywhere' => '/everywhere'],
    pattern         => [['<LocationMatch "^/[a-z]+/?">', 'SetHandler ip2asn', '</LocationMatch>', '<Location "/">', '</Location>'], '/abc' => '/abc'],
    alias           => [[@endpoint, 'Alias "/ip2asn" "DIR/htdocs"', '<Directory "DIR/htdocs">', 'Require all granted', '</Directory>',
            '<Location "/">', '</Location>'], '/ip2asn' => '/ip2asn'],
);
my $httpd = IP2ASN::Httpd->new;
$httpd->write('db.tsv', "10.0.0.0\t10.0.0.255\t64496\tDE\tTEST\n");
$httpd->configure(
    'IP2ASNDatabase DIR/db.tsv', 'IP2ASNCacheDir DIR/cache', 'IP2ASNHosterMap None', line_module('alias'),
    '<Location "/everywhere">', 'SetHandler ip2asn', '</Location>',
    '<VirtualHost *:*>', 'ServerName nowhere', '</VirtualHost>',
    (map { ('<VirtualHost *:*>', "ServerName $_", @{ $host{$_}[0] }, '</VirtualHost>') } sort keys %host),
    '<VirtualHost *:*>', 'ServerName good.example', 'MergeSlashes Off', '<LocationMatch "/(v1/as/|openapi.json)">', 'SetHandler ip2asn', '</LocationMatch>', '</VirtualHost>',
);
ok $httpd->start, 'the server starts' or diag $httpd->error_log, $httpd->output;

for my $name (sort keys %host) {
    my (undef, %bases) = @{ $host{$name} };
    my $ask = sub { get($_[0], port => 'own_port', Host => $name, Accept => 'text/html', 'X-Handler' => 'ip2asn') };
    for my $path (sort keys %bases) {
        my $base = $bases{$path};
        for my $route ('/', '/v1/as/ip/10.0.0.1', '/v1/as/n/64496', '/v1/as/ns') {
            my $page = $ask->("$path$route");
            is $page->code, 200, "$name: $path$route";
            my @links = $page->content =~ /(?:href|action)="(\/[^"]*)"/g;
            ok @links > 2 && !grep({ index($_, "$base/") != 0 } @links), "$name: the links of $path$route" or diag "@links";
        }
        my $description = $ask->("$path/openapi.json");
        is $description->code, 200, "$name: $path/openapi.json";
        is_deeply eval { decode_json($description->content)->{servers} }, [{ url => $base eq '' ? '/' : $base }], "$name: the server of $path/openapi.json";
        next if $name eq 'pattern';
        is $ask->("$path/v1")->code, 404, "$name: no route $path/v1";
        is $ask->("$path/v1/openapi.json")->code, 404, "$name: no route $path/v1/openapi.json";
    }
}

# Paths as they come from the net, where the base is guessed.
for my $base (
    '', '/', '//', '///', '//evil.example', '///evil.example', '/\\evil.example', '/%5cevil.example', '/%5C%5Cevil.example', '\\\\evil.example',
    '/%09//evil.example', '/%0d%0a//evil.example', '//%09/evil.example', '/%20//evil.example', '//user@evil.example:80', '//[::1]', '/http://evil.example',
    '/http:%5c%5cevil.example', '/javascript:alert(1)', '/a/..//evil.example', '/.//evil.example', '//./evil.example', '/%2e//evil.example', '/x%22onload=1', '/%3cscript%3e',
    '/x%0aX-Evil:%201', '/%e2%80%ae', '/%ff', '/?//evil.example', '/%3f//evil.example', '/%23//evil.example',
    )
{
    for my $route ('/v1/as/n/64496', '/openapi.json') {
        my $socket = IO::Socket::INET->new('127.0.0.1:' . var('own_port')) or die "connect: $!";
        syswrite $socket, "GET $base$route HTTP/1.1\r\nHost: good.example\r\nAccept: text/html\r\nConnection: close\r\n\r\n";
        my $answer = do { local $/; <$socket> };
        my @links = $answer =~ /(?:href|action)="((?!data:)[^"]*)"/g;
        push @links, $answer =~ /"servers": \[\{"url": "([^"]*)"/g;
        my @bad = grep { !m{\A/(?:[A-Za-z0-9._~%/?=-]*)\z} || m{\A//} } @links;
        ok !@bad, "$base$route leads nowhere else" or diag "@bad";
        next unless $answer =~ m{\AHTTP/1\.1 200};
        cmp_ok scalar @links, '>', 0, "$base$route: has links";
    }
}

done_testing;
