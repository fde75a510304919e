# ip2asn compile: what is written when, and what is kept.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use Test::More;

my $index = path('a.idx');
my @v4v6  = (data('small-v4.tsv'), data('small-v6.tsv'));

{
    my $report = succeeds('compile', '--no-hosters', @v4v6, '-o', $index);
    like(
        $report,
        qr/^\Q$index\E: [\d,]+ bytes in \d+\.\d\d s, content [0-9a-f]{16}$/m,
        'file, size, time and content are reported'
    );
    like($report,            qr/^  IPv4: 7 ranges of 6 ASNs$/m, 'IPv4 is counted');
    like($report,            qr/^  IPv6: 7 ranges of 7 ASNs$/m, 'IPv6 is counted');
    like($report,            qr/^  17 rows read, 0 skipped$/m,  'rows are counted');
    like($report =~ s/,//gr, qr/: @{[-s $index]} bytes/,        'the size is that of the file');
}
is(succeeds('compile', '--no-hosters', '-q', @v4v6, '-o', path('b.idx')), '', '--quiet is quiet');
is(slurp(path('b.idx')), slurp($index),                                       'the same sources give the same bytes');
succeeds({ out => path('c.idx') }, 'compile', '--no-hosters', @v4v6, '-o', '-');
is(slurp(path('c.idx')), slurp($index), '-o - writes the index to standard output');

# Repaired and skipped rows.
{
    my $report = succeeds('compile', '--no-hosters', data('small-bad.tsv'), '-o', path('bad.idx'));
    like($report, qr/^  11 rows read, 6 skipped$/m, 'bad rows are skipped');
    like(
        $report,
        qr/^  1 row: bad AS number: .*\n    .*small-bad\.tsv, line 3: /m,
        'each kind is explained with its line'
    );
    like($report, qr/^  1 row: repaired text: .*\n    .*small-bad\.tsv, line 9: /m, 'repairs as well');
    unlike($report, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'no control character comes through');
    my ($status, $out, $err) = run('compile', '--strict', data('small-bad.tsv'), '-o', path('strict.idx'));
    is("$status $out", '3 ', '--strict rejects a source with a bad row');
    like($err, qr/bad AS number.*\n.*small-bad\.tsv, line 3: /, 'and says why');
    ok(!-e path('strict.idx'), 'and writes nothing');
}

# A source that may have been cut takes no index's place.
{
    my $place = path('whole.idx');
    my $cut   = write_file(path('cut.tsv'), substr tsv_rows(100), 0, -3);
    succeeds('compile', '-q', $cut, '-o', $place);
    my $index = slurp($place);
    my ($status, $out, $err) = run('compile', $cut, '-o', $place);
    is("$status $out", '3 ', 'a source without its last newline is damaged where there is an index');
    like($err, qr/\Q$place\E: kept .*\Q$cut\E has no end \(newline\).*--force/, 'and this is explained');
    is(slurp($place), $index, 'and the index is kept');
    succeeds('compile', '-q', '--force', $cut, '-o', $place);
}

# The drift guard.
my $guarded = path('guarded.idx');
my %rows    = map { $_ => write_file(path("rows-$_"), tsv_rows($_)) } 1, 94, 95, 100, 200;
succeeds('compile', '-q', $rows{100}, '-o', $guarded);
my $before = slurp($guarded);
{
    my ($status, $out, $err) = run('compile', $rows{94}, '-o', $guarded);
    is("$status $out", '5 ', 'the loss of 6 % is exit status 5');
    like(
        $err,
        qr/^ip2asn compile: \Q$guarded\E: kept .* IPv4 ranges fell by 6\.00 % from 100 to 94, .*--force/,
        'and is explained'
    );
    is(slurp($guarded), $before, 'and leaves the index alone');
}
for my $case (
    ['a loss of 5 %',                   0, 95],
    ['growth',                          0, 200],
    ['a loss that --max-drift allows',  0, 94, '--max-drift', '60'],
    ['a loss that --max-drift forbids', 5, 95, '--max-drift', '0'],
    ['any loss with --force',           0, 1,  '--force']
  )
{
    my ($what, $expected, $rows, @options) = @$case;
    succeeds('compile', '-q', '--force', $rows{100}, '-o', $guarded);
    my ($status, $out, $err) = run('compile', '-q', @options, $rows{$rows}, '-o', $guarded);
    is($status,                    $expected,          "$what is exit status $expected");
    is(slurp($guarded) eq $before, $expected ? 1 : '', "$what: the index is " . ($expected ? 'kept' : 'replaced'));
}

# What stands at the place of the output.
{
    my $damaged = path('damaged.idx');
    write_file($damaged, substr $before, 0, length($before) - 1);
    succeeds('compile', '-q', $rows{1}, '-o', $damaged);
    succeeds('verify', '-q', $damaged);
    write_file($damaged, '');
    succeeds('compile', '-q', $rows{1}, '-o', $damaged);

    my $precious = write_file(path('precious.txt'), "a letter\n");
    my ($status, $out, $err) = run('compile', $rows{1}, '-o', $precious);
    is("$status $out", '2 ', 'a file that is no index is not replaced');
    like($err, qr/\Q$precious\E: .*--force/, 'unless it is forced');
    is(slurp($precious), "a letter\n", 'it is as it was');
    succeeds('compile', '-q', '--force', $rows{1}, '-o', $precious);
    succeeds('verify', '-q', $precious);

    my $source = write_file(path('source.tsv'), tsv_rows(3));
    symlink $source, path('link.tsv') or die;
    for my $name ($source, path('link.tsv')) {
        ($status, $out, $err) = run('compile', '--force', $source, '-o', $name);
        is("$status $out", '2 ', 'a source is not replaced, not even when it is forced');
        like($err, qr/\Q$name\E: is one of the sources/, 'and is named');
    }
    is(slurp($source), tsv_rows(3), 'it is as it was');

    ($status, $out, $err) = run('compile', '--force', $source, '-o', '/dev/null');
    is("$status $out", '6 ', 'a device is not replaced');
    ok(-c '/dev/null', '/dev/null is still a device');
    ($status, $out, $err) = run('compile', $source, '-o', path('nowhere/a.idx'));
    is("$status $out", '6 ', 'a directory that is not there is exit status 6');
    like($err, qr{\Q@{[path('nowhere/a.idx')]}\E}, 'and is named');
}

# Sources that are none.
for my $case (
    ['nothing there',      6, '/nonexistent'],
    ['a directory',        6, path('.')],
    ['an empty file',      3, write_file(path('empty'),    '')],
    ['a web page',         3, write_file(path('page'),     "<!DOCTYPE html>\n<html></html>\n")],
    ['only unrouted rows', 3, write_file(path('unrouted'), "1.0.0.0\t1.0.0.255\t0\tNone\tNot routed\n")],
    ['an index',           2, $index]
  )
{
    my ($what,   $expected, $source) = @$case;
    my ($status, $out,      $err)    = run('compile', $source, '-o', path('none.idx'));
    is("$status $out", "$expected ", "$what is exit status $expected");
    like($err, qr/^ip2asn compile: \Q$source\E: /m, "$what is named");
    ok(!-e path('none.idx'), "$what: nothing is written");
}

# A write that fails leaves the old index, and no temporary file.
{
    succeeds('compile', '-q', '--force', $rows{100}, '-o', $guarded);
    my ($status, $err) = shell(
        "ulimit -f 8; " . join ' ',
        map { quotemeta } ip2asn(),
        'compile', $rows{200}, '-o', $guarded
    );
    is($status, 6, 'a file that cannot be written whole is exit status 6');
    like($err, qr/^ip2asn compile: \Q$guarded\E.*: File too large$/, 'and is named');
    is(slurp($guarded),                                    $before, 'and leaves the index alone');
    is(join(' ', grep { !/\.idx\z/ } glob path('*.idx*')), '',      'and no temporary file');
}

done_testing;
