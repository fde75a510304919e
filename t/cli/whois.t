# ip2asn whois: the registry that is asked, what becomes of its answers, its pace, redirects, and what is kept.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../registry";
use CliTest;
use FakeRegistry;
use Fcntl       qw(LOCK_EX);
use JSON::PP    qw(decode_json);
use POSIX       ();
use Test::More;
use Time::HiRes qw(time);

my $run = 0;
sub fresh { ++$run; $ENV{XDG_STATE_HOME} = path("state$run"); $ENV{XDG_CACHE_HOME} = path("cache$run"); return }
$ENV{no_proxy} = '*';
fresh();

# Two registries; the first answers by the path.
my $second = start_rdap(sub { return { body => network('9.3.0.0', '9.3.255.255', 'Second') } });
my %answers = (
    '/ip/9.9.9.9'        => sub { { body => network('9.9.9.0', '9.9.9.255', 'Nine Ltd') } },
    '/ip/9.1.0.0/16'     => sub { { status => 404, body => { errorCode => 404, title => 'no' } } },
    '/ip/9.1.0.0'        => sub { { body => network('9.1.0.0', '9.1.255.255', 'By Address') } },
    '/ip/9.2.0.1'        => sub { { status => 404 } },
    '/ip/9.2.0.2'        => sub { { status => 429, headers => ['Retry-After: 36000'] } },
    '/ip/9.2.0.3'        => sub { { status => 403, body => 'go away' } },
    '/ip/9.2.0.4'        => sub { { body => '{"startAddress":"9.2' } },
    '/ip/9.2.0.5'        => sub { { body => ' ' x (2 << 20) } },
    '/ip/9.2.0.6'        => sub { { body => '[' x 1000 . ']' x 1000 } },
    '/ip/9.2.0.7'        => sub { { raw => "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", reset => 1 } },
    '/ip/9.2.0.8'        => sub { { drip => 1, body => { a => 1 } } },
    '/ip/9.2.0.9'        => sub { { body => network('9.3.0.0', '9.3.0.255', 'Elsewhere') } },
    '/ip/9.3.0.1'        => sub { { status => 301, headers => ["Location: http://127.0.0.1:$second/ip/9.3.0.1"] } },
    '/ip/9.4.0.1'        => sub { { status => 302, headers => ['Location: /ip/9.4.0.1'] } },
    '/ip/9.4.0.2'        => sub { { status => 302, headers => ['Location: http://169.254.169.254/latest/'] } },
    '/ip/9.4.0.3'        => sub { { status => 302, headers => ['Location: http://other.example.net/'] } },
    '/ip/9.4.0.4'        => sub { { status => 302 } },
    '/ip/9.4.0.5'        => sub { { status => 302, headers => ['Location: file:///etc/passwd'] } },
    '/ip/9.6.0.1'        => sub { { raw => gzipped(network('9.6.0.0', '9.6.0.255', 'Zipped')) } },
    '/ip/9.6.0.2'        => sub { { raw => gzipped('x' x (64 << 20)) } },
    '/autnum/64500'      => sub { { body => { objectClassName => 'autnum', startAutnum => 64496, endAutnum => 64511, name => 'DOC-AS', handle => 'AS64496' } } },
    '/ip/2600:1::/32'    => sub { { body => network('2600:0001:0000:0000:0000:0000:0000:0000', '2600:1:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF', 'Six') } },
);
for my $hop (1 .. 6) {
    $answers{"/five/$hop"} = sub { { status => 301, headers => ["Location: /five/@{[ $hop - 1 ]}"] } };
}
$answers{'/five/0'}     = sub { { body => network('9.5.0.0', '9.5.0.255', 'Five Hops') } };
$answers{'/ip/9.5.0.5'} = sub { { status => 301, headers => ['Location: /five/4'] } };
$answers{'/ip/9.5.0.6'} = sub { { status => 301, headers => ['Location: /five/5'] } };

sub gzipped {
    my ($text) = @_;
    require IO::Compress::Gzip;
    $text = encode_text($text) if ref $text;
    IO::Compress::Gzip::gzip(\$text => \my $packed) or die;
    return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: @{[ length $packed ]}\r\n\r\n$packed";
}
sub encode_text { return JSON::PP->new->encode($_[0]) }

my $first = start_rdap(sub { my $answer = $answers{ $_[0] }; return $answer ? $answer->() : { status => 404 } });
my $tables = bootstrap(
    ipv4 => [[['9.0.0.0/8'], ["http://127.0.0.1:$first"]], [['11.0.0.0/8'], ["http://127.0.0.1:$second/"]]],
    ipv6 => [[['2600::/12'], ["http://127.0.0.1:$first/"]]],
    asn  => [[['64496-64511'], ["http://127.0.0.1:$first/"]]]
);
my @fast  = map { ('--rate', "127.0.0.1:$_=1000/1s", '--i-have-permission', "127.0.0.1:$_") } $first, $second;
my @where = ('--bootstrap', $tables, '--insecure-test-hosts', @fast);
my @whois = ('whois', @where);

