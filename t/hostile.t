# Names that would do harm go from the source through variables, headers, CGI, logs, JSON and HTML: nothing is injected, and
# nothing is lost that was not repaired when the source was read.
use strict;
use warnings FATAL => 'all';
use File::Copy qw(copy);
use HTML::Entities qw(decode_entities);
use JSON::PP qw(decode_json);
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

# What stands in the source, and what of it is served: control and bidi characters, and bytes that are no UTF-8, give way to U+FFFD.
my $mark  = "\xEF\xBF\xBD";
my @names = (
    ['192.0.2',     'quotes',         q{"double" 'single' \ back` `id`},           q{"double" 'single' \ back` `id`}],
    ['198.51.100',  'markup',         '<script>alert(1)</script>&amp;<b>',          '<script>alert(1)</script>&amp;<b>'],
    ['203.0.113',   'a function',     '() { :; }; echo "Content-Type: x" > f',      '() { :; }; echo "Content-Type: x" > f'],
    ['198.18.0',    'a line end',     "A\rSet-Cookie: stolen=1",                    "A${mark}Set-Cookie: stolen=1"],
    ['198.18.1',    'bidi',           "left \xE2\x80\xAEright\xE2\x81\xA6",         "left ${mark}right$mark"],
    ['198.18.2',    'four bytes',     "\xF0\x9F\x98\x80 caf\xC3\xA9",               "\xF0\x9F\x98\x80 caf\xC3\xA9"],
    ['198.18.3',    'an escape',      "\e[31mred\x7F \xFFbroken",                   "${mark}[31mred$mark ${mark}broken"],
    ['198.18.4',    'format strings', '%s%n %{IP2ASN_ASN}e $ENV{PATH} ${jndi:x}',   '%s%n %{IP2ASN_ASN}e $ENV{PATH} ${jndi:x}'],
);

plan tests => 2 + 12 * @names;

my $httpd = IP2ASN::Httpd->new(
    'IP2ASNDatabase DIR/hostile.tsv', 'IP2ASNCacheDir DIR/cache', 'IP2ASNHosterMap None', 'IP2ASNEngine On', 'IP2ASNRequestHeaders On',
    'Header always set X-Sent-On "expr=%{req:X-IP2ASN-Name}"',
    'LogFormat "%{IP2ASN_ASN}e \"%{IP2ASN_NAME}e\" end" names',
    'CustomLog DIR/names.log names',
    'ScriptAlias /cgi/ DIR/cgi/',
    '<Location "/ip2asn">', 'SetHandler ip2asn', '</Location>',
);
my $asn = 64495;
$httpd->write('hostile.tsv', join '', map { join("\t", "$_->[0].0", "$_->[0].255", ++$asn, 'DE', $_->[2]) . "\n" } @names);
mkdir $httpd->directory . '/cgi';
copy(var('t_dir') . '/cgi-bin/env.cgi', $httpd->directory . '/cgi/env.cgi') or die "env.cgi: $!";
chmod 0755, $httpd->directory . '/cgi/env.cgi';
ok $httpd->start, 'the server starts' or diag $httpd->error_log;

my $browser = LWP::UserAgent->new(env_proxy => 0);
my $lines;
for my $case (@names) {
    my ($net, $what, undef, $name) = @$case;
    my $ask = sub { $browser->get($httpd->url($_[0]), 'X-Forwarded-For' => "$net.7", @_[1 .. $#_]) };

    my $page = $ask->('/page.txt');
    is $page->header('X-Env-Name'), $name, "$what: the variable";
    is $page->header('X-Sent-On'),  $name, "$what: the request header for applications";
    is $page->header('Set-Cookie'), undef, "$what: no header of its own";

    my $cgi = $ask->('/cgi/env.cgi');
    is $cgi->code, 200, "$what: a CGI program runs";
    like $cgi->content,   qr/^IP2ASN_NAME=\Q$name\E$/m,  "$what: its variable";
    unlike $cgi->content, qr/^(?:Set-Cookie|Content-Type):/m, "$what: which is one";

    my $json = $ask->("/ip2asn/v1/as/ip/$net.7", Accept => 'application/json');
    utf8::encode(my $described = decode_json($json->content)->{as_description});
    is $described, $name, "$what: JSON";
    unlike $json->content, qr/[<>\x00-\x1F]/, "$what: JSON that is harmless in a page";
    like $ask->("/ip2asn/v1/as/ip/$net.7", Accept => 'text/plain')->content, qr/ \| \Q$name\E\z/, "$what: plain text";
    my $html = $ask->("/ip2asn/v1/as/ip/$net.7", Accept => 'text/html')->content;
    unlike $html, qr/<script|<b>/, "$what: HTML without its markup";
    utf8::decode($html);
    utf8::encode(my $text = decode_entities($html));
    ok index($text, $name) >= 0, "$what: HTML";

    # httpd writes what is not plain ASCII as \xhh.
    my $logged = $name =~ s/([\\"])/\\$1/gr =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger;
    wait_until(sub { ($lines = slurp($httpd->directory . '/names.log')) =~ /\Q$logged\E/ });
    like $lines, qr/^\d+ "\Q$logged\E" end$/m, "$what: the log";
}
is scalar(grep { !/^\d+ ".*" end$/ } split /\n/, $lines), 0, 'the log has only whole lines';
