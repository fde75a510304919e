# ip2asn survey: lists, a real name server and a hostile one, caches, mapping, reports, interruption.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use DnsTest;
use JSON::PP qw(decode_json);
use Test::More;

-x '/usr/sbin/knotd' or plan skip_all => "knotd is missing: install Debian's 'knot' package";

my @database = ('--hosters', data('small-hosters.conf'), '-d', data('small-v4.tsv'), '-d', data('small-v6.tsv'));
my $runs     = 0;

# Surveys a list; returns the objects of results.jsonl by host, and the directory of the report.
sub survey {
    my ($list, @options) = @_;
    my $out = path('out' . ++$runs);
    my ($status, $printed, $err) =
        run({ in => $list }, 'survey', @database, '--input', '-', '--limit', 0, '--report', $out, @options);
    is("$status: $err", '0: ', "survey @options");
    return ({ map { ($_->{instance} => $_) } map { decode_json($_) } split /\n/, slurp("$out/results.jsonl") }, $out, $printed);
}

sub addresses { return join ' ', map { $_->{ip} } @{ $_[0]{addresses} } }

my $knot = start_knot(
    'example.test' => <<"ZONE" . join('', map { "big A 8.8.8.$_\n" } 1 .. 120), 'broken.test' => undef);
a A 8.8.8.8
both A 1.0.0.255
both AAAA 2606:4700::1
six AAAA 2606:4700::2
two A 8.8.9.1
two A 1.0.0.1
c1 CNAME c2
c2 CNAME c3
c3 CNAME a
loop1 CNAME loop2
loop2 CNAME loop1
dangling CNAME nothing
private A 127.0.0.1
nohoster A 203.0.113.7
mapped AAAA ::ffff:8.8.8.8
*.many A 8.8.8.8
ZONE

# A real server.
my @common = ('--servers', $knot, '--cache-dir', path('cache'), '--timeout', '5s');
{
    my %cases = (
        'a.example.test'        => ['hoster',        '8.8.8.8'],
        'both.example.test'     => ['hoster',        '1.0.0.255 2606:4700::1'],
        'six.example.test'      => ['hoster',        '2606:4700::2'],
        'two.example.test'      => ['several',       '1.0.0.1 8.8.9.1'],
        'c1.example.test'       => ['hoster',        '8.8.8.8'],
        'loop1.example.test'    => ['no address',    '', qr/./],
        'dangling.example.test' => ['no address',    '', qr/NXDOMAIN/],
        'nx.example.test'       => ['no address',    '', qr/^NXDOMAIN$/],
        'example.test'          => ['no address',    '', qr/^no address$/],
        'x.broken.test'         => ['no address',    '', qr/^SERVFAIL$/],
        'private.example.test'  => ['not announced', '127.0.0.1'],
        'nohoster.example.test' => ['no hoster',     '203.0.113.7'],
        'mapped.example.test'   => ['hoster',        '8.8.8.8'],
        'big.example.test'      => ['hoster',        join ' ', map { "8.8.8.$_" } 1 .. 120],
        'x.onion'               => ['no address',    '', qr/onion/],
        'no name'               => ['no address',    '', qr/no host name/],
        '1.0.0.0'               => ['hoster',        '1.0.0.0'],
        '1.0.1.0'               => ['not announced', '1.0.1.0'],
    );
    my $list = join "\n", '# hosts', reverse sort keys %cases;
    my ($found, $out) = survey($list, @common);
    for my $host (sort keys %cases) {
        my ($outcome, $addresses, $failure) = @{ $cases{$host} };
        is($found->{$host}{outcome}, $outcome, "$host: $outcome");
        is(addresses($found->{$host}), $addresses, "$host: addresses");
        like($found->{$host}{failure}, $failure, "$host: why") if $failure;
    }
    is($found->{'both.example.test'}{hoster}, 'cloudflare', 'the last address of a range belongs to it');
    is_deeply(
        $found->{'a.example.test'}{addresses},
        [{ ip => '8.8.8.8', announced => JSON::PP::true, as_number => 15169, as_country_code => 'US', as_description => 'GOOGLE',
           first_ip => '8.8.8.0', last_ip => '8.8.8.255', prefix => '8.8.8.0/24', hoster => 'google', hoster_class => 'cloud' }],
        'what is known of an address, as the endpoint has it'
    );
    my (undef, $again) = survey($list, @common);
    my (undef, $anew)  = survey($list, '--servers', $knot, '--no-cache', '--concurrency', 1);
    for my $file (qw(hosts.csv hosters.md results.jsonl results.json report.html by-users.svg by-users.png)) {
        is(slurp("$again/$file"), slurp("$out/$file"), "$file is the same from the cache");
        is(slurp("$anew/$file"),  slurp("$out/$file"), "$file is the same in another order of answers");
    }
}

