# Fresh data while the server runs: what is noticed, what is refused, what is said about it, and who takes it on.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use POSIX qw(mkfifo);
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

# Ranges of one AS, so many that the loss of a few is within bounds.
sub rows {
    my ($asn, $count) = @_;
    return join '', map { "10.0.$_.0\t10.0.$_.255\t$asn\tDE\tGENERATION-$asn\n" } 0 .. ($count // 100) - 1;
}

my @lines = (
    'IP2ASNDatabase DIR/data.tsv',
    'IP2ASNHosterMap None',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNRefreshInterval 100ms',
    'IP2ASNEngine On',
    'LogLevel ip2asn:debug',
    'Protocols h2c http/1.1',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
my $threaded = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /http2_module/;
@lines = grep { $threaded || !/^Protocols/ } @lines;
my $httpd = IP2ASN::Httpd->new(@lines);
my $source = $httpd->directory . '/data.tsv';
my $browser;

# The AS that 10.0.0.1 has: by look-up, and by what a request is annotated with.
sub asn {
    my ($agent) = @_;
    my $answer = ($agent // LWP::UserAgent->new(env_proxy => 0))->get($httpd->url('/ip2asn/v1/as/ip/10.0.0.1'));
    return $answer->content =~ /"as_number":(\d+)/ ? $1 : $answer->code . ' ' . $answer->content;
}

# Every process: enough answers in a row for each to have had its turn, and again some ticks later, for one that was held up.
sub served {
    my ($asn) = @_;
    my $all = sub { !grep { asn() ne $asn } 1 .. 12 };
    return 0 unless wait_until($all);
    select undef, undef, undef, 0.3;
    return wait_until($all);
}
sub replace { my ($text) = @_; $httpd->write('new.tsv', $text); return rename $httpd->directory . '/new.tsv', $source }
sub lines_of { my ($log, $pattern) = @_; my $n = () = $log =~ /$pattern/g; return $n }
sub looks { return lines_of($httpd->error_log, 'looking at the sources') }

replace(rows(1));
ok $httpd->start, 'the server starts' or diag $httpd->error_log;
is asn(), 1, 'and serves';

# What is noticed.
$browser = LWP::UserAgent->new(env_proxy => 0, keep_alive => 1);
is asn($browser), 1, 'a connection that is kept open';
replace(rows(2));
ok served(2), 'a file that was moved into place' or diag $httpd->error_log;
ok wait_until(sub { asn($browser) eq '2' }), 'the connection that was open before gets the new data too';
my ($size, $mtime) = (stat $source)[7, 9];
$httpd->write('new.tsv', rows(3));
utime $mtime, $mtime, $httpd->directory . '/new.tsv';
rename $httpd->directory . '/new.tsv', $source;
is((stat $source)[7], $size, 'a file of the same size and of the same second');
ok served(3), 'is noticed';
replace(rows(4));
utime 86400, 86400, $source;
ok served(4), 'a backdated file';
is lines_of($httpd->error_log, ':error\]'), 0, 'no error so far' or diag $httpd->error_log;
$httpd->write('data.tsv', rows(5));
ok served(5), 'a file that was written over in place';
if ($threaded) {
    my $answer;
    my $curl = "curl --silent --http2-prior-knowledge --max-time 20 @{[ $httpd->url('/ip2asn/v1/as/ip/10.0.0.1') ]}";
    ok wait_until(sub { ($answer = `$curl`) =~ /"as_number":5,/ }), 'over HTTP/2' or diag $answer;
}
else { pass 'HTTP/2 wants threads' }
is lines_of($httpd->error_log, 'refreshed: generation'), 4, 'one process made each generation, once';

# What is refused.
my @bad = (
    ['a page',    qr/HTML/,             sub { replace("<html>\n") }],
    ['cut short', qr/data\.tsv/,        sub { $httpd->write('data.tsv', substr rows(5), 0, 1000) }],
    ['empty',     qr/empty/,            sub { replace('') }],
    ['deleted',   qr/cannot be opened/, sub { unlink $source }],
    ['a FIFO',    qr/not a regular/,    sub { mkfifo($source, 0666) or die "mkfifo: $!" }],
    ['shrunk',    qr/lost too much/,    sub { unlink $source; replace(rows(5, 90)) }],
    ['unreadable', qr/cannot be opened/, sub { replace(rows(6)); chmod 0, $source }],
);
for (@bad) {
    my ($what, $reason, $how) = @$_;
    my $before = length $httpd->error_log;
    $how->();
    my $said = sub { substr($httpd->error_log, $before) };
    ok wait_until(sub { $said->() =~ /:error\].*IP2ASNDatabase \(\S+ line \d+\): \Q$source\E/ }), "$what: the log says so"
        or diag $httpd->error_log;
    my $looks = looks();
    ok wait_until(sub { looks() >= $looks + 2 }), "$what: and it is looked at again";
    is lines_of($said->(), ':error\]'), 1, "$what: but said once" or diag $said->();
    like $said->(), $reason, "$what: with the reason";
    is asn(), 5, "$what: the last good data serves on";
    chmod 0644, $source if $what eq 'unreadable';
}
replace(rows(5));
ok wait_until(sub { $httpd->error_log =~ /good again/ }), 'when the old data is back, the log says that as well';
replace(rows(6, 96));
ok served(6), 'a loss within bounds is taken';

# Children that start later.
kill KILL => $httpd->children;
ok wait_until(sub { my @children = $httpd->children; @children && asn() eq 6 }), 'new children serve the newest data';
ok wait_until(sub { indexes_mapped($httpd->pid) == 1 && !grep { indexes_mapped($_) > 1 } $httpd->children }), 'every process has one generation mapped, the parent too'
    or diag explain { map { $_ => indexes_mapped($_) } $httpd->children, $httpd->pid };

# Restarts.
my $before = length $httpd->error_log;
ok $httpd->graceful, 'a graceful restart';
is asn(), 6, 'goes on with the data';
unlike substr($httpd->error_log, $before), qr/index \w+ compiled/, 'without compiling it again';
for (['broken', sub { replace("<html>\n") }], ['deleted', sub { unlink $source }], ['shrunk', sub { replace(rows(7, 10)) }]) {
    my ($what, $how) = @$_;
    $how->();
    $before = length $httpd->error_log;
    ok $httpd->graceful, "$what: a graceful restart completes";
    is asn(), 6, "$what: the refreshed data serves on, not that of the start";
    like substr($httpd->error_log, $before), qr/:error\].*IP2ASNDatabase/, "$what: and the log says so";
}
replace(rows(7));
ok $httpd->graceful, 'a graceful restart with changed data';
ok served(7), 'which is served then';
replace(rows(8));
ok served(8), 'and refreshing goes on';

# The cache is the server's user's, and what is in it nobody's to write.
my $cache = $httpd->directory . '/cache';
is((stat $cache)[2] & 07777, 0700, 'the cache is private');
is_deeply [map { (stat)[2] & 07777 } glob "$cache/*.idx"], [map { 0440 } glob "$cache/*.idx"], 'its entries are read-only';
cmp_ok scalar(my @entries = glob "$cache/*.idx"), '<=', 4, 'and few';
cmp_ok scalar(my @notes = glob "$cache/*.at"), '<=', 4, 'as are the notes of where they come from';
is_deeply [grep { !m{\.(?:idx|at|good|copy)$} } glob "$cache/* $cache/.[!.]*"], [], 'nothing else is in it';
unlink glob "$cache/*";
replace(rows(9));
ok served(9), 'a cache that was emptied';
$httpd->stop;

# Any kind of lock will do.
for my $lock (qw(default file fcntl flock sysvsem posixsem pthread)) {
    replace(rows(1));
    $httpd->configure(($lock =~ /^(?:file|fcntl|flock)$/ ? "Mutex $lock:DIR ip2asn-refresh" : "Mutex $lock ip2asn-refresh"), @lines);
    ok $httpd->start, "Mutex $lock" or diag $httpd->output . $httpd->error_log;
    replace(rows(2));
    ok served(2), "Mutex $lock: refreshes" or diag $httpd->error_log;
    $httpd->stop;
}

# More drift than by default.
replace(rows(1));
$httpd->configure('IP2ASNMaxDrift 50', @lines);
$httpd->start;
replace(rows(2, 51));
ok served(2), 'IP2ASNMaxDrift 50 lets half of the data go';
$httpd->stop;

# Off: at restarts only.
$httpd->configure('IP2ASNRefreshInterval Off', grep { !/RefreshInterval/ } @lines);
ok $httpd->start, 'IP2ASNRefreshInterval Off';
replace(rows(3, 51));
is asn(), 2, 'the data stays';
ok $httpd->graceful && asn() == 3, 'until a restart';
is looks(), 0, 'nobody looked at it before';
$httpd->stop;

# What is no setting.
for my $bad ('IP2ASNRefreshInterval soon', 'IP2ASNRefreshInterval 0', 'IP2ASNRefreshInterval -1', 'IP2ASNRefreshInterval 1ms',
    'IP2ASNMaxDrift much', 'IP2ASNMaxDrift -1', 'IP2ASNMaxDrift 101', 'IP2ASNMaxDrift 5%', 'IP2ASNMaxDrift nan')
{
    my ($directive, $value) = split ' ', $bad;
    $httpd->configure($bad, grep { !/$directive/ } @lines);
    my ($status, $output) = $httpd->configtest;
    ok $status != 0, "$bad is refused";
    like $output, qr/$directive: '\Q$value\E'/, "$bad: with its name" or diag $output;
}
done_testing;

# What was handed over; what a process began with has a name where the kernel gives memory names (5.17), which it need not do.
sub indexes_mapped {
    my ($pid) = @_;
    my $n = () = slurp("/proc/$pid/maps") =~ m{(?:anon|memfd):ip2asn}g;
    return $n;
}
