# Readers of logs, the real programs: with the shipped log beside the site's own they find what they found before, and those that are
# said to read the shipped format do.
use strict;
use warnings FATAL => 'all';
use IO::Compress::Gzip qw(gzip $GzipError);
use Test::More;
use IP2ASN::Access;
use IP2ASN::Debian;
use IP2ASN::Test;

plan skip_all => IP2ASN::Debian::missing() if IP2ASN::Debian::missing();
plan tests => 9;

my $httpd = IP2ASN::Debian->new;
my $etc   = $httpd->directory;
gzip(\access_rows() => "$etc/var/lib/ip2asn/ip2asn-combined.tsv.gz") or die $GzipError;
$httpd->write('hosters.conf', "hostexample hosting AS64496\namazon cloud AS16509\n");
$httpd->a2en(mod => qw(ip2asn remoteip));
$httpd->edit('mods-available/ip2asn.conf', sub {
    s/^#(IP2ASNEngine|GlobalLog)/$1/mg;
    s{^#(IP2ASNDatabase )}{IP2ASNHosterMap $etc/hosters.conf\n$1$etc}m;
});
# Replacing the site's format, as it is not to be done, for comparison.
$httpd->edit('sites-available/000-default.conf', sub {
    s{(?=^</VirtualHost>)}{RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\nCustomLog \${APACHE_LOG_DIR}/replaced.log ip2asn_combined\n}m
});
$httpd->start or diag $httpd->output, $httpd->error_log;
my @agents = (('Atomic_Email_Hunter/4.0') x 6, ('Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0') x 4);
my $number = 0;
ask('/?number=' . ++$number, $number % 2 ? 'match' : 'unknown', 'User-Agent' => $_, Referer => 'http://www.example.org/"a') for @agents;
my %log = map { $_ => $httpd->log_dir . "/$_.log" } qw(access ip2asn replaced);
for my $name (sort keys %log) {
    ok wait_until(sub { (() = slurp($log{$name}) =~ /\n/g) == @agents }), "$name.log has all requests";
}

SKIP: {
    my $root = IP2ASN::Debian::unpacked('fail2ban');
    skip 'fail2ban is not unpacked; run scripts/setup', 2 unless -e "$root/usr/bin/fail2ban-regex" && `python3 --version 2>&1` && !$?;
    my $bots = sub {
        my $output = `PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/usr/lib/python3/dist-packages python3 $root/usr/bin/fail2ban-regex -c $root/etc/fail2ban $_[0] apache-badbots 2>&1`;
        return $output =~ /^Lines: .* (\d+) matched/m ? $1 : $output;
    };
    is $bots->($log{access}),   6, 'fail2ban finds bad bots in the log of the site, as before';
    is $bots->($log{replaced}), 0, 'it would not if the shipped format stood there: the manual says so';
}
SKIP: {
    skip 'goaccess is not installed; run scripts/setup', 2 unless `goaccess --version 2>&1` && !$?;
    my $output = `goaccess $log{ip2asn} --no-global-config --log-format=COMBINED -o $etc/report.json 2>&1`;
    my $report = slurp("$etc/report.json");
    like $report, qr/"valid_requests":\s*10\b/,  'GoAccess reads the shipped format' or diag $output;
    like $report, qr/"failed_requests":\s*0\b/, 'and all of its lines';
}
SKIP: {
    my $awstats = IP2ASN::Debian::unpacked('awstats') . '/usr/lib/cgi-bin/awstats.pl';
    skip 'awstats is not unpacked; run scripts/setup', 2 unless -e $awstats;
    $httpd->write('awstats.site.conf', join "\n", qq(LogFile="$log{ip2asn}"), 'LogType=W', 'LogFormat=1', 'SiteDomain="localhost"', qq(DirData="$etc"), 'DNSLookup=0', '');
    my $output = `perl $awstats -config=site -configdir=$etc -update 2>&1`;
    my ($dropped, $corrupted, $new) = map { $output =~ /Found (\d+) $_ records/ } 'dropped', 'corrupted', 'new qualified';
    is $corrupted, 0,  'AWStats understands all lines of the shipped format' or diag $output;
    is $dropped + $new, 10, 'and counts them';
}
