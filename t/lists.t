# IP2ASNList and IP2ASNOverride: what is refused, by directive, file, line and reason; and lists that change while they are served.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

my @errors = (    # what, lines, the line to blame (from the end), its directive, the reason
    ['a list that is not there',       ['IP2ASNList x DIR/missing'],                     0, 'IP2ASNList', qr/No such file/],
    ['a slip in a list',               ['IP2ASNList x DIR/slip'],                        0, 'IP2ASNList', qr/slip, line 2: 'AS1x' is neither an AS number nor a network/],
    ['an empty file for a list',       ['IP2ASNList x DIR/nothing'],                     0, 'IP2ASNList', qr/is empty/],
    ['a web page for a list',          ['IP2ASNList x DIR/page.html'],                   0, 'IP2ASNList', qr/HTML/],
    ['a cut list of JSON lines',       ['IP2ASNList x DIR/cut.json'],                    0, 'IP2ASNList', qr/3 records, but has 1/],
    ['a directory for a list',         ['IP2ASNList x DIR/htdocs'],                      0, 'IP2ASNList', qr/directory|regular/],
    ['two lists of one name',          ['IP2ASNList x DIR/empty', 'IP2ASNList x DIR/scrapers'], 0, 'IP2ASNList', qr/there is a list 'x' already/],
    ['a bad name for a list',          ['IP2ASNList a,b DIR/empty'],                     0, 'IP2ASNList', qr/'a,b' is no name/],
    ['a selector without a value',     ['IP2ASNList x DIR/ranges.json service='],        0, 'IP2ASNList', qr/'service=' selects nothing; write member=value/],
    ['a selector that fits nothing',   ['IP2ASNList x DIR/ranges.json service=EC3'],     0, 'IP2ASNList', qr/nothing is selected by 'service=EC3'; there is service=S3\|EC2/],
    ['a selector for a text',          ['IP2ASNList x DIR/slip service=EC2'],        0, 'IP2ASNList', qr/is a text, of which nothing can be selected/],
    ['a list without a file',          ['IP2ASNList x'],                                 0, 'IP2ASNList', qr/a name, a file/],
    ['a list in a virtual host',       ['<VirtualHost *:1>', 'IP2ASNList x DIR/empty', '</VirtualHost>'], 1, 'IP2ASNList', qr/virtual ?host|context/i],
    ['a network that is none',         ['IP2ASNOverride 192.0.2.1/24 64496'],            0, 'IP2ASNOverride', qr/'192\.0\.2\.1\/24' is no network/],
    ['an AS number that is none',      ['IP2ASNOverride 192.0.2.0/24 AS1x'],             0, 'IP2ASNOverride', qr/'AS1x' is no AS number/],
    ['a country that is none',         ['IP2ASNOverride 192.0.2.0/24 1 Germany'],        0, 'IP2ASNOverride', qr/'Germany' is no country/],
    ['an override without a number',   ['IP2ASNOverride 192.0.2.0/24'],                  0, 'IP2ASNOverride', qr/an override has/],
    ['a network overridden twice',     ['IP2ASNOverride 192.0.2.0/24 1', 'IP2ASNOverride 192.0.2.0/24 2'], 0, 'IP2ASNOverride', qr/overridden already/],
    ['AS 0 in a Require line',         ['<Location />', 'Require asn 0', '</Location>'],           1, 'Require', qr/'0' is no AS number/],
    ['a slip in an AS number',         ['<Location />', 'Require not asn AS1x', '</Location>'],    1, 'Require', qr/'AS1x' is no AS number/],
    ['an AS number that is too large', ['<Location />', 'Require asn 4294967296', '</Location>'],  1, 'Require', qr/'4294967296' is no AS number/],
    ['no AS number at all',            ['<Location />', 'Require asn', '</Location>'],             1, 'Require', qr/at least one argument/],
    ['an unknown list',                ['<Location />', 'Require asn-list scraperz', '</Location>'], 1, 'Require', qr/there is no list 'scraperz'/],
    ['no list at all',                 ['<Location />', 'Require asn-list', '</Location>'],        1, 'Require', qr/at least one argument/],
    ['an unknown hoster',              ['<Location />', 'Require hoster amazn', '</Location>'],    1, 'Require', qr/there is no hoster 'amazn'/],
    ['an unknown class',               ['<Location />', 'Require hoster class:clowd', '</Location>'], 1, 'Require', qr/class 'clowd'/],
    ['a country of three letters',     ['<Location />', 'Require as-country DEU', '</Location>'],  1, 'Require', qr/'DEU' is no country/],
    ['an unknown name among known',    ['<Location />', '<RequireAny>', 'Require asn 1', 'Require hoster hostexample amazn', '</RequireAny>', '</Location>'], 2, 'Require', qr/'amazn'/],
    ['neither deny nor allow',         ['IP2ASNOnError maybe'],                          0, 'IP2ASNOnError', qr/neither deny nor allow/],
    ['an unknown field',               ['IP2ASNEnv X colour'],                           0, 'IP2ASNEnv', qr/unknown field 'colour'/],
    ['a bad name for a variable',      ['IP2ASNEnv 1X asn'],                             0, 'IP2ASNEnv', qr/'1X' is no name/],
    ['an unknown variable',            ['<Location />', 'Require expr "%{IP2ASN_COLOUR} == \'\'"', '</Location>'], 1, 'require', qr/IP2ASN_COLOUR/],
);
my @good = (
    ['a list that is defined after it is used', ['<Location />', 'Require asn-list later', '</Location>', 'IP2ASNList later DIR/empty']],
    ['a name of the map that nobody has',       ['<Location />', 'Require hoster absent', '</Location>']],
    ['JSON lines as they are published',        ['IP2ASNList x DIR/asndrop.json']],
    ['JSON of any form, and a part of it',      ['IP2ASNList x DIR/ranges.json', 'IP2ASNList y DIR/ranges.json service=EC2 region=eu-*']],
);

