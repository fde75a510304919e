# In whatever way a new file takes the place of the old, and whatever goes wrong with it: under load, no answer is given
# that no whole file has, and none fails. The database as gzip, as text, and as text with CR LF; a list and a hoster map.
use strict;
use warnings FATAL => 'all';
use IO::Compress::Gzip ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use IP2ASN::Httpd;
use IP2ASN::Test;
use IP2ASN::Watch;

my $rows = 400;

sub rows { my ($asn) = @_; return join '', map { "10.0.$_.0\t10.0.$_.255\t$asn\tDE\tGEN-$asn\n" } map { $_ & 255 } 0 .. 255 }

# Data of as many rows of one AS, which the last row has as the first.
sub data {
    my ($asn) = @_;
    return join '', map { sprintf "10.%d.%d.0\t10.%1\$d.%2\$d.255\t%d\tDE\tGEN-%3\$d\n", $_ >> 8, $_ & 255, $asn } 0 .. $rows - 1;
}
sub gzipped { my ($text) = @_; IO::Compress::Gzip::gzip(\$text, \my $packed, -Level => 1, -Minimal => 1) or die; return $packed }

# What a new file may do to the old. `whole` writes are the new file in the end; the others never are.
my ($httpd, $file, $text_of);
sub write_new { my ($bytes) = @_; my $new = $httpd->write('new', $bytes); return $new }
my @whole = (
    ['moved into its place', sub { rename write_new($text_of->($_[0])), $file }],
    ['copied over it',       sub { put_over($text_of->($_[0])) }],
    ['copied over it, twenty times', sub { my ($g) = @_; for (1 .. 20) { put_over($text_of->($_ == 20 || $_ % 2 ? $g : $g - 1)); sleep 0.02 } 1 }],
    ['copied over it with a stall in the middle', sub { put_slowly($text_of->($_[0]), 0.5) }],
    ['copied over it with a stall near its end',  sub { put_slowly($text_of->($_[0]), 0.97) }],
    ['written into it with a stall, nothing cut', sub { put_slowly($text_of->($_[0]), 0.5, 'r+') }],
    ['a symbolic link',      sub { link_to($text_of->($_[0]), "data-$_[0]") }],
    ['another one',          sub { link_to($text_of->($_[0]), "data-$_[0]") }],
    ['a hard link',          sub { my $new = $httpd->write("hard-$_[0]", $text_of->($_[0])); unlink "$file.link"; link $new, "$file.link"; rename "$file.link", $file }],
    ['backdated',            sub { my $new = write_new($text_of->($_[0])); utime 1_000_000_000, 1_000_000_000, $new; rename $new, $file }],
    ['of the year 2040',     sub { my $new = write_new($text_of->($_[0])); utime 2_208_988_800, 2_208_988_800, $new; rename $new, $file }],
    ['removed, and there again', sub { unlink $file; sleep 0.3; rename write_new($text_of->($_[0])), $file }],
    ["somebody else's",      sub { my $new = write_new($text_of->($_[0])); chown 33, 33, $new if $> == 0; chmod 0644, $new; rename $new, $file }],
);
my @broken = (
    ['cut to a half',        sub { truncate $file, (-s $file) / 2 }],
    ['emptied',              sub { truncate $file, 0 }],
    ['without its last bytes', sub { truncate $file, (-s $file) - 15 }],
    ['without its last byte', sub { truncate $file, (-s $file) - 1 }],
    ['longer by zeros',      sub { truncate $file, (-s $file) + 4096 }],
    ['a sparse giant',       sub { truncate $file, 2 ** 33 }],
    ['removed',              sub { unlink $file }],
    ['unreadable',           sub { chmod 0, $file; $> }],
    ['a FIFO',               sub { unlink $file; POSIX::mkfifo($file, 0666) }],
    ['a directory',          sub { unlink $file; mkdir $file }],
    ['a link to nothing',    sub { unlink $file; symlink "$file.none", $file }],
    ['a link to itself',     sub { unlink $file; symlink $file, $file }],
);

