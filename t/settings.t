# Where requests are annotated, and with what: virtual hosts, directories, .htaccess.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Test;

my %example = (asn => 64496, name => 'EXAMPLE-NET Example Networks, Inc.', country => 'DE', announced => 1);

# port, path, annotations, what
my @cases = (
    ['port',         '/page.txt',               \%example, 'IP2ASNEngine On in a virtual host'],
    ['port',         '/off/page.txt',           {},        'Off in a directory'],
    ['port',         '/off/on-again/page.txt',  \%example, 'On again in a directory below'],
    ['port',         '/htaccess/off/page.txt',  {},        'Off in .htaccess'],
    ['default_port', '/page.txt',               {},        'a virtual host that says nothing is off'],
    ['default_port', '/off/on-again/page.txt',  \%example, 'On in a directory of it'],
    ['port',         '/narrow/page.txt',          { asn => 64496, prefix => '192.0.2.0/25' }, 'IP2ASNExport in a directory'],
    ['port',         '/htaccess/narrow/page.txt', { asn => 64496, first_ip => '192.0.2.0' },  'IP2ASNExport in .htaccess'],
);
my @plain = (
    ['/page.txt',        { asn  => 64500, name => 'LOOPBACK-TEST' }, 'IP2ASNExport in a virtual host'],
    ['/narrow/page.txt', { addr => '127.0.0.1' }, 'a directory has its own list instead'],
);

plan tests => @cases + @plain + 3;

for (@cases) {
    my ($port, $path, $expected, $what) = @$_;
    shows(get($path, port => $port, client => '192.0.2.1'), $expected, $what);
}
shows(get($_->[0], port => 'plain_port'), $_->[1], $_->[2]) for @plain;

is get('/htaccess/database/page.txt', client => '192.0.2.1')->code, 500, 'IP2ASNDatabase is refused in .htaccess';
is get('/htaccess/no-fileinfo/page.txt', client => '192.0.2.1')->code, 500,
    'IP2ASNEngine is refused in .htaccess where AllowOverride lacks FileInfo';

# What server context saw when the directory turned it off is not taken back; what the directory's requests carry is.
is get('/off/page.txt', client => '192.0.2.1')->header('X-Seen-By-Rewrite'), 64496,
    'rules in server context still saw the virtual host\'s setting';
