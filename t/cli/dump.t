# ip2asn dump and info: what is in a database.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use Compress::Zlib ();
use JSON::PP       qw(decode_json);
use Test::More;

my @v4v6 = (data('small-v4.tsv'), data('small-v6.tsv'));
my %routed;
for my $file (@v4v6) {
    $routed{$file} = join '', grep { (split /\t/)[2] ne '0' } slurp($file) =~ /.*\n/g;
}

# compile, dump, compile is a fixed point.
for my $case (
    ['both families',                      ['--no-hosters'],                          @v4v6],
    ['both families, the other way round', ['--no-hosters'],                          reverse @v4v6],
    ['IPv4',                               ['--no-hosters'],                          $v4v6[0]],
    ['IPv6',                               ['--no-hosters'],                          $v4v6[1]],
    ['hosters',                            ['--hosters', data('small-hosters.conf')], @v4v6],
    ['repaired rows',                      ['--no-hosters'],                          data('small-bad.tsv')],
    [
        'nested and unsorted rows',
        ['--no-hosters'],
        write_file(
            path('nested.tsv'),
            "9.0.0.0\t9.0.0.255\t3\tDE\tthree\n1.0.0.0\t1.255.255.255\t1\tDE\tone\n1.0.0.0\t1.0.0.0\t2\tDE\ttwo\n"
              . "1.2.0.0\t1.2.255.255\t2\tDE\ttwo\n1.2.3.4\t1.2.3.4\t0\tNone\tNot routed\n"
        )
    ]
  )
{
    my ($what, $options, @sources) = @$case;
    my ($index, $text, $again) = map { path($_) } 'a.idx', 'a.tsv', 'again.idx';
    unlink $index, $again;
    succeeds('compile', '-q', @$options, @sources, '-o', $index);
    my $dump = succeeds('dump', $index);
    succeeds('dump', $index, '-o', $text);
    is(slurp($text),               $dump, "$what: -o writes what standard output gets");
    is(succeeds('dump', @sources), $dump, "$what: a dump of the sources is the same");
    succeeds('compile', '-q', @$options, $text, '-o', $again);
    is(content($again),          content($index),        "$what: the dump compiles to the same content");
    is(succeeds('dump', $again), $dump,                  "$what: and dumps to the same bytes");
    is($dump, $routed{ $v4v6[0] } . $routed{ $v4v6[1] }, "$what: announced rows as they were, IPv4 first")
      if $what =~ /both/;
    is(succeeds('dump', '--family', '4', $index) . succeeds('dump', '--family=6', $index),
        $dump, "$what: --family takes it apart");
}
{
    my $packed = path('a.tsv.gz');
    succeeds('dump', @v4v6, '-o', $packed);
    is(
        Compress::Zlib::memGunzip(slurp($packed)),
        $routed{ $v4v6[0] } . $routed{ $v4v6[1] },
        'a name in .gz is compressed'
    );
    succeeds('verify', '-q', $packed);
    my ($status, $out, $err) = run('dump', @v4v6, '-o', '/dev/null');
    is("$status $out", '6 ', 'a device is not replaced by -o');
    ok(-c '/dev/null', '/dev/null is still a device');
    is((run('dump', '/nonexistent'))[0],                       6, 'a database that is not there is exit status 6');
    is((run('dump', write_file(path('page'), "<html>\n")))[0], 3, 'a damaged one 3');
}

# info, of an index and of sources.
{
    my $index = path('info.idx');
    utime 1_700_000_000, 1_700_000_000, my $source = write_file(path('info.tsv'), map { slurp($_) } @v4v6);
    succeeds('compile', '-q', '--no-hosters', $source, '-o', $index);
    my $info = decode_json(succeeds('info', '--json', $index));
    is_deeply(
        { map { $_ => $info->{$_} } qw(files compiled format sources data_time rows bytes) },
        {
            files     => [$index],
            compiled  => JSON::PP::true,
            format    => 4,
            sources   => [$source],
            data_time => 1_700_000_000,
            rows      => 17,
            bytes     => -s $index
        },
        'files, format, sources, time, rows and bytes'
    );
    like($info->{content_id}, qr/^[0-9a-f]{16}$/, 'the content id');
    cmp_ok(abs($info->{age_seconds} - (time - 1_700_000_000)), '<', 100, 'the age is that of the source');
    is_deeply(
        [map { @{ $info->{$_} }{qw(ranges asns addresses)} } qw(ipv4 ipv6)],
        [7, 6, 256 + 1024 + 512 + 256 + 1 + 256, 7, 7, $info->{ipv6}{addresses}],
        'ranges, ASNs and addresses of both families'
    );
    ok(defined $info->{$_}{slices} && defined $info->{$_}{rows_in_slices}, "slices of $_") for qw(ipv4 ipv6);
    my $sum = 0;
    $sum += $_ for values %{ $info->{sections} };
    cmp_ok($sum, '<=', $info->{bytes}, 'the sections fit into the bytes');
    cmp_ok($sum, '>',  0,              'and there are some');

    my $of_source = decode_json(succeeds('info', '--json', $source));
    is($of_source->{content_id}, $info->{content_id}, 'a source has the content id of its index');
    is($of_source->{compiled},   JSON::PP::false,     'and is told from it');

    my $text = succeeds('info', $index);
    like($text, qr/^rows +17$/m,                         'rows as text');
    like($text, qr/^ranges +7 +7$/m,                     'ranges as text');
    like($text, qr/^ASNs +6 +7$/m,                       'ASNs as text');
    like($text, qr/^rows a slice +[\d.]+ +[\d.]+$/m,     'rows a slice as text');
    like($text, qr/^data of +2023-11-14 22:13:20 UTC$/m, 'the time as text');
    like($text, qr/^age +[\d,]+ days$/m,                 'the age as text');
    like($text, qr/^sources +\Q$source\E$/m,             'the source as text');
    is(length((sort { length $b <=> length $a } grep { !m{/} } split /\n/, $text)[0]) <= 80, 1, 'within 80 columns');
    is((run('info', '/nonexistent'))[0],                       6, 'a database that is not there is exit status 6');
    is((run('info', write_file(path('page'), "<html>\n")))[0], 3, 'a damaged one 3');
}

sub content { return decode_json(succeeds('info', '--json', $_[0]))->{content_id} }

done_testing;
