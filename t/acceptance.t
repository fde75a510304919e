# Nothing half is taken for whole: what is bad is refused part by part, whatever httpd is about to do; what was good serves
# on; a changed configuration is in force; and every refusal says how to take the data all the same.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $tool = $ENV{MODULE} =~ s{\.libs/[^/]*$}{ip2asn}r;

# Ranges of one AS each: `count` of them from AS `first`, the names of generation `name`.
sub rows {
    my ($count, %as) = @_;
    my ($first, $name, $country, $net) = (1000, 'GEN', 'DE', 10);
    $first   = $as{first}   // $first;
    $name    = $as{name}    // $name;
    $country = $as{country} // $country;
    $net     = $as{net}     // $net;
    return join '', map {
        sprintf "%d.%d.%d.0\t%1\$d.%2\$d.%3\$d.255\t%d\t%s\t%s\n", $net, $_ >> 8, $_ & 255, $first + $_ % 500, $country, $name
    } 0 .. $count - 1;
}

my @lines = (
    'IP2ASNDatabase DIR/data.tsv',
    'IP2ASNHosterMap None',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNRefreshInterval 100ms',
    'IP2ASNEngine On',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
my @blocks = (
    'IP2ASNList drop DIR/drop.txt',
    '<Location "/page.txt">', '<RequireAll>', 'Require all granted', 'Require not asn-list drop', '</RequireAll>', '</Location>',
);
my $browser = LWP::UserAgent->new(env_proxy => 0);
my $httpd;

sub answer { my ($address) = @_; return $browser->get($httpd->url("/ip2asn/v1/as/ip/$address"))->content }
sub asn    { return answer($_[0]) =~ /"as_number":(\d+)/           ? $1 : 0 }
sub name   { return answer($_[0]) =~ /"as_description":"([^"]*)"/ ? $1 : '' }
sub status { return $browser->get($httpd->url('/page.txt'), 'X-Forwarded-For' => $_[0])->code }

sub put {
    my ($file, $text) = @_;
    $httpd->write("$file.new", $text);
    rename $httpd->directory . "/$file.new", $httpd->directory . "/$file" or die "$file: $!";
    return;
}

# What the log says from now on.
sub since { my $before = length $httpd->error_log; return sub { substr $httpd->error_log, $before } }

# Puts the file and waits until the log refuses it for that reason.
sub refused {
    my ($what, $file, $text, $reason) = @_;
    my $said = since();
    put($file, $text) if defined $text;
    return ok(wait_until(sub { $said->() =~ /:error\][^\n]*\Q$file\E[^\n]*$reason/ }), "$what: refused, and the log says why")
        || diag $httpd->error_log;
}

# The file is served after that.
sub taken {
    my ($what, $file, $text, $check) = @_;
    put($file, $text);
    return ok(wait_until($check), "$what: taken") || diag $httpd->error_log;
}

# configtest and reload agree: both go on, with what the check says.
sub reloads {
    my ($what, $check) = @_;
    my $pid = $httpd->pid;
    my ($status, $output) = $httpd->configtest;
    $httpd->{pid} = $pid;
    is $status, 0, "$what: configtest passes" or diag $output;
    ok $httpd->graceful, "$what: a reload completes" or diag $httpd->error_log;
    ok wait_until($check), "$what: and is served" or diag $httpd->error_log;
    return $output;
}

