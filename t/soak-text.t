# Everything at once, for as long as one likes: a database as plain text, a list and a hoster map that change, grow, are cut
# and broken in all ways; restarts; and an upgrade and back in the middle. No request fails, no answer is wrong.
#
# From the environment: IP2ASN_SOAK_SECONDS, how long (default: some seconds); IP2ASN_SOAK_MODULE, the file of another
# release's module to go to and come back from (default: another build of the same); IP2ASN_SOAK_SEED. See scripts/soak-text.
use strict;
use warnings FATAL => 'all';
use Test::More;
use Time::HiRes qw(sleep time);
use IP2ASN::Builds;
use IP2ASN::Httpd;
use IP2ASN::Test;
use IP2ASN::Watch;

my $seconds = $ENV{IP2ASN_SOAK_SECONDS} || 12;
my $seed    = $ENV{IP2ASN_SOAK_SEED} || time % 1_000_000;
srand $seed;
diag "seed $seed" if $ENV{IP2ASN_SOAK_SECONDS};

my $httpd  = IP2ASN::Httpd->new;
my $builds = IP2ASN::Builds->new($httpd);
local $ENV{IP2ASN_TEST_MODULES} = $builds->modules if $builds;
my @deny = map { ("<Location \"/$_->[0].txt\">", '<RequireAll>', 'Require all granted', "Require not $_->[1]", '</RequireAll>', '</Location>') }
    ['listed', 'asn-list drop'], ['hosted', 'hoster any'];
$httpd->write("htdocs/$_.txt", "a page\n") for qw(listed hosted);
$httpd->configure(
    'IP2ASNDatabase DIR/data.tsv', 'IP2ASNList drop DIR/drop.txt', 'IP2ASNHosterMap DIR/hosters.conf', 'IP2ASNCacheDir DIR/cache',
    'IP2ASNRefreshInterval 100ms', 'IP2ASNEngine On', 'LogLevel warn', 'LogLevel ip2asn:notice', 'LogLevel core:crit', 'LogLevel authz_core:crit',
    'MaxKeepAliveRequests 0', '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>', @deny);

# State g of each file. Its clients: those whom every state blocks, those whom none does, and those whom odd ones do.
my %state = (data => 1, drop => 1, hosters => 1);
my %extra = (data => 0, drop => 0, hosters => 0);    # how much it has grown
my %file  = map { $_ => $httpd->directory . "/$_" . { data => '.tsv', drop => '.txt', hosters => '.conf' }->{$_} } keys %state;
my %text  = (
    data => sub {
        my $g = $state{data};
        return join '', (map { sprintf "10.%d.%d.0\t10.%1\$d.%2\$d.255\t%d\tDE\tGEN-%3\$d\n", $_ >> 8, $_ & 255, $g } 0 .. 2999 + $extra{data}),
            "20.0.0.0\t20.0.0.255\t64496\tDE\tHOSTED\n", "20.0.1.0\t20.0.1.255\t64497\tDE\tTOGGLED\n", "20.0.2.0\t20.0.2.255\t6449\tDE\tFREE\n";
    },
    drop => sub {
        return join '', (map { sprintf "10.%d.%d.0/24\n", $_ >> 8, $_ & 255 } 0 .. 999 + $extra{drop}), "# $state{drop}\n",
            $state{drop} % 2 ? "20.0.1.0/24\n" : '', "AS64496\n";
    },
    hosters => sub {
        return join '', (map { "host$_ hosting AS" . (100_000 + $_) . "\n" } 0 .. 499 + $extra{hosters}), "# $state{hosters}\n",
            $state{hosters} % 2 ? "toggled hosting AS64497\n" : '', "last hosting AS64496\n";
    },
);
my @questions = (
    ['/ip2asn/v1/as/ip/10.0.0.1',   '127.0.0.1', qr/"as_number":(\d+),.*"as_description":"GEN-\1"/, 1],
    ['/ip2asn/v1/as/ip/10.11.183.9', '127.0.0.1', qr/"as_number":(\d+),.*"as_description":"GEN-\1"/, 1],
    ['/listed.txt', '20.0.1.1', 'status', 403],
    ['/hosted.txt', '20.0.1.1', 'status', 403],
    map({ ['/listed.txt', $_, 'status', 403] } '10.0.0.1', '10.3.231.1', '20.0.0.1'), ['/listed.txt', '20.0.2.1', 'status', 200],
    ['/hosted.txt', '20.0.0.1', 'status', 403], ['/hosted.txt', '20.0.2.1', 'status', 200],
);

sub put { my ($part, $text) = @_; rename $httpd->write('new', $text), $file{$part} or die "$part: $!"; return 1 }
sub in_place {
    my ($part, $text) = @_;
    open my $out, '+<', $file{$part} or die "$part: $!";
    my $half = int(length($text) / 2);
    syswrite $out, substr $text, 0, $half;
    sleep rand 0.2;
    syswrite $out, substr $text, $half;
    truncate $out, length $text;
    return close $out;
}
sub page { my ($name, $client) = @_; return get("/$name.txt", port => 'own_port', client => $client)->code }

