# Sources, lists, names files and logs, packed in every way that this build can unpack.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use Compress::Zlib          qw(memGzip);
use IO::Compress::Bzip2     qw(bzip2);
use IO::Compress::Zip       qw(zip $ZipError :constants);
use Test::More;

my $rows = join '', map { sprintf "10.%d.%d.0\t10.%1\$d.%2\$d.255\t%d\tDE\tNAME-%d %d\n", $_ >> 8, $_ & 255, $_ + 1, $_, $_ * 7919 } 0 .. 9999;
my $log  = join '', map { sprintf "10.%d.%d.9 - - [10/Oct/2025:13:55:36 +0000] \"GET / HTTP/1.0\" 200 10\n", $_ >> 8, $_ & 255 } 0 .. 4999;
my $list = join '', map { "AS$_\n" } 1 .. 100;

sub piped { my ($command, $text) = @_; my $in = write_file(path('to-pack'), $text); return scalar shell("$command < $in") }
sub zipped { my ($text, @options) = @_; my $out; zip(\$text => \$out, Name => 'data.tsv', @options) or die $ZipError; return $out }
sub there { my ($program) = @_; return grep { -x "$_/$program" } split /:/, $ENV{PATH} }

my %pack = (
    gzip          => sub { memGzip($_[0]) },
    'gzip, twice' => sub { my $half = length($_[0]) / 2; memGzip(substr $_[0], 0, $half) . memGzip(substr $_[0], $half) },
    bzip2         => sub { my $out; bzip2(\$_[0] => \$out); $out },
    zip           => sub { zipped($_[0], Stream => 0) },
    'zip, streamed' => sub { zipped($_[0], Stream => 1) },
    'zip, stored'   => sub { zipped($_[0], Stream => 0, Method => ZIP_CM_STORE) },
);
$pack{xz}   = sub { piped('xz -c', $_[0]) } if there('xz');
$pack{zstd} = sub { piped('zstd -c', $_[0]) } if there('zstd');

my $plain  = write_file(path('plain.tsv'), $rows);
my $wanted = succeeds('dump', $plain);
my $copied = succeeds('annotate', '-d', $plain, write_file(path('plain.log'), $log));
my $index  = path('index');
for my $how (sort keys %pack) {
    my $packed = write_file(path('packed'), $pack{$how}->($rows));
    my ($status, $out, $err) = run('dump', $packed);
  SKIP: {
        skip "$how: not in this build", 1 if $err =~ /this build cannot read/;
        is("$status: $err", '0: ', "$how: a source is read");
        ok($out eq $wanted, "$how: it is what was packed");
        succeeds('verify', '-q', $packed);
        my $logged = write_file(path('packed-log'), $pack{$how}->($log));
        ok(succeeds('annotate', '-d', $plain, $logged) eq $copied, "$how: a log is read");
        my $listed = write_file(path('packed-list'), $pack{$how}->($list));
        is(scalar(() = succeeds('dump', '--list', $listed, $plain) =~ /\n/g), 100, "$how: a list is read");
        my $table = write_file(path('table'), "5\t1.0.0.0/24\t300\n");
        my $names = write_file(path('names'), $pack{$how}->("5,Five\n"));
        like(succeeds('dump', '--names', $names, $table), qr/\tFive$/m, "$how: a names file is read");

        # Cut anywhere, or with something behind it: refused whole.
        my $bytes = $pack{$how}->($rows);
        for my $size (map { int(length($bytes) * $_ / 10) } 1 .. 9) {
            ($status, $out, $err) = run('dump', write_file(path('cut'), substr $bytes, 0, $size));
            is("$status $out", '3 ', "$how: cut at $size bytes is damaged");
        }
        ($status, $out, $err) = run('dump', write_file(path('cut'), substr $bytes, 0, length($bytes) - 1));
        is("$status $out", '3 ', "$how: cut by a byte is damaged");
        ($status, $out, $err) = run('dump', write_file(path('behind'), $bytes . "behind\n"));
        is("$status $out", '3 ', "$how: with something behind it is damaged");
        my $flipped = $bytes;
        substr($flipped, length($bytes) / 2, 1) ^= "\x10";
        ($status, $out, $err) = run('dump', write_file(path('flipped'), $flipped));
        is("$status $out", '3 ', "$how: with a bit flipped is damaged");
        like($err, qr/\Q@{[path('flipped')]}\E: /, "$how: and the message names the file");
    }
}

# Archives of several files, and what is encrypted or packed otherwise.
my $several;
{
    my $zip = IO::Compress::Zip->new(\$several, Name => 'a.tsv') or die $ZipError;
    $zip->print($rows);
    $zip->newStream(Name => 'b.tsv');
    $zip->print($rows);
    $zip->close;
}
like((run('dump', write_file(path('several'), $several)))[2], qr/is a zip archive of several files; unpack it and name/, 'an archive of several files');
my $encrypted = zipped($rows, Stream => 0);
substr($encrypted, 6, 1) = "\x01";
like((run('dump', write_file(path('encrypted'), $encrypted)))[2], qr/encrypted/, 'an encrypted archive');
done_testing;