plan tests => 5 * @errors + @good + 7 + 12;

for (@errors) {
    my ($what, $lines, $from_end, $directive, $reason) = @$_;
    my $httpd = prepared(@$lines);
    my ($status, $output) = $httpd->configtest;
    my $line = $httpd->last_line - $from_end;
    my $conf = quotemeta $httpd->conf;
    isnt $status, 0, "$what: configtest fails";
    like $output, qr/\b$directive\b/, "$what: names the directive";
    like $output, qr/line $line of $conf|$conf:$line\b|$conf line $line\b/, "$what: names file and line";
    like $output, $reason, "$what: gives the reason";
    unlike $output, qr/Syntax OK/, "$what: and does not say OK";
}
for (@good) {
    my ($what, $lines) = @$_;
    my ($status, $output) = prepared(@$lines)->configtest;
    is $status, 0, $what or diag $output;
}

sub prepared {
    my $httpd = access_server(@_);
    $httpd->write('slip',         "AS1\nAS1x\n");
    $httpd->write('nothing',      '');
    $httpd->write('page.html',    "<!DOCTYPE html>\n");
    $httpd->write('cut.json',     qq({"asn":1}\n{"type":"metadata","records":3}\n));
    $httpd->write('asndrop.json', qq({"asn":1,"asname":"ONE"}\n{"type":"metadata","records":1}\n));
    $httpd->write('ranges.json', '{"prefixes":[{"ip_prefix":"192.0.2.0/24","service":"S3"},{"ip_prefix":"198.51.100.0/24","region":"eu-1","service":"EC2"}]}');
    return $httpd;
}