# Whether the present state of a part is served.
my %served = (
    data    => sub { get('/ip2asn/v1/as/ip/10.11.183.9', port => 'own_port')->content =~ /"as_number":$state{data},/ },
    drop    => sub { page('listed', '20.0.1.1') == ($state{drop} % 2 ? 403 : 200) },
    hosters => sub { page('hosted', '20.0.1.1') == ($state{hosters} % 2 ? 403 : 200) },
);
my ($watch, %done, $problems);
sub told { my ($from, $part) = @_; return substr($httpd->error_log, $from) =~ /:(?:error|warn)\][^\n]*\Q$file{$part}\E/ }
sub trouble { diag "@_: ", substr $httpd->error_log, -3000; $problems++; return }

sub step {
    my ($part, $how) = @_;
    my %was = %state;
    ++$state{$part};
    my ($question, $old, $new) = $part eq 'data' ? (0, $was{data}, $state{data}) : ($part eq 'drop' ? 2 : 3, map { $_->{$part} % 2 ? 403 : 200 } \%was, \%state);
    my @both = $part eq 'data' ? (0, 1) : $question;
    $watch->allow($_, $old, $new) for @both;
    my $from = length $httpd->error_log;
    $how->($part, $text{$part}->());
    # A process that is behind may serve what is like it.
    wait_until(sub { substr($httpd->error_log, $from) =~ /refreshed: generation/ && $served{$part}->() }) or trouble("state $state{$part} of $part is not served");
    $watch->allow($_, $new) for @both;
    $done{"$part changed"}++;
    return;
}

my @breakages = (
    sub { truncate $file{ $_[0] }, (-s $file{ $_[0] }) * rand },
    # Not at the end of a line: one or two entries of a list may go by hand.
    sub { my ($part) = @_; my $text = $text{$part}->(); my $cut = 1 + int rand 40; $cut++ if substr($text, -$cut - 1, 1) eq "\n"; truncate $file{$part}, length($text) - $cut },
    sub { truncate $file{ $_[0] }, 0 },
    sub { put($_[0], substr $text{ $_[0] }->(), 0, -1) },
    sub { put($_[0], join "\n", grep { length } (split /\n/, $text{ $_[0] }->())[0 .. 99], '') },
    sub { put($_[0], "<html>\n") },
    sub { put($_[0], $text{ $_[0] }->() . "\0" x 100) },
    sub { unlink $file{ $_[0] } },
    sub { my ($part) = @_; put($part, $text{$part}->() . { data => "\n10.0.", drop => "0.0.0.0/0\n", hosters => "\"\n" }->{$part}) },
);

sub breakage {
    my ($part, $restart) = @_;
    my $from = length $httpd->error_log;
    $breakages[rand @breakages]->($part);
    wait_until(sub { told($from, $part) }) or trouble("what is wrong with $part is not said");
    restart() if $restart;
    $done{"$part broken"}++;
    # The state that was good, or a newer one.
    if (rand() < 0.5) { step($part, \&put) }
    else {
        put($part, $text{$part}->());
        # Until then the same damage would be no news.
        wait_until(sub { substr($httpd->error_log, $from) =~ /good again/ }) or trouble("$part is not good again");
    }
    return;
}
sub restart { $httpd->graceful or trouble('a restart does not come to its end'); $done{restarts}++; return }
sub grow {
    my ($part) = @_;
    # Within what is believed at once, and shrunk within it again.
    $extra{$part} = int rand({ data => 100, drop => 40, hosters => 20 }->{$part});
    $done{"$part grown"}++;
    return step($part, \&put);
}

put($_, $text{$_}->()) for keys %state;
ok $httpd->start, 'the server starts' or diag $httpd->error_log, $httpd->output;
$watch = IP2ASN::Watch->new(port => var('own_port'), file => $httpd->directory . '/watch', questions => \@questions, clients => 3);
my ($begun, $upgraded) = (time, 0);
my @parts = sort keys %state;
until (time - $begun > $seconds && $upgraded == 2) {
    my $elapsed = (time - $begun) / $seconds;
    if ($builds && $upgraded == 0 && $elapsed > 0.4) {
        $ENV{IP2ASN_SOAK_MODULE} ? $builds->install_file($ENV{IP2ASN_SOAK_MODULE}) : $builds->install(1);
        restart();
        $upgraded = 1;
    }
    if ($builds && $upgraded == 1 && $elapsed > 0.6) {
        $builds->install(0);
        restart();
        $upgraded = 2;
    }
    $upgraded = 2 unless $builds;
    my $part = $parts[rand @parts];
    my $luck = rand;
    # Another release may know less of what is broken.
    if ($upgraded == 1 && $ENV{IP2ASN_SOAK_MODULE}) { $luck < 0.1 ? restart() : step($part, \&put) }
    elsif ($luck < 0.35) { step($part, rand() < 0.6 ? \&put : \&in_place) }
    elsif ($luck < 0.8)  { breakage($part, rand() < 0.2) }
    elsif ($luck < 0.9)  { grow($part) }
    else                 { restart() }
    last if $problems;
}
my $seen = $watch->end;
is "$seen->{failed} failed, $seen->{wrong} wrong", '0 failed, 0 wrong', "of $seen->{answers} answers" or diag explain $seen->{complaints};
is $problems // 0, 0, 'all of it was taken on, and told of';
cmp_ok $seen->{answers}, '>', 100, 'there were answers';
unlike $httpd->error_log, qr/exit signal/, 'no process has died';
my $said = join ', ', map { "$done{$_} $_" } sort keys %done;
$ENV{IP2ASN_SOAK_SECONDS} ? diag "$seen->{answers} answers: $said" : note $said;
$httpd->stop;
done_testing;
