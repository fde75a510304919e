# ip2asn crawl, coverage and telemetry: orders, what is known, resuming after any end, registries that limit, refuse or
# hang, and the pace of several crawls.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../registry";
use CliTest;
use FakeRegistry;
use JSON::PP    qw(decode_json);
use Test::More;
use Time::HiRes qw(sleep time);

my $kills = $ENV{IP2ASN_CRAWL_KILLS} // 12;
my $run   = 0;
sub fresh { ++$run; $ENV{XDG_STATE_HOME} = path("state$run"); $ENV{XDG_CACHE_HOME} = path("cache$run"); return path("crawl$run") }
sub number { return unpack 'N', pack 'C4', split /\./, $_[0] }
sub address { return join '.', unpack 'C4', pack 'N', $_[0] }

# 600 ranges in two /8s, of sizes that differ, with gaps between them.
my (@ranges, @tsv);
for my $first (9, 11) {
    my $at = $first << 24;
    for my $i (0 .. 299) {
        my $size = 256 * (1 + $i * 7 % 40);
        push @ranges, [$at, $at + $size - 1, 64512 + $i];
        push @tsv, join "\t", address($at), address($at + $size - 1), 64512 + $i, 'DE', "AS $i\n";
        $at += $size + 256 * ($i % 3);
    }
}
my $db = write_file(path('ranges.tsv'), @tsv);
my %expected = map { (address($_->[0]) . '-' . address($_->[1]) => 1) } @ranges;

