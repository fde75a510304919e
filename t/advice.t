# What a configuration is warned of, at configtest and at the start, and what it is not. Never a failure.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

my $httpd = access_server();
my $top   = $httpd->directory;
mkdir "$top/htdocs/private";
mkdir "$top/outside";

my @data   = ('IP2ASNDatabase DIR/db.tsv', 'IP2ASNHosterMap DIR/hosters.conf', 'IP2ASNCacheDir DIR/cache', 'IP2ASNList scrapers DIR/scrapers');
my @loaded = (line_module('status'), line_module('authn_core'), line_module('authn_file'), line_module('auth_basic'), line_module('authz_user'),
    line_module('macro'));

# The advice on a configuration: one line each, and [] when there is none.
sub advice {
    my (@lines) = @_;
    $httpd->configure(@loaded, @data, @lines);
    my ($status, $output) = $httpd->configtest;
    return ["fails: $output"] if $status != 0 || $output !~ /Syntax OK/;
    return [map { s/^\[.*?\] (?:\[.*?\] )*//r } grep { /ip2asn: / } split /\n/, $output];
}

# A section, as lines.
sub section { my ($head, @lines) = @_; my ($name) = $head =~ /^(\w+)/; return "<$head>", @lines, "</$name>" }
sub all_of { return section('RequireAll', @_) }
my @guard = all_of('Require all granted', 'Require not asn 64496');
my @password = ('AuthType Basic', 'AuthName x', 'AuthUserFile DIR/passwords', 'Require valid-user');

# A tree as servers have it: closed, and a part of it opened.
my @base = (section('Directory "/"', 'AllowOverride None', 'Require all denied'), section('Directory "DIR/htdocs"', 'Require all granted'));
my @dotfiles = section('FilesMatch "^\.ht"', 'Require all denied');
my @status   = section('Location "/server-status"', 'SetHandler server-status', 'Require local');
my @private  = section('Directory "DIR/htdocs/private"', @password);

sub silent { my ($what, @lines) = @_; is_deeply advice(@lines), [], "silent: $what" or diag explain \@lines }
sub advised {
    my ($what, $pattern, @lines) = @_;
    my $advice = advice(@lines);
    ok @$advice == 1 && $advice->[0] =~ $pattern, "advised: $what" or diag explain [$advice, \@lines];
}

# Countries.
advised 'Require as-country UK', qr/Require \(\S+ line \d+\): no AS of the data is registered in 'UK'.*'GB'/,
    section('Location "/x"', 'Require as-country UK');
advised 'all unknown ones in one line', qr/'UK', 'EL'.*'GB'.*'GR'/, section('Location "/x"', 'Require as-country DE UK EL');
advised 'not, and small letters', qr/'UK'/,
    section('Location "/x"', 'AuthMerging And', all_of('Require all granted', 'Require not as-country uk'));
advised 'a code that nobody has', qr/'QQ'.*ISO 3166-1/, section('Directory "DIR/x"', 'Require as-country QQ');
advised 'a provider\'s alias', qr/AuthzProviderAlias.*'UK'/, section('AuthzProviderAlias as-country british "UK"'), section('Location "/x"', 'Require british');
advised 'in a virtual host', qr/'UK'/, section('VirtualHost *:1', section('Location "/x"', 'Require as-country UK'));
for my $line (
    'SetEnvIf IP2ASN_COUNTRY ^UK$ british', 'SetEnvIf IP2ASN_COUNTRY "^(DE|UK)$" european', 'SetEnvIfNoCase IP2ASN_COUNTRY ^uk$ british',
    'SetEnvIfExpr "%{IP2ASN_COUNTRY} == \'UK\'" british', 'SetEnvIfExpr "reqenv(\'IP2ASN_COUNTRY\') in { \'DE\', \'UK\' }" british',
    'SetEnvIfExpr "%{IP2ASN_COUNTRY} =~ /^(UK|DE)$/" british', 'SetEnvIfExpr "%{IP2ASN_COUNTRY} =~ m#^uk$#i" british',
    'SetEnvIfExpr "%{IP2ASN_COUNTRY} != \'UK\'" foreign',
    'RewriteCond %{ENV:IP2ASN_COUNTRY} =UK', 'RewriteCond %{ENV:IP2ASN_COUNTRY} !^(UK|DE)$ [NC]', 'RewriteCond expr "%{IP2ASN_COUNTRY} == \'UK\'"',
    "Header set X-UK yes \"expr=%{IP2ASN_COUNTRY} == 'UK'\"",
    ) {
    advised $line, qr/ \(\S+ line \d+\): .*'UK'/, 'IP2ASNEngine On', $line;
}
advised 'IP2ASNEnv gives it another name', qr/'UK'/, 'IP2ASNEngine On', 'IP2ASNEnv GEO country', 'SetEnvIf GEO ^UK$ british';
advised '<If>', qr/<If .*'UK'/, 'IP2ASNEngine On', section('If "%{IP2ASN_COUNTRY} == \'UK\'"', 'Header set X-UK yes');
advised 'Require expr', qr/'UK'/, section('Location "/x"', q{Require expr "%{IP2ASN_COUNTRY} == 'UK'"});
advised 'small letters where capitals are compared', qr/'de'.*'DE', in capitals/, 'IP2ASNEngine On', q{SetEnvIfExpr "%{IP2ASN_COUNTRY} == 'de'" german};
silent 'countries of the data', section('Location "/x"', 'Require as-country DE nl FR');
silent 'a country of an override', 'IP2ASNOverride 10.0.0.0/8 64512 AT', section('Location "/x"', 'Require as-country AT');
silent $_, 'IP2ASNEngine On', $_
    for (
    'SetEnvIf IP2ASN_COUNTRY ^(DE|NL)$ near', 'SetEnvIfNoCase IP2ASN_COUNTRY ^de$ german', 'SetEnvIf IP2ASN_COUNTRY . known', 'SetEnvIf IP2ASN_NAME UK british',
    'SetEnvIf X-Country ^UK$ british', 'RewriteCond %{ENV:IP2ASN_COUNTRY} =DE [NC,OR]', 'RewriteCond %{ENV:IP2ASN_COUNTRY}%{HTTP_HOST} =UK',
    'RewriteCond %{HTTP:X-C} =UK', 'LogFormat "%h %{IP2ASN_COUNTRY}e UK" nick', 'Header set X-Country "%{IP2ASN_COUNTRY}e"',
    q{Header set X-Country "expr=%{IP2ASN_COUNTRY}"}, q{SetEnvIfExpr "%{IP2ASN_COUNTRY} == 'DE' && %{HTTP_HOST} == 'UK'" german},
    q{SetEnvIfExpr "%{IP2ASN_COUNTRY} == ''" nowhere}, q{SetEnvIfExpr "%{IP2ASN_COUNTRY} =~ /^[A-M]/" first},
    );

# Variables that server context reads before a section sets them.
my @in_section = section('Location "/app"', 'IP2ASNEngine On');
my @rewrite = ('RewriteEngine On', 'RewriteCond %{ENV:IP2ASN_ASN} =64496', 'RewriteRule ^ /denied.html');
my $early = qr/ \(.+? line \d+\)(?: and \d+ more like it)?: reads? \w+ before it is known.*in sections only \(IP2ASNEngine \(.+? line \d+\)\).*IP2ASNEngine On/;
my @readers = (
    ['RewriteCond', @rewrite],
    ['RewriteRule', 'RewriteEngine On', 'RewriteRule ^ - [E=SEEN:%{ENV:IP2ASN_ASN}]'],
    ['RewriteCond with an expression of the environment', 'RewriteCond expr "reqenv(\'IP2ASN_ASN\') == \'64496\'"'],
    ['a map', 'RewriteMap names txt:DIR/scrapers', 'RewriteRule ^ ${names:%{ENV:IP2ASN_HOSTER}|/x}'],
    ['SetEnvIf',                     'SetEnvIf IP2ASN_HOSTER . hosted'],
    ['SetEnvIfNoCase',               'SetEnvIfNoCase ip2asn_hoster . hosted'],
    ['SetEnvIfExpr',                 'SetEnvIfExpr "reqenv(\'IP2ASN_ASN\') == \'64496\'" bad'],
    ['SetEnvIfExpr and %{reqenv:…}', 'SetEnvIfExpr "%{reqenv:IP2ASN_ASN} == \'64496\'" bad'],
    ['<If>',                         section('If "%{ENV:IP2ASN_ASN} == \'64496\'"', 'Header set X-Bad yes')],
    ['a name of IP2ASNEnv',          section('Location "/env"', 'IP2ASNEnv GEOIP_COUNTRY_CODE country'), 'SetEnvIf GEOIP_COUNTRY_CODE ^DE$ german'],
);
for (@readers) {
    my ($what, @rules) = @$_;
    advised "$what, engine in a section", $early, @in_section, @rules;
    advised "$what, in a virtual host",   $early, section('VirtualHost *:1', @rules, @in_section);
    silent "$what, engine on for the server", 'IP2ASNEngine On', @in_section, @rules;
}
advised 'several in one line', qr/and 2 more like it/, @in_section, 'SetEnvIf IP2ASN_ASN 1 a', 'SetEnvIf IP2ASN_ASN 2 b', 'SetEnvIf IP2ASN_ASN 3 c';
advised "engine in <$_>", $early, section($_, 'IP2ASNEngine On'), @rewrite
    for ('Directory "DIR/htdocs"', 'LocationMatch "^/a"', 'Files "*.cgi"', 'If "true"', 'DirectoryMatch "htdocs"');
advised 'engine in a section of the main server, rules in a virtual host', $early, @in_section, section('VirtualHost *:1', @rewrite);
advised 'engine off in the virtual host, on in its section', $early, 'IP2ASNEngine On', section('VirtualHost *:1', 'IP2ASNEngine Off', @in_section, @rewrite);
advised 'by macro', $early, section('Macro Rules $engine', @rewrite, section('Location "/app"', 'IP2ASNEngine $engine')), 'Use Rules On';
{
    $httpd->write('rules.conf', join '', map { "$_\n" } @rewrite);
    advised 'in an included file', qr/RewriteCond \(\S+rules\.conf line 2\)/, @in_section, 'Include DIR/rules.conf';
}
silent 'engine in the virtual host', section('VirtualHost *:1', 'IP2ASNEngine On', @in_section, @rewrite);
silent 'rules of all servers, engine on in a virtual host', 'SetEnvIf IP2ASN_ASN 1 a', section('VirtualHost *:1', 'IP2ASNEngine On'), @in_section;
silent 'rules in the section itself', section('Location "/app"', 'IP2ASNEngine On', @rewrite, 'SetEnvIf IP2ASN_ASN 1 a');
silent 'rules in another virtual host than the section', section('VirtualHost *:1', @in_section), section('VirtualHost *:2', @rewrite);
silent 'looked up when it is asked for', @in_section, q{RewriteCond expr "%{IP2ASN_ASN} == '64496'"}, q{SetEnvIfExpr "%{IP2ASN_ASN} == '64496'" bad},
    section(q{If "%{IP2ASN_ASN} == '64496'"}, 'Header set X-Bad yes');
silent 'read later', @in_section, 'Header set X-AS "%{IP2ASN_ASN}e"', 'CustomLog DIR/log "%{IP2ASN_ASN}e" env=IP2ASN_ASN';
silent 'other variables', @in_section, 'SetEnvIf Host IP2ASN_ASN x', 'RewriteCond %{ENV:MY_IP2ASN_ASN} 1', 'RewriteCond %{HTTP:X-IP2ASN-ASN} 1', 'SetEnvIf IP2ASN x y';
silent 'engine nowhere on', @rewrite;

# Sections that grant over stricter ones.
my $opens = qr/^ip2asn: <[^>]+> \(.+? line \d+\): grants access without AuthMerging.*stricter rules of .*'AuthMerging And'/;
my @stricter = (
    ['.ht files',                      @dotfiles],
    ['.ht files by wildcard',          section('Files ".ht*"', 'Require all denied')],
    ['server-status',                  @status],
    ['a password',                     @private],
    ['a password by group of rules',   section('Directory "DIR/htdocs/private"', all_of(@password))],
    ['a directory that is closed',     section('Directory "DIR/htdocs/private/"', 'Require all denied')],
    ['directories by pattern',         section('DirectoryMatch "/\.git"', 'Require all denied')],
    ['addresses',                      section('Location "/intern"', 'Require ip 10.0.0.0/8')],
    ['an earlier rule of ours',        section('Location "/intern"', all_of('Require all granted', 'Require not hoster any'))],
    ['LocationMatch',                  section('LocationMatch "^/(?:admin|intern)"', 'Require ip 10.0.0.0/8')],
    ['a password for writing',         section('Directory "DIR/htdocs/private"', 'Require all granted', section('LimitExcept GET', @password))],
    ['a closed alias',                 'Alias /etcdir DIR/outside'],
    ['an alias with a password',       'Alias /etcdir DIR/outside', section('Directory "DIR/outside"', @password)],
    ['files inside a directory',       section('Directory "DIR/htdocs"', section('Files "secret.txt"', @password))],
    ['an open proxy',                  section('Proxy "*"', 'Require ip 10.0.0.0/8')],
    ['passwords in .htaccess',         section('Directory "DIR/htdocs"', 'AllowOverride AuthConfig', 'Require all granted')],
);
for (@stricter) {
    my ($what, @rules) = @$_;
    advised "$what and <Location />", $opens, @base, @rules, section('Location "/"', @guard);
    advised "$what and <LocationMatch>", $opens, @base, @rules, section('LocationMatch "^/"', @guard);
    advised "$what and <Location /> of a virtual host", $opens, @base, @rules, section('VirtualHost *:1', section('Location "/"', @guard)) unless $what =~ /open proxy$/;
    silent "$what and AuthMerging And", @base, @rules, section('Location "/"', 'AuthMerging And', @guard);
    silent "$what and AuthMerging Off", @base, @rules, section('Location "/"', 'AuthMerging Off', @guard);
}
my @frames = (
    ['RequireAll',         @guard],
    ['RequireAny',         section('RequireAny', @guard, 'Require ip 10.0.0.0/8')],
    ['RequireNone',        all_of('Require all granted', section('RequireNone', 'Require asn 64496'))],
    ['RequireAll in RequireAll', all_of(@guard)],
    ['a list',             all_of('Require all granted', 'Require not asn-list scrapers')],
    ['a hoster',           all_of('Require all granted', 'Require not hoster class:hosting')],
    ['a country',          all_of('Require all granted', 'Require not as-country DE')],
    ['report only',        'IP2ASNReport On', @guard],
    ['side by side',       'Require all granted', 'Require asn 64496'],
    ['in capitals',        section('REQUIREALL', 'REQUIRE all GRANTED', 'require NOT asn 64496')],
    ['beside negated ones', all_of('Require all granted', 'Require not ip 10.0.0.1', 'Require not asn 64496')],
    ['an expression',      all_of('Require all granted', q{Require expr "%{IP2ASN_ASN} != '64496'"})],
    ['an alias of a provider', all_of('Require all granted', 'Require not bad')],
    ['<Limit>',            section('Limit GET POST', @guard)],
);
for (@frames) {
    my ($what, @rules) = @$_;
    my @alias = section('AuthzProviderAlias asn bad 64496');
    advised "grants by $what", $opens, @alias, @base, @private, section('Location "/"', @rules);
    silent "grants by $what, merged", @alias, @base, @private, section('Location "/"', 'AuthMerging And', @rules);
}
my @places = (
    ['Files "*"'],               ['FilesMatch "."'],            ['If "true"'],
    ['Location "/private"'],     ['Location "/private/login"'], ['Files "login.php"'],
    ['LocationMatch "/login"'],  ['Location ~ "^/private"'],    ['Directory "DIR/htdocs/private"'],
);
for (@places) {
    my ($place) = @$_;
    advised "a password and <$place>", $opens, @base, @private, section($place, @guard);
    silent "a password and <$place>, merged", @base, @private, section($place, 'AuthMerging And', @guard);
}
advised 'a file within a directory that has a password', $opens, @base, section('Directory "DIR/htdocs/private"', @password, section('Files "x"', @guard));
advised 'main server over a virtual host', $opens, section('Location "/"', @guard), section('VirtualHost *:1', 'DocumentRoot DIR/htdocs', @private);
advised 'a macro', $opens, @base, @private, section('Macro Guard $where', section('Location "$where"', @guard)), 'Use Guard /';
advised 'the number of sections', qr/FilesMatch.* and of 2 more sections;/, @base, @dotfiles, @status, @private, section('Location "/"', @guard);
is_deeply [scalar @{ advice(@base, @private, section('Location "/"', @guard), section('Location "/private"', @guard)) }], [2], 'each section has a line of its own';

silent 'nothing stricter',            @base, section('Location "/"', @guard);
silent 'a directory of its own',      @base, @dotfiles, @status, @private, section('Directory "DIR/htdocs/shop"', @guard);
silent 'the whole document root',     section('Directory "/"', 'Require all denied'), @dotfiles, @status, @private, section('Directory "DIR/htdocs"', @guard);
silent 'stricter rules elsewhere',    @base, section('Directory "DIR/elsewhere"', @password), section('Location "/"', @guard);
silent 'another URL',                 @base, @private, @status, section('Location "/shop"', @guard);
silent 'files that a pattern cannot end with', @base, @dotfiles, section('LocationMatch "\.php$"', @guard);
advised 'files that a pattern may end with', $opens, @base, section('Files "login.php"', @password), section('LocationMatch "\.php$"', @guard);
advised 'URLs of any directory', $opens, @base, section('Location "/intern"', 'Require ip 10.0.0.0/8'), section('LocationMatch "\.php$"', @guard);
silent 'another virtual host',        @base, section('VirtualHost *:1', @status), section('VirtualHost *:2', section('Location "/"', @guard));
silent 'a later section is stricter', @base, section('Location "/"', @guard), section('Location "/intern"', 'Require ip 10.0.0.0/8');
silent 'an open part inside a closed one', @base, section('Location "/intern"', 'Require ip 10.0.0.0/8'), section('Location "/intern/public"', @guard);
silent 'other rules beside the grant', @base, @private, section('Location "/"', all_of('Require all granted', @password, 'Require not asn 64496'));
silent 'a section that does not grant', @base, @private, section('Location "/private"', 'Require asn 64496');
silent 'a section without a rule of ours', @base, @private, section('Location "/"', 'Require all granted');
silent 'another file',                @base, @dotfiles, section('Files "login.php"', @guard);
silent 'a handler among files',       @base, @dotfiles, @private, section('Location "/ip2asn"', 'SetHandler ip2asn', @guard);
silent 'open after all',              @base, section('Location "/intern"', section('RequireAny', 'Require all granted', 'Require ip 10.0.0.0/8')), section('Location "/"', @guard);
silent 'an alias that is opened',     @base, 'Alias /icons DIR/outside', section('Directory "DIR/outside"', 'Require all granted'), section('Location "/"', @guard);
silent 'an alias that this section opens', @base, 'Alias /app DIR/outside', section('Location "/app"', @guard);
silent 'a file that is opened in its closed directory', @base, section('Directory "DIR/htdocs/private"', 'Require all denied', section('Files "public.html"', @guard));

# All kinds of advice at a start: on the terminal and in the log, once; not again at each reload.
my @slips = (@base, @private, @in_section, @rewrite, section('Location "/"', @guard), section('Location "/uk"', 'Require as-country UK'));
$httpd->configure(@loaded, @data, @slips);
ok $httpd->start, 'a server with all of it starts';
sub said { my ($text) = @_; my $n = () = $text =~ /:warn\].*ip2asn: (?:Require|RewriteCond|<Location)/g; return $n }
is said($httpd->output), 3, 'the terminal has each' or diag $httpd->output;
is said($httpd->error_log), 3, 'the log has each' or diag $httpd->error_log;
ok $httpd->graceful, 'a reload' for 1 .. 3;
is said($httpd->error_log), 3, 'reloads do not repeat it';
$httpd->configure(@loaded, @data, @slips, section('Location "/el"', 'Require as-country EL'));
ok $httpd->graceful, 'a reload with a new slip';
is said($httpd->error_log), 4, 'which is said';
like +($httpd->error_log =~ /.*(ip2asn: Require .*)/s)[0], qr/'EL'/, 'alone';
ok $httpd->graceful, 'and once more';
is said($httpd->error_log), 4, 'once';
$httpd->stop;
for my $show (['-S'], ['-M']) {
    my $output = join '', map { `$_ 2>&1` } join ' ', map { "'$_'" } $httpd->command(@$show);
    unlike $output, qr/ip2asn: /, "@$show shows what was asked for";
}
done_testing;
