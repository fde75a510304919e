# ip2asn annotate: forms, places, inputs, threads, following, summaries.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use JSON::PP qw(decode_json);
use Test::More;

my @annotate =
    ('annotate', '--hosters', data('small-hosters.conf'), '-d', data('small-v4.tsv'), '-d', data('small-v6.tsv'));
my $tail = '- - [10/Oct/2000:13:55:36 -0700] "GET /\"x HTTP/1.0" 200 2326 "-" "Chrome/1.0.0.1"';
my $log  = "8.8.8.8 $tail\n[2606:4700::1]:443 $tail\n1.0.1.0 $tail\nlocalhost $tail\n";

is(
    succeeds({ in => $log }, @annotate),
    qq(8.8.8.8 $tail AS15169 US google "GOOGLE"\n[2606:4700::1]:443 $tail AS13335 US cloudflare "CLOUDFLARENET"\n)
        . "1.0.1.0 $tail - - - -\nlocalhost $tail - - - -\n",
    'asn, country, hoster and name are appended'
);
is(succeeds({ in => "198.51.100.1\r\n" }, @annotate, '--fields', 'ip,name'),
    qq(198.51.100.1 198.51.100.1 "\\"quoted\\", <b>bold</b> & =sum(1)"\r\n), 'quotes are escaped, a CR stays last');
is(
    succeeds({ in => "8.8.8.8\tx\nnone\n" }, @annotate, '--tsv', '--header', '--fields', 'addr,asn,hoster_class,first_ip,last_ip,prefix'),
    "ip\tas_number\thoster_class\tfirst_ip\tlast_ip\tprefix\tline\n8.8.8.8\t15169\tcloud\t8.8.8.0\t8.8.8.255\t8.8.8.0/24\t8.8.8.8\tx\n"
        . "\t\t\t\t\t\tnone\n",
    '--tsv: the line is the last column, as it is'
);
is(succeeds({ in => "8.8.8.8\n1.0.1.0\n" }, @annotate, '--format', '%{ip}\tAS%{asn} %% %{hoster}|%{line}'),
    "8.8.8.8\tAS15169 % google|8.8.8.8\n1.0.1.0\tAS- % -|1.0.1.0\n", '--format');
{
    my @objects = map { decode_json($_) }
        split /\n/, succeeds({ in => "8.8.8.8 \xff\t\"</script>\"\n1.0.1.0\n-\n" }, @annotate, '--json', '--fields', 'ip,asn,hoster');
    is_deeply(
        \@objects,
        [
            { line => "8.8.8.8 \x{FFFD}\t\"</script>\"", announced => JSON::PP::true, ip => '8.8.8.8', as_number => 15169, hoster => 'google' },
            { line => '1.0.1.0', announced => JSON::PP::false, ip => '1.0.1.0' },
            { line => '-' },
        ],
        '--json: any bytes, an object a line'
    );
}

# Where the address is.
my $two = "10.0.0.1 8.8.8.8,1.0.0.1\n";
is(succeeds({ in => $two }, @annotate, '--format', '%{ip}', @{ $_->[0] }), "$_->[1]\n", "place: @{$_->[0]}")
    for [[], '10.0.0.1'], [['--field', 2], '8.8.8.8'], [['--field', 3], '-'],
    [['--field', 2, '--delimiter', ','], '1.0.0.1'], [['--regex', ',\S+'], '1.0.0.1'], [['--regex', ' ([^,]+)'], '8.8.8.8'];

my @short = (@annotate, '--fields', 'asn');
my $plain_log = write_file(path('plain.log'), "8.8.8.8\n");

