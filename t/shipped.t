# The shipped ip2asn.conf in httpd as others than Debian ship it, where fewer modules are loaded. Those that Debian has built in, mod_logio
# and mod_log_config, are taken for missing by other names in the conditions.
use strict;
use warnings FATAL => 'all';
use Test::More tests => 8;
use IP2ASN::Access;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $conf = slurp(var('top_dir') . '/conf/ip2asn.conf');
my ($mpm) = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /^(LoadModule mpm_.*)$/m;

# A server that loads nothing but an MPM and this module.
sub bare_server {
    my ($conf, @lines) = @_;
    my $httpd = IP2ASN::Httpd->new;
    my ($directory, $port) = ($httpd->directory, var('own_port'));
    chmod 0755, $directory;
    $httpd->write('db.tsv',       access_rows() . "127.0.0.0\t127.255.255.255\t64500\tZZ\tLOOPBACK\n");
    $httpd->write('hosters.conf', "hostexample hosting AS64496\namazon cloud AS16509\n");
    my @user = $> == 0 ? ('User ' . var('user'), 'Group ' . var('group')) : ();
    $httpd->write('httpd.conf', join '', map { "$_\n" } $mpm, "LoadModule ip2asn_module $ENV{IP2ASN_TEST_MODULE}",
        qq(ServerRoot "$directory"), "ServerName 127.0.0.1:$port", qq(DocumentRoot "$directory/htdocs"), "Listen 127.0.0.1:$port",
        qq(PidFile "$directory/httpd.pid"), qq(DefaultRunTimeDir "$directory"), qq(ErrorLog "$directory/error_log"), @user, $conf,
        "IP2ASNDatabase $directory/db.tsv", "IP2ASNHosterMap $directory/hosters.conf", "IP2ASNCacheDir $directory/cache", @lines);
    return $httpd;
}

{
    my ($status, $output) = bare_server($conf)->configtest;
    is $status, 0, 'it stands where no module is loaded besides' or diag $output;
}
for my $logio (1, 0) {
    my $name = $logio ? 'with mod_logio' : 'without mod_logio';
    my $httpd = bare_server($logio ? $conf : $conf =~ s/logio_module/not_loaded_module/gr, 
        line_module('authz_core'), 'IP2ASNEngine On', 'GlobalLog network.log ip2asn_combined');
    ok $httpd->start, "$name: httpd starts" or diag $httpd->output, $httpd->error_log;
    is get('/page.txt', port => 'own_port')->code, 200, "$name: it serves";
    wait_until(sub { slurp($httpd->directory . '/network.log') =~ /\n/ });
    my ($bytes) = slurp($httpd->directory . '/network.log') =~ /^127\.0\.0\.1 - - \[.*\] "GET \/page\.txt HTTP\/1\.\d" 200 (\d+) "-" ".*" AS64500 ZZ "-" "LOOPBACK"$/m;
    cmp_ok $bytes // -1, $logio ? '>' : '==', length("a page\n"), "$name: the log line";
}
{
    my $without = $conf =~ s/logio_module/not_loaded_module/gr;
    $without =~ s/<IfModule log_config_module>/<IfModule not_loaded_module>/;
    my ($status, $output) = bare_server($without =~ s/^(\s*)LogFormat/$1NoSuchDirective/gmr)->configtest;
    is $status, 0, 'without mod_log_config no format is defined' or diag $output;
}
