# Looking at the sources goes on whatever happens to the process whose turn it is, and however short its children live.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use Time::HiRes qw(time);
use IP2ASN::Httpd;
use IP2ASN::Test;

# So many that to compile them takes a while.
sub rows {
    my ($asn, $count) = @_;
    return join '', map { my $net = join '.', 10 + ($_ >> 16), $_ >> 8 & 255, $_ & 255; "$net.0\t$net.255\t$asn\tDE\tGENERATION-$asn $_\n" } 0 .. $count - 1;
}

my @lines = (
    'IP2ASNDatabase DIR/data.tsv',
    'IP2ASNHosterMap None',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNEngine On',
    'LogLevel ip2asn:debug',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
my $httpd  = IP2ASN::Httpd->new(@lines);
my $source = $httpd->directory . '/data.tsv';
sub replace { my ($text) = @_; $httpd->write('new.tsv', $text); return rename $httpd->directory . '/new.tsv', $source }

# A new connection each time.
sub asn {
    my $answer = LWP::UserAgent->new(env_proxy => 0)->get($httpd->url('/ip2asn/v1/as/ip/10.0.0.1'));
    return $answer->content =~ /"as_number":(\d+)/ ? $1 : $answer->code;
}
sub served { my ($asn) = @_; return wait_until(sub { !grep { asn() ne $asn } 1 .. 8 }) }
sub errors { my ($from) = @_; return grep { /:(?:error|crit|alert|emerg)\]/ } split /\n/, substr $httpd->error_log, $from }

# The child that begins to look after this many bytes of the log.
sub looker {
    my ($from) = @_;
    my $end = time + 20;
    open my $log, '<', $httpd->directory . '/error_log' or return 0;
    seek $log, $from, 0;
    while (time < $end) {
        while (my $line = <$log>) { return $1 if $line =~ /\[pid (\d+).*ip2asn: looking at the sources/ }
        select undef, undef, undef, 0.002;
        seek $log, 0, 1;
    }
    return 0;
}

# A child that is killed at work, or stopped. The mechanism of the lock that there once was makes no difference.
$httpd->configure('Mutex posixsem default', 'Mutex posixsem ip2asn-refresh', 'IP2ASNRefreshInterval 200ms', @lines);
replace(rows(1, 200_000));
ok $httpd->start, 'the server starts' or diag $httpd->error_log;
my ($asn, $from, $pid) = (1, 0, 0);

# Stops the child that makes an index, in the middle of it; on a busy machine that may take some attempts.
sub catch_looker {
    for (1 .. 9) {
        $from = length $httpd->error_log;
        replace(rows(++$asn, 200_000));
        $pid = looker($from);
        next unless $pid && kill STOP => $pid;
        return 1 if substr($httpd->error_log, $from) !~ /refreshed: generation/;
        kill CONT => $pid;
        served($asn);
    }
    return 0;
}
ok catch_looker() && kill(KILL => $pid), 'the child that compiles is killed';
ok served($asn), 'another one does it instead' or diag $httpd->error_log;
my @said = errors($from);
is scalar(grep { /ip2asn: |IP2ASN/ } @said), 1, 'one line tells of it' or diag explain \@said;
like "@said", qr/IP2ASNDatabase \(\S+ line \d+\): process $pid was killed while it made an index.*ip2asn compile/, 'and what to do';

ok catch_looker(), 'the child that compiles is stopped';
ok wait_until(sub { substr($httpd->error_log, $from) =~ /process $pid was stopped by a signal/ }), 'that is said';
ok wait_until(sub { substr($httpd->error_log, $from) =~ /refreshed: generation/ }), 'another one does it instead';
$from = length $httpd->error_log;
kill CONT => $pid;
ok served($asn), 'the one that was stopped takes it on when it wakes up';
replace(rows(++$asn, 200_000));
ok served($asn), 'and refreshing goes on' or diag $httpd->error_log;
is scalar(() = substr($httpd->error_log, $from) =~ /refreshed: generation/g), 1, 'what the stopped one had made is dropped' or diag $httpd->error_log;
$httpd->stop;

# Children that end after a few requests, each on a connection of its own, under steady load.
for my $few (1, 5, 100) {
    $httpd->configure('IP2ASNRefreshInterval 1s', "MaxConnectionsPerChild $few", 'StartServers 2', 'MaxRequestWorkers 8', @lines,
        # What was good before has two thousand times as many rows: this is about turns, not about data that shrinks.
        'IP2ASNMaxDrift 100');
    replace(rows(1, 100));
    ok $httpd->start, "children that serve $few" or diag $httpd->error_log;
    my ($changed, $loop_end) = (0, time + 15);
    asn() for 1 .. 10;
    replace(rows(2, 100));
    $changed = time;
    my $answer;
    do { $answer = asn() } until $answer eq '2' || time > $loop_end;
    is $answer, 2, "children that serve $few: new data comes" or diag $httpd->error_log;
    # Two looks, one interval apart, and their ticks.
    cmp_ok time - $changed, '<', 5, "children that serve $few: within two looks";
    $httpd->stop;
}
done_testing;
