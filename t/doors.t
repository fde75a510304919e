# No example and no recipe of the manual opens what is shut: each is added, as it stands, to a site of its own, and to the default site
# of an untouched copy of Debian's configuration, and everything that was shut is asked for, from many networks.
use strict;
use warnings FATAL => 'all';
use MIME::Base64 ();
use Test::More;
use IP2ASN::Access;
use IP2ASN::Debian;
use IP2ASN::Doors;
use IP2ASN::Manual;
use IP2ASN::Test;

# Clients of all kinds of networks, among them those whom the examples let in.
my @clients = qw(match other listed google office own);

# A site in front of the example, on a server that has nothing else.
sub own_site {
    my ($lines, @places) = @_;
    my $httpd = example_server();
    my @site  = shut_site($httpd, 'htdocs', @places);
    $httpd->configure(supplements(join "\n", @$lines), example_modules(), shut_paths(), @site, adapt(@$lines));
    return $httpd;
}

# Debian's default site, with the example at its end. One copy serves them all in turn.
my ($debian, $default_site);

sub debian_site {
    my ($lines, @places) = @_;
    if (!$debian) {
        $debian = IP2ASN::Debian->new;
        $debian->a2en(mod => qw(ip2asn headers remoteip rewrite proxy proxy_http include cache cache_disk ratelimit));
        prepare_files($debian);
        $default_site = slurp($debian->directory . '/etc/apache2/sites-available/000-default.conf');
    }
    my @site = shut_site($debian, 'var/www/html', @places);
    my ($global, $other) = global_lines(adapt(@$lines));
    my $directory = $debian->directory;
    s/\bDIR\b/$directory/g for my @conf  = (supplements(join "\n", @$lines), @$global);
    s/\bDIR\b/$directory/g for my @vhost = (@site, @$other);
    unshift @vhost, 'RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1' unless grep { /^RemoteIP/ } @$lines;
    $debian->stop;
    $debian->write('etc/apache2/conf-enabled/zz-example.conf', join '', map { "$_\n" } @conf);
    my $text = join "\n", @vhost;
    $debian->write('etc/apache2/sites-available/000-default.conf', $default_site =~ s{(?=^</VirtualHost>)}{$text\n}mr);
    return $debian;
}

my %sites = ('its own site' => \&own_site, "Debian's default site" => \&debian_site);
delete $sites{"Debian's default site"} if IP2ASN::Debian::missing();
my %doors = doors();
plan tests => keys(%sites) * (2 + keys(%doors) + examples()) + 1;

for my $site (sort keys %sites) {
    {
        my $httpd = $sites{$site}->([]);
        ok $httpd->start, "$site starts" or diag $httpd->output, $httpd->error_log;
        is ask($_, 'match')->code, $doors{$_}, "$site: $_ is shut" for sort keys %doors;
        is ask('/page.txt', 'match')->code, 200, "$site: a page for everybody";
        $httpd->stop;
    }
    for my $example (examples()) {
        my ($heading, undef, $lines) = @$example;
        # Paths that the example has rules for have a password. An endpoint has no directory.
        my @places = grep { "@$lines" !~ m{"/$_"> (?:AuthMerging And )?\s*SetHandler} } map { m{^<Location "/(\w+)">} ? $1 : () } @$lines;
        my $httpd  = $sites{$site}->([access_context(@$lines)], @places);
        # mod_remoteip does not take a private address from a proxy of others: the client is then this proxy, here on the loopback.
        my @who  = grep { $_ ne 'own' || "@$lines" !~ /RemoteIPTrustedProxyList/ } @clients;
        my @open = $httpd->start ? open_doors(\@who, @places) : 'the server does not start';
        $httpd->stop;
        is_deeply \@open, [], "$site: all stays shut with $heading" or diag join "\n", @$lines, $httpd->output;
    }
}

SKIP: {
    skip IP2ASN::Debian::missing(), 1 if IP2ASN::Debian::missing();
    # Those who know the password and come from the right network are let in.
    debian_site([recipe('keep one AS out')])->start;
    my %authorization = (Authorization => 'Basic ' . MIME::Base64::encode_base64('user:password', ''));
    is_deeply [map { ask('/private/s.txt', $_, %authorization)->code } qw(match other)], [403, 200], 'a password opens to whom the rule lets in';
}
