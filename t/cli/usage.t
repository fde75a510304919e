# Help, mistakes on the command line, output that cannot be written, and what documents the options.
use strict;
use warnings;
use File::Basename qw(dirname);
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use Test::More;

my @commands = qw(accept annotate compile coverage crawl dump info lookup survey telemetry verify whois);
my $index    = path('a.idx');
succeeds('compile', '-q', '--no-hosters', data('small-v4.tsv'), '-o', $index);

like(succeeds('--version'), qr/^ip2asn \d+\.\d+\.\d+ \(index format \d+\)\n\z/, '--version');
my $overview = succeeds('--help');
is(succeeds('help'), $overview, 'help is --help');
my %help = ('' => $overview);
for my $command (@commands) {
    like($overview, qr/^  $command +\w/m, "$command is in the overview");
    $help{$command} = succeeds($command, '--help');
    is(succeeds($command, '-h'),     $help{$command}, "$command -h is --help");
    is(succeeds('help',   $command), $help{$command}, "help $command as well");
    is(succeeds($command, '--help', '--json', 'x'), $help{$command}, "$command --help wins") if $command ne 'lookup';
    like($help{$command}, qr/\AUsage: ip2asn $command /,      "$command: usage first");
    like($help{$command}, qr/^Exit status:\n  0  .*^  6  /ms, "$command: exit statuses");
    like(
        $help{$command},
        qr/^Examples:\n  ip2asn $command |^Examples:\n(?:.*\n)*.*ip2asn $command /m,
        "$command: examples"
    );
}
for my $name (sort keys %help) {

    # A line of its own for an installed path may be as long as the path.
    is_deeply([grep { length > 80 && !m{^  /\S+$} } split /\n/, $help{$name}], [], "help of '$name' fits 80 columns");
    is((run({ out => '/dev/full' }, $name || (), '--help'))[0], 6, "help of '$name' to a full disk is an error")
      if -c '/dev/full';
}

# The man pages and the completion are what the tool prints from its tables.
my $top        = "$FindBin::Bin/../..";
my $completion = "$top/src/cli/bash-completion/ip2asn";
for my $command (@commands) {
    is(slurp("$top/man/ip2asn-$command.1.in"), succeeds('help', '--man', $command), "man page of $command: else 'make manual'");
    ok(-s "$top/man/description/$command.man", "and a description");
    my %options = map  { $_ => 1 } $help{$command} =~ /^  (?:-\w, |    )(--[\w-]+)/mg;
    my @offered = grep { length } split /\n/, bash_completes('ip2asn', $command, '--');
    is_deeply([sort @offered], [sort keys %options], "$command: the completion offers the options of --help");
}
is(slurp("$top/man/commands.man"), succeeds('help', '--man'), "the man page's list of commands: else 'make manual'");
is(slurp($completion), succeeds('help', '--completion'), "the completion: else 'make manual'");
is_deeply([sort grep { !/^-/ } split /\n/, bash_completes('ip2asn', '')],
    \@commands, 'the completion offers the commands');
