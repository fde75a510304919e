# Graceful restarts: the database is read again, a broken one does not stop the server, and nothing grows.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $restarts = 50;
my %example  = (asn => 64496, name => 'EXAMPLE-NET Example Networks, Inc.', country => 'DE', announced => 1);

plan tests => 18;

my $httpd = IP2ASN::Httpd->new(
    'IP2ASNDatabase DIR/data.tsv',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNEngine On',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
my $good = slurp(var('t_dir') . '/data/httpd.tsv');
$httpd->write('data.tsv', $good);
ok $httpd->start, 'the server starts' or diag $httpd->error_log;

# As the main server's tests find it, with the engine switched on for the whole server.
my $browser = LWP::UserAgent->new(env_proxy => 0);
sub as_client { return $browser->get($httpd->url('/page.txt'), 'X-Forwarded-For' => $_[0]) }
shows(as_client('192.0.2.1'), \%example, 'IP2ASNEngine On for the whole server');

# A broken database.
for my $broken (["<html>\n", 'broken'], ['', 'empty'], [undef, 'gone']) {
    my ($content, $what) = @$broken;
    defined $content ? $httpd->write('data.tsv', $content) : unlink $httpd->directory . '/data.tsv';
    my $before = length $httpd->error_log;
    ok $httpd->graceful, "database $what: a graceful restart completes" or diag $httpd->error_log;
    shows(as_client('192.0.2.1'), \%example, "database $what: the last good one serves on");
    like substr($httpd->error_log, $before), qr/:error\].*data\.tsv/, "database $what: the log has an error that names it";
}

# A new one.
$httpd->write('data.tsv', $good =~ s/\t64496\tDE\t[^\n]*/\t64510\tCH\tNEW-OWNER/gr);
ok $httpd->graceful, 'a graceful restart with a new database';
shows(as_client('192.0.2.1'), { asn => 64510, name => 'NEW-OWNER', country => 'CH', announced => 1 }, 'which is served now');

# Growth. The first restarts fill httpd's own pools.
my $completed = 0;
$completed += $httpd->graceful ? 1 : 0 for 1 .. 10;
as_client('192.0.2.1');
my $early = measure();
$completed += $httpd->graceful ? 1 : 0 for 1 .. $restarts;
as_client('192.0.2.1');
my $late = measure();
is $completed, 10 + $restarts, 'all restarts complete';
is $late->{descriptors}, $early->{descriptors}, 'the parent has no more descriptors';
# Of httpd's own there may be one more or less.
cmp_ok $late->{mappings}, '<=', $early->{mappings} + 2, 'the parent has no more memory mapped';
is_deeply $late->{files}, $early->{files}, 'there are no more files';
SKIP: {
    skip 'AddressSanitizer keeps what was freed', 1 if slurp('/proc/' . $httpd->pid . '/maps') =~ /libasan/;
    cmp_ok $late->{rss}, '<=', $early->{rss} + 1024, 'the parent has grown by less than 1 MiB'
        or diag "RSS in KiB: $early->{rss}, after $restarts restarts $late->{rss}";
}
note "$restarts restarts: RSS $early->{rss} KiB, then $late->{rss} KiB";

sub measure {
    my $pid = $httpd->pid;
    my ($rss) = slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m;
    my @descriptors = grep { -l } glob "/proc/$pid/fd/*";
    my $directory   = $httpd->directory;
    my @files = sort grep { !/httpd\.pid|\.\d+$/ } map { glob "$_/*" } $directory, glob "$directory/*/";
    my $mappings = () = slurp("/proc/$pid/maps") =~ /\n/g;
    return { rss => $rss, mappings => $mappings, descriptors => scalar @descriptors, files => \@files };
}
