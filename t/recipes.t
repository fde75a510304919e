# The manual: every directive has its section, every example stands, and the recipes do what they say.
use strict;
use warnings FATAL => 'all';
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip $GzipError);
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

my $manual = join "\n", map { slurp(var('top_dir') . "/$_.md") } qw(directives recipes);

# The blocks of one kind, with the heading that each stands under.
my @blocks;
{
    my ($heading, $kind, @lines);
    for (split /\n/, $manual) {
        if (defined $kind) {
            if (/^```$/) { push @blocks, [$heading, $kind, [@lines]]; ($kind, @lines) = (undef) }
            else         { push @lines, $_ }
        }
        elsif (/^```(\w*)$/) { $kind = $1 }
        elsif (/^#+ (.*)/)   { $heading = $1 }
    }
}
my @examples = grep { $_->[1] eq 'apache' } @blocks;
my ($htaccess) = grep { $_->[1] eq 'htaccess' } @blocks;

my %directives = map { $_ => 1 } slurp($ENV{IP2ASN_TEST_MODULE}) =~ /\0(IP2ASN[A-Z][A-Za-z]+)(?=\0)/g;
my %sections   = map { $_ => 1 } $manual =~ /^### (IP2ASN\w+) Directive$/mg;
my @parts      = qw(Description Syntax Default Context Override);

plan tests => 1 + @parts * keys(%sections) + @examples + 35;

is_deeply [sort keys %sections], [sort keys %directives], 'each directive of the module has its section, and there is none without';
for my $name (sort keys %sections) {
    my ($section) = $manual =~ /^### $name Directive\n(.*?)(?=^##)/ms;
    like $section, qr/^\*\*$_:\*\* \S/m, "$name: $_" for @parts;
}

# Files that the examples name are there, and the modules; those of Debian's other packages only where their recipes run.
my @modules = map { line_module($_) } qw(authn_core authz_user ratelimit);

sub example_server {
    my (@lines) = @_;
    my $httpd     = access_server(@modules);
    my $directory = $httpd->directory;
    make_path(map { "$directory/$_" } qw(etc/apache2/ip2asn var/lib/ip2asn var/log/apache2 var/cache/apache2 www/html/static));
    my $rows = slurp("$directory/db.tsv") . join '', map { join("\t", @$_) . "\n" }
        ['8.8.8.0', '8.8.8.255', 15169, 'US', 'GOOGLE'], ['203.0.112.0', '203.0.112.255', 16509, 'US', 'AMAZON-02'];
    gzip(\$rows => "$directory/var/lib/ip2asn/ip2asn-$_.tsv.gz") or die $GzipError for qw(combined v4 v6);
    $httpd->write('etc/apache2/ip2asn/scrapers', "AS64496\n");
    $httpd->write('etc/apache2/ip2asn/partners', "AS64499\n203.0.113.64/26\n");
    $httpd->write('var/lib/ip2asn/asndrop.json', qq({"asn":64496,"asname":"HOSTEXAMPLE-AS"}\n{"type":"metadata","records":1}\n));
    $httpd->write('etc/apache2/ip2asn/hosters.conf',
        "amazon cloud AS16509\nhetzner hosting AS64511\nhostexample hosting AS64496\ngoogle cloud AS15169\ncdnexample cdn AS64497\n");
    my $text = join "\n", @lines;
    $text =~ s{/var/www/}{DIR/www/}g;
    $text =~ s{/(?=(?:etc/apache2|var/(?:lib|log|cache))/)}{DIR/}g;
    my $port = var('own_backend_port');
    $text =~ s/127\.0\.0\.1:8081/127.0.0.1:$port/g;
    my @database = $text =~ /^\s*IP2ASNDatabase/m    ? () : ('IP2ASNDatabase DIR/var/lib/ip2asn/ip2asn-combined.tsv.gz', 'IP2ASNEngine On');
    my @map      = $text =~ /^\s*IP2ASNHosterMap/m   ? () : ('IP2ASNHosterMap DIR/etc/apache2/ip2asn/hosters.conf');
    my @cache    = $text =~ /^\s*IP2ASNCacheDir/m    ? () : ('IP2ASNCacheDir DIR/cache');
    $httpd->configure(@modules, @database, @map, @cache, split /\n/, $text);
    return $httpd;
}

for my $example (@examples) {
    my ($heading, undef, $lines) = @$example;
    # Of sections of the server config, these stand in one of their own.
    my ($status, $output) = example_server(access_context(@$lines))->configtest;
    is $status, 0, "$heading: the example stands" or diag join "\n", @$lines, $output;
}

# Require wants to be in a directory's section.
sub access_context {
    my (@lines) = @_;
    return (grep { /^<If / } @lines) ? ('<Location />', @lines, '</Location>') : @lines;
}

sub recipe {
    my ($name) = @_;
    my ($found) = grep { $_->[0] eq "Recipe: $name" } @examples;
    return @{ $found->[2] };
}

# Starts a server with a recipe and asks it: path, client and header => expected status.
my %more = (google => '8.8.8.8', amazon => '203.0.112.5', office => '192.0.2.250');
@client{ keys %more } = values %more;

sub serves {
    my ($name, $extra, @expected) = @_;
    my $httpd = example_server(@$extra, 'AliasMatch ^/(?!htaccess|app) DIR/htdocs/page.txt', recipe($name));
    if (!$httpd->start) { fail "$name: the server starts" for 1 .. @expected; diag $httpd->error_log; return $httpd }
    for (@expected) {
        my ($path, $who, $status, @headers) = @$_;
        is ask($path, $who, @headers)->code, $status, "$name: $path for $who";
    }
    return $httpd;
}

serves('keep one AS out', [], ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
serves('block hosting companies, but let known good bots in', [],
    ['/', 'google', 200], ['/', 'amazon', 403], ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
serves('no hosting companies on the login page, but these two', [],
    ['/login', 'amazon', 200], ['/login', 'google', 403], ['/login', 'other', 200], ['/', 'google', 200]);
serves('an allow-list for an API', [], ['/api', 'other', 200], ['/api', 'listed', 200], ['/api', 'match', 403], ['/api', 'office', 200], ['/', 'match', 200]);
serves('deny whom Spamhaus lists', ['DocumentRoot /var/www/html', 'Alias /ours DIR/www/html'], ['/', 'other', 200]);

{
    my $httpd = serves('log only', [], ['/?logged', 'match', 200], ['/?clean', 'other', 200]);
    my $log;
    wait_until(sub { ($log = slurp($httpd->directory . '/var/log/apache2/would-deny.log')) =~ /logged/ });
    like $log,   qr/192\.0\.2\.1 AS64496 hostexample 403 "GET \/\?logged/, 'log only: the log has whom the rule would have denied';
    unlike $log, qr/clean/, 'and nobody else';
}
{
    my $port  = var('own_backend_port');
    my $httpd = serves('tell the application behind a proxy',
        ["Listen 127.0.0.1:$port", "<VirtualHost 127.0.0.1:$port>", 'IP2ASNEngine Off', 'RemoteIPHeader X-Not-Sent', 'ErrorDocument 404 default',
         'Header always set X-Got "expr=%{req:X-IP2ASN-ASN} %{req:X-IP2ASN-Hoster}"', '</VirtualHost>']);
    is ask('/app', 'match', 'X-IP2ASN-ASN' => '1')->header('X-Got'), '64496 hostexample', 'tell the application behind a proxy: it is told';
}
{
    my $httpd = serves('from mod_geoip', [], ['/members', 'match', 200], ['/members', 'amazon', 403, 'GEOIP_COUNTRY_CODE' => 'DE']);
}
{
    my $httpd = serves('slow hosting companies down (mod_ratelimit)', ['Header always set X-Limit "%{rate-limit}e"']);
    is ask('/', 'match')->header('X-Limit'), 400,      'slow hosting companies down: they are';
    is ask('/', 'other')->header('X-Limit'), '(null)', 'and nobody else is';
}
serves('a rule of ModSecurity', [map { line_module($_) } qw(unique_id security2)],
    ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
{
    # With room for none, the limit shows without twenty requests at once.
    my $name  = 'few requests at once from hosting companies (mod_qos)';
    my @lines = map { s/(QS_EventRequestLimit \w+) 20$/$1 0/r } recipe($name);
    # Debian's mod_qos is not linked with the library that it needs.
    my $httpd = example_server('<IfModule !mod_qos.c>', 'LoadFile libpcre.so.3', '</IfModule>', line_module('qos'), 'AliasMatch ^/ DIR/htdocs/page.txt', @lines);
    ok $httpd->start, "$name: the server starts" or diag $httpd->error_log;
    is ask('/', 'match')->code, 500, "$name: they are counted";
    is ask('/', 'other')->code, 200, 'and nobody else is';
}
{
    my $httpd = example_server('<Directory DIR/htdocs>', 'AllowOverride AuthConfig', '</Directory>');
    $httpd->write('htdocs/.htaccess', join '', map { "$_\n" } @{ $htaccess->[2] });
    $httpd->start;
    is ask('/page.txt', 'match')->code, 403, 'the recipe for .htaccess keeps out';
    is ask('/page.txt', 'other')->code, 200, 'and lets in';
}
