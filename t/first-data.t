# A server that is told to wait for its first data: it starts and reloads without, says in one line what to do, lets nobody in whom it
# would have to know, and takes the data on as soon as it is there.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my @lines = (
    'IP2ASNDatabase DIR/data/data.tsv',
    'IP2ASNOnBadData wait',
    'IP2ASNHosterMap None',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNEngine On',
    'LogFormat "AS%{IP2ASN_ASN}e %U" network',
    'CustomLog DIR/network.log network',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
    '<Location "/shut">', '<RequireAll>', 'Require all granted', 'Require not asn 64999', '</RequireAll>', '</Location>',
    'Alias /shut DIR/htdocs/page.txt',
    '<Location "/page.txt">', 'Require all granted', '</Location>',
);
my $browser = LWP::UserAgent->new(env_proxy => 0);
my $httpd   = IP2ASN::Httpd->new(@lines);
mkdir $httpd->directory . '/data';

sub rows { my ($asn) = @_; return join '', map { "$_.0.0.0\t$_.255.255.255\t$asn\tDE\tTEST-$asn\n" } 1 .. 200 }
sub put {
    my ($text) = @_;
    $httpd->write('data/new', $text);
    return rename $httpd->directory . '/data/new', $httpd->directory . '/data/data.tsv';
}
sub asn {
    my $answer = $browser->get($httpd->url('/ip2asn/v1/as/ip/10.0.0.1'));
    return $answer->content =~ /"as_number":(\d+)/ ? $1 : $answer->code;
}
sub status { return $browser->get($httpd->url($_[0]))->code }
my $advice = qr/IP2ASNDatabase \(\S+ line @{[ $httpd->line_of(0) ]}\): \S+data\.tsv: [^\n]*No such file[^\n]*ip2asn-update/;
sub told { my ($text) = @_; my $times = () = $text =~ /$advice/g; return $times }

my ($status, $output) = $httpd->configtest;
is $status, 0, 'configtest passes' or diag $output;
is told($output), 1, 'and says once what to do' or diag $output;
is scalar(my @said = split /^/, $output), 2, 'in one line beside its verdict' or diag $output;

ok $httpd->start, 'the server starts' or diag $httpd->error_log . $httpd->output;
is told($httpd->output),    1, 'the terminal says once what to do' or diag $httpd->output;
is told($httpd->error_log), 1, 'and so does the log'               or diag $httpd->error_log;
is status('/page.txt'), 200, 'pages are served';
is asn(), 503, 'look-ups have no answer';
is status('/shut'), 500, 'and rules that want the network let nobody in';
ok wait_until(sub { slurp($httpd->directory . '/network.log') =~ m{^AS- /page\.txt$}m }), 'requests are logged without their network';

ok $httpd->graceful, 'a reload completes' or diag $httpd->error_log;
is told($httpd->error_log), 2, 'and says it once more';
is status('/page.txt'), 200, 'pages are served';
put("<html>\n");
ok wait_until(sub { $httpd->error_log =~ /data\.tsv: [^\n]*HTML[^\n]*no network is known until there is good data/ }), 'bad data is refused'
    or diag $httpd->error_log;
is asn(), 503, 'and not taken';
ok $httpd->graceful, 'a reload completes with bad data, too' or diag $httpd->error_log;
put(rows(1));
# By default the sources are looked at once a minute: not so as long as there is no data.
my $start = time;
ok wait_until(sub { asn() eq '1' }), 'good data is taken on' or diag $httpd->error_log;
cmp_ok time - $start, '<', 30, 'at once';
ok wait_until(sub { status('/shut') == 200 }), 'rules let in whom they let in';
ok wait_until(sub { status('/page.txt'); slurp($httpd->directory . '/network.log') =~ m{^AS1 /page\.txt$}m }), 'and the log has the network';
is told($httpd->error_log), 2, 'that there was none is said no more';
unlike $httpd->error_log, qr/at restarts only/, 'and nothing was said to be in the way';

$httpd->stop;
unlink $httpd->directory . '/data/data.tsv';
ok $httpd->start, 'without the file, but with what it was' or diag $httpd->error_log . $httpd->output;
is asn(), 1, 'that is served';
like $httpd->output, qr/data\.tsv: [^\n]*last good state of it stays in use/, 'and said';
$httpd->stop;

# A slip in the configuration is one whether there is data or not.
for (['a list with a slip', "AS1x\n"], ['a list that is missing', undef]) {
    my ($what, $list) = @$_;
    my $own = IP2ASN::Httpd->new(@lines, 'IP2ASNList bad DIR/bad.txt');
    mkdir $own->directory . '/data';
    $own->write('data/data.tsv', rows(1));
    $own->write('bad.txt', $list) if defined $list;
    ($status, $output) = $own->configtest;
    isnt $status, 0, "$what: configtest fails" or diag $output;
}
for my $word ('serve', 'fail') {
    my $own = IP2ASN::Httpd->new(map { s/wait/$word/r } @lines);
    ($status, $output) = $own->configtest;
    isnt $status, 0, "$word: without data configtest fails";
    ok !$own->start, "$word: and no server starts";
}
done_testing;
