# ip2asn whois by WHOIS: dialects, referrals, refusals, and WHOIS where RDAP fails.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../registry";
use CliTest;
use FakeRegistry;
use Test::More;

my $run = 0;
sub fresh { ++$run; $ENV{XDG_STATE_HOME} = path("state$run"); $ENV{XDG_CACHE_HOME} = path("cache$run"); return }

sub arin {
    my ($first, $last, $name, $org, $more) = @_;
    return join "\r\n", '#', '# ARIN WHOIS data and services are subject to the Terms of Use', '#', '',
      "NetRange:       $first - $last", "NetName:        $name", "NetHandle:      NET-$name", 'NetType:        Direct Allocation', '',
      "OrgName:        $org", 'OrgId:          ORGID', 'Country:        US', '', $more // '', '';
}

my $rwhois = start_lines(
    sub { $_[0] eq '9.2.0.1' ? "network:Class-Name:network\nnetwork:IP-Network:9.2.0.0/29\nnetwork:Org-Name:Customer Ltd\n%ok\n" : "%error 230 No Objects Found\n" },
    "%rwhois V-1.5:003fff:00 rwhois.example.net\n"
);
my $other = start_lines(sub { "inetnum:        9.4.0.0 - 9.4.0.255\nnetname:        MOVED\ndescr:          Moved B.V.\nsource:         RIPE\n" });
my %arin = (
    '9.1.0.1' => arin('9.1.0.0', '9.1.255.255', 'PLAIN', 'Plain Inc.'),
    '9.2.0.1' => arin('9.2.0.0', '9.2.255.255', 'UP', 'Upstream Inc.', "ReferralServer:  rwhois://127.0.0.1:$rwhois"),
    '9.2.1.1' => arin('9.2.0.0', '9.2.255.255', 'UP', 'Upstream Inc.', "ReferralServer:  rwhois://127.0.0.1:$rwhois"),
    '9.3.0.1' => arin('9.3.0.0', '9.3.255.255', 'UP', 'Upstream Inc.', 'ReferralServer:  rwhois://rwhois.example.net:4321'),
    '9.4.0.1' => arin('9.0.0.0', '9.255.255.255', 'ERX', 'Another Registry', "ReferralServer:  whois://127.0.0.1:$other") =~ s/Direct Allocation/Allocated to Another Registry/r,
    '9.5.0.1' => arin('9.5.0.0', '9.5.255.255', 'LOOP', 'Loop Inc.'),
    '9.6.0.1' => "% Query rate limit exceeded. Blocked for 300 seconds.\r\n",
    '9.6.0.2' => "%ERROR:201: access denied for 192.0.2.1\n%\n% Sorry, access from your host has been permanently denied\n",
    '9.6.0.3' => "No match found for n + 9.6.0.3.\r\n",
    '9.6.0.4' => 'x' x (300 << 10),
    '9.6.0.5' => '',
);
my $arin = start_lines(sub { $_[0] =~ /^n \+ (.*)$/ ? $arin{$1} // "No match found.\r\n" : "# bad query\n" });
my $rdap = start_rdap(sub { { status => 503 } });
my $tables = bootstrap(ipv4 => [[['9.0.0.0/8'], ['https://rdap.arin.net/registry/']], [['11.0.0.0/8'], ["http://127.0.0.1:$rdap/"]]]);
my @common = ('--bootstrap', $tables, '--insecure-test-hosts', '--whois-server', "arin=127.0.0.1:$arin", '--allow-host', '127.0.0.1',
    map { ('--rate', "$_=1000/1s", '--i-have-permission', $_) } 'arin', "127.0.0.1:$rwhois", "127.0.0.1:$other", "127.0.0.1:$rdap");
my @whois = ('whois', '--whois', @common);

fresh();
like(succeeds(@whois, '9.1.0.1'), qr/^Plain Inc\. \| 9\.1\.0\.0\/16 \| arin \| NET-PLAIN \| US \| -$/, 'ARIN');
is((requests($arin))[0], 'n + 9.1.0.1', 'is asked in its dialect');
like(succeeds(@whois, '9.2.0.1'), qr/^Customer Ltd \| 9\.2\.0\.0\/29 \| 127\.0\.0\.1:$rwhois \|/, 'a referral to rwhois');
like(succeeds(@whois, '9.2.1.1'), qr/^Upstream Inc\. /, 'where that knows nothing: the upstream');
like(succeeds(@whois, '9.3.0.1'), qr/^Upstream Inc\. /, 'a referral to a host that is not allowed is not followed');
like(succeeds(@whois, '9.4.0.1'), qr/^Moved B\.V\. /, 'what is allocated to another registry goes on there');

for my $case (
    ['9.6.0.1', 6, qr/limited: % Query rate limit exceeded\. Blocked for 300/],
    ['9.6.0.2', 1, qr/refused: .*permanently denied/],
    ['9.6.0.3', 1, qr/none: No match found/],
    ['9.6.0.4', 6, qr/failed: the answer is longer than 256 KiB/],
    ['9.6.0.5', 6, qr/failed: /],
    ['11.0.0.1', 6, qr/failed: no WHOIS server of 127\.0\.0\.1:$rdap is known/],
  )
{
    my ($query, $wanted, $message) = @$case;
    fresh();
    my ($status, $out, $err) = run(@whois, $query);
    is($status, $wanted, "$query: exit status");
    like($err, $message, "$query: says why");
}

# What a national registry holds is asked for there, for a holder; where it knows none, the answer so far counts.
{
    my $national = start_lines(sub { $_[0] eq '12.1.0.1/e' ? "[ JPNIC database provides information. ]\n\nNetwork Information:\na. [Network Number]               12.1.0.0/24\nb. [Network Name]                 MEMBER-NET\ng. [Organization]                 Member K.K.\n" : "No match!!\n" });
    my $above = start_rdap(sub { my ($path) = @_; my ($net) = $path =~ m{/ip/(12\.\d+)\.}; { body => network("$net.0.0", "$net.255.255", 'Japan Network Information Center') } });
    my $table = bootstrap(ipv4 => [[['12.0.0.0/8'], ["http://127.0.0.1:$above/"]], [['9.0.0.0/8'], []], [['13.0.0.0/8'], []]]);
    my @ask = ('whois', '--bootstrap', $table, '--insecure-test-hosts', '--whois-server', "whois.nic.ad.jp=127.0.0.1:$national",
        map { ('--rate', "$_=1000/1s", '--i-have-permission', $_) } "127.0.0.1:$above", 'whois.nic.ad.jp');
    fresh();
    like(succeeds(@ask, '12.1.0.1'), qr/^Member K\.K\. \| 12\.1\.0\.0\/24 \| whois\.nic\.ad\.jp \|/, 'a national registry is asked who of its members it is');
    like(succeeds(@ask, '12.2.0.1'), qr/^Japan Network Information Center \| 12\.2\.0\.0\/16 \|/, 'where it knows none, it is itself');
    fresh();
    like(succeeds(@ask, '--registry', "127.0.0.1:$above", '12.1.0.1'), qr/^Japan Network /, 'it is not asked when it may not be');
}

# What RDAP leaves open is asked for by WHOIS where both are wanted: a range that is an echo, a name that is a handle.
{
    my $server = start_lines(sub { "inetnum: 14.1.0.0/16\nowner: Whole S.A.\n" });
    my $echo = start_rdap(sub { my ($path) = @_; my ($ip) = $path =~ m{/ip/([\d.]+)}; { body => network($ip, $ip, 'ORG-EX1-AFRINIC', name => 'ORG-EX1-AFRINIC') } });
    my $table = bootstrap(ipv4 => [[['14.0.0.0/8'], ["http://127.0.0.1:$echo/"]], [['15.0.0.0/8'], []], [['9.0.0.0/8'], []], [['13.0.0.0/8'], []]]);
    my $name  = "127.0.0.1:$echo";
    my @ask = ('whois', '--bootstrap', $table, '--insecure-test-hosts', '--whois-server', "$name=127.0.0.1:$server", '--rate', "$name=1000/1s", '--i-have-permission', $name);
    fresh();
    like(succeeds(@ask, '--via', 'both', '14.1.0.1'), qr/^Whole S\.A\. \| 14\.1\.0\.0\/16 \|/, 'WHOIS tells what RDAP leaves open');
    fresh();
    like(succeeds(@ask, '14.1.0.1'), qr/^EXAMPLE|^ORG-EX1/, 'and is not asked by default');
}

# RDAP that fails is made good for by WHOIS, or not.
fresh();
my @both = ('whois', '--via', 'both', @common, '--whois-server', "127.0.0.1:$rdap=127.0.0.1:$other");
my ($status, $out, $err) = run(@both, '11.0.0.1');
like($err, qr/odd range/, 'WHOIS is asked where RDAP fails');
is(scalar(grep { $_ eq '11.0.0.1' } requests($other)), 1, 'by the address');
is((run('whois', '--via', 'post', '9.1.0.1'))[0], 2, '--via takes what there is');
is((run('whois', '--whois-server', 'arin=a b', '9.1.0.1'))[0], 2, '--whois-server takes a host');

done_testing;
