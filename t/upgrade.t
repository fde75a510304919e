# The module's file is replaced by another build, and httpd restarts gracefully: what the former build left in memory is not taken for what it is not.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use POSIX ();
use Test::More;
use IP2ASN::Builds;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $own    = IP2ASN::Httpd->new;
my $builds = IP2ASN::Builds->new($own);
plan skip_all => 'the linker made no build id' unless $builds;
local $ENV{IP2ASN_TEST_MODULES} = $builds->modules;
my @lines = ('IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap None', 'IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval 100ms',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');
$own->configure(@lines);

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

# A module and a tool of different versions: the index that one of them has made says so to the other.
my $tool = $ENV{MODULE} =~ s{\.libs/[^/]*$}{ip2asn}r;
my ($path, $index) = ($own->directory . '/data.idx', '');
sub lines_for { my ($database) = @_; return ("IP2ASNDatabase DIR/$database", @lines[1 .. $#lines]) }
SKIP: {
    skip 'the tool was not built', 10 if !-x $tool;
    is system("\Q$tool\E compile \Q@{[ $own->directory ]}\E/data.tsv -o \Q$path\E >/dev/null 2>&1"), 0, 'an index';
    $own->configure(lines_for('data.idx'));
    ok $own->graceful, 'is served';
    is asn(), 3, 'as its source was';
    open my $file, '<:raw', $path or die "$path: $!";
    $index = do { local $/; <$file> };
    my $format = unpack 'V', substr $index, 8, 4;
    for my $other ([$format - 1, 'an older', 'upgrade the ip2asn that made it'], [$format + 1, 'a newer', 'upgrade this one']) {
        my ($number, $age, $remedy) = @$other;
        my $words = qr/data\.idx: is an index of format version $number, of $age ip2asn than this one, which reads version $format; $remedy/;
        open my $new, '>:raw', "$path.new" or die "$path.new: $!";
        print {$new} substr($index, 0, 8), pack('V', $number), substr $index, 12;
        close $new or die "$path.new: $!";
        rename "$path.new", $path;
        like scalar(`\Q$tool\E lookup -d \Q$path\E 10.0.0.1 2>&1`), $words, "$age index: the tool says so";
        ok wait_until(sub { $own->error_log =~ $words }), "$age index: the server says so" or diag $own->error_log;
        is asn(), 3, "$age index: and serves what it has";
    }
}

# The module before or behind this one, of another index format (scripts/test-upgrade builds one): while requests are answered, and
# also when the data that it would compile anew has gone bad.
SKIP: {
    my $other = $ENV{IP2ASN_OTHER_MODULE} or skip 'there is no module of another format', 1;
    $own->stop;
    replace(rows(4));
    $builds->install(0);
    $own->configure(lines_for('data.tsv'));
    ok $own->start, 'this module' or diag $own->error_log;
    is asn(), 4, 'answers';
    my $wrong = $own->directory . '/wrong';
    my $visitor = fork // die "fork: $!";
    if (!$visitor) {
        my $ended = 0;
        local $SIG{TERM} = sub { $ended = 1 };
        open my $out, '>', $wrong or POSIX::_exit(1);
        my $asked = 0;
        until ($ended) {
            my $said = asn();
            print {$out} "$said\n" if $said ne '4';
            ++$asked;
        }
        print {$out} "asked\n" if $asked > 10;
        close $out;
        POSIX::_exit(0);
    }
    for my $step (['another format', 1, 1], ['this format again', 0, 1], ['another format, bad data', 1, 0], ['this format, bad data', 0, 0]) {
        my ($what, $is_other, $good) = @$step;
        replace($good ? rows(4) : "<html>\n");
        $is_other ? $builds->install_file($other) : $builds->install(0);
        my $before = length $own->error_log;
        ok $own->graceful, "$what: a graceful restart completes" or diag $own->error_log;
        is_deeply [map { asn() } 1 .. 8], [(4) x 8], "$what: answers are those of before";
        like substr($own->error_log, $before), qr/of another index format: the data is compiled anew/, "$what: the log says why it is compiled";
    }
    kill TERM => $visitor;
    waitpid $visitor, 0;
    is slurp($wrong), "asked\n", 'whoever asked meanwhile was answered all along';
    replace(rows(5));
    ok wait_until(sub { !grep { asn() ne '5' } 1 .. 8 }), 'and new data is taken on' or diag $own->error_log;
    unlike $own->error_log, qr/exit signal/, 'no process has died';
}
$own->stop;
done_testing;