is(succeeds(@whois, '9.9.9.9'), "Nine Ltd | 9.9.9.0/24 | 127.0.0.1:$first | NET-9.9.9.0 | DE | -\n", 'an address');
is_deeply([grep { m{/ip/9\.9} } requests($first)], ["/ip/9.9.9.9 ip2asn/0.1.0"], 'is asked for once, by name');
is(succeeds(@whois, '9.9.9.77', '9.9.9.0/25'),
    "Nine Ltd | 9.9.9.0/24 | 127.0.0.1:$first | NET-9.9.9.0 | DE | -\n" x 2, 'what the range covers is known');
is(scalar(grep { m{/ip/9\.9} } requests($first)), 1, 'and not asked for');
like(succeeds(@whois, '9.1.0.0/16'), qr/^By Address \| 9\.1\.0\.0\/16 /, 'a prefix that is not found: by its address');
like(succeeds(@whois, 'AS64500'), qr/^DOC-AS \| AS64496 - AS64511 /, 'an AS');
like(succeeds(@whois, '2600:1::/32'), qr/^Six \| 2600:1::\/32 /, 'IPv6');
like(succeeds({ in => "# list\n9.9.9.9\n\n9.3.0.1\n" }, @whois, '-'), qr/^Nine Ltd .*\nSecond .*\n\z/, 'from a list');
like(succeeds(@whois, '9.6.0.1'), qr/^Zipped /, 'gzip');
my $line = decode_json(succeeds(@whois, '--json', '9.3.0.1'));
is($line->{Whois}{asn_registry}, "127.0.0.1:$second", 'the registry of the last hop');
is($line->{Whois}{network}{cidr}, '9.3.0.0/16', 'its range');
like(succeeds(@whois, '--raw', '9.9.9.9'), qr/^\{"country":"DE"/, 'raw');

# Without asking.
my $asked = () = requests($first);
is(succeeds(@whois, '100.64.0.1', '192.88.99.2', '10.1.2.0/24', 'fe80::1'), <<'END', 'special-purpose space');
Shared Address Space | 100.64.0.0/10 | iana | - | - | -
6a44-relay anycast address | 192.88.99.2/32 | iana | - | - | -
Private-Use | 10.0.0.0/8 | iana | - | - | -
Link-Local Unicast | fe80::/10 | iana | - | - | -
END
is(scalar(() = requests($first)), $asked, 'costs no question');

# What fails: exit status, message.
my @failures = (
    ['9.2.0.1', 1, qr/none: HTTP 404/],
    ['8.8.8.8', 1, qr/Failed to find Registry/],
    ['9.2.0.4', 6, qr/failed: the answer is not valid JSON/],
    ['9.2.0.5', 6, qr/failed: the answer is longer than 1024 KiB/],
    ['9.2.0.6', 6, qr/failed: the answer is nested deeper than 64 levels/],
    ['9.2.0.7', 6, qr/failed: /],
    ['9.2.0.9', 6, qr/failed: odd range: 9\.3\.0\.0\/24 was answered for 9\.2\.0\.9\/32/],
    ['9.4.0.1', 6, qr/failed: the redirects are a loop/],
    ['9.4.0.2', 6, qr/failed: redirect: '169\.254\.169\.254' is special-purpose space/],
    ['9.4.0.3', 6, qr/failed: redirect: 'other\.example\.net' is no host of the bootstrap tables/],
    ['9.4.0.4', 6, qr/failed: /],
    ['9.4.0.5', 6, qr/failed: redirect: .* is not an http or https URL/],
    ['9.5.0.6', 6, qr/failed: there are more than 5 redirects/],
    ['9.6.0.2', 6, qr/failed: the answer is longer than 1024 KiB/],
    ['nonsense', 1, qr/nonsense/],
);
for my $case (@failures) {
    my ($query, $wanted, $message) = @$case;
    fresh();
    my ($status, $out, $err) = run(@whois, $query);
    is($status, $wanted, "$query: exit status");
    is($out, '', "$query: nothing on standard output");
    like($err, qr/^ip2asn whois: .*$message/, "$query: says why");
}
fresh();
like(succeeds(@whois, '9.5.0.5'), qr/^Five Hops /, 'five redirects are followed');
{
    my $start = time;
    my ($status, $out, $err) = run(@whois, '9.2.0.8');
    is($status, 6, 'an answer that drips is given up');
    cmp_ok(time - $start, '<', 12, 'after nine seconds');
}

# Plain http and loopback are for tests only.
fresh();
like((run('whois', '--bootstrap', $tables, @fast, '9.9.9.9'))[2], qr/is plain http/, 'plain http is not asked');

# A registry that says that it was asked too often, or bars us, is left alone by the next process, too.
fresh();
like((run(@whois, '9.2.0.2'))[2], qr/limited: HTTP 429/, 'limited');
my $before = () = requests($first);
like((run(@whois, '9.9.9.9'))[2], qr/was asked too often, and is left alone until \d{4}-/, 'is told');
is(scalar(() = requests($first)), $before, 'and not asked again');
fresh();
like((run(@whois, '9.2.0.3'))[2], qr/refused: HTTP 403/, 'refused');
like((run(@whois, '9.9.9.9'))[2], qr/refused to answer, and is left alone until/, 'and left alone');
fresh();
run(@whois, '9.2.0.4') for 1 .. 5;
like((run(@whois, '9.9.9.9'))[2], qr/did not answer five times, and is left alone/, 'the breaker is open');

# The pace holds across processes.
fresh();
{
    my @slow  = ('whois', '--bootstrap', $tables, '--insecure-test-hosts', '--no-cache', '--rate', "127.0.0.1:$first=5/1s",
        '--i-have-permission', "127.0.0.1:$first");
    my @pids;
    my $start = time;
    for (1 .. 3) {
        my $pid = fork // die;
        if (!$pid) { open STDOUT, '>', '/dev/null'; exec { ip2asn() } ip2asn(), @slow, ('9.9.9.9') x 3 or POSIX::_exit(127) }
        push @pids, $pid;
    }
    waitpid $_, 0 for @pids;
    my @times = map { /^(\S+) \/ip\/9\.9/ ? $1 : () } (split /\n/, slurp(path("requests-$first")))[-9 .. -1];
    is(scalar @times, 9, 'three processes, three questions each');
    cmp_ok($times[-1] - $start, '>', 8 * .2 - .05, 'no faster than one');
}

# An answer that is kept for long is given at once, and renewed behind it, by so many processes as are allowed.
fresh();
{
    succeeds(@whois, '9.9.9.9');
    my $file = "$ENV{XDG_CACHE_HOME}/ip2asn/whois/answers.jsonl";
    my $age  = sub { my ($days) = @_; my @t = gmtime(time - 86400 * $days); write_file($file, slurp($file) =~ s/"Timestamp":"[^"]*"/POSIX::strftime('"Timestamp":"%Y-%m-%dT%H:%M:%SZ"', @t)/egr) };
    my $asked = sub { scalar grep { m{/ip/9\.9} } requests($first) };
    $age->(10);
    my $before = $asked->();
    my ($status, $out, $err) = run(@whois, '9.9.9.9');
    like($out, qr/^Nine Ltd /, 'past the refresh age: what is kept is given');
    like($err, qr/9\.9\.9\.9: kept since \S+; it is renewed in the background \(1 of 2 refreshers at work\)/, 'and renewed, as is said with count and limit');
    ok(wait_for(sub { (() = slurp($file) =~ /\n/g) == 2 }), 'the new answer is kept');
    is($asked->(), $before + 1, 'which took one question');
    ($status, $out, $err) = run(@whois, '9.9.9.9');
    is($err, '', 'the next one finds it fresh');
    is($asked->(), $before + 1, 'and asks nothing');
    $age->(10);
    open my $place, '>>', "$ENV{XDG_CACHE_HOME}/ip2asn/whois/refresher-1" or die;
    flock $place, LOCK_EX or die;
    ($status, $out, $err) = run(@whois, '--refreshers', '1', '9.9.9.9');
    like($out, qr/^Nine Ltd /, 'with all refreshers at work: what is kept is given');
    like($err, qr/it is not renewed now, as 1 of 1 refreshers are at work/, 'and not renewed, as is said');
    is($asked->(), $before + 1, 'nothing was asked');
    close $place;
    $age->(40);
    ($status, $out, $err) = run(@whois, '9.9.9.9');
    is($err, '', 'past the age at which it expires: it is asked for');
    is($asked->(), $before + 2, 'before it is given');
}

# What cannot be is told.
my @mistakes = (
    [qr/a QUERY is missing/],
    [qr/--raw and --json/,      '--raw', '--json', '9.9.9.9'],
    [qr/--rate 'arin=0\/1s' is not REGISTRY=N\/T/, '--rate', 'arin=0/1s', '9.9.9.9'],
    [qr/--rate 'arin' is not REGISTRY=N\/T/, '--rate', 'arin', '9.9.9.9'],
    [qr/takes its permission/,  '--rate', 'arin=2/1s', '9.9.9.9'],
    [qr/takes its permission/,  '--max-in-flight', 'lacnic=2', '9.9.9.9'],
    [qr/--max-in-flight 'lacnic=x' is not REGISTRY=N/, '--max-in-flight', 'lacnic=x', '9.9.9.9'],
    [qr/--max-age '1y'/,        '--max-age', '1y', '9.9.9.9'],
);
for my $case (@mistakes) {
    my ($message, @arguments) = @$case;
    my ($status, $out, $err) = run('whois', @arguments);
    is($status, 2, "exit status 2: whois @arguments");
    like($err, $message, "says what: whois @arguments");
}
is((run('whois', '--bootstrap', path('nowhere'), '9.9.9.9'))[0], 6, 'no tables: exit status 6');
like((run('whois', @where, '--registry', 'arin', '--no-cache', '9.9.9.9'))[2], qr/is not among the registries/, '--registry');

done_testing;
