package IP2ASN::Debian;

# An unpacked copy of Debian's /etc/apache2, as the package apache2 leaves it on a fresh machine, with the default site: on a free
# port, with log and run directories of its own. The module is installed as `make install` does it, and not enabled yet.

use strict;
use warnings FATAL => 'all';
use parent 'IP2ASN::Httpd';
use File::Path qw(make_path);
use IP2ASN::Test qw(slurp var);

# Where scripts/setup has unpacked Debian's packages.
sub unpacked { return "$ENV{IP2ASN_TEST_DEBIAN}/$_[0]" }

# Why the tests that want it cannot run; undef when they can.
sub missing {
    return undef if -e unpacked('apache2/etc/apache2/apache2.conf');
    return "Debian's /etc/apache2 is not there; run scripts/setup, which unpacks it in build/debian";
}

# What the package's postinst switches on at a first installation.
my @modules = qw(authz_core authz_host auth_basic authn_core authn_file authz_user alias dir autoindex env mime negotiation
    setenvif filter deflate status reqtimeout access_compat);
my @confs = qw(charset localized-error-pages other-vhosts-access-log security serve-cgi-bin);

sub new {
    my ($class) = @_;
    my $self = $class->SUPER::new;
    my $directory = $self->directory;
    chmod 0755, $directory;
    make_path(map { "$directory/$_" } qw(var/lib/ip2asn var/lib/apache2 var/log/apache2 var/run/apache2 var/lock/apache2 var/cache/apache2 var/www/html));
    system('cp', '-R', unpacked('apache2/etc'), "$directory/") == 0 or die 'cp failed';
    $self->write('var/www/html/index.html', "the default page\n");
    my $port = var('own_port');
    $self->edit('envvars',                        sub { s{/var/}{$directory/var/}g });
    $self->edit('ports.conf',                     sub { s{^Listen 80$}{Listen 127.0.0.1:$port}m or die });
    $self->edit('sites-available/000-default.conf', sub { s{\*:80}{*:$port} or die; s{/var/www/}{$directory/var/www/} or die });
    $self->edit('apache2.conf',                   sub { s{/var/www/}{$directory/var/www/} or die });
    my $load = slurp(var('top_dir') . '/conf/ip2asn.load');
    $load =~ s{/usr/lib/apache2/modules/mod_ip2asn.so}{$ENV{IP2ASN_TEST_MODULE}} or die;
    $self->write('etc/apache2/mods-available/ip2asn.load', $load);
    $self->write('etc/apache2/mods-available/ip2asn.conf', slurp(var('top_dir') . '/conf/ip2asn.conf'));
    my ($mpm) = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /(mpm_\w+)_module/;
    $self->a2en(mod => $mpm, @modules);
    $self->a2en(conf => @confs);
    $self->a2en(site => '000-default');
    # The machine's own cache is not for tests, and children that are few start faster. conf-enabled comes after mods-enabled.
    $self->write('etc/apache2/conf-enabled/zz-test.conf', <<"END");
ServerName localhost
StartServers 1
<IfModule ip2asn_module>
    IP2ASNCacheDir "$directory/cache"
</IfModule>
END
    return $self;
}

sub log_dir { return "$_[0]{directory}/var/log/apache2" }
sub error_log { return slurp($_[0]->log_dir . '/error.log') }

# Changes a file below etc/apache2: the code has its text in $_.
sub edit {
    my ($self, $name, $code) = @_;
    local $_ = slurp("$self->{directory}/etc/apache2/$name");
    length or die "$name is not there";
    $code->();
    $self->write("etc/apache2/$name", $_);
    return;
}

# Debian's own a2enmod, a2enconf, a2ensite.
sub a2en {
    my ($self, $kind, @names) = @_;
    local $ENV{APACHE_CONFDIR}          = "$self->{directory}/etc/apache2";
    local $ENV{APACHE_STATE_DIRECTORY}  = "$self->{directory}/var/lib/apache2";
    my $output = join '', `$^X @{[ unpacked("apache2/usr/sbin/a2en$kind") ]} -m -q @names 2>&1`;
    die "a2en$kind @names: $output" if $?;
    return;
}

# apache2ctl reads envvars, too.
sub command {
    my ($self, @arguments) = @_;
    my $etc = "$self->{directory}/etc/apache2";
    return ('/bin/sh', '-c', '. "$0" && exec "$@"', "$etc/envvars", var('httpd'), '-d', $etc, '-f', "$etc/apache2.conf", @arguments);
}

sub start {
    my ($self) = @_;
    unlink $self->log_dir . '/error.log';
    return $self->SUPER::start;
}

1;
