package IP2ASN::Manual;

# The manual's examples and recipes, and servers that run them.

use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip $GzipError);
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

our @EXPORT = qw(manual examples htaccess_recipe recipe access_context adapt global_lines prepare_files supplements example_modules example_server serves with_backend);

# Clients of the manual's names, besides those of IP2ASN::Access.
@client{qw(google amazon office)} = qw(8.8.8.8 203.0.112.5 192.0.2.250);

sub manual { return join "\n", map { slurp(var('top_dir') . "/$_.md") } qw(directives recipes) }

# The blocks of one kind, as [heading that it stands under, kind, lines].
my $blocks;

sub blocks {
    return @$blocks if $blocks;
    my ($heading, $kind, @lines);
    for (split /\n/, manual()) {
        if (defined $kind) {
            if (/^```$/) { push @$blocks, [$heading, $kind, [@lines]]; ($kind, @lines) = (undef) }
            else         { push @lines, $_ }
        }
        elsif (/^```(\w*)$/) { $kind = $1 }
        elsif (/^#+ (.*)/)   { $heading = $1 }
    }
    return @$blocks;
}

sub examples { return grep { $_->[1] eq 'apache' } blocks() }

sub htaccess_recipe {
    my ($found) = grep { $_->[1] eq 'htaccess' } blocks();
    return @{ $found->[2] };
}

sub recipe {
    my ($name) = @_;
    my ($found) = grep { $_->[0] eq "Recipe: $name" } examples();
    die "the manual has no recipe '$name'" unless $found;
    return @{ $found->[2] };
}

# Require wants to be in a directory's section.
sub access_context {
    my (@lines) = @_;
    return (grep { /^<If / } @lines) ? ('<Location />', @lines, '</Location>') : @lines;
}

# Lines of the manual as they stand in a server whose files are all below its own directory. A backend is one of the test's.
sub adapt {
    my (@lines) = @_;
    my $port = var('own_backend_port');
    for (@lines) {
        s{/var/www/}{DIR/www/}g;
        s{/(?=(?:etc/apache2|var/(?:lib|log|cache))/)}{DIR/}g;
        s/127\.0\.0\.1:8081/127.0.0.1:$port/g;
    }
    return @lines;
}

# Divides lines into those that belong into the server's configuration alone, by what the manual says of their context, and others.
sub global_lines {
    my (@lines) = @_;
    # What GlobalLog's format is defined by stands where it does.
    my %global = map { $_ => 1 } qw(Mutex GlobalLog), (grep { /^GlobalLog/ } @lines) ? 'LogFormat' : (), manual() =~ /^### (\w+) Directive\n(?:(?!#).*\n)*?\*\*Context:\*\* server config$/mg;
    my (@global, @other);
    push @{ /^(\w+)/ && $global{$1} ? \@global : \@other }, $_ for @lines;
    return (\@global, \@other);
}

# The files that the manual's examples name, below the server's directory.
sub prepare_files {
    my ($httpd) = @_;
    my $directory = $httpd->directory;
    make_path(map { "$directory/$_" } qw(etc/apache2/ip2asn var/lib/ip2asn/feeds var/log/apache2 var/cache/apache2 www/html/static));
    my $rows = access_rows() . join '', map { join("\t", @$_) . "\n" }
        ['8.8.8.0', '8.8.8.255', 15169, 'US', 'GOOGLE'], ['203.0.110.0', '203.0.110.255', 64501, 'AT', 'NEARBY'],
        ['203.0.111.0', '203.0.111.255', 64502, 'CH', 'NEARBY'], ['203.0.112.0', '203.0.112.255', 16509, 'US', 'AMAZON-02'];
    my %rows = (combined => $rows, v4 => $rows =~ s/^\S*:.*\n//mgr, v6 => $rows =~ s/^[\d.]+\t.*\n//mgr);
    gzip(\$rows{$_} => "$directory/var/lib/ip2asn/ip2asn-$_.tsv.gz") or die $GzipError for keys %rows;
    gzip(\"64496\t192.0.2.0/24\t300\n" => "$directory/var/lib/ip2asn/riswhoisdump.IPv4.gz") or die $GzipError;
    gzip(\"64496\t2001:db8::/32\t300\n" => "$directory/var/lib/ip2asn/riswhoisdump.IPv6.gz") or die $GzipError;
    $httpd->write('var/lib/ip2asn/asns.csv', qq(asn,name,class,cc\nAS64496,"Example, Inc.",Content,US\n));
    $httpd->write('etc/apache2/ip2asn/scrapers', "AS64496\n");
    $httpd->write('etc/apache2/ip2asn/partners', "AS64499\n203.0.113.64/26\n");
    $httpd->write('etc/apache2/ip2asn/vpn-exits', "203.0.113.1\n");
    $httpd->write('etc/apache2/ip2asn/relays', "203.0.113.192/26\n");
    $httpd->write('etc/apache2/ip2asn/cdn-networks', "127.0.0.1\n203.0.113.128/25\n");
    $httpd->write('var/lib/ip2asn/asndrop.json', qq({"asn":64496,"asname":"HOSTEXAMPLE-AS"}\n{"type":"metadata","records":1}\n));
    my $aws = '{"prefixes":[{"ip_prefix":"203.0.112.0/25","region":"eu-central-1","service":"EC2"},{"ip_prefix":"203.0.112.128/25","region":"us-east-1","service":"EC2"}]}';
    $httpd->write($_, $aws) for 'var/lib/ip2asn/ip-ranges.json', 'var/lib/ip2asn/feeds/aws';
    $httpd->write('var/lib/ip2asn/feeds/googlebot', '{"prefixes":[{"ipv4Prefix":"192.0.2.0/27"}]}');
    $httpd->write('etc/apache2/ip2asn/hosters.conf',
        "amazon cloud AS16509\nhetzner hosting AS64511\nhostexample hosting AS64496\ngoogle cloud AS15169\ncdnexample cdn AS64497\nvpnexample vpn AS64510\n");
    return;
}

# What an example needs besides, and does not say itself.
sub supplements {
    my ($text) = @_;
    my @lines;
    push @lines, 'IP2ASNDatabase DIR/var/lib/ip2asn/ip2asn-combined.tsv.gz', 'IP2ASNEngine On' unless $text =~ /^\s*IP2ASNDatabase/m;
    push @lines, 'IP2ASNHosterMap DIR/etc/apache2/ip2asn/hosters.conf' unless $text =~ /^\s*IP2ASNHosterMap/m;
    push @lines, 'IP2ASNCacheDir DIR/cache' unless $text =~ /^\s*IP2ASNCacheDir/m;
    return @lines;
}

# httpd's modules that examples take; those of Debian's other packages only where their recipes run.
my @modules = map { line_module($_) } qw(authn_core authn_file auth_basic authz_user ratelimit cache cache_disk status);

sub example_modules { return @modules }

sub example_server {
    my (@lines) = @_;
    my $httpd = access_server(@modules);
    prepare_files($httpd);
    @lines = adapt(@lines);
    $httpd->configure(@modules, supplements(join "\n", @lines), @lines);
    return $httpd;
}

# Starts a server with a recipe and asks it: path, client and header => expected status.
sub serves {
    my ($name, $extra, @expected) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $httpd = example_server(@$extra, 'AliasMatch ^/(?!htaccess|app) DIR/htdocs/page.txt', recipe($name));
    if (!$httpd->start) { fail "$name: the server starts" for 1 .. @expected; diag $httpd->output, $httpd->error_log; return $httpd }
    for (@expected) {
        my ($path, $who, $status, @headers) = @$_;
        is ask($path, $who, @headers)->code, $status, "$name: $path for $who";
    }
    return $httpd;
}

# An application behind the server, which says in X-Got what it was told.
sub with_backend {
    my (@lines) = @_;
    my $port = var('own_backend_port');
    return ("Listen 127.0.0.1:$port", "<VirtualHost 127.0.0.1:$port>", 'IP2ASNEngine Off', 'RemoteIPHeader X-Not-Sent', 'ErrorDocument 404 default',
        'Header always set X-Got "expr=%{req:X-IP2ASN-ASN} %{req:X-IP2ASN-Hoster}"', @lines, '</VirtualHost>');
}

1;