# Nothing to ask.
{
    my $httpd = IP2ASN::Httpd->new('<Location />', 'Require asn 64496', '</Location>');
    my ($status, $output) = $httpd->configtest;
    isnt $status, 0, 'Require asn without a database: configtest fails';
    like $output, qr/Require .* line \d+.*IP2ASNDatabase/, 'and says what is missing';
}

# A compiled index takes lists and overrides, too; one that has lists takes no more.
{
    my $tool = IP2ASN::Access::tool();
    my $httpd = prepared();
    my $directory = $httpd->directory;
    is system($tool, 'compile', '-q', '--no-hosters', "$directory/db.tsv", '-o', "$directory/plain.idx"), 0, 'an index without lists';
    is system($tool, 'compile', '-q', '--no-hosters', '--list', "x=$directory/empty", "$directory/db.tsv", '-o', "$directory/lists.idx"), 0,
        'and one with';
    $httpd->configure('IP2ASNDatabase DIR/plain.idx', 'IP2ASNCacheDir DIR/cache', 'IP2ASNList x DIR/scrapers', '<Location />', 'Require asn-list x',
        '</Location>');
    is +($httpd->configtest)[0], 0, 'a list for an index';
    $httpd->configure('IP2ASNDatabase DIR/lists.idx', 'IP2ASNCacheDir DIR/cache', 'IP2ASNList y DIR/scrapers');
    like +($httpd->configtest)[1], qr/lists\.idx: has lists compiled in already/, 'but not for one that has lists';
    $httpd->configure('IP2ASNDatabase DIR/lists.idx', 'IP2ASNCacheDir DIR/cache', '<Location />', 'Require asn-list x', '</Location>');
    is +($httpd->configtest)[0], 0, 'whose own can be asked for';
}

# Lists that change while they are served.
my $httpd = prepared(
    'IP2ASNRefreshInterval 1s', 'IP2ASNEngine On', 'IP2ASNExport asn lists hoster', 'Header always set X-Lists "%{IP2ASN_LISTS}e"',
    '<Location /in>', 'Require asn-list scrapers', '</Location>', 'AliasMatch ^/ DIR/htdocs/page.txt',
    '<Location /hoster>', '<RequireAll>', 'Require all granted', 'Require not hoster cdnexample', '</RequireAll>', '</Location>',
);
ok $httpd->start, 'the server starts' or BAIL_OUT($httpd->error_log);
is ask('/in', 'match')->code, 200, 'on the list';
is ask('/in', 'other')->code, 403, 'not on the list';
is ask('/',   'listed')->header('X-Lists'), 'scrapers', 'by its network';
replace('scrapers', "AS64499\n");
ok everywhere('/in', 'other', 200), 'a new list is taken on while serving';
ok everywhere('/in', 'match', 403), 'and the old one is gone';
replace('scrapers', "AS64499\nASX\n");
ok wait_until(sub { $httpd->error_log =~ /IP2ASNList .*scrapers, line 2: 'ASX' is neither/ }), 'a bad list is refused, and the log says why';
ok everywhere('/in', 'other', 200), 'and the last good one serves on';
replace('scrapers', "AS64496\n");
ok everywhere('/in', 'match', 200), 'a good one is taken on again';
is ask('/hoster', 'cdn')->code, 403, 'a hoster is kept out';
replace('hosters.conf', "hostexample hosting AS64496\n");
ok wait_until(sub { $httpd->error_log =~ /the new data lacks 'cdnexample', which a Require line asks for/ }),
    'a map without a name that is asked for is refused';
is ask('/hoster', 'cdn')->code, 403, 'and the hoster is still kept out';

# Each child takes new data on at its own tick: enough answers in a row for each to have had its turn.
sub everywhere {
    my ($path, $client, $code) = @_;
    return wait_until(sub { !grep { ask($path, $client)->code != $code } 1 .. 12 });
}

sub replace {
    my ($name, $text) = @_;
    my $new = $httpd->write("$name.new", $text);
    rename $new, $httpd->directory . "/$name" or die "$name: $!";
    return;
}
