# Expressions: variables and functions, wherever httpd takes an expression.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

my %value = (    # for `match`, for `unknown`, for `nowhere`
    ASN       => ['64496', '0', ''],
    NAME      => ['HOSTEXAMPLE-AS Host Example GmbH', '', ''],
    COUNTRY   => ['DE', '', ''],
    HOSTER    => ['hostexample', '', ''],
    HOSTER_CLASS => ['hosting', '', ''],
    LISTS     => ['scrapers', '', ''],
    ANNOUNCED => ['1', '0', ''],
    ADDR      => ['192.0.2.1', '203.0.113.1', ''],
    FIRST_IP  => ['192.0.2.0', '', ''],
    LAST_IP   => ['192.0.2.127', '', ''],
    PREFIX    => ['192.0.2.0/25', '', ''],
);
my @functions = (    # name, argument, result
    ['asn', '192.0.2.1', '64496'], ['asn', '2001:db8:1::7', '64496'], ['asn', '::ffff:192.0.2.1', '64496'], ['asn', '203.0.113.1', '0'],
    ['asn', '10.200.0.1', '64512'], ['as_name', '10.200.0.1', 'Our own'], ['as_name', '203.0.113.1', ''],
    ['as_hoster_class', '192.0.2.1', 'hosting'], ['as_hoster_class', '198.51.100.1', ''],
    ['as_country', '192.0.2.1', 'DE'], ['as_hoster', '192.0.2.1', 'hostexample'], ['as_hoster', '198.51.100.1', ''],
    ['asn', 'x', ''], ['asn', 'localhost', ''], ['asn', '192.0.2.01', ''], ['asn', '192.0.2.1/32', ''], ['asn', 'fe80::1%eth0', ''],
    ['ASN', '192.0.2.1', '64496'],
);

# The engine is off all over this server.
my $httpd = access_server(
    'AliasMatch ^/ DIR/htdocs/page.txt',
    (map { qq{Header always set X-Var-${\ tr/_/-/r} "expr=%{IP2ASN_$_}"} } sort keys %value),
    (map { qq{Header always set X-Fun-$_ "expr=%{$functions[$_][0]:$functions[$_][1]}"} } 0 .. $#functions),
    split(/\n/, <<'END'),
<If "%{IP2ASN_ASN} == '64496'">
    Header always set X-If "match"
</If>
<ElseIf "%{IP2ASN_ASN} -eq 0">
    Header always set X-If "unknown"
</ElseIf>
Header always set X-Expr "yes" "expr=%{IP2ASN_HOSTER} =~ /^host/"
SetEnvIfExpr "%{IP2ASN_COUNTRY} in { 'DE', 'AT' }" NEAR=1
Header always set X-Near "%{NEAR}e"
Header always set X-Given "expr=%{asn:%{req:X-Ask}}"
RewriteEngine On
RewriteCond expr "%{IP2ASN_LISTS} =~ /(^|,)scrapers(,|$)/"
RewriteRule ^/rewritten$ - [F]
LogFormat "%r %{IP2ASN_ASN}e" plain
CustomLog DIR/hosted.log plain "expr=-n %{IP2ASN_HOSTER}"
<Location /expr>
    Require expr "%{IP2ASN_ASN} == '64496'"
</Location>
<Location /function>
    Require expr "as_country(%{REMOTE_ADDR}) == 'DE'"
</Location>
<Location /function-not>
    <RequireAll>
        Require all granted
        Require not expr "asn(%{REMOTE_ADDR}) == '64496'"
    </RequireAll>
</Location>
END
);

plan tests => 1 + 4 * (keys %value) + @functions + 4 * 3 + 8;

ok $httpd->start, 'the server starts' or BAIL_OUT($httpd->error_log);
my @clients = qw(match unknown nowhere);
my %answer  = map { $_ => ask('/page.txt', $_) } @clients;
for my $i (0 .. 2) {
    is $answer{ $clients[$i] }->header('X-Var-' . tr/_/-/r), $value{$_}[$i], "IP2ASN_$_ of $clients[$i]" for sort keys %value;
}
my $local = IP2ASN::Test::get('/page.txt', port => 'own_port', 'X-No-Address' => 'taken for internet');
is $local->header('X-Var-' . tr/_/-/r), $value{$_}[2], "IP2ASN_$_ of a local socket that httpd takes for one of the internet" for sort keys %value;
for my $i (0 .. $#functions) {
    is $answer{unknown}->header("X-Fun-$i"), $functions[$i][2], "$functions[$i][0]($functions[$i][1])";
}
my %seen = (match => ['match', 'yes', 1, 403], unknown => ['unknown', undef, '(null)', 200], other => [undef, undef, '(null)', 200]);
for my $who (sort keys %seen) {
    my $response = ask('/page.txt', $who);
    is $response->header('X-If'),   $seen{$who}[0], "<If> for $who";
    is $response->header('X-Expr'), $seen{$who}[1], "Header ... expr= for $who";
    is $response->header('X-Near'), $seen{$who}[2], "SetEnvIfExpr for $who";
    is ask('/rewritten', $who)->code, $seen{$who}[3], "RewriteCond expr for $who";
}
is ask('/expr',         'match')->code, 200, 'Require expr with a variable lets in';
is ask('/expr',         'other')->code, 403, 'and keeps out';
is ask('/function',     'match')->code, 200, 'Require expr with a function lets in';
is ask('/function',     'other')->code, 403, 'and keeps out';
is ask('/function-not', 'match')->code, 403, 'Require not expr keeps out';
is ask('/page.txt', 'other', 'X-Ask' => '192.0.2.1')->header('X-Given'), '64496', 'a function answers for any address';
is ask('/page.txt', 'other', 'IP2ASN_ASN' => '64496')->header('X-Var-ASN'), '64499', 'a header does not pass for a variable';
ask('/page.txt?hosted', 'match');
ask('/page.txt?home',   'other');
my $log;
wait_until(sub { ($log = slurp($httpd->directory . '/hosted.log')) =~ /\?hosted/ });
unlike $log, qr/\?home/, 'a condition of CustomLog';