# A registry whose networks are these ranges.
sub by_range {
    my ($path) = @_;
    my ($ip) = $path =~ m{^/ip/([\d.]+)} or return { status => 400 };
    my $wanted = number($ip);
    my ($low, $high) = (0, $#ranges);
    while ($low < $high) {
        my $middle = ($low + $high + 1) >> 1;
        if ($ranges[$middle][0] <= $wanted) { $low = $middle } else { $high = $middle - 1 }
    }
    my ($first, $last) = @{ $ranges[$low] };
    return { status => 404 } if $wanted < $first || $wanted > $last;
    return { body => network(address($first), address($last), "Holder $low") };
}

my $one   = start_rdap(\&by_range);
my $two   = start_rdap(\&by_range);
my @hosts = ($one, $two);

sub tables { return bootstrap(ipv4 => [[['9.0.0.0/8'], ["http://127.0.0.1:$_[0]/"]], [['11.0.0.0/8'], ["http://127.0.0.1:$_[1]/"]]]) }

sub options {
    my ($tables, $rate, @ports) = @_;
    return ('--bootstrap', $tables, '--insecure-test-hosts', '--live', '--contact', 'noc@example.net',
        map { my $name = "127.0.0.1:$_"; ('--rate', "$name=$rate/1s", '--max-in-flight', "$name=4", '--i-have-permission', $name) } @ports);
}

sub results {
    my ($dir) = @_;
    return map { decode_json($_) } split /\n/, -e "$dir/results.jsonl" ? slurp("$dir/results.jsonl") : '';
}
sub networks { return map { my $n = $_->{Whois}{network}; "$n->{start_address}-$n->{end_address}" } @_ }

my $tables = tables(@hosts);
my @fast   = options($tables, 100_000, @hosts);

# Without --live nothing is asked.
{
    my $dir = fresh();
    my $plan = succeeds('crawl', '-d', $db, '--state', $dir, '--bootstrap', $tables);
    like($plan, qr/^127\.0\.0\.1:$one +300 +<= 300 +12 s +<= 1\.0 h$/m, 'the plan tells ranges, pace and time');
    like($plan, qr/nothing was asked/, 'and that nothing was asked');
    is(() = requests($one), 0, 'which is so');
    ok(!-e $dir, 'no state is made');
    like(succeeds('crawl', '-d', $db, '--state', $dir, '--bootstrap', $tables, '--until-coverage', '0.01'),
        qr/^all: at most (?:3\d|40) questions/m, 'the plan ends with the coverage');
}

# All of it, each range once, the largest first.
my $whole = fresh();
{
    my ($status, $out, $err) = run('crawl', '-d', $db, '--state', $whole, @fast);
    is($status, 0, 'a crawl ends well') or diag $err;
    like($err, qr/600 questions, 600 answers, 600 ranges, 0 without holder/, 'a question a range');
    my @results = results($whole);
    is_deeply({ map { ($_ => 1) } networks(@results) }, \%expected, 'all ranges are there');
    is(scalar @results, 600, 'each once');
    is_deeply([sort keys %{ $results[0] }], [qw(Host IP Timestamp Whois)], 'the keys of a line');
    is($results[0]{Whois}{holder}, 'Holder ' . (grep { address($ranges[$_][0]) eq $results[0]{Whois}{network}{start_address} } 0 .. 599)[0], 'its holder');
    my @sizes = map { number($_->{Whois}{network}{end_address}) - number($_->{Whois}{network}{start_address}) } @results;
    cmp_ok($sizes[0], '>', 9900, 'the largest first');
    cmp_ok($sizes[-1], '<', 800, 'the smallest last');
    my %asked; $asked{$_}++ for map { (split / /, $_, 2)[0] } requests($one), requests($two);
    is_deeply([grep { $asked{$_} > 1 } keys %asked], [], 'nothing is asked twice');
    like((requests($one))[0], qr{^/ip/[\d.]+/\d+ ip2asn/[\d.]+ \(\+noc\@example\.net\)$}, 'by the largest prefix, with the contact');
    my $before = (() = requests($one)) + (() = requests($two));
    ($status, $out, $err) = run('crawl', '-d', $db, '--state', $whole, @fast);
    is($status, 0, 'again');
    is((() = requests($one)) + (() = requests($two)), $before, 'asks nothing');
    my $metrics = decode_json((split /\n/, slurp("$whole/metrics.jsonl"))[0]);
    is($metrics->{'Got WHOIS'}, 600, 'metrics tell the answers');
    like(succeeds('telemetry', "$whole/metrics.jsonl"), qr/^Within Known CIDR Block +600$/m, 'telemetry tells the latest line');
    my $coverage = decode_json(succeeds('coverage', '--json', '--of', 'network', '--by', 'country', "$whole/results.jsonl"));
    my $sum = 0; $sum += $_->[1] - $_->[0] + 1 for @ranges;
    is($coverage->{blocks}, 600, 'coverage counts ranges');
    is($coverage->{union}, $sum, 'and addresses');
    is($coverage->{by}[0]{name}, 'DE', 'by country');
    is(decode_json(succeeds('coverage', '--json', "$whole/results.jsonl"))->{sum}, $sum, 'and those announced');
}

# Other orders find the same.
for my $order ('gap', 'input') {
    my $dir = fresh();
    my ($status, $out, $err) = run('crawl', '-d', $db, '--state', $dir, @fast,
        $order eq 'gap' ? ('--order', 'gap', '--max-queries', 5000) : ('--input', write_file(path('input'), map { address($_->[0] + 5) . "\n" } @ranges, @ranges[0 .. 9])));
    is($status, 0, "$order: ends well") or diag $err;
    is_deeply({ map { ($_ => 1) } networks(results($dir)) }, \%expected, "$order: all ranges are there");
    is(scalar(results($dir)), 600, "$order: each once");
}

# kill -9 whenever it may be: the union of the runs is that of one.
{
    my $dir  = fresh();
    my @slow = options($tables, 1 + int(300 / ($kills * .26)), @hosts);
    my ($killed, $status) = (0);
    for my $attempt (1 .. 3 * $kills) {
        my $pid = fork // die;
        if (!$pid) { open STDERR, '>', path('stderr'); exec { ip2asn() } ip2asn(), 'crawl', '-d', $db, '--state', $dir, @slow or POSIX::_exit(127) }
        if ($killed < $kills) {
            sleep .05 + rand .3;
            kill KILL => $pid;
        }
        waitpid $pid, 0;
        $killed++ if $? == 9;
        $status = $?;
        last if $status != 9;
    }
    is($killed, $kills, 'it was killed so often before it ended');
    is($status, 0, 'and ends well') or diag slurp(path('stderr'));
    my @results = results($dir);
    is_deeply({ map { ($_ => 1) } networks(@results) }, \%expected, 'and has all ranges');
    cmp_ok(scalar @results, '<=', 600 + 8 * $killed, 'with hardly any twice');
}

# A line that was cut is cut off; one that is damaged is told of.
{
    my $dir = fresh();
    mkdir $dir;
    system('cp', "$whole/results.jsonl", "$whole/plan.json", $dir);
    my $text = slurp("$dir/results.jsonl");
    write_file("$dir/results.jsonl", substr $text, 0, -100);
    is((run('crawl', '-d', $db, '--state', $dir, @fast))[0], 0, 'a cut line');
    is(scalar(results($dir)), 600, 'is asked again');
    write_file("$dir/results.jsonl", "{\n$text");
    my ($status, $out, $err) = run('crawl', '-d', $db, '--state', $dir, @fast);
    is($status, 3, 'a damaged line is exit status 3');
    like($err, qr/results\.jsonl, line 1: /, 'and told of');
    write_file("$dir/results.jsonl", $text);
    ($status, $out, $err) = run('crawl', '-d', $db, '--cover', '--state', $dir, @fast);
    is($status, 2, 'other arguments are exit status 2');
    like($err, qr/--replan/, 'with the way out');
    is((run('crawl', '-d', $db, '--cover', '--state', $dir, '--replan', @fast))[0], 0, '--replan');
    my $other = fresh();
    is((run('crawl', '-d', $db, '--state', $other, '--known', "$whole/results.jsonl", @fast))[0], 0, '--known');
    is(scalar(results($other)), 0, 'what others know is not asked');
}

# Limits, interruption, a full disk.
{
    my $dir = fresh();
    is((run('crawl', '-d', $db, '--state', $dir, @fast, '--max-queries', 50))[0], 1, '--max-queries: status 1');
    is(scalar(results($dir)), 50, 'and so many answers');
    $dir = fresh();
    is((run('crawl', '-d', $db, '--state', $dir, @fast, '--until-coverage', '0.01'))[0], 0, '--until-coverage');
    cmp_ok(scalar(results($dir)), '<', 60, 'ends early');
    $dir = fresh();
    my @slow = options($tables, 50, @hosts);
    my $pid  = fork // die;
    if (!$pid) { open STDERR, '>', '/dev/null'; exec { ip2asn() } ip2asn(), 'crawl', '-d', $db, '--state', $dir, @slow or POSIX::_exit(127) }
    sleep .05 until -s "$dir/results.jsonl";
    my ($status, $out, $err) = run('crawl', '-d', $db, '--state', $dir, @slow);
    is($status, 6, 'a second crawl in one directory does not begin');
    like($err, qr/another crawl is at work here/, 'and says so');
    kill TERM => $pid;
    waitpid $pid, 0;
    is($? >> 8, 1, 'SIGTERM: status 1');
    $dir = fresh();
    ($status, $err) = shell("ulimit -f 40; \Q@{[ip2asn()]}\E crawl -d $db --state $dir " . join ' ', map { quotemeta } @fast);
    is($status, 6, 'a disk that is full: status 6');
    like($err, qr/results\.jsonl: cannot be written/, 'is told');
    is((run('crawl', '-d', $db, '--state', $dir, @fast))[0], 0, 'and with room again it goes on');
    is_deeply({ map { ($_ => 1) } networks(results($dir)) }, \%expected, 'to the end');
}

# A registry that hangs and one that refuses: the other is asked at its full rate.
for my $case (['refuses', sub { { status => 403, body => 'no' } }], ['limits', sub { { status => 429, headers => ['Retry-After: 3600'] } }], ['hangs', sub { { hang => 1 } }]) {
    my ($name, $behaviour) = @$case;
    my $third = start_rdap($behaviour);
    my $dir   = fresh();
    my @both  = options(tables($one, $third), 200, $one, $third);
    my $start = time;
    my ($status, $out, $err) = run('crawl', '-d', $db, '--state', $dir, @both, '--max-time', '4s');
    is($status, 1, "$name: status 1");
    is(scalar(grep { /^9\./ } networks(results($dir))), 300, "$name: the other registry is crawled");
    cmp_ok(scalar(() = requests($third)), '<=', 5, "$name: it is asked a few times");
    cmp_ok(time - $start, '<', 16, "$name: and not waited for");
    like($err, qr/refused to answer/, 'refuses: it is told') if $name eq 'refuses';
}

# Two crawls share a pace.
{
    fresh();
    my @slow = options($tables, 40, @hosts);
    my $seen = () = requests($one);
    my @pids;
    for my $i (1, 2) {
        my $pid = fork // die;
        if (!$pid) { open STDERR, '>', '/dev/null'; exec { ip2asn() } ip2asn(), 'crawl', '-d', $db, '--state', path("shared$i"), @slow, '--max-time', '3s' or POSIX::_exit(127) }
        push @pids, $pid;
    }
    waitpid $_, 0 for @pids;
    my @lines = split /\n/, slurp(path("requests-$one"));
    my @times = map { /^(\S+)/ } @lines[$seen .. $#lines];
    my $took = $times[-1] - $times[0];
    cmp_ok(scalar @times, '<=', 40 * $took + 2, 'two at once are no faster than one');
    cmp_ok(scalar @times, '>=', .8 * 40 * 3, 'and not much slower');
}

# What is asked for most comes first; what was answered long ago is asked for again.
{
    my $dir     = fresh();
    my $popular = write_file(path('data.json'), '{"as":{"64600":{"counters":[5,9,0]},"64700":{"counters":[50,1,0]},"64701":{"counters":[50,7,0]},"0":{"counters":[99,0,0]}}}');
    my $summary = write_file(path('summary.json'), '{"asns":{"top":[{"name":"AS64800","lines":1000,"bytes":1},{"name":"Others","lines":9}]}}');
    my @one_by_one = map { ('--max-in-flight', "127.0.0.1:$_=1") } @hosts;
    run('crawl', '-d', $db, '--state', $dir, @fast, @one_by_one, '--popular', $popular, '--popular', $summary, '--max-queries', '30');
    my @asns = map { $_->{Whois}{asn} } grep { $_->{Whois}{network}{start_address} =~ /^9\./ } results($dir);
    my (%seen, @order);
    push @order, grep { !$seen{$_}++ } @asns;
    is_deeply([@order[0 .. 3]], [64800, 64701, 64700, 64600], 'what is asked for most is asked first, then what costs most');
    like((run('crawl', '-d', $db, '--state', path('x'), '--bootstrap', $tables, '--popular', $db))[2], qr/is not valid JSON|holds no counts/, 'counts that are none are told of');

    my $before = () = requests($one);
    write_file("$dir/results.jsonl", slurp("$dir/results.jsonl") =~ s/"Timestamp":"20(\d\d)/"Timestamp":"19$1/gr);
    run('crawl', '-d', $db, '--state', $dir, @fast, @one_by_one, '--popular', $popular, '--popular', $summary, '--refresh-age', '90d', '--max-queries', '4');
    is((() = slurp("$dir/results.jsonl") =~ /"Timestamp":"20/g), 4, 'what is old is asked for again');
    like((grep { /"Timestamp":"20/ && /"IP":"9\./ } split /\n/, slurp("$dir/results.jsonl"))[0], qr/"asn":"64800"/, 'what is asked for most first');
}

# Shares of what is announced, and of what is handed out.
{
    my $results = write_file(path('shares.jsonl'), map { qq({"IP":"$_->[0]","Whois":{"network":{"start_address":"$_->[0]","end_address":"$_->[1]"}}}\n) }
        ['9.0.0.0', '9.0.0.127'], ['9.0.0.64', '9.0.0.127'], ['12.0.0.0', '12.0.0.255'], ['2600::', '2600:0:1:ffff:ffff:ffff:ffff:ffff']);
    my $tsv = write_file(path('shares.tsv'), "9.0.0.0\t9.0.0.255\t1\tDE\tONE\n13.0.0.0\t13.0.0.255\t2\tDE\tTWO\n2600::\t2600:0:3:ffff:ffff:ffff:ffff:ffff\t1\tDE\tONE\n");
    my $statistics = write_file(path('shares.delegated'), "2|nro|20260101|3|19830101|20260101|+0000\nnro|*|ipv4|*|2|summary\nnro|*|ipv6|*|1|summary\n"
          . "arin|US|ipv4|9.0.0.0|128|20000101|assigned|a\narin|US|ipv4|14.0.0.0|128|20000101|assigned|b\narin|US|ipv6|2600::|47|20000101|assigned|a\n");
    like(succeeds('coverage', '--of', 'network', '-d', $tsv, '--import', $statistics, $results), qr/, 25\.00 % of what is announced, 50\.00 % of what is handed out$/m, 'shares of IPv4');
    like(succeeds('coverage', '--of', 'network', '--family', '6', '-d', $tsv, '--import', $statistics, '--json', $results), qr/"percent_of_routed":"50\.00","percent_of_delegated":"100\.00"/, 'shares of IPv6, by /48s');
}

# What cannot be is told.
my @mistakes = (
    [qr/--state DIR is missing/],
    [qr/--live requires --contact/, '--state', 'x', '--live'],
    [qr/--contact '.*' is not a mailbox/, '--state', 'x', '--live', '--contact', 'nobody'],
    [qr/--contact '.*' is not a mailbox/, '--state', 'x', '--live', '--contact', "a\@b.c\r\nX: y"],
    [qr/--order 'random' is not prior, gap or seed/, '--state', 'x', '--order', 'random'],
    [qr/--family '5' is not 4, 6 or both/, '--state', 'x', '--family', '5'],
    [qr/too large to be searched/, '--state', 'x', '--family', '6', '--order', 'gap'],
    [qr/--until-coverage '101' is not a share/, '--state', 'x', '--until-coverage', '101'],
    [qr/--max-queries '-1' is not a number from 1/, '--state', 'x', '--max-queries', '-1'],
    [qr/--max-time 'soon' is not a time/, '--state', 'x', '--max-time', 'soon'],
    [qr/is not an option/,         '--state', 'x', 'list'],
    [qr/takes its permission/,     '--state', 'x', '--rate', 'lacnic=1/1s'],
);
for my $case (@mistakes) {
    my ($message, @arguments) = @$case;
    my ($status, $out, $err) = run('crawl', @arguments);
    is($status, 2, "exit status 2: crawl @arguments");
    like($err, $message, "says what: crawl @arguments");
}
is((run('coverage'))[0], 2, 'coverage without a file');
is((run('telemetry'))[0], 2, 'telemetry without a file');
is((run('coverage', path('nowhere')))[0], 6, 'coverage of a file that is not there');

# The seed list.
{
    my $list = path('seeds');
    succeeds('crawl', '--seed-list', '-o', $list);
    my ($status, $sum) = shell("sha256sum < \Q$list\E");
    like($sum, qr/^fb47158b6b3e54326d5e9feca9d96160d0ae4c58bed0076669848dd576be9e09 /, 'the seed list is the original');
    unlink $list;
}

done_testing;
