# ip2asn crawl --import: statistics and dumps of registries.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../registry";
use CliTest;
use FakeRegistry;
use IO::Compress::Gzip qw(gzip);
use JSON::PP           qw(decode_json);
use Test::More;

$ENV{XDG_STATE_HOME} = path('state');
my $run = 0;
my @asked;

# The text of a delegated file: records without their registry.
sub delegated {
    my ($registry, @records) = @_;
    my %count = map { my $type = $_; ($type => scalar grep { /^\w*\|$type\|/ } @records) } qw(ipv4 ipv6 asn);
    return join "\n", "2|$registry|20260101|@{[ scalar @records ]}|19830101|20260101|+0000",
      (map { "$registry|*|$_|*|$count{$_}|summary" } qw(asn ipv4 ipv6)), (map { "$registry|$_" } @records), '';
}

my $dump = <<"END" =~ s/NUL/\0/r . "descr:          " . 'x' x (1 << 20) . "\nsource:         RIPE\n\n";
#
# A dump, with comments
#
% and more

organisation:   ORG-LATE-RIPE
org-name:       Another Registry's
source:         RIPE

inetnum:        9.0.0.0 - 9.0.255.255
netname:        FIRST-NET
descr:          Somewhere
country:        DE
org:            ORG-EX1-RIPE
status:         ALLOCATED PA
source:         RIPE # Filtered

inetnum:        9.1.0.0 - 9.1.0.255
netname:        LATIN
descr:          Gr\xF6\xDFe
+               GmbH
                of Example  # not this
country:        de
source:         RIPE

inetnum:        0.0.0.0 - 255.255.255.255
netname:        IANA-BLK
status:         ALLOCATED UNSPECIFIED
source:         RIPE

person:         Erika Example
nic-hdl:        EE1-RIPE
source:         RIPE

inet6num:       2600:1::/32
netname:        SIX
descr:          Six Ltd
source:         RIPE

inetnum:        not a range
netname:        ODD
source:         RIPE

organisation:   ORG-EX1-RIPE
org-name:       First Holder AG
source:         RIPE

inetnum:        9.2.0.0 - 9.2.0.255
netname:        NUL-NUL
END
my $plain = write_file(path('ripe.db'), $dump);
gzip(\$dump => \my $packed);
my $gzip = write_file(path('ripe.db.gz'), $packed);

for my $file ($plain, $gzip) {
    my ($status, $out, $err) = run('crawl', '--import', $file, '-o', path('import.jsonl'));
    is($status, 0, 'a dump is imported') or diag $err;
    like($err, qr/4 networks, and 1 of registries themselves; 1 with an odd range/, 'and counted');
    my %by_name = map { ($_->{Whois}{network}{name} => $_->{Whois}) } map { decode_json($_) } split /\n/, slurp(path('import.jsonl'));
    is($by_name{'FIRST-NET'}{holder}, 'First Holder AG', 'an organisation that comes later');
    is($by_name{'FIRST-NET'}{network}{cidr}, '9.0.0.0/16', 'its range');
    is($by_name{'FIRST-NET'}{asn_registry}, 'ripencc', 'its registry');
    is($by_name{LATIN}{holder}, "Gr\x{F6}\x{DF}e GmbH of Example", 'Latin-1, and lines that go on');
    is($by_name{LATIN}{network}{country}, 'DE', 'the country');
    is($by_name{SIX}{network}{cidr}, '2600:1::/32', 'IPv6');
    my ($nul) = grep { /^NUL-/ || /-NUL$/ || /\x{FFFD}/ } keys %by_name;
    ok(defined $nul && $nul !~ /\0/, 'a NUL is replaced');
    cmp_ok(length $by_name{$nul}{holder}, '<=', 255, 'a line of a MiB is cut') if defined $nul;
}
is((run('crawl', '--import', write_file(path('cut.gz'), substr $packed, 0, -20), '-o', path('import.jsonl')))[0], 3, 'a cut gzip is exit status 3');
is((run('crawl', '--import', write_file(path('noise'), "hello\n"), '-o', path('import.jsonl')))[0], 3, 'what is neither is exit status 3');
is((run('crawl', '--import', path('nowhere'), '-o', path('import.jsonl')))[0], 6, 'what is not there is exit status 6');