# Lists: what is cut, emptied, or swallows everything.
$httpd = IP2ASN::Httpd->new(@lines, @blocks);
my $list = join '', map { sprintf "10.%d.%d.0/24\n", $_ >> 8, $_ & 255 } 0 .. 1999;
put('data.tsv', rows(4000));
put('drop.txt', $list . "AS151690\n");
ok $httpd->start, 'a server with a list' or diag $httpd->error_log;
is status('10.7.0.1'), 403, 'which blocks';
is status('10.15.0.1'), 200, 'whom it names';
for (
    ['a list that was cut to a quarter', substr($list, 0, length($list) / 4), qr/not whole|lost too much/],
    ['a list cut at the end of a line',  $list =~ s/\n\K(?:10\.7\.).*//sr,    qr/lost too much/],
    ['a list without its last bytes',    $list . 'AS1516',                     qr/not whole/],
    ['a list without its last newline',  $list . 'AS151690',                   qr/not whole/],
    ['a list that ends in CR alone',     $list . "AS151690\r",                 qr/not whole/],
    ['a list with space behind it',      $list . "AS151690\n" . "\0" x 4096,   qr/NUL/],
    ['an empty list',                    '',                                   qr/empty/],
    ['a list of a comment',              "# nothing\n",                        qr/lost too much/],
    ['a list of everything',             $list . "AS151690\n0.0.0.0/0\n",      qr/large part/],
    ['a list of all of IPv6',            $list . "AS151690\n::/0\n",           qr/large part/],
    ['a list of everything in halves',   $list . "AS151690\n0.0.0.0/1\n128.0.0.0/1\n", qr/large part/],
  )
{
    my ($what, $text, $reason) = @$_;
    refused($what, 'drop.txt', $text, $reason);
    is status('10.7.0.1') . status('10.15.0.1'), '403200', "$what: and blocks whom it did";
    # Other data goes on.
    taken("$what: but new data is", 'data.tsv', rows(4000, name => $what =~ s/\W/-/gr), sub { name('10.0.0.1') eq $what =~ s/\W/-/gr });
    is status('10.7.0.1') . status('10.15.0.1'), '403200', "$what: with the list that was good";
}
taken('an entry more', 'drop.txt', $list . "AS151690\n10.15.0.0/24\n", sub { status('10.15.0.1') == 403 });
taken('and two less',  'drop.txt', $list, sub { status('10.15.0.1') == 200 });

# The way out that a refusal names, word for word.
refused('half of it', 'drop.txt', join('', map { "10.0.$_.0/24\n" } 0 .. 99), qr/lost too much/);
my ($command) = (split /to take it now: /, $httpd->error_log)[-1] =~ /\A(ip2asn accept \S+ \w+)/;
ok $command, 'the log names a command' or diag $httpd->error_log;
SKIP: {
    skip 'the tool was not built', 2 if !-x $tool;
    is system("\Q$tool\E" . substr($command, 6) . ' >/dev/null'), 0, "$command";
    ok wait_until(sub { status('10.7.0.1') == 200 && status('10.0.9.1') == 403 }), 'and it is taken without a restart'
        or diag $httpd->error_log;
}
$httpd->stop;

# The database: cases by what httpd does. `bad` is each time what was made of good data.
$httpd = IP2ASN::Httpd->new(@lines);
put('data.tsv', rows(4000));
ok $httpd->start, 'a server' or diag $httpd->error_log;
my $whole = rows(4000, name => 'GOOD');
taken('good data', 'data.tsv', $whole, sub { name('10.0.0.1') eq 'GOOD' });
for (
    ['cut in the last row',     substr($whole, 0, -7),         qr/not whole/],
    ['without its last newline', substr($whole, 0, -1),        qr/not whole/],
    ['cut behind a row',        $whole =~ s/(?:[^\n]*\n){20}\z//r, qr/beginning/],
    ['with a short last row',   $whole . "10.15.200.0\t10.15.200.255\n", qr/not whole/],
    ['half a file',             join('', (split /^/, $whole)[0 .. 1999]), qr/lost too much/],
    ['without countries',       rows(4000, name => 'BAD', country => 'None'), qr/with a country/],
    ['without names',           rows(4000, name => '-'),       qr/with a name/],
    ['with other ASes',         rows(4000, name => 'BAD', first => 3000), qr/another AS|are gone/],
    ['no data at all',          '',                            qr/empty/],
    ['a page',                  "<html>\n",                    qr/HTML/],
  )
{
    my ($what, $text, $reason) = @$_;
    refused("refresh: $what", 'data.tsv', $text, $reason);
    my $output = reloads("reload: $what", sub { name('10.0.0.1') eq 'GOOD' });
    like $output, $reason, "reload: $what: configtest says so";
    $httpd->stop;
    ok $httpd->start, "start: $what: the server starts" or diag $httpd->error_log;
    like $httpd->error_log . $httpd->output, $reason, "start: $what: says why it goes on with what was good";
    is name('10.0.0.1') . asn('10.15.100.1'), 'GOOD1440', "start: $what: and serves that";
    # As data that nobody knows: a start that never had any.
}
my ($status, $output);
$httpd->stop;
$httpd->configure(@lines, 'IP2ASNOnBadData fail');
($status, $output) = $httpd->configtest;
isnt $status, 0, 'IP2ASNOnBadData fail: configtest fails';
like $output, qr/data\.tsv/, 'and names the file';
ok !$httpd->start, 'and no server starts';
$httpd->configure(@lines);
put('data.tsv', $whole);
ok $httpd->start, 'good data again' or diag $httpd->error_log;

# A changed configuration is intent.
put('data.tsv', join '', (split /^/, $whole)[0 .. 1999]);
$httpd->write('drop.txt', "AS1001\n");
$httpd->configure(@lines, @blocks, 'IP2ASNOverride 10.0.3.0/24 64500 CH OURS');
reloads('a list and an override beside bad data', sub { asn('10.0.3.1') == 64500 });
is status('10.0.1.1'), 403, 'the list blocks';
is status('10.0.2.1') . status('203.0.113.9'), '200200', 'and lets others in';
is asn('10.15.100.1'), 1440, 'and the data is the good one';
$httpd->configure(@lines, @blocks);
reloads('an override that is taken away beside bad data', sub { asn('10.0.3.1') == 1003 });
$httpd->write('other.tsv', rows(100, name => 'OTHER'));
$httpd->configure(map { s/data\.tsv/other.tsv/r } @lines, @blocks);
reloads('another, much smaller database', sub { name('10.0.0.1') eq 'OTHER' });
is status('10.0.1.1') . status('10.0.2.1'), '403200', 'with its list';
$httpd->configure(@lines);
put('data.tsv', $whole);
reloads('the first database', sub { name('10.0.0.1') eq 'GOOD' });

# What lists and hoster maps come to hold by way of ASes counts as well, but not what nobody has.
{
    my $server = IP2ASN::Httpd->new(
        'IP2ASNDatabase DIR/wide.tsv', 'IP2ASNHosterMap DIR/hosters.conf', grep { !/Database|HosterMap/ } @lines, @blocks,
        '<Location "/hosted">', '<RequireAll>', 'Require all granted', 'Require not hoster any', '</RequireAll>', '</Location>',
    );
    (my $former, $httpd) = ($httpd, $server);
    $former->stop;
    my @nets = grep { $_ != 10 && $_ != 127 } 1 .. 120;
    put('wide.tsv', join '', map { "$_.0.0.0\t$_.255.255.255\t" . (1000 + $_) . "\tDE\tNET-$_\n" } @nets);
    my $few = join '', map { "AS" . (1000 + $_) . "\n" } @nets[0 .. 9];
    put('drop.txt', $few);
    put('hosters.conf', "one hosting AS1001\n");
    ok $httpd->start, 'a server with a wide database' or diag $httpd->error_log . $httpd->output;
    is status('1.0.0.1') . status('100.0.0.1'), '403200', 'and a list of ASes';
    for my $everybody (join('', map { "AS" . (1000 + $_) . "\n" } @nets), join('', map { "AS" . (1000 + $_) . "\n" } @nets[0 .. 26])) {
        refused('a list of the largest ASes', 'drop.txt', $everybody, qr/large part/);
        is status('1.0.0.1') . status('100.0.0.1'), '403200', 'and blocks whom it did';
    }
    taken('a list with space that nobody has', 'drop.txt', $few . "10.0.0.0/8\n224.0.0.0/3\nfc00::/7\n", sub { status('10.1.2.3') == 403 });
    taken('and one AS more', 'drop.txt', $few . "AS1050\n", sub { status('50.0.0.1') == 403 });
    refused('a hoster whose text matches all', 'hosters.conf', qq{one hosting AS1001\nall hosting "net*"\n}, qr/large part/);
    my $hosted = sub { $browser->get($httpd->url('/hosted/x'), 'X-Forwarded-For' => $_[0])->code };
    is $hosted->('1.0.0.1') . $hosted->('100.0.0.1'), '403404', 'and whom it did not name are let in';
    taken('another hoster', 'hosters.conf', "one hosting AS1001\ntwo hosting AS1100\n", sub { $hosted->('100.0.0.1') == 403 });
    $httpd->stop;
    $httpd = $former;
    ok $httpd->start, 'the server of before' or diag $httpd->error_log;
}

# Growth is taken when it is found twice; and the good that comes back is taken, too.
put('data.tsv', $whole . rows(2000, net => 11, name => 'BOGUS', first => 70_000));
ok wait_until(sub { name('11.0.0.1') eq 'BOGUS' }), 'data that grew by half is taken at a second look' or diag $httpd->error_log;
like $httpd->error_log, qr/:warn\][^\n]*changed a lot/, 'and the log says so';
taken('the good data of before', 'data.tsv', rows(4000, name => 'BACK'), sub { name('10.0.0.1') eq 'BACK' });
ok wait_until(sub { asn('11.0.0.1') eq '0' }), 'and what was not good is gone';

# What stays so for long is taken.
$httpd->configure(@lines, 'IP2ASNMaxDrift 5 1s');
reloads('a shorter time', sub { name('10.0.0.1') eq 'BACK' });
refused('what lost much', 'data.tsv', rows(2000, name => 'LESS'), qr/what stays so for 1 s is taken/);
ok wait_until(sub { name('10.0.0.1') eq 'LESS' }), 'is taken when it stays so' or diag $httpd->error_log;
like $httpd->error_log, qr/because it has been so for 1 s/, 'and the log says so';
$httpd->stop;

# Where nothing good ever was, bad data is fatal; what may be cut is taken, with a warning.
$httpd = IP2ASN::Httpd->new(@lines);
put('data.tsv', "<html>\n");
($status) = $httpd->configtest;
isnt $status, 0, 'nothing good ever: configtest fails';
ok !$httpd->start, 'and no server starts';
put('data.tsv', substr rows(100), 0, -1);
ok $httpd->start, 'a file that always lacked its last newline' or diag $httpd->error_log;
is asn('10.0.1.1'), 1001, 'is served';
like $httpd->error_log . $httpd->output, qr/not whole/, 'with a warning';
$httpd->stop;

done_testing;
