# The module's file is replaced by another build, and httpd restarts gracefully: what the former build left in memory is not taken for what it is not.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Builds;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $own    = IP2ASN::Httpd->new;
my $builds = IP2ASN::Builds->new($own);
plan skip_all => 'the linker made no build id' unless $builds;
local $ENV{IP2ASN_TEST_MODULES} = $builds->modules;
$own->configure('IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap None', 'IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval 100ms',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');

sub rows { my ($asn) = @_; return join '', map { "10.0.$_.0\t10.0.$_.255\t$asn\tDE\tTEST-$asn\n" } 0 .. 99 }
sub replace { my ($text) = @_; $own->write('new.tsv', $text); return rename $own->directory . '/new.tsv', $own->directory . '/data.tsv' }
sub asn {
    my $answer = LWP::UserAgent->new(env_proxy => 0)->get($own->url('/ip2asn/v1/as/ip/10.0.0.1'));
    return $answer->content =~ /"as_number":(\d+)/ ? $1 : $answer->code;
}

replace(rows(1));
ok $own->start, 'the server starts' or diag $own->error_log . $own->output;
is asn(), 1, 'and answers';
replace(rows(2));
ok wait_until(sub { asn() eq '2' }), 'and refreshes';

# There, back, and on, while the data is no good.
for my $number (1, 0, 2) {
    replace("<html>\n");
    $builds->install($number);
    my $before = length $own->error_log;
    ok $own->graceful, "build $number: a graceful restart completes" or diag $own->error_log;
    is_deeply [map { asn() } 1 .. 8], [(2) x 8], "build $number: answers are those of before";
    like substr($own->error_log, $before), qr/is taken over/, "build $number: the image alone is taken over" if $number;
}

# What a former build left does not pile up.
sub resources {
    my $maps = slurp('/proc/' . $own->pid . '/maps');
    return (descriptors => scalar(my @all = glob '/proc/' . $own->pid . '/fd/*'), indexes => scalar(() = $maps =~ /(?:anon|memfd):ip2asn/g), mappings => scalar(() = $maps =~ /\n/g));
}
my (%early, %late);
for my $number (1, 2, 3, 1, 2, 3, 1, 2, 3) {
    $builds->install($number);
    ok $own->graceful, "build $number, time and again" or diag $own->error_log;
    %late = resources();
    %early = %late if !%early;
}
is asn(), 2, 'the data is still that of before';
is $late{$_}, $early{$_}, "no more $_" for qw(descriptors indexes);
# A page or two of shared memory each.
cmp_ok $late{mappings}, '<=', $early{mappings} + 10, 'no more memory mapped';
replace(rows(3));
ok wait_until(sub { !grep { asn() ne '3' } 1 .. 8 }), 'and new data is taken on' or diag $own->error_log;
unlike $own->error_log, qr/exit signal/, 'no process has died';
$own->stop;
done_testing;