# More questions at once than fit into a server's socket.
{
    my ($found) = survey(join("\n", map { "n$_.many.example.test" } 1 .. 3000), '--servers', $knot, '--no-cache', '--concurrency', 3000);
    is(scalar(grep { addresses($_) eq '8.8.8.8' && !$_->{failure} } values %$found), 3000, 'no host is lost in a crowd');
}

# A hostile one.
my $hostile = start_responder(0.02);
my @hostile = ('--servers', $hostile, '--timeout', '2s');
{
    my %cases = (
        'otherquestion.test' => '8.8.8.8',
        'otherid.test'       => '8.8.8.8',
        'otherowner.test'    => '',
        'shortaddress.test'  => '',
        'cut.test'           => '',
        'selfpointer.test'   => '',
        'chain.test'         => '',
        'servfail.test'      => '',
        'refused.test'       => '',
        'silent.test'        => '',
        'good.test'          => '8.8.8.8',
    );
    my ($found) = survey(join("\n", keys %cases), @hostile, '--no-cache');
    is(addresses($found->{$_}), $cases{$_}, "$_: '$cases{$_}'") for sort keys %cases;
    like($found->{'silent.test'}{failure}, qr/timeout/, 'silence is a timeout');
    like($found->{'servfail.test'}{failure}, qr/SERVFAIL/, 'SERVFAIL is told');
    like($found->{'refused.test'}{failure}, qr/refused/, 'a refusal as well');
    cmp_ok(scalar(grep { /chain/ } questions()), '<=', 12, 'a chain of aliases is followed for so long only');
}

# Caches.
{
    my $cache = path('cache2');
    my $list  = join "\n", 'good.test', 'servfail.test', 'silent.test', map { "n$_.test" } 1 .. 50;
    my @cached = (@hostile, '--cache-dir', $cache);
    questions();
    my ($first) = survey($list, @cached);
    cmp_ok(scalar(my @asked = questions()), '>=', 104, 'a first run asks');
    my ($second, undef, $printed) = survey($list, @cached);
    is_deeply([questions()], [], 'a second run asks nothing, not for failures either');
    is_deeply($second, $first, 'and finds the same');
    like($printed, qr/^cleanup: 0 addresses, 0 failures, 0 answers$/m, 'nothing was too old');

    my $age = sub {
        my ($file, $seconds) = @_;
        my $json = decode_json(slurp("$cache/$file.json"));
        $_->{time} -= $seconds for @{ $json->{entries} };
        write_file("$cache/$file.json", JSON::PP->new->encode($json));
    };
    $age->('addresses', 3000);
    my $moved = slurp("$cache/addresses.json") =~ s/"8\.8\.8\.8"/"1.0.0.9"/r;
    write_file("$cache/addresses.json", $moved);
    my ($stale) = survey('good.test', @cached);
    is(addresses($stale->{'good.test'}), '1.0.0.9', 'past its first age an entry is served as it is');
    is($stale->{'good.test'}{hoster}, 'cloudflare', 'by where it is');
    is_deeply([sort { $a cmp $b } questions()], [('good.test') x 2], 'and asked for again');
    my ($renewed) = survey('good.test', @cached);
    is("@{[addresses($renewed->{'good.test'})]} $renewed->{'good.test'}{hoster}", '8.8.8.8 google', 'for the next run: no AS outlives a move');
    is_deeply([questions()], [], 'which asks nothing');

    $age->($_, 100_000) for qw(addresses failures answers);
    (undef, undef, $printed) = survey('good.test', @cached);
    like($printed, qr/^cleanup: 51 addresses, 2 failures, \d+ answers$/m, 'past their second age entries are dropped and counted');

    # Nobody to ask is no answer.
    my @nobody = ('survey', @database, '--input', '-', '--servers', '127.0.0.1:' . free_port(), '--cache-dir', path('cache5'), '--jsonl', path('nobody'));
    for my $time (qw(first second)) {
        my ($status, undef, $err) = run({ in => "a.test\nb.test" }, @nobody);
        is($status, 0, "no name server, $time time");
        is($err, "ip2asn survey: no name server could be reached for 2 hosts; the next run asks again\n", 'is told, and not kept');
        like(slurp(path('nobody')), qr/"failure":"no server"/, 'and reported');
    }

    # Whoever has no hoster map is told why no hoster is known.
    my @bare = ('survey', '-d', data('small-v4.tsv'), '--input', '-', @cached, '--jsonl', path('bare'));
    succeeds({ in => 'good.test' }, @bare, '--no-hosters');
    my (undef, undef, $told) = run({ in => 'good.test' }, @bare);
    my ($map) = $told =~ /^ip2asn survey: the default hoster map (\S+) is missing, .*--hosters$/m;
  SKIP: {
        skip 'there is a default hoster map', 1 if !defined $map && $told eq '';
        ok(defined $map && !-e $map, 'a default hoster map that is missing is said to be') or diag($told);
    }

    # Another generation of the data: answers of the old one do not count.
    my $new = write_file(path('new.tsv'), "8.8.8.0\t8.8.8.255\t13335\tUS\tCLOUDFLARENET\n");
    my $out = path('generation');
    succeeds({ in => 'good.test' }, 'survey', '--hosters', data('small-hosters.conf'), '-d', $new, '--input', '-', @cached, '--csv', $out);
    like(slurp($out), qr/^good\.test,.*,cloudflare,/m, 'data that changed is asked anew');

    write_file("$cache/$_.json", '{"format":1,') for qw(addresses answers);
    my ($status, undef, $err) = run({ in => 'good.test' }, 'survey', @database, '--input', '-', @cached);
    is($status, 0, 'a damaged cache is no failure');
    like($err, qr/addresses\.json: is damaged; set aside.*answers\.json: is damaged/s, 'but told');
    ok(-e "$cache/addresses.json.bad" && decode_json(slurp("$cache/addresses.json")), 'set aside, and rebuilt');
}