sub put_over { my ($bytes) = @_; open my $out, '>', $file or die "$file: $!"; print {$out} $bytes; close $out or die "$file: $!"; return 1 }
sub put_slowly {
    my ($bytes, $share, $mode) = @_;
    sysopen my $out, $file, $mode ? POSIX::O_RDWR() : POSIX::O_WRONLY() | POSIX::O_TRUNC() or die "$file: $!";
    my $part = int(length($bytes) * $share);
    syswrite $out, substr $bytes, 0, $part;
    sleep 0.7;
    syswrite $out, substr $bytes, $part;
    truncate $out, length $bytes;
    return close $out;
}
sub link_to {
    my ($bytes, $name) = @_;
    my $to = $httpd->write($name, $bytes);
    unlink "$file.link";
    symlink $to, "$file.link" or die "symlink: $!";
    return rename "$file.link", $file;
}
sub clear { -d $file && !-l $file ? rmdir $file : unlink $file; return }

my @lines = ('IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval 100ms', 'IP2ASNEngine On', 'MaxKeepAliveRequests 0',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>');
my @guarded = ('IP2ASNList drop DIR/LIST', '<Location "/page.txt">', '<RequireAll>', 'Require all granted', 'Require not asn-list drop',
    'Require not hoster bad', '</RequireAll>', '</Location>');

# The errors of the log that name the file, from a place of the log on.
sub complaints { my ($from) = @_; my $n = () = substr($httpd->error_log, $from) =~ /:(?:error|warn)\][^\n]*\Q$file\E/g; return $n }

my %forms = (
    gzip => sub { gzipped(data($_[0])) },
    text => sub { data($_[0]) },
    crlf => sub { data($_[0]) =~ s/\n/\r\n/gr },
    csv  => sub { "start,end,asn,country,name\n" . data($_[0]) =~ tr/\t/,/r },
);
for my $form (sort keys %forms) {
    $text_of = $forms{$form};
    $httpd = IP2ASN::Httpd->new("IP2ASNDatabase DIR/data.$form", 'IP2ASNHosterMap None', @lines);
    $file  = $httpd->directory . "/data.$form";
    my $g = 1;
    rename write_new($text_of->($g)), $file;
    ok $httpd->start, "$form: the server starts" or diag $httpd->error_log, $httpd->output;
    my $name  = qr/"as_description":"(GEN-\d+)"/;
    my $watch = IP2ASN::Watch->new(port => var('own_port'), file => $httpd->directory . '/watch',
        questions => [map { [$_, '127.0.0.1', $name, "GEN-$g"] } '/ip2asn/v1/as/ip/10.0.0.1', '/ip2asn/v1/as/ip/10.1.143.1']);
    my $last  = sub { get('/ip2asn/v1/as/ip/10.1.143.1', port => 'own_port')->content =~ /"GEN-$g"/ };
    for my $case (@whole) {
        my ($what, $how) = @$case;
        ++$g;
        $watch->allow($_, 'GEN-' . ($g - 1), "GEN-$g") for 0, 1;
        ok $how->($g), "$form, $what: done" or diag $!;
        ok wait_until($last), "$form, $what: the new data is served" or diag $httpd->error_log;
        $watch->allow($_, "GEN-$g") for 0, 1;
    }
    for my $case (@broken) {
        my ($what, $how) = @$case;
        # root reads what nobody may; its children do not.
        my $from = length $httpd->error_log;
        $how->();
        ok wait_until(sub { complaints($from) }), "$form, $what: the log says so" or diag $httpd->error_log;
        ok $last->(), "$form, $what: the last good data is served";
        clear();
        rename write_new($text_of->($g)), $file;
        ok wait_until(sub { substr($httpd->error_log, $from) =~ /good again/ }), "$form, $what: and it is good again" or diag $httpd->error_log;
    }
    ++$g;
    $watch->allow($_, 'GEN-' . ($g - 1), "GEN-$g") for 0, 1;
    rename write_new($text_of->($g)), $file;
    ok wait_until($last), "$form: and refreshing goes on" or diag $httpd->error_log;
    my $seen = $watch->end;
    is "$seen->{failed} failed, $seen->{wrong} wrong", '0 failed, 0 wrong', "$form: of $seen->{answers} answers" or diag explain $seen->{complaints};
    unlike $httpd->error_log, qr/exit signal/, "$form: no process has died";
    $httpd->stop;
}

