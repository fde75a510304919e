# The recipes that let in and keep out, and those for other modules, do what they say.
use strict;
use warnings FATAL => 'all';
use Test::More tests => 65;
use IP2ASN::Access;
use IP2ASN::Manual;
use IP2ASN::Test;

serves('keep one AS out', [], ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
serves('block hosting companies, but let known good bots in', [],
    ['/', 'google', 200], ['/', 'amazon', 403], ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
serves('no hosting companies on the login page, but these two', [],
    ['/login', 'amazon', 200], ['/login', 'google', 403], ['/login', 'other', 200], ['/', 'google', 200]);
serves('an allow-list for an API', [], ['/api', 'other', 200], ['/api', 'listed', 200], ['/api', 'match', 403], ['/api', 'office', 200], ['/', 'match', 200]);
serves('thousands of networks in one line', [], ['/', 'match', 403], ['/', 'listed', 403], ['/', 'other', 403], ['/', 'cdn', 200]);
serves('Googlebot and one cloud in, the rest of hosting out', [], ['/', 'match', 200], ['/', 'match6', 403], ['/', 'other', 200]);
serves('deny whom Spamhaus lists', [], ['/', 'match', 403], ['/', 'other', 200]);
serves('a whole company by name', [], ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
{
    my $httpd = example_server();
    $httpd->configure(recipe('a whole company by name'));
    $httpd->start;
    is ask('/page.txt', 'other')->code, 403, 'a whole company by name: without data it denies';
}
serves('clients of private networks are always let in', [], ['/', 'own', 200], ['/', 'match', 200], ['/', 'other', 403], ['/', 'unknown', 403]);

# A page of an application's that its .htaccess opens to all is no way past a rule for the whole site.
{
    my @open  = ('<Directory DIR/htdocs>', 'AllowOverride AuthConfig', '</Directory>');
    my $httpd = example_server(@open, recipe('keep one AS out'));
    mkdir $httpd->directory . '/htdocs/uploads';
    $httpd->write('htdocs/uploads/page.txt', "uploaded\n");
    $httpd->write('htdocs/uploads/.htaccess', "Require all granted\n");
    $httpd->start;
    is ask('/uploads/page.txt', 'match')->code, 403, 'a .htaccess that grants does not undo the rule';
    is ask('/uploads/page.txt', 'other')->code, 200, 'and the page is there for others';
}
# Behind other sections the rule holds in them, too; what comes after it and grants is without it.
{
    my $httpd = example_server('AliasMatch ^/ DIR/htdocs/page.txt', '<Location /before>', 'Require all granted', '</Location>', recipe('keep one AS out'),
        '<Location /after>', 'Require all granted', '</Location>');
    $httpd->start;
    is ask('/before', 'match')->code, 403, 'a rule at the end adds to the sections before it';
    is ask('/after',  'match')->code, 200, 'and is replaced by one that comes after it, as the manual says';
}
{
    my $challenge = '/.well-known/acme-challenge/tok-en_1';
    serves($_, [], [$challenge, 'match', 200], [$challenge, 'nowhere', 200], ["$challenge/more", 'match', 403], ['/.well-known/', 'match', 403])
        for 'block hosting companies, but let known good bots in', 'ACME challenges pass';
}
{
    my $httpd = serves('log only', [], ['/?logged', 'match', 200], ['/?clean', 'other', 200], ['/.well-known/acme-challenge/x', 'match', 200]);
    my $log;
    wait_until(sub { ($log = slurp($httpd->directory . '/var/log/apache2/would-deny.log')) =~ /logged/ });
    like $log,   qr/192\.0\.2\.1 AS64496 hostexample 403 "GET \/\?logged/, 'log only: the log has whom the rule would have denied';
    unlike $log, qr/clean|acme/, 'and nobody else';
}
{
    my $httpd = serves('tell the application behind a proxy', [with_backend()]);
    is ask('/app', 'match', 'X-IP2ASN-ASN' => '1')->header('X-Got'), '64496 hostexample', 'tell the application behind a proxy: it is told';
}
serves('from mod_geoip', [], ['/members', 'match', 200], ['/members', 'amazon', 403, 'GEOIP_COUNTRY_CODE' => 'DE']);
{
    my $httpd = serves('slow hosting companies down (mod_ratelimit)', ['Header always set X-Limit "%{rate-limit}e"']);
    is ask('/', 'match')->header('X-Limit'), 400,      'slow hosting companies down: they are';
    is ask('/', 'other')->header('X-Limit'), '(null)', 'and nobody else is';
}
serves('a rule of ModSecurity', [map { line_module($_) } qw(unique_id security2)],
    ['/', 'match', 403], ['/', 'other', 200], ['/', 'unknown', 200]);
{
    # With room for none, the limit shows without twenty requests at once.
    my $name  = 'few requests at once from hosting companies (mod_qos)';
    my @lines = map { s/(QS_EventRequestLimit \w+) 20$/$1 0/r } recipe($name);
    # Debian's mod_qos is not linked with the library that it needs.
    my $httpd = example_server('<IfModule !mod_qos.c>', 'LoadFile libpcre.so.3', '</IfModule>', line_module('qos'), 'AliasMatch ^/ DIR/htdocs/page.txt', @lines);
    ok $httpd->start, "$name: the server starts" or diag $httpd->error_log;
    is ask('/', 'match')->code, 500, "$name: they are counted";
    is ask('/', 'other')->code, 200, 'and nobody else is';
}
{
    my $httpd = example_server('<Directory DIR/htdocs>', 'AllowOverride AuthConfig', '</Directory>',
        'AliasMatch ^/.well-known/ DIR/htdocs/page.txt');
    $httpd->write('htdocs/.htaccess', join '', map { "$_\n" } htaccess_recipe());
    $httpd->start;
    is ask('/page.txt', 'match')->code, 403, 'the recipe for .htaccess keeps out';
    is ask('/page.txt', 'other')->code, 200, 'and lets in';
    is ask('/.well-known/acme-challenge/x', 'match')->code, 200, 'and has certificates renewed';
}
