# The cache's directory vanishes, is somebody else's, is full, is read-only, or is shared: no answer is wrong for that, new
# data is served all the same, and the log says what is the matter.
use strict;
use warnings FATAL => 'all';
use File::Path qw(remove_tree);
use POSIX ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;
use IP2ASN::Watch;

my $rows = 2000;

# Data of one AS, which does not compress.
sub data {
    my ($asn) = @_;
    srand $asn;
    return join '', map { sprintf "10.%d.%d.0\t10.%1\$d.%2\$d.255\t%d\tDE\tGEN-%3\$d %s\n", $_ >> 8, $_ & 255, $asn, join '', map { chr 33 + rand 90 } 1 .. 40 } 0 .. $rows - 1;
}

my ($httpd, $cache, $g);
my @lines = ('IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap None', 'IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval 100ms', 'IP2ASNMaxDrift 100',
    'IP2ASNEngine On', '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');
sub replace { my ($server, $asn) = @_; rename $server->write('new.tsv', data($asn)), $server->directory . '/data.tsv' or die "rename: $!"; return }
sub asn { return get('/ip2asn/v1/as/ip/10.0.0.1', port => 'own_port')->content =~ /"as_number":(\d+)/ ? $1 : 0 }
sub served { return wait_until(sub { !grep { asn() != $g } 1 .. 6 }) }

my $root = $> == 0;
my ($uid, $gid) = $root ? ((getpwnam var('user'))[2], (getgrnam var('group'))[2]) : ($>, $) + 0);

# name, what is done before the start, while serving, and to undo it; what the log says then.
my @cases = (
    ['removed',             undef, sub { remove_tree($cache) }, undef, qr/cache/],
    ['replaced by a file',  undef, sub { remove_tree($cache); $httpd->write('cache', 'x') }, sub { unlink $cache }, qr/not a directory/],
    ['replaced by a link',  undef, sub { rename $cache, "$cache.real"; symlink "$cache.real", $cache }, sub { unlink $cache }, qr/symbolic link/],
    ['a link from the start', sub { mkdir "$cache.real"; chown $uid, $gid, "$cache.real"; symlink "$cache.real", $cache }, undef, undef, qr/symbolic link/],
    ['writable for all',    undef, sub { chmod 0777, $cache }, sub { chmod 0700, $cache }, qr/written by anyone/],
    ["somebody else's from the start", sub { mkdir $cache; chown 33, 33, $cache }, undef, undef, qr/another user/, 'root'],
    ["somebody else's",     undef, sub { chown 33, 33, $cache }, sub { chown $uid, $gid, $cache }, qr/another user/, 'root'],
    ["root's from the start", sub { mkdir $cache }, undef, undef, qr/cannot be written/, 'root'],
    ['read-only',           undef, sub { chmod 0500, $cache }, sub { chmod 0700, $cache }, qr/cannot be written|Permission/],
    ['cut entries',         undef, sub { truncate $_, 0 for glob "$cache/*.idx" }, undef, undef],
    ['cut everything',      undef, sub { truncate $_, (-s $_) / 2 for grep { -f } glob "$cache/*" }, undef, undef],
    ['entries exchanged',   undef, sub { my ($first, @rest) = glob "$cache/*.idx"; for (@rest) { unlink $_; link $first, $_ } }, undef, undef],
    ['emptied',             undef, sub { unlink glob "$cache/*" }, undef, undef],
    ['full',                sub { small() }, sub { fill() }, sub { unlink "$cache/ballast" }, qr/No space left/, 'mount'],
    ['full from the start', sub { small(); fill() }, undef, sub { unlink "$cache/ballast" }, qr/No space left/, 'mount'],
    ['mounted read-only',   sub { small() }, sub { system 'mount', '-o', 'remount,ro', $cache }, sub { system 'mount', '-o', 'remount,rw', $cache },
        qr/Read-only file system/, 'mount'],
    ['mounted read-only from the start', sub { small(); system 'mount', '-o', 'remount,ro', $cache }, undef, undef, qr/Read-only file system|cannot be/, 'mount'],
);

# A small file system of its own.
my @mounted;
sub small {
    mkdir $cache;
    return 0 if system('mount', '-t', 'tmpfs', '-o', "size=4m,mode=0700,uid=$uid,gid=$gid", 'ip2asn-test', $cache) != 0;
    push @mounted, $cache;
    return 1;
}
sub fill {
    open my $file, '>', "$cache/ballast" or die "ballast: $!";
    my $block = 'x' x 4096;
    1 while syswrite $file, $block;
    return close $file;
}
sub unmount { system 'umount', '-l', $_ for @mounted; @mounted = (); return }
END { local $?; unmount() }
my $can_mount = $root && do {
    my $try = IP2ASN::Httpd->new;
    $cache = $try->directory . '/cache';
    my $done = small();
    unmount();
    $done;
};