# A list and a hoster map: whom they block stays blocked, and nobody else is.
my %text_of = (
    'drop.txt'     => sub { join '', map({ sprintf "10.0.%d.0/24\n", $_ } 0 .. 199), 'AS151690', "\n" },
    'drop.json'    => sub { '[' . join(',', map({ sprintf '"10.0.%d.0/24"', $_ } 0 .. 199), '"AS151690"') . "]\n" },
    'hosters.conf' => sub { join '', map({ "host$_ hosting AS" . (200_000 + $_) . "\n" } 0 .. 199), "bad hosting AS64496\nlast hosting AS151691\n" },
);
for my $name (sort keys %text_of) {
    my $text = $text_of{$name}->();
    my $json = $name =~ /json/;
    $text_of = sub { my ($g) = @_; return ($json ? ' ' x $g : "# $g\n") . $text };
    my $list = $json ? $name : 'drop.txt';
    $httpd   = IP2ASN::Httpd->new('IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap DIR/hosters.conf', @lines, map { s/LIST/$list/r } @guarded);
    $httpd->write('data.tsv', join '', map({ "10.0.$_.0\t10.0.$_.255\t1\tDE\tONE\n" } 0 .. 255), "20.0.0.0\t20.0.0.255\t64496\tDE\tBAD\n", "20.0.1.0\t20.0.1.255\t151690\tDE\tLISTED\n", "20.0.2.0\t20.0.2.255\t1516\tDE\tINNOCENT\n");
    $httpd->write($_, $text_of{$_}->()) for keys %text_of;
    $file = $httpd->directory . "/$name";
    ok $httpd->start, "$name: the server starts" or diag $httpd->error_log, $httpd->output;
    my $watch = IP2ASN::Watch->new(port => var('own_port'), file => $httpd->directory . '/watch', questions => [
        map({ ['/page.txt', $_, 'status', 403] } '10.0.0.1', '10.0.199.1', '20.0.0.1', '20.0.1.1'), map { ['/page.txt', $_, 'status', 200] } '10.0.200.1', '20.0.2.1', '203.0.113.9']);
    my $g = 1;
    for my $case (@whole) {
        my ($what, $how) = @$case;
        my $from = length $httpd->error_log;
        ok $how->(++$g), "$name, $what: done" or diag $!;
        # What was removed for a moment may be said to be missing.
        ok wait_until(sub { substr($httpd->error_log, $from) =~ /refreshed: generation|good again/ }), "$name, $what: taken" or diag $httpd->error_log;
    }
    for my $case (@broken) {
        my ($what, $how) = @$case;
        next if $json && $what =~ /last byte\z/;    # a blank
        my $from = length $httpd->error_log;
        $how->();
        ok wait_until(sub { complaints($from) }), "$name, $what: the log says so" or diag $httpd->error_log;
        clear();
        rename write_new($text_of->($g)), $file;
        ok wait_until(sub { substr($httpd->error_log, $from) =~ /good again/ }), "$name, $what: and it is good again" or diag $httpd->error_log;
    }
    my $seen = $watch->end;
    is "$seen->{failed} failed, $seen->{wrong} wrong", '0 failed, 0 wrong', "$name: of $seen->{answers} answers" or diag explain $seen->{complaints};
    $httpd->stop;
}
done_testing;
