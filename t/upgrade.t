# The module's file is replaced by another build, and httpd restarts gracefully: what the former build left in memory is not taken for what it is not.
use strict;
use warnings FATAL => 'all';
use File::Copy qw(copy);
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my ($module) = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /LoadModule\s+ip2asn_module\s+"?([^"\s]+)/ or die 'no module';
my $bytes = do { open my $file, '<:raw', $module or die "$module: $!"; local $/; <$file> };

# A build id stands in a note of its own: sizes of name and content, type, name, content.
my $has_id = $bytes =~ /\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0(.{20})/s;
plan skip_all => 'the linker made no build id' unless $has_id;
my $id_at = $-[1];

my $own = IP2ASN::Httpd->new;
my $so  = $own->directory . '/mod_ip2asn.so';
(my $modules = slurp($ENV{IP2ASN_TEST_MODULES})) =~ s/\Q$module\E/$so/;
local $ENV{IP2ASN_TEST_MODULES} = $own->write('modules.conf', $modules);
$own->configure('IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap None', 'IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval 100ms',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');

# Another build of the same code: what differs is the build id.
sub install_build {
    my ($number) = @_;
    my $build = $bytes;
    substr($build, $id_at, 20) = chr($number) x 20 if $number;
    open my $file, '>:raw', "$so.new" or die "$so.new: $!";
    print {$file} $build;
    close $file or die "$so.new: $!";
    chmod 0755, "$so.new";
    return rename "$so.new", $so;
}
sub rows { my ($asn) = @_; return join '', map { "10.0.$_.0\t10.0.$_.255\t$asn\tDE\tTEST-$asn\n" } 0 .. 99 }
sub replace { my ($text) = @_; $own->write('new.tsv', $text); return rename $own->directory . '/new.tsv', $own->directory . '/data.tsv' }
sub asn {
    my $answer = LWP::UserAgent->new(env_proxy => 0)->get($own->url('/ip2asn/v1/as/ip/10.0.0.1'));
    return $answer->content =~ /"as_number":(\d+)/ ? $1 : $answer->code;
}

install_build(0);
replace(rows(1));
ok $own->start, 'the server starts' or diag $own->error_log . $own->output;
is asn(), 1, 'and answers';
replace(rows(2));
ok wait_until(sub { asn() eq '2' }), 'and refreshes';

# There, back, and on, while the data is no good.
for my $number (1, 0, 2) {
    replace("<html>\n");
    install_build($number);
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
    install_build($number);
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
