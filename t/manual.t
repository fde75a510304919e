# The manual: every directive has its section, and every example stands.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Manual;
use IP2ASN::Test;

my %directives = map { $_ => 1 } slurp($ENV{IP2ASN_TEST_MODULE}) =~ /\0(IP2ASN[A-Z][A-Za-z]+)(?=\0)/g;
my %sections   = map { $_ => 1 } manual() =~ /^### (IP2ASN\w+) Directive$/mg;
my @parts      = qw(Description Syntax Default Context Override);
my @links      = slurp(var('top_dir') . '/recipes.md') =~ /\]\(#([^)]+)\)/g;

plan tests => 2 + @parts * keys(%sections) + 2 * examples();

is_deeply [sort keys %sections], [sort keys %directives], 'each directive of the module has its section, and there is none without';
for my $name (sort keys %sections) {
    my ($section) = manual() =~ /^### $name Directive\n(.*?)(?=^##)/ms;
    like $section, qr/^\*\*$_:\*\* \S/m, "$name: $_" for @parts;
}

# Headings as the usual renderers of Markdown name them.
my %anchor = map { my $name = lc; $name =~ s/[^\w\- ]//g; $name =~ tr/ /-/; $name => 1 } slurp(var('top_dir') . '/recipes.md') =~ /^#+ (.*)/mg;
is_deeply [grep { !$anchor{$_} } @links], [], 'each link to a recipe leads to one';

for my $example (examples()) {
    my ($heading, undef, $lines) = @$example;
    # Of sections of the server config, these stand in one of their own.
    my ($status, $output) = example_server(access_context(@$lines))->configtest;
    is $status, 0, "$heading: the example stands" or diag join "\n", @$lines, $output;
    unlike $output, qr/\[ip2asn:warn\]/, "$heading: there is nothing to warn of";
}