for (@cases) {
    my ($name, $before, $during, $after, $reason, $needs) = @$_;
    SKIP: {
        skip "$name: only root can", 1 if $needs && $needs eq 'root' && !$root;
        skip "$name: nothing can be mounted here", 1 if $needs && $needs eq 'mount' && !$can_mount;
        $httpd = IP2ASN::Httpd->new(@lines);
        $cache = $httpd->directory . '/cache';
        replace($httpd, $g = 1);
        $before->() if $before;
        ok $httpd->start, "$name: the server starts" or diag $httpd->error_log, $httpd->output;
        my $watch = IP2ASN::Watch->new(port => var('own_port'), file => $httpd->directory . '/watch',
            questions => [['/ip2asn/v1/as/ip/10.0.0.1', '127.0.0.1', qr/"as_description":"(GEN-\d+) /, 'GEN-1']]);
        my $next = sub {
            my ($when) = @_;
            $watch->allow(0, "GEN-$g", 'GEN-' . ($g + 1));
            replace($httpd, ++$g);
            ok served(), "$name: new data is served $when" or diag $httpd->error_log;
            $watch->allow(0, "GEN-$g");
        };
        $next->('at first') if $during;
        $during->() if $during;
        $next->('then');
        like $httpd->error_log . $httpd->output, $reason, "$name: the log says why it is not written" if $reason;
        my $from = length $httpd->error_log;
        ok $httpd->graceful, "$name: a restart completes" or diag $httpd->error_log;
        ok served(), "$name: with the newest data" or diag $httpd->error_log;
        $after->() if $after;
        $next->('after it was mended') if $after;
        my $seen = $watch->end;
        is "$seen->{failed} failed, $seen->{wrong} wrong", '0 failed, 0 wrong', "$name: of $seen->{answers} answers" or diag explain $seen->{complaints};
        unlike $httpd->error_log, qr/exit signal/, "$name: no process has died";
        $httpd->stop;
        ok $httpd->start, "$name: a cold start" or diag $httpd->error_log, $httpd->output;
        ok served(), "$name: with the newest data" or diag $httpd->error_log;
        $httpd->stop;
        unmount();
    }
}

# A program of the server's user puts an index of its own where the server's is, and says so in a note: root believes it not.
my $tool = $ENV{MODULE} =~ s{\.libs/[^/]*$}{ip2asn}r;
SKIP: {
    skip 'only root serves as another user', 1 unless $root;
    skip 'the tool was not built', 1 unless -x $tool;
    $httpd = IP2ASN::Httpd->new(@lines);
    $cache = $httpd->directory . '/cache';
    replace($httpd, $g = 1);
    ok $httpd->start && served(), 'a server whose cache is attacked' or diag $httpd->error_log;
    my $forged = $httpd->directory . '/forged';
    $httpd->write('forged.tsv', data(666));
    is system($tool, 'compile', '--no-hosters', "$forged.tsv", '-o', "$forged.idx"), 0, 'an index of other data';
    chmod 0644, "$forged.idx";
    my $attack = "for entry in *.idx *.copy *.good; do rm -f \"\$entry\" && cp '$forged.idx' \"\$entry\" && chmod 440 \"\$entry\"; done";
    for my $when ('a restart', 'a start') {
        is system(qw(setpriv --reuid), var('user'), '--regid', var('group'), '--clear-groups', 'sh', '-c', "cd '$cache' && $attack"), 0, "$when: the attack";
        if ($when eq 'a restart') { ok $httpd->graceful, $when }
        else { $httpd->stop; ok $httpd->start, $when }
        ok served(), "$when: the data is the administrator's" or diag asn(), $httpd->error_log;
    }
    # And with nothing but what was forged.
    unlink $httpd->directory . '/data.tsv';
    is system(qw(setpriv --reuid), var('user'), '--regid', var('group'), '--clear-groups', 'sh', '-c', "cd '$cache' && $attack"), 0, 'the attack while the data is gone';
    $httpd->stop;
    ok !$httpd->start || asn() != 666, 'with no other data there is none' or diag $httpd->error_log;
    $httpd->stop;
}

# Two servers with one directory: each serves its own data.
my ($first, $second) = map { IP2ASN::Httpd->new } 1, 2;
$first->configure(@lines);
$second->configure(map { s{DIR/cache}{$first->directory . '/cache'}er } @lines);
my ($own, $other) = (var('own_port'), var('own_backend_port'));
$second->write('httpd.conf', slurp($second->conf) =~ s/^(Listen \S+:)\d+$/$1$other/mr);
my %server = (own_port => $first, own_backend_port => $second);
replace($_, 1) for values %server;
ok $server{$_}->start, "a server on $_, with the cache of both" or diag $server{$_}->error_log for sort keys %server;
my %watch = map {
    $_ => IP2ASN::Watch->new(port => var($_), file => $server{$_}->directory . '/watch',
        questions => [['/ip2asn/v1/as/ip/10.0.0.1', '127.0.0.1', qr/"as_description":"(GEN-\d+) /, 'GEN-1']])
} sort keys %server;
my %is = map { $_ => 1 } keys %server;
for my $state (2 .. 7) {
    # The same data at times, other data at others.
    my %next = (own_port => $state, own_backend_port => $state % 2 ? $state : $state + 100);
    for my $port (sort keys %server) {
        $watch{$port}->allow(0, "GEN-$is{$port}", "GEN-$next{$port}");
        replace($server{$port}, $is{$port} = $next{$port});
    }
    for my $port (sort keys %server) {
        ok wait_until(sub { get('/ip2asn/v1/as/ip/10.0.0.1', port => $port)->content =~ /"as_number":$is{$port},/ }), "state $state: $port serves its own"
            or diag $server{$port}->error_log;
        $watch{$port}->allow(0, "GEN-$is{$port}");
    }
    if ($state % 3 == 0) { ok $server{$_}->graceful, "state $state: $_ restarts" for sort keys %server }
}
for my $port (sort keys %server) {
    my $seen = $watch{$port}->end;
    is "$seen->{failed} failed, $seen->{wrong} wrong", '0 failed, 0 wrong', "$port: of $seen->{answers} answers" or diag explain $seen->{complaints};
    unlike $server{$port}->error_log, qr/:error\]/, "$port: nothing to complain of";
    $server{$port}->stop;
}
done_testing;