# A crawl asks for nothing that a dump tells, and at the registry that the statistics name.
my $one = start_rdap(sub { my ($a) = $_[0] =~ m{/ip/([\d.]+)/}; $a =~ s/\.\d+$//; return { body => network("$a.0", "$a.255", 'One') } });
my $two = start_rdap(sub { my ($a) = $_[0] =~ m{/ip/([\d.]+)/}; $a =~ s/\.\d+$//; return { body => network("$a.0", "$a.255", 'Two') } });
my $tables = bootstrap(ipv4 => [[['9.0.0.0/8'], ["http://127.0.0.1:$one/"]], [['11.0.0.0/8'], ["http://127.0.0.1:$two/"]]]);
my @fast = ('--bootstrap', $tables, '--insecure-test-hosts', '--live', '--contact', 'noc@example.net',
    map { my $n = "127.0.0.1:$_"; ('--rate', "$n=1000/1s", '--max-in-flight', "$n=4", '--i-have-permission', $n) } $one, $two);
my $prior = write_file(path('prior'), "9.0.0.0/16\n9.1.0.0/24\n9.5.0.0/24\n9.6.0.0 - 9.6.0.255\n11.0.0.0/24\n11.0.1.0/24\n11.0.9.0/24\n");
my $stats = write_file(path('stats'), delegated("127.0.0.1:$two", 'DE|ipv4|9.5.0.0|256|20200101|allocated|A',
    'DE|ipv4|11.0.0.0|256|20200101|assigned|B', 'DE|ipv4|11.0.1.0|768|20200101|assigned|B', '|ipv4|11.0.9.0|256||available',
    'DE|ipv6|2600:2::|32|20200101|allocated|A', 'DE|asn|64500|1|20200101|allocated|A'));
sub crawled {
    my (@more) = @_;
    my $dir = path('crawl' . ++$run);
    my ($status, $out, $err) = run('crawl', '--state', $dir, '--prior', $prior, '--import', $plain, '--import', $stats, @fast, @more);
    is($status, 0, "a crawl with imports @more") or diag $err;
    return map { decode_json($_) } split /\n/, slurp("$dir/results.jsonl");
}
{
    my @results = crawled();
    is_deeply([sort map { $_->{Whois}{query} . ' ' . $_->{Whois}{holder} } @results],
        ['11.0.0.0/24 Two', '11.0.1.0/24 Two', '9.5.0.0/24 Two', '9.6.0.0/24 One'],
        'what a dump tells and what nobody holds is not asked; what was transferred is asked where it is');
    @results = crawled('--inherit', map { ('--max-in-flight', "127.0.0.1:$_=1") } $one, $two);
    is_deeply([sort map { "$_->{Whois}{source} $_->{Whois}{network}{start_address}" } @results],
        ['inherited 11.0.1.0', 'inherited 2600:2::', 'rdap 11.0.0.0', 'rdap 9.5.0.0', 'rdap 9.6.0.0'], '--inherit: a holder is asked for once')
      or diag explain [map { $_->{Whois}{query} } @results];
}

# A statistics file that is cut anywhere is refused.
{
    my $text = delegated('arin', map { "DE|ipv4|11.$_.0.0|65536|20200101|allocated|holder$_" } 0 .. 255);
    my $accepted = 0;
    my $refused  = 0;
    for (my $size = 64; $size < length $text; $size += 1024) {
        my ($status) = run('crawl', '--state', path('plan'), '--prior', $prior, '--import', write_file(path('cut'), substr $text, 0, $size), '--bootstrap', $tables);
        $status == 3 ? ++$refused : ++$accepted;
    }
    is($accepted, 0, "a cut file is refused ($refused cuts)");
    my ($status, $out, $err) = run('crawl', '--state', path('plan'), '--prior', $prior, '--import', write_file(path('cut'), substr $text, 0, -5), '--bootstrap', $tables);
    like($err, qr/ends in the middle of a line; the file is not used/, 'and the reason told');
    for my $bad (["arin|ZZ|ipv4|11.0.0.0|0|20200101|allocated|x"], ["arin|ZZ|ipv4|255.0.0.0|16777217|20200101|allocated|x"],
        ["arin|ZZ|ipv6|2600::|129|20200101|allocated|x"], ["arin|ZZ|ipv4|2600::|1|20200101|allocated|x"], ["rubbish"]) {
        my $broken = delegated('arin', 'DE|ipv4|11.0.0.0|256|20200101|allocated|x') =~ s/^arin\|DE.*$/$bad->[0]/mr;
        is((run('crawl', '--state', path('plan'), '--prior', $prior, '--import', write_file(path('bad'), $broken), '--bootstrap', $tables))[0], 3, "refused: $bad->[0]");
    }
    is((run('crawl', '--state', path('plan'), '--prior', $prior, '--import', write_file(path('whole'), $text), '--bootstrap', $tables))[0], 0, 'a whole one is not');
}

done_testing;
