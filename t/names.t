# IP2ASNNames: names for a database without, read again when they change, refused when they are damaged or lost too much.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $browser = LWP::UserAgent->new(env_proxy => 0);
my $httpd   = IP2ASN::Httpd->new(
    'IP2ASNDatabase DIR/table.txt',
    'IP2ASNNames DIR/asns.csv DIR/more.txt',
    'IP2ASNHosterMap None',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNRefreshInterval 100ms',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
$httpd->write('table.txt', join '', map { "$_\t10.0.$_.0/24\t300\n" } 1 .. 100);

sub names {
    my ($name, @asns) = @_;
    return "asn,name,class,cc\n" . join '', map { qq{AS$_,"$name $_, Inc.",Eyeball,DE\n} } @asns;
}

sub put {
    my ($file, $text) = @_;
    $httpd->write("$file.new", $text);
    rename $httpd->directory . "/$file.new", $httpd->directory . "/$file" or die "$file: $!";
    return;
}

sub answer {
    my ($asn) = @_;
    my $json = $browser->get($httpd->url("/ip2asn/v1/as/ip/10.0.$asn.1"))->content;
    return join ' ', map { $json =~ /"$_":"?([^",}]*)/ ? $1 : '' } qw(as_number as_country_code as_description);
}

$httpd->write('more.txt', "99 LAST, FR\n1 NEVER, FR\n");
$httpd->write('asns.csv', "asn,name\nAS1x,A\n" x 20);
my ($status, $output) = $httpd->configtest;
isnt $status, 0, 'a names file that is none stops a first start';
like $output, qr/IP2ASNNames \(\S+ line \d+\): \S*asns\.csv: .*bad AS number.*line 2/, 'with directive, file and reason';

put('asns.csv', names('First', 1 .. 98));
ok $httpd->start, 'a server with names starts' or diag $httpd->error_log;
is answer(1),  '1 DE First 1',   'an AS has its name and its country';
is answer(99), '99 FR LAST',     'a second file names what the first one leaves out';
is answer(100), '100 None ', 'what no file names has no name';

put('asns.csv', names('Second', 1 .. 98));
ok wait_until(sub { answer(1) eq '1 DE Second 1' }), 'new names are taken on' or diag $httpd->error_log;

put('asns.csv', names('Third', 1 .. 40));
ok wait_until(sub { $httpd->error_log =~ /:error\][^\n]*asns\.csv: lost too much[^\n]*names fell/ }), 'half of the names are refused'
    or diag $httpd->error_log;
is answer(1), '1 DE Second 1', 'and the last good ones serve on';

put('table.txt', join '', map { "$_\t10.0.$_.0/24\t300\n" } 1 .. 101);
ok wait_until(sub { answer(101) eq '101 None ' }), 'new data is taken on meanwhile' or diag $httpd->error_log;
is answer(1), '1 DE Second 1', 'with the names that were good';

put('asns.csv', names('Fourth', 1 .. 101));
ok wait_until(sub { answer(101) eq '101 DE Fourth 101' }), 'good names are taken on again' or diag $httpd->error_log;
ok $httpd->graceful, 'a reload completes' or diag $httpd->error_log;
is answer(101), '101 DE Fourth 101', 'and knows them';
$httpd->stop;
done_testing;
