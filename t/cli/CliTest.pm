# Runs the tool and files of its own for the tests of its command line.
package CliTest;
use strict;
use warnings;
use Cwd            qw(abs_path);
use Exporter       qw(import);
use File::Basename qw(dirname);
use File::Temp     ();
use IO::Handle     ();
use POSIX          ();
use Test::More     ();

our @EXPORT = qw(data path ip2asn run succeeds talk shell slurp write_file wait_for tsv_rows);

my $tool = abs_path($ENV{IP2ASN} // 'ip2asn');
my $data = abs_path(dirname(__FILE__) . '/../data');
my $dir  = File::Temp->newdir('ip2asn-cli-XXXXXX', TMPDIR => 1);
-x $tool or Test::More::BAIL_OUT('IP2ASN names no program: ' . ($ENV{IP2ASN} // 'ip2asn'));

# What the tester's own settings say must not matter.
delete @ENV{qw(IP2ASN_DATABASE http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY)};
$ENV{LC_ALL} = 'C';

sub data   { return "$data/$_[0]" }    # a file of t/data
sub path   { return "$dir/$_[0]" }     # a place for a file that goes away with the test
sub ip2asn { return $tool }

# Runs the tool; returns exit status (or "signal N"), standard output and standard error. A first argument that is a
# hash may hold `in`, the text of standard input, and `out`, a file to which standard output goes instead.
sub run {
    my $how = ref $_[0] ? shift : {};
    write_file(path('stdin'), $how->{in} // '');
    my $out = $how->{out} // path('stdout');
    my $pid = fork        // die "fork: $!";
    if (!$pid) {
        open STDIN,  '<', path('stdin')  or die;
        open STDOUT, '>', $out           or die;
        open STDERR, '>', path('stderr') or die;
        exec {$tool} $tool, @_ or exit 127;
    }
    waitpid $pid, 0;
    my $status = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    return ($status, $how->{out} ? '' : slurp($out), slurp(path('stderr')));
}

# Runs the tool, which must exit 0 and print nothing on standard error; returns standard output.
sub succeeds {
    my ($status, $out, $err) = run(@_);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::is("$status: $err", '0: ', "succeeds: @{[grep { !ref } @_]}");
    return $out;
}

# Starts the tool and leaves its input open: calls the code with a function that sends a line and returns the tool's next
# one. Then closes the input; the tool must end well and say nothing more.
sub talk {
    my ($code, @arguments) = @_;
    pipe(my $to_read,   my $to_write)   or die;
    pipe(my $from_read, my $from_write) or die;
    my $pid = fork // die;
    if (!$pid) {
        close $_ for $to_write, $from_read;
        open STDIN,  '<&', $to_read    or die;
        open STDOUT, '>&', $from_write or die;
        exec { $tool } $tool, @arguments or POSIX::_exit(127);
    }
    close $_ for $to_read, $from_write;
    $to_write->autoflush(1);
    $code->(sub { print {$to_write} "$_[0]\n"; return scalar <$from_read> });
    close $to_write;
    Test::More::is(scalar(<$from_read>), undef, 'the end of input ends the answers');
    waitpid $pid, 0;
    Test::More::is($?, 0, 'and the tool');
    return;
}

# Runs a command of bash's; returns its exit status and all that it printed.
sub shell {
    my ($command) = @_;
    open my $from, '-|', 'bash', '-c', "{ $command; } 2>&1" or die;
    my $printed = do { local $/; <$from> };
    close $from;
    return ($? >> 8, $printed // '');
}

sub slurp {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!";
    local $/;
    return scalar <$in> // '';
}

sub write_file {
    my ($path, @text) = @_;
    open my $out, '>', $path or die "$path: $!";
    print {$out} @text;
    close $out or die "$path: $!";
    return $path;
}

# Waits until the condition is true; false when that takes too long.
sub wait_for {
    my ($condition) = @_;
    for (1 .. 3000) {
        return 1 if $condition->();
        select undef, undef, undef, 0.01;
    }
    return 0;
}

# The text of an iptoasn file with `$count` rows of a /24 each, each of an AS of its own.
sub tsv_rows {
    my ($count) = @_;
    return join '',
      map { sprintf "10.0.%d.0\t10.0.%d.255\t%d\tDE\tAS No. %d\n", $_, $_, 64512 + $_, $_ } 0 .. $count - 1;
}

1;
