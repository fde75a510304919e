# IP2ASNCount: the counters are the sums of a log, whatever happens to the processes that count.
#
# IP2ASN_COUNT_REQUESTS, _KILLS and _RESTARTS make it larger; scripts/test-count does.
use strict;
use warnings FATAL => 'all';
use Apache::Test ();
use JSON::PP qw(decode_json);
use List::Util qw(sum0);
use LWP::UserAgent ();
use Test::More;
use Time::HiRes qw(sleep);
use IP2ASN::Access qw(line_module);
use IP2ASN::Httpd;
use IP2ASN::Load qw(start_load end_load);
use IP2ASN::Test;

my ($requests, $kills, $restarts) = map { $ENV{"IP2ASN_COUNT_$_->[0]"} // $_->[1] } ['REQUESTS', 2400], ['KILLS', 4], ['RESTARTS', 3];
# The lines of the log that are counted.
my $counted = qr{^\d+ \d+ \d+ \S+ (?!/quiet|/ip2asn-status|/server-status|.*\?uncounted).*}m;
my @names = qw(requests bytes micros s4xx s5xx denied reported);

my $httpd = IP2ASN::Httpd->new;
$httpd->write('data.tsv',     slurp(var('t_dir') . '/data/httpd.tsv'));
$httpd->write('hosters.conf', slurp(var('t_dir') . '/data/httpd-hosters.conf'));
$httpd->write('bad',          "AS64499\n192.0.2.0/26\n");
mkdir $httpd->directory . "/htdocs/$_" for qw(asked quiet index few refused reported other);
$httpd->write("htdocs/$_/page.txt", "a page of $_\n") for qw(asked quiet index few refused reported other);
my @server = (
    line_module('status'),
    'IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap DIR/hosters.conf', 'IP2ASNCacheDir DIR/cache', 'IP2ASNList bad DIR/bad',
    'IP2ASNRefreshInterval Off',
    'CustomLog DIR/count_log "%>s %B %D %a %U%q"', 'ErrorDocument 404 /page.txt', 'ErrorDocument 403 /few/page.txt', 'MaxKeepAliveRequests 50',
    '<Location "/ip2asn-status">', 'SetHandler ip2asn-status', 'IP2ASNCount Off', '</Location>',
    '<Location "/server-status">', 'SetHandler server-status', 'IP2ASNCount Off', '</Location>',
    '<Location "/asked">', '<RequireAny>', 'Require asn-list bad', 'Require all granted', '</RequireAny>', '</Location>',
    '<Location "/refused">', '<RequireAll>', 'Require all granted', 'Require not asn 64499', '</RequireAll>', '</Location>',
    '<Location "/reported">', 'IP2ASNReport On', '<RequireAll>', 'Require all granted', 'Require not asn 64499', '</RequireAll>', '</Location>',
    '<Location "/other">', 'Require env NOBODY_SETS_THIS', '</Location>',
    '<Directory "DIR/htdocs/index">', 'DirectoryIndex /few/page.txt', '</Directory>',
    '<Location "/quiet">', 'IP2ASNCount Off', '</Location>',
);
sub configure { my (@lines) = @_; return $httpd->configure(@server, @lines) }

my $browser = LWP::UserAgent->new(env_proxy => 0);
sub ask    { my ($path, $client) = @_; return $browser->get($httpd->url($path), 'X-Forwarded-For' => $client // '192.0.2.1') }
sub data   { return decode_json(ask('/ip2asn-status/data.json')->content) }
sub totals { my %total; @total{@names} = @{ $_[0] }; return \%total }
sub picked { my ($counts, @of) = @_; my $total = totals($counts); return { map { $_ => $total->{$_} } @of } }

configure('IP2ASNCount On', 'IP2ASNEngine On');
ok $httpd->start, 'a server that counts' or diag $httpd->error_log;
my $first = data();
is_deeply $first->{all}, [(0) x 7], 'nothing is counted at first, least of all a request where IP2ASNCount is Off';
like $first->{segment}, qr/^[0-9a-f]{16}$/, 'the memory has a name';
cmp_ok abs($first->{since} / 1e6 - time), '<', 120, 'and a beginning';

# What is counted, and how.
my @cases = (    # path, client, what is counted of it, what
    ['/page.txt',          '192.0.2.1',    { requests => 1, bytes => 7 }, 'a page'],
    ['/missing',           '198.51.100.9', { requests => 1, bytes => 7, s4xx => 1 }, 'an internal redirect counts once, with the last status and bytes'],
    ['/refused/page.txt',         '198.51.100.9', { requests => 1, bytes => 14, s4xx => 1, denied => 1 }, 'a Require line by network denies'],
    ['/refused/page.txt',         '192.0.2.1',    { requests => 1, bytes => 18 }, 'or does not'],
    ['/other/page.txt',           '198.51.100.9', { requests => 1, bytes => 14, s4xx => 1 }, 'what others deny is not ours'],
    ['/reported/page.txt',        '198.51.100.9', { requests => 1, bytes => 19, reported => 1 }, 'IP2ASNReport lets through'],
    ['/index/',            '192.0.2.1',    { requests => 1, bytes => 14 }, 'DirectoryIndex'],
    ['/quiet/page.txt',    '192.0.2.1',    {}, 'IP2ASNCount Off in a section'],
);
for (@cases) {
    my ($path, $client, $expected, $what) = @$_;
    my $before = totals(data()->{all});
    ask($path, $client);
    my $after;
    wait_until(sub { $after = totals(data()->{all}); return $after->{requests} > $before->{requests} }) if %$expected;
    my %added = map { my $n = $after->{$_} - $before->{$_}; $n ? ($_ => $n) : () } grep { $_ ne 'micros' } @names if $after;
    is_deeply $after ? \%added : {}, $expected, $what;
}
my $seen = data();
is totals($seen->{all})->{requests}, 7, 'each request once';
is_deeply [sort keys %{ $seen->{as} }], [64496, 64499], 'the ASes that were seen';
is $seen->{as}{64499}{name}, '<script>alert("x")</script> \'quoted\', \ name', 'with their names, whatever these are';
is_deeply picked($seen->{as}{64499}{counters}, qw(requests denied reported)), { requests => 4, denied => 1, reported => 1 }, 'counts of an AS';
is_deeply picked($seen->{country}{FR}{counters}, qw(requests denied)), { requests => 4, denied => 1 }, 'of a country';
is_deeply picked($seen->{list}{bad}{counters}, qw(requests)), { requests => 7 }, 'of a list, by AS and by network';
is $seen->{restarts}, 0, 'no restart yet';
ask('/page.txt', '192.0.2.128');
ok wait_until(sub { exists data()->{hoster}{hostexample} }), 'a hoster';
is data()->{hoster}{hostexample}{class}, 'hosting', 'with its class';

for (['POST', 405], ['HEAD', 200]) {
    my ($method, $status) = @$_;
    my $answer = $browser->request(HTTP::Request->new($method => $httpd->url('/ip2asn-status/data.json')));
    is $answer->code, $status, "$method";
    is $answer->header('Cache-Control'), 'no-store', "$method: not to be kept";
}
is ask('/ip2asn-status/nothing')->code, 404, 'another route';

# Metrics, in both formats; and mod_status' page.
sub scraped { my ($accept) = @_; return $browser->get($httpd->url('/ip2asn-status/metrics'), Accept => $accept) }
my $open = 'application/openmetrics-text';
for (
    ['*/*', 0], ['text/plain', 0], [$open, 1], ["$open;version=1.0.0,$open;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", 1],
    ["$open;q=0.4, text/plain;q=0.5", 0], ["$open;version=9", 0], ["$open;q=0", 0], ["text/plain, $open", 0],
) {
    my ($accept, $wanted) = @$_;
    my $answer = scraped($accept);
    my $type = $wanted ? 'application/openmetrics-text; version=1.0.0; charset=utf-8' : 'text/plain; version=0.0.4; charset=utf-8';
    is_deeply [$answer->header('Content-Type'), scalar($answer->content =~ /^# EOF\n\z/m)], [$type, $wanted || ''], "Accept: $accept";
}
my ($text, $counted_so) = (scraped('text/plain')->content, data());
my %value = $text =~ /^(ip2asn_\S+(?: [^\d]\S*)*) (\d\S*)$/mg;
my $total = totals($counted_so->{all});
is_deeply [@value{'ip2asn_requests_total', 'ip2asn_response_bytes_total', 'ip2asn_errors_total{code="4xx"}', 'ip2asn_denied_total', 'ip2asn_reported_total'}],
    [@$total{qw(requests bytes s4xx denied reported)}], 'the metrics of all';
is $value{ip2asn_request_seconds_total}, sprintf('%.6f', $total->{micros} / 1e6), 'seconds';
is $value{'ip2asn_hoster_requests_total{hoster="hostexample",class="hosting"}'}, totals($counted_so->{hoster}{hostexample}{counters})->{requests}, 'of a hoster';
is $value{'ip2asn_country_denied_total{country="FR"}'}, 1, 'of a country';
is $value{'ip2asn_list_requests_total{list="bad"}'}, totals($counted_so->{list}{bad}{counters})->{requests}, 'of a list';
is $value{ip2asn_counted_ases}, 3, 'ASes';
cmp_ok abs($value{ip2asn_database_last_good_timestamp_seconds} // time - time), '<', 600, 'when the data were last found good';
unlike $text, qr/198\.51\.100|asn="other"/, 'no address, and no AS that is the rest of all';
like $text, qr/^ip2asn_shown_ases \d+$/m, 'how many ASes have series';
# The examples ask for what there is.
# One is there only when the sources were looked at.
my %family   = map { $_ => 1 } 'ip2asn_database_last_good_timestamp_seconds', $text =~ /^# TYPE (\S+)/mg;
my $examples = "$ENV{IP2ASN_TEST_SOURCE}/examples/prometheus";
for my $file (qw(alerts.yml grafana.json ../../docs/counting.md)) {
    my %named = map { $_ => 1 } slurp("$examples/$file") =~ /\b(ip2asn_\w+_(?:total|seconds|info|ases))\b/g;
    ok %named && !grep({ !$family{$_} } keys %named), "$file: metrics that exist" or diag join ' ', grep { !$family{$_} } keys %named;
}
is ref decode_json(slurp("$examples/grafana.json"))->{panels}, 'ARRAY', 'the dashboard is JSON';
SKIP: {
    my ($promtool) = grep { defined && -x } $ENV{PROMTOOL}, map { "$_/promtool" } split /:/, $ENV{PATH};
    skip 'promtool is not installed (Debian package prometheus)', 2 unless $promtool;
    my $file   = $httpd->write('metrics.txt', $text);
    my $output = `$promtool check metrics <$file 2>&1`;
    is "$?:$output", '0:', 'promtool has nothing to complain of';
    my $rules = `$promtool check rules $examples/alerts.yml 2>&1`;
    is $?, 0, 'nor of the alerts' or diag $rules;
}
SKIP: {
    my ($python) = grep { `$_ -c 'import prometheus_client.openmetrics.parser' 2>&1` eq '' } '/usr/bin/python3', 'python3';
    skip 'the OpenMetrics parser is not installed (Debian package python3-prometheus-client)', 1 unless $python;
    my $file   = $httpd->write('open.txt', scraped($open)->content);
    my $output = `$python -c 'import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as f; print(len(list(f(open(sys.argv[1]).read()))))' $file 2>&1`;
    like $output, qr/^\d\d\n\z/, 'nor has the OpenMetrics parser';
}
like ask('/server-status?auto')->content, qr/^IP2ASNRequests: $total->{requests}\nIP2ASNDenied: 1\nIP2ASNCountedASes: 3\n/m, 'server-status?auto has three lines';
like ask('/server-status')->content, qr/Requests counted: $total->{requests}/, 'and its page';

# Requests that end before anything is known of them.
for my $request ("GET /x HTTP/1.1\r\n\r\n", "NONSENSE\r\n\r\n") {
    my $before = totals(data()->{all});
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => var('own_port'), Proto => 'tcp');
    syswrite $socket, $request;
    1 while sysread $socket, my $answer, 4096;
    ok wait_until(sub { totals(data()->{all})->{s4xx} == $before->{s4xx} + 1 }), 'a bad request is counted';
}

# Whatever becomes of the configuration, the counters stay.
my $kept = data();
configure('IP2ASNEngine On');
ok $httpd->graceful, 'a graceful restart without IP2ASNCount';
ask('/page.txt?uncounted');
is_deeply data()->{all}, $kept->{all}, 'counts no more, and keeps what was counted';
configure('IP2ASNCount On');
my $started = $httpd->started;
kill HUP => $httpd->pid;
ok wait_until(sub { $httpd->started > $started }), 'a hard restart with it';
my $now;
ok wait_until(sub { $now = eval { data() } }), 'answers';
is_deeply [@$now{qw(all segment since)}], [@$kept{qw(all segment since)}], 'and keeps them too';
is $now->{restarts}, 2, 'restarts are counted';

# The log and the counters, with the engine Off; what was counted so far is of another log.
wait_until(sub { totals(data()->{all})->{requests} == lines_of(logged()) });
compare('so far', 0);
my @paths   = qw(/page.txt /page.txt /missing /refused/page.txt /reported/page.txt /index/ /asked/page.txt /quiet/page.txt);
my @clients = ('192.0.2.1', '192.0.2.128', '198.51.100.9', '203.0.113.1', '203.0.113.200', '198.18.0.7', '2001:db8:2::', '2001:db8:1::5');
my $load    = 8;
my @load    = start_load(
    clients => $load, each => int($requests / $load), port => var('own_port'),
    request => sub {
        my ($path, $client) = ($paths[rand @paths], $clients[rand @clients]);
        return "GET $path HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: $client\r\n\r\n";
    }
);
my $done = 0;
my ($killed, $restarted) = (0, 0);
my $before = lines_of(logged());
while ($done < $kills + $restarts) {
    # As the load goes on: one after so many lines.
    my $due = $before + ($done + 1) * $requests * 0.5 / ($kills + $restarts + 1);
    wait_until(sub { lines_of(logged()) >= $due }) or last;
    ++$done;
    if ($restarted * ($kills + 1) < $done * $restarts - $restarts && $restarted < $restarts || $killed >= $kills) {
        kill USR1 => $httpd->pid;
        ++$restarted;
    }
    else {
        my @children = $httpd->children;
        kill KILL => $children[rand @children];
        ++$killed;
    }
}
end_load(@load);
is_deeply [$killed, $restarted], [$kills, $restarts], "$kills children killed, $restarts graceful restarts";
compare("after some $requests requests", $killed);

# The slots of the recent past are the counters' differences, to the unit, whoever was killed.
my $final = data();
my $recent;
ok wait_until(sub {
    $recent = decode_json(ask('/ip2asn-status/recent.json')->content);
    return @{ $recent->{slots} } && $recent->{slots}[-1]{to} > $final->{now};
}), 'a slot is closed within seconds';
my (@of_slots, %of_as);
my $end = $final->{since};
my $joined = 1;
for my $slot (@{ $recent->{slots} }) {
    $joined &&= $slot->{from} == $end;
    $end = $slot->{to};
    $of_slots[$_] += $slot->{all}[$_] for 0 .. $#names;
    for my $asn (keys %{ $slot->{as} }) { $of_as{$asn}[$_] += $slot->{as}{$asn}[$_] for 0 .. $#names }
}
ok $joined, 'slots follow one another from the beginning on';
is_deeply \@of_slots, $final->{all}, 'their sums are the counters';
is_deeply \%of_as, { map { $_ => $final->{as}{$_}{counters} } keys %{ $final->{as} } }, 'those of each AS, too';
is_deeply [@$recent{qw(segment span step)}], [$final->{segment}, 'hour', 10], 'an hour in steps of ten seconds';
is decode_json(ask('/ip2asn-status/recent.json?span=day')->content)->{step}, 300, 'a day in steps of five minutes';
is_deeply [map { ref } @{ $recent->{slots}[-1] }{qw(hoster country list)}], [('HASH') x 3], 'and the other kinds';

# A slot of five minutes has to end before an AS is shown.
SKIP: {
    skip 'takes five minutes; scripts/test-count has the time', 1 unless $ENV{IP2ASN_COUNT_SHOWN};
    my $shown;
    for (1 .. 6) { last if wait_until(sub { $shown = scraped('text/plain')->content; return $shown =~ /^ip2asn_as_info/m }) }
    my %info = map { $_ => 1 } $shown =~ /^ip2asn_as_info\{asn="(\d+)"/mg;
    is_deeply [sort keys %info], [sort keys %{ $final->{as} }], 'the ASes are shown in metrics';
    is_deeply { $shown =~ /^ip2asn_as_requests_total\{asn="(\d+)"\} (\d+)$/mg }, { map { $_ => $final->{as}{$_}{counters}[0] } keys %{ $final->{as} } }, 'with all their requests';
}

sub logged { return slurp($httpd->directory . '/count_log') }
sub lines_of { my ($log) = @_; my $lines = () = $log =~ /$counted/g; return $lines }

sub compare {
    my ($what, $lost) = @_;
    # Whoever is still at it has written its line, or will.
    my ($data, $log, $last) = (undef, '', -1);
    wait_until(sub {
        sleep 0.1;
        ($data, $log) = (data(), logged());
        my ($lines, $counted) = (lines_of($log), totals($data->{all})->{requests});
        my $settled = $lines - $counted <= $lost && $lines == $last;
        $last = $lines;
        return $settled;
    });
    my %of_log = map { $_ => 0 } @names;
    for (split /\n/, $log) {
        next unless /$counted/;
        my ($status, $bytes, $micros) = split / /;
        ++$of_log{requests};
        $of_log{bytes}  += $bytes;
        $of_log{micros} += $micros;
        ++$of_log{s4xx} if $status =~ /^4/;
        ++$of_log{s5xx} if $status =~ /^5/;
    }
    my $all     = totals($data->{all});
    my $missing = $of_log{requests} - $all->{requests};
    note "$what: $of_log{requests} in the log, $all->{requests} counted";
    ok $missing >= 0 && $missing <= $lost, "$what: at most one request apart for a child that was killed between log and count" or diag $missing;
    if ($missing == 0) {
        is_deeply [@$all{qw(requests bytes s4xx s5xx)}], [@of_log{qw(requests bytes s4xx s5xx)}], "$what: log and counters are equal to the unit";
    }
    else {
        cmp_ok $of_log{s4xx} - $all->{s4xx}, '<=', $missing, "$what: errors";
    }
    cmp_ok abs($all->{micros} - $of_log{micros}), '<=', 0.02 * $of_log{micros} + 1000 * $all->{requests}, "$what: times";
    my $of_ases = sum0 map { $_->{counters}[0] } values %{ $data->{as} };
    cmp_ok $of_ases, '<=', $all->{requests}, "$what: no more of the ASes than of all";
    return;
}

done_testing;