# Lines of JSON stay JSON.
{
    my $caddy = '{"request":{"remote_ip":"10.0.0.2","client_ip":"8.8.8.8","uri":"/<x>"},"size":12}';
    my $added = '"announced":true,"as_number":15169,"as_country_code":"US","hoster":"google","as_description":"GOOGLE"}';
    my $whole = substr($caddy, 0, -1) . ",$added";
    is(succeeds({ in => "$caddy\n$caddy\r\n" }, @annotate), "$whole\n$whole\r\n", 'members are added to an object');
    is(succeeds({ in => "$caddy\n" }, @annotate, '--json'), "$whole\n", 'with --json as well');
    is(succeeds({ in => "$whole\n" }, @annotate, '--json'), "$whole\n", 'members of the same name are replaced');
    is(succeeds({ in => "$caddy\n" }, @annotate, '--fields', 'asn', '--json-prefix', 'net_'),
        substr($caddy, 0, -1) . qq(,"net_announced":true,"net_as_number":15169}\n), '--json-prefix');
    is(succeeds({ in => "{}\n" }, @annotate), "{}\n", 'nothing is added where nothing is known');
    is(succeeds({ in => qq({ "ip" : "1.0.1.0" }\n) }, @annotate), qq({ "ip" : "1.0.1.0" ,"announced":false}\n), 'or little');
    my $cri = '2026-10-10T13:55:36.1Z stdout F ';
    is(succeeds({ in => "$cri$caddy\n" }, @annotate), "$cri$whole\n", 'the head of the line stays');
    # With --json everything is strict JSON.
    for my $odd ("$cri$caddy", qq({"client_ip":"8.8.8.8","ua":"\\x22"}), qq({"client_ip":"8.8.8.8","ua":"\xff"}), qq({"client_ip":"8.8.8.8"} x),
        qq({"client_ip":"8.8.8.8"), qq({"client_ip":"8.8.8.8",}))
    {
        my $object = decode_json(succeeds({ in => "$odd\n" }, @annotate, '--json'));
        is("$object->{as_number} " . length $object->{line}, '15169 ' . length $odd, "a string: $odd");
    }
    is(succeeds({ in => '{"a":{"b":"8.8.8.8"},"client_ip":"1.0.0.1"}' }, @annotate, '--key', 'a.b', '--format', '%{ip}'), "8.8.8.8\n", '--key');
}

# Columns that a header names; the header may be far above.
{
    my $head = "#Software: x\n#Fields: date s-ip cs-uri-stem c-ip sc-bytes\n";
    my $row  = "2026-10-10 192.0.2.1 /1.0.0.1 8.8.8.8 5\n";
    is(succeeds({ in => "$head$row" }, @annotate, '--fields', 'asn'), $head . ($row =~ s/\n/ AS15169\n/r), 'lines that begin with # pass unchanged');
    my $rows = 3_000_000 / length $row;
    my $w3c  = write_file(path('w3c.log'), $head, ($row) x $rows, "#Fields: c-ip x\n", ("8.8.8.8 1.0.0.1\n") x 9);
    my $none = write_file(path('none.txt'), "8.8.8.8 1.0.0.1\n");
    for my $threads (1, 3) {
        my $all = succeeds(@annotate, '--threads', $threads, '--format', '%{ip}', $w3c, $none);
        is(scalar(() = $all =~ /^8\.8\.8\.8$/mg), int($rows) + 10, "columns hold for a whole log and not for others: $threads threads");
        is_deeply(decode_json(succeeds(@annotate, '--threads', $threads, '--summary=json', $w3c))->{all}, { lines => int($rows) + 9, bytes => 5 * int $rows }, 'their bytes are counted, headers are not');
    }
}

