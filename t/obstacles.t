# What will keep new data from being taken on is said at the start; a test of the configuration says nothing of it.
use strict;
use warnings FATAL => 'all';
use File::Copy qw(copy);
use File::Path qw(make_path);
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $rows  = join '', map { "10.0.$_.0\t10.0.$_.255\t64496\tDE\tEXAMPLE\n" } 0 .. 99;
my $httpd = IP2ASN::Httpd->new;
my $root  = $> == 0;
my $top   = $httpd->directory;
chmod 0755, $top;

# Files in directories of their own; root's umask must not decide who reads them.
for my $part (qw(data maps lists jail)) { mkdir "$top/$part"; chmod 0755, "$top/$part" }
$httpd->write('data/db.tsv',       $rows);
$httpd->write('maps/hosters.conf', "example hosting AS64496\n");
$httpd->write('lists/scrapers',    "AS64496\n");
chmod 0644, "$top/data/db.tsv", "$top/maps/hosters.conf", "$top/lists/scrapers";
my @common = (
    'IP2ASNDatabase DIR/data/db.tsv', 'IP2ASNHosterMap DIR/maps/hosters.conf', 'IP2ASNList scrapers DIR/lists/scrapers',
    'IP2ASNCacheDir DIR/cache', 'IP2ASNEngine On',
);

# The warnings of a start.
sub warnings_of {
    my (@lines) = @_;
    $httpd->configure(@common, @lines);
    my $started = $httpd->start;
    my $log     = $httpd->error_log . $httpd->output;
    $httpd->stop;
    return 'does not start: ' . $log unless $started;
    return join '', map { "$_\n" } grep { /:warn\].*ip2asn/ } split /\n/, $log;
}

SKIP: {
    skip 'only root has another user serve', 22 unless $root;
    my $user = var('user');
    is warnings_of(), '', 'all readable: nothing to say';

    my @private = (
        ['a private data directory', 'data',              0750, 0755, 'IP2ASNDatabase',  'data/db.tsv'],
        ['a private database',       'data/db.tsv',       0600, 0644, 'IP2ASNDatabase',  'data/db.tsv'],
        ['a private hoster map',     'maps/hosters.conf', 0600, 0644, 'IP2ASNHosterMap', 'maps/hosters.conf'],
        ['a private list',           'lists',             0700, 0755, 'IP2ASNList',      'lists/scrapers'],
    );
    for (@private) {
        my ($what, $path, $closed, $open, $directive, $file) = @$_;
        chmod $closed, "$top/$path";
        my $said = warnings_of();
        like $said, qr/$directive \(\S+ line \d+\): \Q$top\E\/\Q$file\E: cannot be opened by the server's user, \Q$user\E: Permission/,
            "$what: directive, file, user and reason";
        like $said, qr/restarts only.*give that user access/, "$what: consequence and remedy";
        is scalar(() = $said =~ /\n/g), 1, "$what: one line" or diag $said;
        is warnings_of('IP2ASNRefreshInterval Off'), '', "$what: does not matter without refreshing";
        chmod $open, "$top/$path";
    }

    # Inside ChrootDir the same paths lead elsewhere.
    my $jail = "$top/jail";
    like warnings_of("ChrootDir $jail"), qr/: \Q$top\E\/maps\/hosters\.conf: does not exist inside ChrootDir \Q$jail\E; have it there/,
        'ChrootDir without the files';
    for my $file (qw(data/db.tsv maps/hosters.conf lists/scrapers)) {
        my ($directory) = $file =~ m{(.*)/};
        make_path("$jail$top/$directory", { mode => 0755 });
        copy("$top/$file", "$jail$top/$file") or die "$file: $!";
        chmod 0644, "$jail$top/$file";
    }
    my $uncached = warnings_of("ChrootDir $jail");
    like $uncached, qr/IP2ASNCacheDir \(\S+ line \d+\): \Q$top\E\/cache: does not exist inside ChrootDir/, 'ChrootDir without the cache';
    like $uncached, qr/kept in memory only, and compiled again at the next start/, 'what that leads to';
    unlike $uncached, qr/restarts only/, 'which is not that new data waits for a restart';
    make_path("$jail$top/cache", { mode => 0777 });
    chmod 0777, "$jail$top/cache";
    is warnings_of("ChrootDir $jail"), '', 'ChrootDir with all of it';
}

# An ordinary user tests the configuration of a server whose cache is not his.
mkdir "$top/foreign";
chmod 0500, "$top/foreign";
for my $mode (['-t'], ['-S'], ['-M'], ['-t', '-D', 'DUMP_VHOSTS']) {
    $httpd->configure(map { s{DIR/cache}{DIR/foreign/cache}r } @common);
    chmod 0644, $httpd->conf;
    my @command = $httpd->command(@$mode);
    unshift @command, qw(setpriv --reuid=nobody --regid=nogroup --clear-groups) if $root;
    my $output = join '', run(@command);
    is $?, 0, "@$mode as an ordinary user" or diag $output;
    unlike $output, qr/ip2asn: /, "@$mode: says nothing of caches and refreshing";
}
$httpd->configure(@common);
my ($status, $output) = $httpd->configtest;
is $status, 0, 'a configtest';
is $output, "Syntax OK\n", 'says that, and no more';

# No hoster map: that is what is said, rather than that a hoster is unknown.
my @require = ('<Location "/">', 'Require hoster example', '</Location>');
sub refused {
    my (@lines) = @_;
    $httpd->configure(@lines);
    my ($status, $output) = $httpd->configtest;
    return $status == 0 ? "passes: $output" : $output;
}
my @without = grep { !/HosterMap/ } @common;
like refused(@without, 'IP2ASNHosterMap None', @require), qr/no hoster 'example': IP2ASNHosterMap is None \(\S+ line \d+\)/, 'IP2ASNHosterMap None';
SKIP: {
    my ($default) = refused(@without, @require) =~ /the default hoster map (\S+) is missing/;
    skip 'there is a default hoster map', 1 unless defined $default;
    ok !-e $default, 'a default hoster map that is missing is said to be';
}
like refused(@common, '<Location "/">', 'Require hoster Example', '</Location>'), qr/no hoster 'Example'; names are case-sensitive: write 'example'/, 'another case';
like refused(@common, '<Location "/">', 'Require hoster class:HOSTING', '</Location>'), qr/no hoster class 'HOSTING'.*write 'hosting'/, 'a class in another case';
like refused(@common, '<Location "/">', 'Require hoster exemplar', '</Location>'), qr/no hoster 'exemplar' in the hoster map/, 'another name';
chmod 0700, "$top/foreign";
done_testing;

sub run {
    my (@command) = @_;
    my $pid = open(my $from, '-|') // die "fork: $!";
    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }
    my @lines = <$from>;
    close $from;
    return @lines;
}
