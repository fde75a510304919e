# ip2asn verify: a verdict on sources and indexes alike, with an exit status for each.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use Compress::Zlib ();
use Test::More;

my $day  = 86400;
my %rows = map { ($_ => write_file(path("rows-$_.tsv"), tsv_rows($_))) } 10, 94, 95, 100;
utime time, time - 2 * $day, $_ or die for values %rows;
my $packed = write_file(path('rows-100.tsv.gz'), Compress::Zlib::memGzip(tsv_rows(100)));
my $index  = path('rows-100.idx');
succeeds('compile', '-q', '--no-hosters', $rows{100}, '-o', $index);
my $source = $rows{100};
my $bytes  = slurp($index);

like(
    succeeds('verify', $source),
    qr/\A\Q$source\E: source, content [0-9a-f]{16}\n  IPv4: 100 ranges of 100 ASNs\n.* 2 days old\n  100 rows, 0 skipped\n/s,
    'a good source is described'
);
like(
    succeeds('verify', $index),
    qr/\A\Q$index\E: compiled index, format \d+, content [0-9a-f]{16}\n.* 2 days old\n  100 rows\n  fine\n\z/s,
    'a good index is described, and is as old as its source'
);
is(succeeds('verify', '-q', $packed), '', '--quiet says nothing of a good file');

my $cut     = substr slurp($packed), 0, -9;
my $flipped = $bytes;
substr($flipped, length($bytes) / 2, 1) ^= "\x01";
my $version = $bytes;
substr($version, 8, 1) ^= "\xff";
my @verdicts = (
    ['an index with a flipped bit',        3, 'damaged', write_file(path('flipped'), $flipped)],
    ['an index that is cut',               3, 'damaged', write_file(path('cut'), substr $bytes, 0, 4096)],
    ['an index with something behind it',  3, 'damaged', write_file(path('more'), $bytes, 'x')],
    ['an index of another format',         3, 'damaged', write_file(path('version'), $version)],
    ['a compressed source that is cut',    3, 'damaged', write_file(path('cut.gz'),  $cut)],
    ['a compressed source with a bad sum', 3, 'damaged', write_file(path('sum.gz'), $cut, "\0" x 9)],
    ['an empty file',                      3, 'damaged', write_file(path('empty'), '')],
    ['a web page',                         3, 'damaged', write_file(path('page'),  "<html>\n")],
    ['a source with too many bad rows',    3, 'damaged', write_file(path('bad'), tsv_rows(50), "bad\n" x 11)],
    ['one bad row with --strict', 3, 'damaged', write_file(path('strict'), tsv_rows(5), "bad\n"), '--strict'],
    ['a source without its last newline',  3, 'damaged.*no end', write_file(path('cut'), substr tsv_rows(100), 0, -1)],
    ['a source that was cut in a row',     3, 'damaged.*no end', write_file(path('cut-row'), substr tsv_rows(100), 0, -9)],
    ['a source whose last row is short',   3, 'damaged.*too few', write_file(path('short'), tsv_rows(100), "9.0.0.0\t9.0.0.255\n")],
    ['an old source',                      4, 'stale',      $rows{100}, '--max-age', '47h'],
    ['an old index',                       4, 'stale',      $index,     '--max-age', '1d'],
    ['an index that lost rows',            0, '',           $index,     '--against', $rows{100}],
    ['a source that lost 5 %',             0, '',           $rows{95},  '--against', $index],
    ['a source that lost 6 %',             5, 'drifted',    $rows{94},  '--against', $index],
    ['a source that lost 6 % of a source', 5, 'drifted',    $rows{94},  '--against', $rows{100}],
    ['what --max-drift allows',            0, '',           $rows{94},  '--against', $index,    '--max-drift', '10%'],
    ['what --max-drift forbids',           5, 'drifted',    $rows{95},  '--against', $index,    '--max-drift', '4.5'],
    ['growth',                             0, '',           $index,     '--against', $rows{10}, '--max-drift', '0'],
    ['stale and drifted',                  5, 'drifted',    $rows{94},  '--against', $index,    '--max-age',   '1h'],
    ['young enough',                       0, '',           $rows{100}, '--max-age', '3d'],
    ['just written',                       0, '',           $packed,    '--max-age', '1w'],
    ['nothing there',                      6, 'unreadable', '/nonexistent'],
    ['a directory',                        6, 'unreadable', path('.')],
    ['nothing to compare with',            6, '',           $index, '--against', '/nonexistent'],
    ['damage to compare with',             3, '',           $index, '--against', path('flipped')],
);

