#!/bin/sh
# Each message that docs/troubleshooting.md explains is one that the sources can print: its parts, divided by …, stand in string literals.
exec "${PERL:-perl}" -e '
use strict;
use warnings;
use File::Find;
my $top = shift;
my $sources = "";
find({ no_chdir => 1, wanted => sub {
    return unless /\.(?:cc|hh)$/;
    open my $in, "<", $_ or die "$_: $!";
    local $/;
    $sources .= <$in>;
} }, "$top/src");
$sources =~ s/"\s*\n\s*"//g;
open my $in, "<", "$top/docs/troubleshooting.md" or die $!;
my ($count, $missing) = (0, 0);
while (<$in>) {
    my ($message) = /^### `(.*)`$/ or next;
    ++$count;
    for my $part (grep { /\S/ } split /\s*\xe2\x80\xa6\s*/, $message) {
        next if index($sources, $part) >= 0;
        ++$missing;
        print "docs/troubleshooting.md, line $.: no source has \"$part\"\n";
    }
}
print "$count messages\n";
exit 1 if $missing || $count < 15;
' "$(dirname "$0")/.."
