package IP2ASN::Access;

# What the tests of access control share: a server of their own, with data that has one network of each kind.

use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use File::Basename qw(dirname);
use IP2ASN::Httpd;
use IP2ASN::Test qw(var);

our @EXPORT = qw(%client access_rows access_server ask line_module);

# Whom a request can come from. `nowhere` has no internet address: no look-up is possible.
our %client = (
    match   => '192.0.2.1',
    other   => '198.51.100.1',
    unknown => '203.0.113.1',
    listed  => '203.0.113.77',
    own     => '10.1.2.3',
    match6  => '2001:db8:1::1',
    cdn     => '192.0.2.200',
    nowhere => undef,
);

my $rows = join '', map { join("\t", @$_) . "\n" } (
    ['192.0.2.0',     '192.0.2.127',    64496, 'DE',   'HOSTEXAMPLE-AS Host Example GmbH'],
    ['192.0.2.128',   '192.0.2.255',    64497, 'NL',   'CDNEXAMPLE Content Example BV'],
    ['198.51.100.0',  '198.51.100.255', 64499, 'FR',   'ACCESS-NET A household provider'],
    ['2001:db8:1::',  '2001:db8:1:ffff:ffff:ffff:ffff:ffff', 64496, 'DE', 'HOSTEXAMPLE-AS Host Example GmbH'],
);

sub access_rows { return $rows }

# A line that loads one of httpd's own modules unless it is there.
sub line_module {
    my ($name) = @_;
    my $directory = `$ENV{APXS} -q LIBEXECDIR`;
    chomp $directory;
    return "<IfModule !mod_$name.c>", "LoadModule ${name}_module $directory/mod_$name.so", '</IfModule>';
}

# A server with data, lists and the given lines; not started.
sub access_server {
    my (@lines) = @_;
    my $no_address = dirname($ENV{IP2ASN_TEST_MODULE}) . '/../t/modules/.libs/mod_no_address.so';
    my $httpd      = IP2ASN::Httpd->new;
    $httpd->write('db.tsv',       $rows);
    $httpd->write('hosters.conf', "hostexample hosting AS64496\ncdnexample cdn AS64497\nabsent hosting AS64511\nabsentvps vps AS64509\n");
    $httpd->write('scrapers',     "# who takes too much\nAS64496\n203.0.113.64/26\n2001:db8:1::/48\n");
    $httpd->write('empty',        "# nobody yet\n");
    $httpd->write('passwords',    "user:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n");    # "password"
    chmod 0755, $httpd->directory;
    $httpd->configure(
        "LoadModule no_address_module $no_address",
        'IP2ASNDatabase DIR/db.tsv', 'IP2ASNHosterMap DIR/hosters.conf', 'IP2ASNCacheDir DIR/cache',
        'IP2ASNList scrapers DIR/scrapers', 'IP2ASNList empty DIR/empty', 'IP2ASNOverride 10.0.0.0/8 64512 AT "Our own"',
        @lines
    );
    return $httpd;
}

# The command-line tool that was built with the module.
sub tool { return dirname($ENV{IP2ASN_TEST_MODULE}) . '/../ip2asn' }

# GET as one of %client; returns the response.
sub ask {
    my ($path, $who, %headers) = @_;
    die "no client $who" unless exists $client{$who};
    my @from = defined $client{$who} ? (client => $client{$who}) : ('X-No-Address' => 1);
    return IP2ASN::Test::get($path, port => 'own_port', @from, %headers);
}

1;
