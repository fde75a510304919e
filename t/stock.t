# What README's installation says, done word for word to an unpacked copy of Debian's /etc/apache2 with its default site, ends with a
# network in the log; and each commented part of the shipped ip2asn.conf stands and works in the place that its comment names.
use strict;
use warnings FATAL => 'all';
use File::Basename qw(dirname);
use IO::Compress::Gzip qw(gzip $GzipError);
use Test::More;
use IP2ASN::Access;
use IP2ASN::Debian;
use IP2ASN::Doors;
use IP2ASN::Test;

plan skip_all => IP2ASN::Debian::missing() if IP2ASN::Debian::missing();

my $log_line = qr/^127\.0\.0\.1 - - \[[^\]]+\] "GET \/\?\w+ HTTP\/1\.\d" 200 \d+ "-" "[^"]*" AS64500 ZZ "-" "LOOPBACK"$/m;

# The file that the site of iptoasn.com would have, served by the httpd that is being set up.
sub offer_data {
    my ($httpd) = @_;
    my $rows = access_rows() . "127.0.0.0\t127.255.255.255\t64500\tZZ\tLOOPBACK\n";
    mkdir $httpd->directory . '/var/www/html/data';
    gzip(\$rows => $httpd->directory . '/var/www/html/data/ip2asn-combined.tsv.gz') or die $GzipError;
    return;
}

