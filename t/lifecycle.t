# The module is taken out and put in again, httpd runs in the foreground, ends in the middle of a refresh, restarts while
# new data comes: whatever happens to the server's life, what is served is the newest data, and nothing is left over.
use strict;
use warnings FATAL => 'all';
use Test::More;
use Time::HiRes qw(sleep time);
use IP2ASN::Httpd;
use IP2ASN::Test;
use IP2ASN::Watch;

my $mpm = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /mpm_(\w+)_module/ ? $1 : die 'no MPM';

# Data of one AS; of so many rows that an index of them takes a while.
sub data {
    my ($asn, $rows) = @_;
    return join '', map { my $net = join '.', 10 + ($_ >> 16), $_ >> 8 & 255, $_ & 255; "$net.0\t$net.255\t$asn\tDE\tGEN-$asn " . $_ % 3000 . "\n" } 0 .. $rows - 1;
}
my @module = ('IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap None', 'IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval 100ms', 'IP2ASNMaxDrift 100',
    'LogLevel ip2asn:debug', 'IP2ASNEngine On', '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');
my ($httpd, $g);
sub replace { my ($asn, $rows) = @_; $g = $asn; rename $httpd->write('new.tsv', data($asn, $rows // 500)), $httpd->directory . '/data.tsv' or die "rename: $!"; return }
sub asn { return get('/ip2asn/v1/as/ip/10.0.0.1', port => 'own_port')->content =~ /"as_number":(\d+)/ ? $1 : 0 }
sub served { return wait_until(sub { !grep { asn() != $g } 1 .. 6 }) }
sub looks { my $n = () = $httpd->error_log =~ /looking at the sources/g; return $n }
sub left_over { return grep { !/\.(?:idx|at|good|copy)\z/ } map { s{.*/}{}r } glob $httpd->directory . '/cache/* ' . $httpd->directory . '/cache/.[!.]*' }

# Without the module, and with it again.
my $all     = slurp($ENV{IP2ASN_TEST_MODULES});
$httpd = IP2ASN::Httpd->new;
my $modules = $httpd->write('modules.conf', $all);
{
    local $ENV{IP2ASN_TEST_MODULES} = $modules;
    my $with    = sub { $httpd->write('modules.conf', $all); $httpd->configure(@module) };
    my $without = sub { $httpd->write('modules.conf', $all =~ s/^.*ip2asn_module.*\n//mr); $httpd->configure };
    $with->();
    # What logs its variables is not there without it.
    replace(1);
    ok $httpd->start, 'the server starts' or diag $httpd->error_log, $httpd->output;
    my ($done, %early) = 0;
    for my $round (1 .. 6) {
        $without->();
        my $gone = $httpd->graceful && get('/ip2asn/v1/as/ip/10.0.0.1', port => 'own_port')->code == 404;
        replace($g + 1);
        $with->();
        $done += $gone && $httpd->graceful && served();
        %early = resources() if $round == 2;
    }
    is $done, 6, 'taken out and put in again, with newer data each time' or diag $httpd->error_log;
    my %late = resources();
    is $late{descriptors}, $early{descriptors}, 'no more descriptors';
    cmp_ok $late{mappings}, '<=', $early{mappings} + 2, 'no more memory mapped';
    unlike $httpd->error_log, qr/exit signal/, 'no process has died';
    $httpd->stop;
}

sub resources {
    my $pid = $httpd->pid;
    my @descriptors = grep { -l } glob "/proc/$pid/fd/*";
    return (descriptors => scalar @descriptors, mappings => scalar(() = slurp("/proc/$pid/maps") =~ /\n/g));
}

# One process that is all (-X); prefork's ends at a graceful restart, with the module or without.
SKIP: {
    skip 'prefork -X ends at a graceful restart', 2 if $mpm eq 'prefork';
    $httpd = IP2ASN::Httpd->new(@module);
    replace(1);
    $httpd->_spawn('-X');
    ok wait_until(sub { asn() == 1 }), 'httpd -X serves' or diag $httpd->error_log;
    for (2 .. 9) {
        replace($_);
        kill $_ % 2 ? 'HUP' : 'USR1', $httpd->pid;
        sleep 0.1;
    }
    ok served() && $httpd->alive, 'and goes on after eight restarts with new data each' or diag $httpd->error_log;
    $httpd->stop;
}

# The end in the middle of a refresh.
$httpd = IP2ASN::Httpd->new(@module);
my $rows = 100_000;
for my $signal (qw(TERM WINCH TERM WINCH)) {
    replace(($g // 0) + 1, $rows);
    ok $httpd->start, "SIG$signal: the server starts" or diag $httpd->error_log, $httpd->output;
    my $looks = looks();
    replace($g + 1, $rows);
    wait_until(sub { looks() > $looks });
    my $begun = time;
    kill $signal => $httpd->pid;
    ok wait_until(sub { !$httpd->alive }), "SIG$signal: it ends";
    cmp_ok time - $begun, '<', 60, "SIG$signal: soon";
    unlike $httpd->error_log, qr/sending a SIGKILL|exit signal/, "SIG$signal: of itself";
    is_deeply [left_over()], [], "SIG$signal: nothing is left over";
}

# New data while the parent reads the configuration anew, and once more while it is at work.
for my $delay (0, 0.1, 0.2, 0.4) {
    replace($g + 1, $rows);
    ok $httpd->start, "newer data $delay s after a restart began: the server starts" or diag $httpd->error_log, $httpd->output;
    my $watch = IP2ASN::Watch->new(port => var('own_port'), file => $httpd->directory . '/watch',
        questions => [['/ip2asn/v1/as/ip/10.0.0.1', '127.0.0.1', qr/"as_description":"(GEN-\d+) /, map { 'GEN-' . ($g + $_) } 0 .. 2]]);
    my $newest = $httpd->write('newest.tsv', data($g + 2, $rows));
    replace($g + 1, $rows);
    my $started = $httpd->started;
    kill USR1 => $httpd->pid;
    sleep $delay;
    rename $newest, $httpd->directory . '/data.tsv' or die "rename: $!";
    ++$g;
    ok wait_until(sub { $httpd->started > $started }), "newer data $delay s after a restart began: it restarts";
    ok served(), "newer data $delay s after a restart began: is served" or diag $httpd->error_log;
    my $seen = $watch->end;
    is "$seen->{failed} failed, $seen->{wrong} wrong", '0 failed, 0 wrong', "newer data $delay s after a restart began: of $seen->{answers} answers"
        or diag explain $seen->{complaints};
    $httpd->stop;
}
done_testing;
