# IP2ASNLimit: each network has so much and no more, in all processes together, across graceful restarts.
use strict;
use warnings FATAL => 'all';
use Apache::Test ();
use JSON::PP qw(decode_json);
use LWP::UserAgent ();
use Test::More;
use Time::HiRes qw(sleep time);
use IP2ASN::Httpd;
use IP2ASN::Test;

my $httpd = IP2ASN::Httpd->new;
$httpd->write('data.tsv',     slurp(var('t_dir') . '/data/httpd.tsv'));
$httpd->write('hosters.conf', slurp(var('t_dir') . '/data/httpd-hosters.conf'));
mkdir $httpd->directory . "/htdocs/$_" for qw(few none report refused index both);
$httpd->write("htdocs/$_/page.txt", "a page\n") for qw(few none report refused index both);
my @server = (
    'IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap DIR/hosters.conf', 'IP2ASNCacheDir DIR/cache', 'IP2ASNRefreshInterval Off', 'IP2ASNCount On',
    'CustomLog DIR/log "%>s %{IP2ASN_REPORT}e %U"', 'ErrorDocument 429 /page.txt',
    '<Location "/ip2asn-status">', 'SetHandler ip2asn-status', 'IP2ASNCount Off', '</Location>',
    '<Location "/few">', 'IP2ASNLimit few asn 5/h', '</Location>',
    '<Location "/few/none">', 'IP2ASNLimit few None', '</Location>',
    '<Location "/report">', 'IP2ASNLimit watched hoster 10/h burst=2 Report', '</Location>',
    '<Location "/refused">', 'IP2ASNLimit few asn 5/h', '<RequireAll>', 'Require all granted', 'Require not asn 64499', '</RequireAll>', '</Location>',
    '<Location "/index">', 'IP2ASNLimit index country 3/h', 'DirectoryIndex page.txt', '</Location>',
    '<Location "/both">', '<If "-n %{HTTP:X-Robot}">', 'IP2ASNLimit robots asn 1/h', '</If>', '</Location>',
);
sub configure { my (@lines) = @_; return $httpd->configure(@server, @lines) }
my $browser = LWP::UserAgent->new(env_proxy => 0);
sub ask   { my ($path, $client, @more) = @_; return $browser->get($httpd->url($path), 'X-Forwarded-For' => $client // '192.0.2.1', @more) }
sub codes { my ($count, @ask) = @_; return join ' ', map { ask(@ask)->code } 1 .. $count }
sub data  { return decode_json(ask('/ip2asn-status/data.json')->content) }

configure();
ok $httpd->start, 'a server with limits' or diag $httpd->error_log;
is codes(7, '/few/page.txt', '192.0.2.1'), '200 200 200 200 200 429 429', 'the burst, and no more';
my $over = ask('/few/page.txt', '192.0.2.2');
is $over->code, 429, 'another address of the same network';
my $wait = $over->header('Retry-After');
ok $wait =~ /^\d+$/ && $wait > 600 && $wait <= 720, 'Retry-After says when' or diag $wait;
is $over->content, slurp($httpd->directory . '/htdocs/page.txt') || $over->content, 'with an ErrorDocument';
is codes(1, '/few/page.txt', '198.51.100.9'), '200', 'another network';
is codes(8, '/few/page.txt', '10.1.1.1'), join(' ', (200) x 8), 'clients of no network are not limited';
is codes(3, '/few/none/', '192.0.2.1'), join(' ', (404) x 3), 'None in an inner section';
is codes(4, '/page.txt', '192.0.2.1'), join(' ', (200) x 4), 'other sections';
is codes(8, '/refused/page.txt', '198.51.100.9'), join(' ', (403) x 8), 'what Require denies';
is codes(5, '/few/page.txt', '198.51.100.9'), '200 200 200 200 429', 'costs no allowance';
is codes(4, '/index/', '203.0.113.1'), '200 200 200 429', 'a page of DirectoryIndex costs one';
is codes(4, '/report/page.txt', '192.0.2.128'), join(' ', (200) x 4), 'Report lets through';
is codes(4, '/report/page.txt', '192.0.2.1'), join(' ', (200) x 4), 'a client of no hoster';
is codes(3, '/both/page.txt', '192.0.2.1'), '200 200 200', 'an <If> that does not hold';
is codes(3, '/both/page.txt', '192.0.2.1', 'X-Robot' => 1), '200 429 429', 'and one that does';

my $data;
ok wait_until(sub { $data = data(); return ($data->{limit}{few}{counters}[0] // 0) == 4 && $data->{all}[5] == 4 + 8 + 1 + 2 }), 'what was limited is counted' or diag explain $data->{limit}, $data->{all};
is_deeply $data->{limit}{few}{counters}, [4, 0, 0, 4, 0, 4, 0], 'as denied and 4xx';
is_deeply $data->{limit}{watched}{counters}, [2, 0, 0, 0, 0, 0, 2], 'or as reported';
is $data->{all}[6], 2, 'also of all';
is $data->{as}{64496}{counters}[5], 5, 'and of the network';
like slurp($httpd->directory . '/log'), qr{^200 429 /report/page.txt$}m, 'IP2ASN_REPORT says what would have been answered';
my $metrics = ask('/ip2asn-status/metrics')->content;
like $metrics, qr/^ip2asn_limited_total\{limit="few"\} 4$/m, 'a metric';
ok wait_until(sub { ask('/ip2asn-status/')->content =~ m{Limits, since counting began.*<th scope="row">few</th><td>4</td>}s }), 'the status page';
$httpd->configure(@server, 'LogLevel ip2asn:info');
ok $httpd->graceful, 'a graceful restart';
is codes(2, '/few/page.txt', '192.0.2.1'), '429 429', 'gives nobody a new allowance';
like $httpd->error_log, qr{limit few: AS64496 is over 5/h, burst 5}, 'a line in the log, at the level info';

# The rate, in all processes together, while they come and go.
$httpd->configure(@server, '<Location "/rate">', 'IP2ASNLimit rate asn 20/s burst=10', '</Location>');
mkdir $httpd->directory . '/htdocs/rate';
$httpd->write('htdocs/rate/page.txt', "a page\n");
ok $httpd->graceful, 'another limit';
my ($begin, $end) = (time, time + 3);
my @children = map {
    my $pid = open(my $from, '-|') // die "fork: $!";
    if (!$pid) {
        my ($let, $asked) = (0, 0);
        while (time < $end) { ++$asked; ++$let if ask('/rate/page.txt', '192.0.2.1')->code == 200 }
        print "$let $asked\n";
        exec 'true';
    }
    $from;
} 1 .. 3;
sleep 1;
kill USR1 => $httpd->pid;
my ($let, $asked) = (0, 0);
for my $child (@children) { my ($l, $a) = split / /, scalar <$child>; $let += $l; $asked += $a }
my $took = time - $begin;
note "$let of $asked let through in $took s";
cmp_ok $let, '<=', 10 + 20 * $took, 'at most burst + rate * t';
cmp_ok $let, '>=', $asked > 200 ? 30 : 1, 'and a good part of it';

$httpd->stop;
for (
    ['a asn'], ['a b 1/s', qr/'b' is neither asn nor hoster nor country/], ['a asn 0/s', qr/not a rate/], ['a asn 1/day', qr/not a rate/],
    ['a asn 1', qr/not a rate/], ['a asn 1/s burst=0', qr/burst=0' wants a number/], ['a asn 1/s quiet', qr/'quiet' is neither/], ['a/b asn 1/s', qr/not a name/],
    ["a asn 1/s\nIP2ASNLimit a hoster 1/s", qr/'a' counts by something else already/], [join("\nIP2ASNLimit ", map { "n$_ asn 1/s" } 1 .. 17), qr/room for 16 limits/],
) {
    my ($line, $message) = @$_;
    my ($status, $output) = do { $httpd->configure(@server, split /\n/, "IP2ASNLimit $line"); $httpd->configtest };
    isnt $status, 0, "refused: $line";
    like $output, $message // qr/takes a name/, 'and says why';
}
done_testing;