subtest 'README' => sub {
    my ($install) = slurp(var('top_dir') . '/README') =~ /^## Install it\n(.*?)^## /ms;
    my ($commands) = $install =~ /((?:^    .*\n)+)/m;
    my $httpd = IP2ASN::Debian->new;
    my $etc   = $httpd->directory;
    offer_data($httpd);
    ok $httpd->start, 'the stock httpd starts' or diag $httpd->output, $httpd->error_log;

    # What `make install` and the package install. The directories and the site are the test's.
    my $installed = slurp(dirname($ENV{IP2ASN_TEST_MODULE}) . '/../conf/mods-available/ip2asn.conf');
    $installed =~ s{^IP2ASNDatabase \K/\S*(?=/lib/)}{$etc/var}m or die 'no database is switched on';
    $httpd->write('etc/apache2/mods-available/ip2asn.conf', $installed);
    # `make install` puts the hoster map where the module looks for it.
    $httpd->write('hosters.conf', slurp("$ENV{IP2ASN_TEST_SOURCE}/conf/hosters.conf"));
    $httpd->write('etc/apache2/conf-enabled/zz-hosters.conf', "<IfModule ip2asn_module>\nIP2ASNHosterMap $etc/hosters.conf\n</IfModule>\n");

    my ($name, $update) = $commands =~ /^    sudo a2enmod (\w+) && sudo systemctl reload apache2\n    sudo (ip2asn-update\b[^#\n]*)/m;
    $httpd->a2en(mod => $name);
    my $pid = $httpd->pid;
    my ($status, $output) = $httpd->configtest;
    $httpd->{pid} = $pid;
    is $status, 0, 'reload: its configtest passes' or diag $output;
    ok $httpd->graceful, 'reload' or diag $httpd->error_log;
    is get('/?early', port => 'own_port')->code, 200, 'it serves without data';
    $update =~ s{^}{$ENV{IP2ASN_TEST_SOURCE}/scripts/} or die;
    $output = `$update --directory $etc/var/lib/ip2asn --url @{[ $httpd->url('/data') ]} --ip2asn @{[ IP2ASN::Access::tool() ]} 2>&1`;
    is $?, 0, 'the data is fetched' or diag $output;

    my ($log) = $install =~ m{(/var/log/apache2/\S+\.log)};
    ok wait_until(sub { get('/?visit', port => 'own_port')->code == 200 && slurp("$etc$log") =~ $log_line }),
        'the log that README names has the network' or diag slurp("$etc$log"), $httpd->error_log;
    unlike slurp("$etc/var/log/apache2/access.log"), qr/AS64500/, 'the log of the default site is as it was';
    my $errors = $httpd->error_log;
    is $errors =~ s/^.*IP2ASNDatabase.*fetch it with ip2asn-update.*\n//mg, 1, 'what to do was said once' or diag $httpd->error_log;
    unlike $errors, qr/\[(?:\w+:)?(?:warn|error|crit|alert|emerg)\]/, 'nothing else is wrong' or diag $errors;
};

# The commented parts of ip2asn.conf: runs of lines that begin with # and no blank; where they belong is in the comment before.
my $shipped = slurp(var('top_dir') . '/conf/ip2asn.conf');
my @parts;
{
    my $comment = '';
    for my $block ($shipped =~ /((?:^#(?: .*)?\n)+|(?:^#\S.*\n(?:^#\s{2,}\S.*\n|^#\S.*\n)*))/mg) {
        if ($block =~ /^# /) { $comment = $block }
        else                 { push @parts, [$comment, map { s/^#//r } split /\n/, $block] }
    }
}
cmp_ok scalar(@parts), '>=', 8, 'the shipped ip2asn.conf has commented parts';

sub part { my ($of) = grep { $_->[1] =~ /^\Q$_[0]\E/ } @parts; return @$of[1 .. $#$of] }

sub with_part {
    my ($where, @lines) = @_;
    my $httpd = IP2ASN::Debian->new;
    my $etc   = $httpd->directory;
    my @site  = shut_site($httpd, 'var/www/html');
    my @base  = (part('IP2ASNDatabase'), part('IP2ASNEngine'), "IP2ASNHosterMap $etc/hosters.conf");
    $httpd->write('hosters.conf', "hostexample hosting AS64496\namazon cloud AS16509\n");
    gzip(\access_rows() => "$etc/var/lib/ip2asn/ip2asn-combined.tsv.gz") or die $GzipError;
    $httpd->a2en(mod => qw(ip2asn headers remoteip rewrite));
    @lines = grep { my $line = $_; !grep { $_ eq $line } @base } @lines;
    s{/var/lib/}{$etc/var/lib/}, s{192\.0\.2\.10$}{127.0.0.1} for @base, @lines;
    my $text = join "\n", @lines;
    $httpd->edit('mods-available/ip2asn.conf', sub { $_ .= join "\n", @base, $where eq 'here' ? $text : (), '' });
    my @remoteip = grep({ /^RemoteIPHeader/ } @lines) ? () : ('RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1');
    my $vhost = join "\n", @remoteip, @site, $where eq 'here' ? () : $text;
    $httpd->edit('sites-available/000-default.conf', sub { s{(?=^</VirtualHost>)}{$vhost\n}m or die });
    return $httpd;
}

my @clients = qw(match other own);
for my $part (@parts) {
    my ($comment, @lines) = @$part;
    my @places = $comment =~ /In a <VirtualHost>:/ ? 'vhost' : $comment =~ /, here or in a <VirtualHost>/ ? qw(here vhost) : 'here';
    for my $where (@places) {
        subtest "$where: $lines[0]" => sub {
            my $httpd = with_part($where, @lines);
            my ($status, $output) = $httpd->configtest;
            is $status, 0, 'configtest' or diag $output;
            ok $httpd->start, 'it starts' or diag $httpd->error_log;
            is ask('/page.txt', 'other')->code, 200, 'it serves';
            is_deeply [open_doors(\@clients)], [], 'all that is shut stays shut';
            if ($lines[0] eq '<Location "/">') {
                is ask('/page.txt', 'match')->code, 403, 'whom the rule is about is kept out';
                is ask('/uploads/page.txt', 'match')->code, 403, 'also where a .htaccess grants';
            }
            if ($lines[0] =~ /^SetEnvIf/) {
                is ask('/page.txt', 'match')->header('X-Origin-AS'), 64496, 'the header has the AS';
                is ask('/offers', 'match')->code, 403, 'the rewrite rule knows it';
                is ask('/offers', 'other')->code, 404, 'and lets others pass';
            }
            if ($lines[0] eq '<Location "/ip2asn">') {
                is get('/ip2asn/v1/as/n/64496', port => 'own_port')->code, 200, 'the endpoint answers';
                is ask('/ip2asn/v1/as/n/64496', 'other')->code, 403, 'whom it is for';
            }
        };
    }
}

subtest 'everything at once' => sub {
    my $httpd = with_part('here', map { my ($comment, @lines) = @$_; $comment =~ /In a <VirtualHost>:/ ? () : @lines } @parts);
    ok $httpd->start, 'it starts' or diag $httpd->output, $httpd->error_log;
    is ask('/page.txt', 'match')->code, 403, 'the rule holds';
    is ask('/page.txt', 'other')->code, 200, 'and lets others pass';
};
done_testing;
