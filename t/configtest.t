# What is wrong with the configuration is said by `apachectl configtest`: directive, file, line and reason; and a first
# start with it fails.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $good = slurp(var('t_dir') . '/data/httpd.tsv');

# what, the lines of the configuration (the last one of ours is at fault), the reason
my @errors = (
    ['a missing database',                  ['IP2ASNDatabase DIR/missing.tsv'],        qr/No such file/],
    ['an empty database',                   ['IP2ASNDatabase DIR/empty.tsv'],          qr/empty|no (?:row|network|range)/i],
    ['a database with no announced row',    ['IP2ASNDatabase DIR/unrouted.tsv'],       qr/routed|announce/],
    ['a database that is a web page',       ['IP2ASNDatabase DIR/page.html'],          qr/page\.html/],
    ['a compressed database that was cut',  ['IP2ASNDatabase DIR/cut.tsv.gz'],         qr/trunc|cut|incomplete|ends/i],
    ['a directory for a database',          ['IP2ASNDatabase DIR/htdocs'],             qr/directory|regular/i],
    ['the second of two databases missing', ["IP2ASNDatabase DIR/good.tsv DIR/missing.tsv"], qr/missing\.tsv.*No such file/s],
    ['a missing hoster map',   ['IP2ASNDatabase DIR/good.tsv', 'IP2ASNHosterMap DIR/missing.conf'], qr/No such file/],
    ['a damaged hoster map',   ['IP2ASNDatabase DIR/good.tsv', 'IP2ASNHosterMap DIR/damaged.conf'], qr/damaged\.conf.*\b2\b/s],
);
my @syntax = (
    ['an unknown field',               ['IP2ASNExport asn colour'],     qr/colour/],
    ['a switch that is no switch',     ['IP2ASNEngine perhaps'],        qr/must be On or Off/i],
    ['a database in a virtual host',   ['<VirtualHost *:1>', 'IP2ASNDatabase DIR/good.tsv', '</VirtualHost>'],       qr/virtual ?host|context|not allowed/i],
    ['a database in a directory',      ['<Directory DIR/htdocs>', 'IP2ASNDatabase DIR/good.tsv', '</Directory>'],  qr/directory|context|not allowed/i],
    ['a cache in a virtual host',      ['<VirtualHost *:1>', 'IP2ASNCacheDir DIR/cache', '</VirtualHost>'],          qr/virtual ?host|context|not allowed/i],
    ['a hoster map in a virtual host', ['<VirtualHost *:1>', 'IP2ASNHosterMap DIR/good.conf', '</VirtualHost>'],     qr/virtual ?host|context|not allowed/i],
);

plan tests => 6 * @errors + 5 * @syntax + 2;

my $httpd = IP2ASN::Httpd->new;
$httpd->write('good.tsv',     $good);
$httpd->write('empty.tsv',    '');
$httpd->write('unrouted.tsv', "192.0.2.0\t192.0.2.255\t0\tNone\tNot routed\n");
$httpd->write('page.html',    "<!DOCTYPE html>\n<html><head><title>Moved</title></head></html>\n");
$httpd->write('damaged.conf', "# name class match\nexample\n");
{
    open my $gzip, '|-', "gzip -c > '@{[ $httpd->directory ]}/cut.tsv.gz'" or die "gzip: $!";
    print {$gzip} $good;
    close $gzip;
    my $path = $httpd->directory . '/cut.tsv.gz';
    truncate $path, int(0.8 * -s $path) or die "$path: $!";
}
my @common = ('IP2ASNCacheDir DIR/cache');

for (@errors, @syntax) {
    my ($what, $lines, $reason) = @$_;
    my @lines = (@common, @$lines);
    $httpd->configure(@lines);
    my ($at) = grep { $lines[$_] =~ /^IP2ASN/ } reverse 0 .. $#lines;
    my ($directive) = $lines[$at] =~ /^(\w+)/;
    my ($status, $output) = $httpd->configtest;
    my $line = $httpd->line_of($at);
    my $conf = quotemeta $httpd->conf;
    isnt $status, 0, "$what: configtest fails";
    like $output, qr/\b$directive\b/, "$what: names the directive";
    like $output, qr/line $line of $conf|$conf:$line\b|$conf line $line\b/, "$what: names file and line";
    like $output, $reason, "$what: gives the reason";
    unlike $output, qr/Syntax OK/, "$what: and does not say OK";
}
for (@errors) {
    my ($what, $lines) = @$_;
    $httpd->configure(@common, @$lines);
    ok !$httpd->start, "$what: a first start fails";
    $httpd->stop;
}

$httpd->configure(@common, 'IP2ASNDatabase DIR/good.tsv', 'IP2ASNEngine On', 'IP2ASNExport asn name');
my ($status, $output) = $httpd->configtest;
is $status, 0, 'a good configuration passes';
like $output, qr/Syntax OK/, 'and is said to be OK';