for my $case (@verdicts) {
    my ($what, $expected, $word, $file, @options) = @$case;
    for my $quiet ([], ['--quiet']) {
        my ($status, $out, $err) = run('verify', @$quiet, @options, $file);
        is($status, $expected, "$what is exit status $expected");
        if ($expected) {
            like($err, qr/^ip2asn verify: .*$word.*\n\z/m, "$what is explained on standard error");
            my $culprit = $what =~ /to compare with/ ? $options[1] : $file;
            like($err, qr/\Q$culprit\E/, "$what: the file is named");
            unlike($out, qr/fine/, "$what is not called fine");
        } else {
            is($err, '', "$what needs no explanation");
        }
        is($out, '', "$what: --quiet prints nothing") if @$quiet;
    }
}
SKIP: {
    require POSIX;
    POSIX::mkfifo(path('fifo'), 0600) or skip 'no FIFOs here', 1;
    is((run('verify', path('fifo')))[0], 6, 'a FIFO is not waited for');
}

# Every kind of finding is explained with its line.
{
    my $long =
      write_file(path('long.tsv'), slurp(data('small-bad.tsv')), "2.0.0.0\t2.0.0.255\t1\tDE\t", 'x' x 70000, "\n");
    my $out = succeeds('verify', $long);
    like($out, qr/^  12 rows, 7 skipped$/m, 'skipped rows are counted');
    my %line = (
        'wrong number of fields' => 2,
        'bad AS number'          => 3,
        'bad address'            => 4,
        'mixed families'         => 5,
        'reversed range'         => 6,
        'conflict'               => 7,
        'duplicate'              => 8,
        'repaired text'          => 9,
        'shortened text'         => 10,
        'dropped country'        => 11,
        'line too long'          => 12,
    );
    for my $kind (sort keys %line) {
        like(
            $out,
            qr/^  1 row: $kind: .*; (?:skipped|kept.*|one is kept)\n    \Q$long\E, line $line{$kind}: /m,
            "$kind is explained"
        );
    }
    unlike($out, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'no control character comes through');
    my $many = write_file(path('many.tsv'), tsv_rows(50), "bad\n" x 9);
    like(
        succeeds('verify', $many),
        qr/^  9 rows: .*\n(?:    .*, line 5[123]: .*\n){3}    and 6 more$/m,
        'three examples, and a count of the others'
    );
}

# Lists.
{
    my $ips    = sub { join '', map { "10.0.$_.0/24\n" } 1 .. $_[0] };
    my $list   = write_file(path('list'),      $ips->(40));
    my $json   = write_file(path('list.json'), '{"prefixes":[{"ip_prefix":"192.0.2.0/24","service":"EC2"},{"ip_prefix":"2001:db8::/32","service":"S3"}]}');
    is(succeeds('verify', '--list', $list), "$list: list, 40 entries\n  0 ASNs, 1 IPv4 range, 0 IPv6 ranges\n  fine\n", 'a list is described');
    like(succeeds('verify', '--list', $json, '--select', 'service=EC2'), qr/: list, 1 entry\n/, 'a part of a list is');
    for (
        ['an error page',           3, 'damaged: .*404',          write_file(path('404'),   "404 page not found\n")],
        ['an empty list',           3, 'damaged: .*empty',        write_file(path('none'),  '')],
        ['cut JSON',                3, 'damaged: .*not valid JSON', write_file(path('cut.json'), substr slurp($json), 0, -1)],
        ['a selector without fit',  3, 'nothing is selected by',  $json, '--select', 'service=EC3'],
        ['a list that lost much',   5, 'drifted: .*lost too much', write_file(path('less'), $ips->(20)), '--against', $list],
        ['a list that swallows all', 5, 'drifted: .*large part',  write_file(path('all'), $ips->(40), "0.0.0.0/0\n"), '--against', $list],
        ['a list that grew',        0, '',                        write_file(path('grown'), map { "10.1.$_.0/24\n" } 1 .. 200), '--against', $list],
        ['a list that is not there', 6, 'unreadable',             '/nonexistent'],
        ['--max-age',               2, 'cannot be combined',          $list, '--max-age', '1d'],
    ) {
        my ($what, $expected, $words, $file, @options) = @$_;
        my ($status, undef, $err) = run('verify', '--list', @options, $file);
        is($status, $expected, "$what: exit status $expected");
        like($err, qr/$words/, "$what: explained");
    }
    my ($status, undef, $err) = run('verify', '--select', 'a=b', $source);
    is($status, 2, '--select without --list');
}

done_testing;
