package IP2ASN::Doors;

# A site with things that are shut, in the ways that sites shut things, by configuration that knows nothing of this module: passwords,
# .ht* files, server-status, a denied alias. Whatever is configured besides must not open one of them.

use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use File::Path qw(make_path);
use IP2ASN::Access;
use IP2ASN::Test;

our @EXPORT = qw(shut_site shut_paths doors open_doors);

# Paths that are the same on each site, with the status that keeps them shut.
my %doors = (
    '/private/s.txt'       => 401,
    '/private/.htaccess'   => 403,
    '/private/'            => 401,
    '/.htpasswd'           => 403,
    '/secret.txt'          => 403,
    '/server-status'       => 403,
    '/etcdir/hostname'     => 403,
    '/etcdir/'             => 403,
    '/staff/s.txt'         => 401,
    '/vault/s.txt'         => 403,
    '/uploads/private.txt' => 403,
);
sub doors { return %doors }

# Makes the files of the site below its document root, with a directory with a password at each path of `places`; and returns lines
# for the server's configuration.
sub shut_site {
    my ($httpd, $root, @places) = @_;
    my $directory = $httpd->directory;
    $httpd->write('passwords', "user:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n");    # "password"
    my $password = qq(AuthType Basic\nAuthName x\nAuthUserFile "$directory/passwords"\nRequire valid-user\n);
    for my $place ('private', 'staff', 'vault', 'uploads', @places) {
        make_path("$directory/$root/$place");
        $httpd->write("$root/$place/s.txt", "a secret\n");
    }
    $httpd->write("$root/$_/.htaccess", $password) for 'private', @places;
    $httpd->write("$root/.htpasswd",  "user:x\n");
    $httpd->write("$root/secret.txt", "a secret\n");
    $httpd->write("$root/page.txt",   "a page\n");
    # An application's own: all but one of its files are for everybody.
    $httpd->write("$root/uploads/.htaccess", qq(Require all granted\n<Files "private.txt">\nRequire all denied\n</Files>\n));
    $httpd->write("$root/uploads/$_.txt", "uploaded\n") for qw(page private);
    (my $staff = $password) =~ s/^Require.*\n//m;
    return split /\n/, <<"END";
<Directory "$directory/$root">
    AllowOverride AuthConfig
    Require all granted
</Directory>
<Directory "$directory/$root/vault">
    Require all denied
</Directory>
<Location "/staff">
$staff    Require valid-user
</Location>
<Files "secret.txt">
    Require all denied
</Files>
Alias /etcdir /etc
END
}

# What Debian's configuration has already, for a server that has not.
sub shut_paths {
    return split /\n/, <<'END';
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<FilesMatch "^\.ht">
    Require all denied
</FilesMatch>
<Location "/server-status">
    SetHandler server-status
    Require ip 192.0.2.249
</Location>
END
}

# Asks for all of them, and those of `places`, as each of the clients; returns those that are open.
sub open_doors {
    my ($clients, @places) = @_;
    my @open;
    for my $who (@$clients) {
        for my $path (sort(keys %doors), map { "/$_/s.txt" } @places) {
            # Some examples have the client in another header.
            my $status = ask($path, $who, 'CF-Connecting-IP' => $client{$who})->code;
            push @open, "$path for $who: $status" if $status < 400;
        }
    }
    return @open;
}

1;