# Lists, and what is reported.
{
    my $dump = '{"instances":[{"name":"B.test.","users":"10","active_users":null,"statuses":"3","connections":4,"ipv6":true},'
        . '{"name":"8.8.8.8","users":30,"active_users":"7"},{"name":"=1+1","users":"1"},{"name":"8.8.9.9","users":5},{"name":"Example.test"},{"name":"b.test","users":99}]}';
    my @quick = ('--no-cache', '--servers', $hostile);
    my (undef, $out) = survey($dump, @quick, '--exclude', '8.8.9', '--exclude', 'EX');
    my @lines = split /\r\n/, slurp("$out/hosts.csv");
    is_deeply(
        \@lines,
        [
            'instance,users,active_users,statuses,connections,ipv6,hoster,hosted_instances,percent_instances,hosted_users,percent_users,addresses,asns',
            '8.8.8.8,30,7,0,0,false,google,2,66.67,40,97.56,8.8.8.8,15169',
            'b.test,10,0,3,4,true,google,2,66.67,40,97.56,8.8.8.8,15169',
            q("'=1+1",1,0,0,0,false,(no address),1,33.33,1,2.44,,),
        ],
        'hosts.csv: sorted by users, each host once, no formula'
    );
    is(slurp("$out/hosters.md"), "Hoster | Users | U% | Instances | I%\n--- | ---: | ---: | ---: | ---:\ngoogle | 40 | 97.56 | 2 | 66.67\n",
        'hosters.md');
    my $html = slurp("$out/report.html");
    like($html, qr/google.*40 \(97\.56 %\)/s, 'report.html has the figures of the CSV');
    unlike($html, qr/<script|src=|href=/, 'and needs nothing from elsewhere');
    ok(slurp("$out/by-users.png") =~ /\A\x89PNG/, 'PNG');
    like(slurp("$out/by-users.svg"), qr/\A<\?xml.*<\/svg>\n\z/s, 'SVG');

    my $csv = qq("host",users\r\n"b.test",7\r\n8.8.8.8,"1"\r\n);
    is(succeeds({ in => $csv }, 'survey', @database, '--input', '-', @quick, '--limit', 1) =~ /^(\d+ hosts?)/m ? $1 : '', '1 host', 'CSV, and the largest');
    is((run({ in => $_ }, 'survey', @database, '--input', '-', @quick))[0], 3, 'a list that is none: ' . substr $_, 0, 20)
        for '', '{"instances":5}', '{"instances":[{"users":1}]}', '{"inst', "name\n\"x";
    # Lists as they are published: each means good.test, then other.test, and most tell of 7 users.
    my %published = (
        'rank,host'           => ["1,good.test\r\n2,other.test\r\n"],
        'host,users'          => ["good.test,7\nother.test,1\n", 7],
        'rank host'           => ["1 good.test\n2 other.test\n"],
        'URLs'                => ["https://Good.Test/about?x=1\nhttp://user\@other.test:8080\n"],
        'hosts file'          => ["# x\n127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 good.test # why\n0.0.0.0\tother.test\n"],
        'block export'        => ["#domain,#severity,#reject_media\ngood.test,suspend,FALSE\nother.test,silence,TRUE\n"],
        'Markdown links'      => ["Instance,NU,Users\n[Good](https://good.test),Yes,7\n[\x{c3}\x{96}ther](https://other.test),No,1\n", 7],
        'origins'             => ["origin,rank\nhttps://good.test,1000\nhttps://other.test,1000\n"],
        'TSV'                 => ["name\tdomain\tusers\nThe good\tgood.test\t7\nOther, one\tother.test\t1\n", 7],
        'semicolons'          => ["host;total_users\ngood.test;7\nother.test;1\n", 7],
        'adblock'             => ["! x\n||good.test^\n||other.test^\n"],
        'wildcards'           => ["*.good.test\n*.other.test.\n"],
        'objects'             => ['[{"domain":"good.test","total_users":7},{"domain":"other.test","total_users":"1"}]', 7],
        'GraphQL'             => ['{"data":{"nodes":[{"domain":"good.test","total_users":7},{"domain":"other.test"}]}}', 7],
        'stats'               => ['{"data":[{"domain":"good.test","stats":{"user_count":7}},{"domain":"other.test"}],"links":{"next":null}}', 7],
        'base URLs'           => ['[{"baseurl":"good.test","name":"Good","counts":{"users":7}},{"baseurl":"other.test","name":"x"}]', 7],
        'names'               => ['["good.test","other.test"]'],
        'instances'           => ['{"instances":[{"name":"good.test","users":"7"},{"name":"other.test"}]}', 7],
        'an object a line'    => [qq({"host":"good.test","users":7}\n{"host":"other.test","users":1}\n), 7],
        'objects by name'     => ['{"good.test":{"users":7},"other.test":{"users":1}}', 7],
        'linked'              => ['{"federated_instances":{"linked":[{"id":1,"domain":"good.test"},{"id":2,"domain":"other.test"}],"blocked":[]}}'],
    );
    for my $form (sort keys %published) {
        my ($list, $users) = @{ $published{$form} };
        for my $text ($list, "\xef\xbb\xbf$list") {
            my ($found) = survey($text, @quick);
            is_deeply([sort keys %$found], ['good.test', 'other.test'], "$form: the hosts") or next;
            is($found->{'good.test'}{users}, $users // 0, "$form: users");
        }
    }
    my ($unicode) = survey("m\x{c3}\x{bc}nchen.test\nFA\x{c3}\x{9f}.test\n\x{e4}\x{be}\x{8b}.test\n", @quick);
    is_deeply([sort keys %$unicode], ['xn--fa-hia.test', 'xn--fsq.test', 'xn--mnchen-3ya.test'], 'Unicode by IDNA');
    for my $none (
        ["<!DOCTYPE html>\n<p>good.test</p>\n",   qr/HTML/],          ["1\n2\n3\n",                 qr/numbers/],
        ["a\@b.test\nc\@d.test\n",              qr/e-mail/],        ["some text\nmore text\n",     qr/text; its first line is .some text/],
        ["city,country\nNew York,US\n",           qr/table.*city/],   ['[{"name":"The good one"}]',   qr/JSON/],
        ["\xfd7zXZ\0" . 'x' x 50,                 qr/xz -dc/],        ["\x1f\x8b\x08" . 'x' x 50,    qr/gzip -dc/],
        [join('', map { "$_\0" } split //, "good.test\n"), qr/UTF-16/],
      )
    {
        my ($status, $out, $err) = run({ in => $none->[0] }, 'survey', @database, '--input', '-', @quick);
        is($status, 3, "no list of hosts: $none->[1]");
        like($err, $none->[1], 'and it is said what it looks like');
    }

    my ($fallback) = survey('203.0.113.7 255.255.255.1 1.0.4.1' =~ s/ /\n/gr, @quick, '--fallback-name');
    is($fallback->{'1.0.4.1'}{hoster}, 'wpl-as-ap', '--fallback-name: a first word in capitals');
    is($fallback->{'203.0.113.7'}{outcome}, 'no hoster', 'and no other');
}

# Names that would move a terminal's cursor, or turn the reading direction, wherever they are written.
{
    my @evil = ("\e[31mred.test", "\x01\x7f.test", "\xc2\x9b31m.test", "\xff\xfe.test", "\xed\xa0\x80.test", "cut.\xe2\x80",
        map { my $name = "a${_}b.test"; utf8::encode($name); $name }
          "\x{061c}", map { chr } 0x200e, 0x200f, 0x202a .. 0x202e, 0x2066 .. 0x2069);
    my $bad = qr/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\x{061c}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]/;
    my $odd = path("odd\e[1m\xe2\x80\xae.tsv");
    write_file($odd, slurp(data('small-v4.tsv')));
    my $out = path('evil');
    my ($status, $said, $err) = run({ in => join '', map { "$_\n" } 'good.test', @evil },
        'survey', '-d', $odd, '--no-hosters', '--input', '-', '--no-cache', '--servers', $hostile, '--report', $out, '--csv', path('evil.csv'));
    is($status, 0, 'names that are no names are surveyed');
    for my $file (path('evil.csv'), grep { !/\.png\z/ } glob "$out/*") {
        my $text = slurp($file);
        ok(utf8::decode($text), "$file is UTF-8");
        unlike($text, $bad, "$file has no control character");
    }
    is(scalar(() = slurp("$out/hosts.csv") =~ /no address/g), scalar @evil, 'each of them is in hosts.csv');
}

# An interrupt: what is done is saved, the report is partial, the next run goes on.
{
    my @slow = ('--servers', $hostile, '--timeout', '28s', '--cache-dir', path('cache3'), '--concurrency', 5);
    my $list = write_file(path('slow.txt'), map { "$_\n" } 'good.test', 'silent.test');
    questions();
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', path('partial.out') or die;
        open STDERR, '>', path('partial.err') or die;
        exec {+ip2asn()} ip2asn(), 'survey', @database, '--input', $list, @slow, '--report', path('partial') or exit 127;
    }
    # The third silent question is a second try: by then good.test has long been answered.
    my @seen;
    while (grep({ /silent/ } @seen) < 3) {
        select undef, undef, undef, .05;
        push @seen, questions();
    }
    kill INT => $pid;
    waitpid $pid, 0;
    is($? >> 8, 1, 'an interrupted run is exit status 1');
    like(slurp(path('partial.err')), qr/interrupted after 1 of 2 hosts/, 'says so');
    like(slurp(path('partial/report.html')), qr/class="warning">Partial: 1 of 2 hosts/, 'the report is marked');
    ok(decode_json(slurp(path('partial/results.json')))->{partial}, 'the totals as well');
    questions();
    succeeds('survey', @database, '--input', write_file(path('good.txt'), "good.test\n"), @slow);
    is_deeply([questions()], [], 'what was done is not asked again');
}

# A run that is killed: what it had found out before the last seconds is kept.
{
    my $cache  = path('cache4');
    my @killed = ('--servers', $hostile, '--timeout', '60s', '--cache-dir', $cache);
    my $list   = write_file(path('killed.txt'), "good.test\nsilent.test\n");
    my $pid    = fork // die;
    if (!$pid) {
        open STDOUT, '>', '/dev/null' or die;
        exec {+ip2asn()} ip2asn(), 'survey', @database, '--input', $list, @killed or exit 127;
    }
    for (1 .. 1200) {
        last if -e "$cache/addresses.json";
        select undef, undef, undef, .05;
    }
    kill KILL => $pid;
    waitpid $pid, 0;
    questions();
    succeeds('survey', @database, '--input', path('good.txt'), @killed);
    is_deeply([questions()], [], 'what a run that was killed had saved is not asked again');
}

for my $mistake ([], ['--input', '-', '--limit', 'x'], ['--input', '-', '--timeout', 0], ['--input', '-', '--concurrency', 0],
    ['--input', '-', '--address-age', '2h/1h'], ['--input', '-', '--format', 'xml'], ['--input', '-', 'x'])
{
    is((run('survey', @database, @$mistake))[0], 2, "wrong usage: @$mistake");
}
is((run({ in => 'a.test' }, 'survey', @database, '--input', '-', '--no-cache', '--servers', 'x:y'))[0], 2, 'wrong usage: --servers x:y');

done_testing;