is(bash_completes('ip2asn', 'lookup', '-d', $index =~ s/\.idx$//r), "$index\n", 'the completion offers files for -d');
is(bash_completes('ip2asn', 'lookup', ''), '', 'but not for addresses');
is(bash_completes('ip2asn', 'dump', '--family', ''), "4\n6\n", 'the completion offers values');
is(bash_completes('ip2asn', 'lookup', '--retries', ''), '', 'where there are some');
SKIP: {
    skip 'man is not installed', 1 if system('command -v man >/dev/null 2>&1') != 0;
    my @pages = (glob(dirname(ip2asn()) . "/man/*.1"), glob("$top/man/*.[358]"));
    cmp_ok(scalar(@pages), '>', @commands, 'there are man pages');
    is(`man --warnings -l -Tutf8 \Q$_\E 2>&1 >/dev/null`, '', "$_ has no mistakes") for @pages;
}

# Mistakes: exit status 2, a line that says what, and where help is.
my @mistakes = (
    [qr/a command is missing/],
    [qr/no command 'frobnicate'/,    'frobnicate'],
    [qr/no option '--frobnicate'/,   '--frobnicate'],
    [qr/no command 'frobnicate'/,    'help',    'frobnicate'],
    [qr/--frobnicate/,               'lookup',  '--frobnicate'],
    [qr/database/,                   'lookup',  '--database'],
    [qr/invalid option -- 'x'/,      'lookup',  '-x'],
    [qr/--json and --tsv/,           'lookup',  '--json',    '--tsv', '1.1.1.1'],
    [qr/--header requires --tsv/,   'lookup',  '--header',  '1.1.1.1'],
    [qr/--hosters and --no-hosters/, 'lookup',  '--hosters', 'x', '--no-hosters', '1.1.1.1'],
    [qr/a SOURCE is missing/,        'compile', '-o',        'x'],
    [qr/-o FILE is missing/,         'compile', $index],
    [qr/--max-drift '-1'/,           'compile', '--max-drift=-1', $index, '-o',   'x'],
    [qr/--max-drift '101'/,          'compile', '--max-drift',    '101',  $index, '-o', 'x'],
    [qr/--max-drift 'nan'/,          'verify',  '--max-drift',    'nan',  $index],
    [qr/--max-age '1y'/,             'verify',  '--max-age',      '1y',   $index],
    [qr/--max-age '-1d'/,            'verify',  '--max-age=-1d',  $index],
    [qr/--max-age ''/,               'verify',  '--max-age=',     $index],
    [qr/FILE is missing/,            'verify'],
    [qr/one FILE at a time/,         'verify', $index, $index],
    [qr/DB is missing/,              'info'],
    [qr/DB is missing/,              'dump'],
    [qr/--family '5'/,               'dump', '--family', '5', $index],
    [qr/./,                          'info', $index,     data('small-v4.tsv')],
);
for my $case (@mistakes) {
    my ($message, @arguments) = @$case;
    my ($status, $out, $err) = run(@arguments);
    is($status, 2, "exit status 2: ip2asn @arguments") if $message ne qr/./;
    isnt($status, 0, "not 0: ip2asn @arguments");
    is($out, '', "nothing on standard output: ip2asn @arguments");
    like($err, qr/^ip2asn.*: $message|^ip2asn.*$message/m, "says what: ip2asn @arguments");
    like($err, qr/--help'$/m, "says where help is: ip2asn @arguments") if $message ne qr/./;
}
unlike((run("\e[31mx"))[2], qr/\e/, 'a mistake is shown without its control characters');

# Output that cannot be written is never silent.
my @writers = (
    ['lookup', '-d', $index, '8.8.8.8'],
    ['lookup', '-d', $index, '--json', '8.8.8.8'],
    ['dump',   $index],
    ['info',   $index],
    ['info',   '--json', $index],
    ['verify', $index],
    ['--version'],
    ['compile', data('small-v4.tsv'), '-o', '-'],
);
SKIP: {
    skip 'there is no /dev/full', 2 * @writers if !-c '/dev/full';
    for my $arguments (@writers) {
        my ($status, $out, $err) = run({ out => '/dev/full' }, @$arguments);
        is($status, 6, "a full disk is exit status 6: @$arguments");
        like(
            $err,
            qr/^ip2asn.*: standard output could not be written.*: No space left on device\n\z/,
            "and is told: @$arguments"
        );
    }
}
for my $arguments (@writers) {
    my ($status, $err) = shell(join(' ', map { quotemeta } ip2asn(), @$arguments) . ' >&-');
    is($status, 6, "a closed standard output is exit status 6: @$arguments");
    like($err, qr/standard output could not be written/, "and is told: @$arguments");
}
{
    my $many = write_file(path('many'), "8.8.8.8\n" x 200_000);
    my ($status, $err) =
      shell('set -o pipefail; '
          . join(' ', map { quotemeta } ip2asn(), 'lookup', '-d', $index)
          . " <\Q$many\E | head -n 1");
    is($status, 6, 'a reader that has gone is exit status 6');
    like($err, qr/Broken pipe/, 'and is told');
}
{
    my ($status, $err) = shell(join(' ', map { quotemeta } ip2asn(), 'lookup', '-d', $index) . ' <&-');
    is($status, 6, 'a closed standard input is exit status 6');
    like($err, qr/standard input could not be read/, 'and is told');
}
SKIP: {
    skip 'script is not installed', 2 if system('command -v script >/dev/null 2>&1') != 0;
    skip 'there are no pseudo-terminals here', 2 if system('script -qec true /dev/null >/dev/null 2>&1') != 0;
    my ($status, $out) = on_terminal('compile', data('small-v4.tsv'), '-o', '-');
    is($status, 2, 'an index is not written to a terminal');
    like($out, qr/binary data to a terminal/, 'and the reason is given');
}

sub on_terminal {
    my $command = join ' ', map { quotemeta } ip2asn(), @_;
    open my $from, '-|', 'script', '-qec', $command, '/dev/null' or die;
    my $out = do { local $/; <$from> };
    close $from;
    return ($? >> 8, $out // '');
}

sub bash_completes {
    my @words  = @_;
    my $words  = join ' ', map { length ? quotemeta : "''" } @words;
    my $script = <<"END";
. "\$1"
COMP_WORDS=($words)
COMP_CWORD=@{[ $#words ]}
_ip2asn
((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"
END
    open my $from, '-|', 'bash', '-c', $script, 'bash', $completion or die;
    local $/;
    return scalar(<$from>) // '';
}

done_testing;
