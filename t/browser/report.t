# The pages of 'ip2asn survey' and 'ip2asn annotate --summary=html' in a browser: at three widths, light and dark, nothing
# is cut off, all text is readable, and the figures are those of the CSV. scripts/test-report makes the pages; they are in
# $REPORTS, where a picture of each is left, too.
use strict;
use warnings;
use Cwd     qw(abs_path);
use FindBin ();
use lib $FindBin::Bin;
use WebDriver;
use Test::More;

my $reports = abs_path($ENV{REPORTS} // '') or BAIL_OUT('REPORTS names no directory');
my $layout  = slurp("$FindBin::Bin/layout.js");
my $browser = WebDriver->new;

for my $page ('survey/report.html', 'survey/by-instances.svg', 'survey/by-users.svg', 'partial.html', 'summary.html', 'hostile.html') {
    for my $width ($page =~ /svg$/ ? 720 : (360, 768, 1280)) {
        for my $scheme (qw(light dark)) {
            $browser->window($width, $scheme);
            $browser->go("file://$reports/$page");
            my $wrong = $browser->script($layout);
            is_deeply($wrong, [], "$page, $width wide, $scheme");
            my $picture = "$page-$width-$scheme.png" =~ s{/}{-}gr;
            $browser->screenshot("$reports/$picture");
        }
    }
}

# The figures of the page, against those of the CSV.
my (%hosters, %all, %left_out);
my ($header, @lines) = split /\r\n/, slurp("$reports/survey/hosts.csv");
for my $line (@lines) {
    my %host;
    @host{ split /,/, $header } = split /,/, $line, -1;
    my $counts = $host{hoster} =~ /^\(/ ? $left_out{ $host{hoster} } //= {} : $hosters{ $host{hoster} } //= {};
    for my $to ($counts, \%all) {
        $to->{instances}++;
        $to->{$_} += $host{$_} for qw(users active_users);
    }
}
my $share = sub { my ($part, $figure) = @_; sprintf '%.2f', 100 * $part / $all{$figure} };
my $shown = sub { my ($counts, $figure) = @_; grouped($counts->{$figure}) . ' (' . $share->($counts->{$figure}, $figure) . ' %)' };

$browser->window(1280, 'light');
$browser->go("file://$reports/survey/report.html");
my $texts = 'const texts = (where, what) => [...where.querySelectorAll(what)].map((each) => each.textContent);';
my $rows  = $browser->script("$texts return [...document.querySelectorAll('table.n tr')].slice(1).map((row) => texts(row, 'td'))");
my @table = map { [$_->[0], @{ figures($_->[0]) }] } @$rows;
is(scalar @$rows, 21, 'the table has 21 hosters');
is_deeply($rows, \@table, 'the table has the figures of the CSV');
is_deeply([map { $hosters{$_->[0]}{users} } @$rows], [(sort { $b <=> $a } map { $_->{users} } values %hosters)[0 .. 20]], 'and the largest');

my $charts = $browser->script("$texts return [...document.querySelectorAll('svg')].map((svg) => [...svg.querySelectorAll('g')].map((row) => texts(row, 'text')))");
is(scalar @$charts, 3, 'three charts');
for my $chart ([1, 'users'], [2, 'active_users']) {
    my ($number, $figure) = @$chart;
    my @bars   = @{ $charts->[$number] };
    my $others = pop @bars;
    is(scalar @bars, 20, "$figure: 20 hosters");
    is_deeply(\@bars, [map { [$_->[0], $shown->($hosters{ $_->[0] }, $figure)] } @bars], "$figure: the figures of the CSV");
    my %rest = %hosters;
    delete @rest{ map { $_->[0] } @bars };
    my $sum = 0;
    $sum += $_->{$figure} for values %rest;
    my $members = grep { $_->{$figure} > 0 } values %rest;
    is_deeply($others, ["Others ($members)", $shown->({ $figure => $sum }, $figure)], "$figure: others");
}
{
    my @expected = map { [$_, $shown->($hosters{$_}, 'instances')] }
        sort { $hosters{$b}{instances} <=> $hosters{$a}{instances} } grep { $hosters{$_}{instances} > 18 } keys %hosters;
    for my $group ([10, 18], [2, 9], [1, 1]) {
        my ($least, $most) = @$group;
        my @members = grep { $_->{instances} >= $least && $_->{instances} <= $most } values %hosters;
        my $sum     = 0;
        $sum += $_->{instances} for @members;
        push @expected, [($most > $least ? "($least-$most)" : '(1)') . ' ' . @members . ' hosters', $shown->({ instances => $sum }, 'instances')];
    }
    my $by_text = sub { [sort { "$a->[1]$a->[0]" cmp "$b->[1]$b->[0]" } @_] };
    is_deeply($by_text->(@{ $charts->[0] }), $by_text->(@expected), 'instances: the figures of the CSV');
}
my %title = ('(several)' => 'At several hosters', '(no address)' => 'Without address', '(not announced)' => 'Not announced', '(no hoster)' => 'No hoster');
is_deeply([sort @{ $browser->script("$texts return texts(document, 'summary')") }],
    [sort map { "$title{$_}: " . $shown->($left_out{$_}, 'instances') } keys %title], 'hosts that are left out');

done_testing;

sub figures {
    my ($name) = @_;
    my $counts = $hosters{$name} // return ['not in the CSV'];
    return [map { (grouped($counts->{$_}), $share->($counts->{$_}, $_)) } qw(users instances)];
}

sub grouped { my $text = reverse $_[0]; $text =~ s/(\d{3})(?=\d)/$1,/g; return scalar reverse $text }

sub slurp {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}
