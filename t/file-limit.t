# A limit on the size of files (ulimit -f, LimitFSIZE=) that is below the size of the index: no process dies of it.
use strict;
use warnings FATAL => 'all';
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

plan tests => 13;

my $httpd = IP2ASN::Httpd->new(
    'IP2ASNDatabase DIR/data.tsv',
    'IP2ASNCacheDir DIR/cache',
    'IP2ASNRefreshInterval 100ms',
    'IP2ASNMaxDrift 100',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
my $limit = 1_600_000;

# 10.0.0.0/24 and those after it, as many as are wanted, each of an AS with a name of its own.
sub rows {
    my ($count, $name) = @_;
    return join '', map { sprintf "10.%d.%d.0\t10.%d.%d.255\t%d\tDE\t%s-%d\n", ($_ >> 8, $_ & 255) x 2, $_ + 1, $name, $_ } 0 .. $count - 1;
}

# New data takes the place of the old at once.
sub install {
    rename $httpd->write('new.tsv', $_[0]), $httpd->directory . '/data.tsv' or die $!;
    return;
}
my $browser = LWP::UserAgent->new(env_proxy => 0);
sub name_of { return $browser->get($httpd->url("/ip2asn/v1/as/ip/$_[0]"))->decoded_content =~ /"as_description":"([^"]*)"/ ? $1 : undef }
my $named = qr/limit on file sizes \(ulimit -f\)/;

install(rows(20_000, 'LARGE'));
$httpd->limit_file_size($limit);
is(($httpd->configtest)[0], 0, 'configtest passes');
ok $httpd->start, 'a server whose index is larger than a file may be starts' or diag $httpd->error_log, $httpd->output;
is name_of('10.1.1.1'), 'LARGE-257', 'and answers';
like $httpd->output . $httpd->error_log, $named, 'and the log names the limit' or diag $httpd->error_log, $httpd->output;
ok $httpd->graceful, 'it restarts';
is name_of('10.1.1.1'), 'LARGE-257', 'and answers';
$httpd->stop;

install(rows(300, 'SMALL'));
ok $httpd->start, 'a server whose index is small starts' or diag $httpd->error_log, $httpd->output;
my @children = sort $httpd->children;
install(rows(20_000, 'LARGE'));
ok wait_until(sub { $httpd->error_log =~ $named }), 'the child that makes a larger one says that it may not' or diag $httpd->error_log;
is name_of('10.1.1.1'), 'SMALL-257', 'what was good is served on';
is join(' ', sort $httpd->children), "@children", 'no process has died';
install(rows(301, 'OTHER'));
ok wait_until(sub { (name_of('10.1.1.1') // '') eq 'OTHER-257' }), 'and new data that is small is taken' or diag $httpd->error_log;
unlike $httpd->error_log, qr/exit signal/, 'no process was killed';
is scalar(() = glob $httpd->directory . '/cache/.*.new'), 0, 'and nothing is left over';