# X-Forwarded-For, and addresses that nobody shall see.
{
    my $line = '10.0.0.9 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-" "1.0.0.1, 8.8.8.8, 10.0.0.1"' . "\n";
    is(succeeds({ in => $line }, @annotate, '--format', '%{ip}', @{ $_->[0] }), "$_->[1]\n", "X-Forwarded-For: @{$_->[0]}")
        for [[], '10.0.0.9'], [['--trust-xff'], '8.8.8.8'], [['--trust-xff=3'], '1.0.0.1'];
    is(succeeds({ in => $line }, @annotate, '--trust-xff', '--anonymize', '--fields', 'ip,asn,first_ip,last_ip,prefix'),
        ($line =~ s/10\.0\.0\.9/10.0.0.0/r =~ s/1\.0\.0\.1, 8\.8\.8\.8, 10\.0\.0\.1/1.0.0.0, 8.8.8.0, 10.0.0.0/r =~ s/\n//r)
        . " 8.8.8.0 AS15169 8.8.8.0 8.8.8.255 8.8.8.0/24\n", '--anonymize: the line and the fields, by the network of the whole address');
    is(succeeds({ in => "[2606:4700:1:2::1]:443 ::ffff:8.8.8.8 {\n" }, @annotate, '--anonymize', '--format', '%{line} %{ip} %{asn}'),
        "[2606:4700:1::]:443 8.8.8.0 { 2606:4700:1:: 13335\n", 'IPv6 loses 80 bits');
    is(succeeds({ in => '{"ip":"8.8.8.8"}' }, @annotate, '--anonymize', '--json', '--fields', 'ip'), qq({"announced":true,"ip":"8.8.8.0"}\n), 'JSON, too');
}

# What is not text, or packed and damaged; what is packed twice is not read.
{
    require Encode;
    my %odd = (
        xz          => ["\xfd7zXZ\0\0\4" . "\x01" x 50, qr/xz data is damaged|this build cannot read|compressed by xz.*'xz -dc FILE'/],
        zstd        => ["\x28\xb5\x2f\xfd" . "\x01" x 50, qr/Zstandard data is damaged|this build cannot read|zstd -dc/],
        bzip2       => ["BZh91AY&SY" . "\x01" x 50, qr/bzip2 data is damaged|this build cannot read|bzip2 -dc/],
        zip         => ["PK\3\4" . "\x01" x 50, qr/zip data is damaged|unzip -p/],
        'UTF-16'    => [Encode::encode('UTF-16', $log), qr/UTF-16.*iconv/],
        'UTF-16LE'  => [Encode::encode('UTF-16LE', $log), qr/UTF-16.*iconv/],
        'binary'    => [join('', map { chr $_ % 256 } 0 .. 5000), qr/is not text/],
    );
    for my $kind (sort keys %odd) {
        my ($bytes, $message) = @{ $odd{$kind} };
        my $file = write_file(path("odd.$kind"), $bytes);
        my $packed = path("odd.$kind.gz");
        shell("gzip -c \Q$file\E > \Q$packed\E");
        for my $arguments ([$file, $plain_log], [$packed], ['--follow', $file]) {
            my ($status, $out, $err) = run(@short, @$arguments);
            is($status, 3, "$kind is refused: @$arguments");
            like($err, $message, 'by its name');
            is($out, $arguments->[-1] eq $plain_log ? "8.8.8.8 AS15169\n" : '', 'the others are read');
        }
        my ($status, $err) = shell("{ for i in 1 2 3 4 5 6 7 8 9 10; do dd bs=1 count=1 2>/dev/null; done; cat; } <\Q$file\E | " . join ' ', map { quotemeta } ip2asn(), @annotate, '--summary');
        is($status, 3, 'from a pipe, byte by byte, as well');
    }
    is(succeeds({ in => $_ }, @short), "$_ AS15169\n", "text that begins like something else: $_") for 'BZh 8.8.8.8', 'PK 8.8.8.8', "B 8.8.8.8", "7z 8.8.8.8";
    like(succeeds({ in => "\xef\xbb\xbf8.8.8.8 x\n" }, @short), qr/AS15169/, 'a byte-order mark of UTF-8 is none of the address');
    like(succeeds({ in => "\0" x 5000 . "8.8.8.8 x\n" }, @short), qr/AS15169/, 'nor is the hole that a cut left');
    my $none = succeeds({ in => "8.8.8.8 was denied\n" }, @annotate, '--summary=json');
    unlike($none, qr/bytes/, 'where no line has bytes nothing is said of them');
    unlike(succeeds({ in => "8.8.8.8 was denied\n" }, @annotate, "--summary=$_"), qr/bytes/i, "in the $_ as well") for qw(text html);
}

# Inputs.
my $plain = write_file(path('a.log'), "8.8.8.8 a\n1.0.0.1 without an end");
my ($gz, $joined, $cut) = map { path($_) } 'b.gz', 'joined.gz', 'cut.gz';
shell("printf '8.8.8.8 b\\n' | gzip > $gz; cat $gz $gz > $joined; head -c 20 $gz > $cut");
is(succeeds({ in => "8.8.8.8 in\n" }, @short, $plain, $gz, '-', $joined),
    "8.8.8.8 a AS15169\n1.0.0.1 without an end AS13335\n8.8.8.8 b AS15169\n8.8.8.8 in AS15169\n"
        . "8.8.8.8 b AS15169\n" x 2, 'plain and gzip files and standard input, one after another');
{
    my ($status, $out, $err) = run(@short, $cut, path('none.log'), $plain);
    is($status, 3, 'a cut gzip file is exit status 3');
    like($out, qr/8\.8\.8\.8 a AS15169\n/, 'the other files are annotated');
    like($err, qr/cut\.gz: ends in the middle.*\n.*none\.log: cannot be read/, 'both troubles are told');
    is((run({ in => "\n" }, @short, path('none.log')))[0], 6, 'a file that is not there is exit status 6');
    ($status, $out, $err) = run({ in => '8.8.8.8 ' . 'x' x 3e6 . "\n1.0.0.1\n" }, @short);
    is($status, 1, 'a line of more than 1 MiB is exit status 1');
    like($out, qr/\A8\.8\.8\.8 x+ AS15169\n1\.0\.0\.1 AS13335\n\z/, 'it is cut, and the next is whole');
    like($err, qr/1 line of more than 1 MiB/, 'and told');
}
{
    my ($status, $err) = shell('ulimit -f 8; yes 8.8.8.8 | head -c 1000000 | ' . join(' ', map { quotemeta } ip2asn(), @annotate) . ' >' . quotemeta path('limited'));
    is($status, 6, 'a limit on the size of files is exit status 6');
    like($err, qr/not complete: File too large; raise the limit/, 'and named');
}
is((run({ in => $log, out => '/dev/full' }, @annotate))[0], 6, 'a full disk is exit status 6') if -c '/dev/full';
is(succeeds({ in => '' }, @annotate), '', 'nothing in, nothing out');

# Threads: 6 MB are several blocks.
{
    my $many = write_file(path('many.log'), map { '8.8.' . ($_ % 16) . '.' . ($_ % 256) . ' ' . 'x' x ($_ % 100) . " $_\n" } 1 .. 100_000);
    my $one  = succeeds(@annotate, '--threads', 1, $many);
    is(($one =~ tr/\n//), 100_000, 'every line is there');
    ok($one eq succeeds(@annotate, '--threads', $_, $many), "$_ threads give the same") for 2, 7;
    is(succeeds(@annotate, '--summary=json', '--threads', 1, $many), succeeds(@annotate, '--summary=json', '--threads', 3, $many),
        'summaries as well');
}

# Following: growth, rotation, an end.
{
    my $grown = write_file(path('follow.log'), "8.8.8.8 1\n1.0.0.1");
    pipe(my $from, my $to) or die;
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>&', $to or die;
        exec {+ip2asn()} ip2asn(), @short, '--follow', $grown or exit 127;
    }
    close $to;
    my $more = sub { open my $out, '>>', $grown or die; print {$out} @_; close $out };
    is(scalar <$from>, "8.8.8.8 1 AS15169\n", 'what is there is annotated');
    $more->(" 2\n");
    is(scalar <$from>, "1.0.0.1 2 AS13335\n", 'a line whose end comes later is one line');
    rename $grown, "$grown.1" or die;
    $more->("8.8.8.8 3\n");
    is(scalar <$from>, "8.8.8.8 3 AS15169\n", 'the file that takes the name is followed');
    truncate $grown, 0 or die;
    $more->("8.8.8.8\n");
    is(scalar <$from>, "8.8.8.8 AS15169\n", 'and one that is cut, from its start');
    kill INT => $pid;
    is(scalar <$from>, undef, 'an interrupt ends the output');
    waitpid $pid, 0;
    is($?, 0, 'in good order');
}

# As logrotate does it: the writer goes on with the old file until it is told to reload.
{
    my $log = write_file(path('rotated.log'), "8.8.8.8 0\n");
    pipe(my $from, my $to) or die;
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>&', $to or die;
        exec {+ip2asn()} ip2asn(), @short, '--follow', $log or exit 127;
    }
    close $to;
    is(scalar <$from>, "8.8.8.8 0 AS15169\n", 'it has begun');
    my ($count, %missing) = (0);
    local $SIG{ALRM} = sub { kill KILL => $pid };
    alarm 60;
    for my $rotation (1 .. 3) {
        open my $writer, '>>', $log or die;
        my $write = sub { $missing{ ++$count } = 1; syswrite $writer, "8.8.8.8 $count\n" or die; select undef, undef, undef, .002 };
        $write->() for 1 .. 20;
        rename "$log.$_", "$log." . ($_ + 1) for grep { -e "$log.$_" } reverse 1 .. 3;
        rename $log, "$log.1" or die;
        write_file($log, '');
        $write->() for 1 .. 100;
    }
    while (%missing && defined(my $line = <$from>)) {
        delete $missing{$1} or fail("$line came twice") if $line =~ /^8\.8\.8\.8 (\d+) AS15169$/;
    }
    is(join(' ', sort keys %missing), '', 'no line of a rotated log is lost');
    kill TERM => $pid;
    is(scalar <$from>, undef, 'none comes twice');
    waitpid $pid, 0;
    is($?, 0, 'SIGTERM ends it as well');
    alarm 0;
}

# Signals end it wherever it waits. `more` is what is done once it runs; the child's end of the pipe is left alone, or
# read by nobody.
{
    require POSIX;
    POSIX::mkfifo(path('fifo'), 0600) or die;
    my $quiet = write_file(path('quiet.log'), "8.8.8.8\n");
    my $busy  = write_file(path('busy.log'), "8.8.8.8\n" x 300_000);
    for my $case (
        ['a log in which nothing happens',         [$quiet],               0],
        ['a FIFO that nobody writes to',           [path('fifo'), $quiet], 0],
        ['standard input',                         ['-'],                  0],
        ['standard input before the log',          ['-', $quiet],          0],
        ['output that nobody reads',               [$busy],                'itself'],
        ['output of a log that nobody reads',      ['--threads', 3, $busy, $quiet], 'itself'],
      )
    {
        my ($what, $arguments, $expected) = @$case;
        for my $signal (2, 15) {
            pipe(my $silent, my $input)  or die;
            pipe(my $unread, my $output) or die;
            my $pid = fork // die;
            if (!$pid) {
                open STDIN,  '<&', $silent or die;
                open STDOUT, '>&', $output or die;
                close $_ for $input, $unread;
                exec {+ip2asn()} ip2asn(), @short, '--follow', @$arguments or POSIX::_exit(127);
            }
            # It waits once it has handlers and sleeps.
            for (1 .. 500) {
                my $status = eval { slurp("/proc/$pid/status") } // last;
                last if $status =~ /^State:\tS/m && $status =~ /^SigCgt:\t[0-9a-f]*6[0-9a-f]{3}$/m && slurp("/proc/$pid/wchan") =~ /poll|pipe|futex/;
                select undef, undef, undef, .02;
            }
            kill $signal => $pid;
            my $ended = 0;
            for (1 .. 300) {
                last if $ended = waitpid $pid, POSIX::WNOHANG();
                select undef, undef, undef, .02;
            }
            ok($ended, "signal $signal: $what ends") or kill KILL => $pid;
            is($?, $expected eq 'itself' ? $signal : $expected, 'as it should');
        }
    }
    my ($status, undef, $err) = run(@short, '--follow', path('fifo'));
    is($status, 6, 'a FIFO is not followed');
    like($err, qr/fifo: is a FIFO; --follow takes a regular file/, 'and the message says so');
}

# Summaries.
{
    my $summary = decode_json(succeeds({ in => $log . $log }, @annotate, '--summary=json', '--top', 1));
    is_deeply($summary->{all},             { lines => 8, bytes => 8 * 2326 }, 'lines and bytes');
    is_deeply($summary->{without_address}, { lines => 2, bytes => 2 * 2326 }, 'lines without an address');
    is_deeply($summary->{not_announced},   { lines => 2, bytes => 2 * 2326 }, 'not announced');
    is_deeply(
        $summary->{asns},
        {
            top           => [{ name => 'AS13335', description => 'CLOUDFLARENET', lines => 2, bytes => 4652 }],
            others        => 1,
            other_traffic => { lines => 2, bytes => 4652 }
        },
        'ASNs: the first, and the others'
    );
    is_deeply([map { $_->{name} } @{ $summary->{hosters}{top} }],   ['cloudflare'], 'hosters');
    is_deeply([map { $_->{name} } @{ $summary->{countries}{top} }], ['US'],         'countries');
    like(succeeds({ in => $log }, @annotate, '--summary'), qr/^ +1 +25\.0 % +2,326 +25\.0 %  AS15169 GOOGLE$/m, 'as text');
    # Sums of bytes that there is no number for.
    my @sums = map { qq(8.8.8.8 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 $_\n) } '18446744073709551615', '1', '9' x 30;
    for my $case ([2, 0], [3, 0, 1], [3, 0, 0, 0], [2, 1, 2]) {
        my ($threads, @which) = @$case;
        my ($status, $out, $err) = run({ in => join '', @sums[@which] }, @annotate, '--summary=json', '--threads', $threads);
        like($out, qr/^\{"all":\{"lines":\d,"bytes":18446744073709551615\}/, "sums of @which stay at their end");
        is($status, 0, 'which is no failure');
        like($err, qr/more bytes than can be counted/, 'and told');
    }
    like((run({ in => $sums[2] }, @annotate, "--summary=$_"))[1], qr/more bytes than can be counted/, "in the $_ as well") for qw(text html);
    my $html = succeeds({ in => "198.51.100.1 $tail\n" }, @annotate, '--summary=html');
    like($html, qr/<svg .*&lt;b&gt;bold&lt;\/b&gt; &amp; =sum/s, 'as HTML with charts, escaped');
    unlike($html, qr/<b>|<script|https?:/, 'which needs nothing from elsewhere');
}

for my $mistake (['--field', 0], ['--regex', '('], ['--fields', 'asn,x'], ['--format', '%{x}'], ['--format', '%x'], ['--header'],
    ['--tsv', '--json'], ['--summary=x'], ['--summary', '--tsv'], ['--delimiter', ','], ['--threads', 'x'],
    ['--field', 1, '--key', 'x'], ['--key', ''], ['--trust-xff=0'], ['--trust-xff', '--field', 1], ['--tsv', '--json-prefix', 'x'],
    ['--field', 1, '--regex', 'x'], ['--field', 1, '--delimiter', 'ab'])
{
    my ($status, $out, $err) = run(@annotate, @$mistake);
    is("$status $out", '2 ', "wrong usage: @$mistake");
    like($err, qr/^ip2asn annotate: .*; see 'ip2asn annotate --help'\n\z/, 'is told on one line');
}

done_testing;
