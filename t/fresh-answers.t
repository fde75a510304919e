# Long answers while the data change all the time: each is whole, of one generation, and of the one that its headers name;
# and mod_cache's questions whether what it has is still current are answered to mod_cache, not to the client.
use strict;
use warnings FATAL => 'all';
use HTTP::Request ();
use LWP::UserAgent ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);
use IP2ASN::Access qw(line_module);
use IP2ASN::Httpd;
use IP2ASN::Test;

my $rows  = 300;
my $httpd = IP2ASN::Httpd->new;
mkdir $httpd->directory . '/stored' or die "stored: $!";
chmod 0777, $httpd->directory . '/stored';
chmod 0755, $httpd->directory;
my $generation = 0;
sub publish {
    ++$generation;
    my $text = join '', map { sprintf "10.%d.%d.0\t10.%d.%d.255\t%d\tDE\tGEN-%d\n", $_ >> 8, $_ & 255, $_ >> 8, $_ & 255, $_ % 3 + 1, $generation } 0 .. $rows - 1;
    $httpd->write('new.tsv', $text);
    rename $httpd->directory . '/new.tsv', $httpd->directory . '/db.tsv' or die "rename: $!";
    return;
}
publish();
$httpd->configure(
    (map { line_module($_) } qw(cache cache_disk filter deflate)),
    'IP2ASNDatabase DIR/db.tsv', 'IP2ASNCacheDir DIR/cache', 'IP2ASNHosterMap None', 'IP2ASNRefreshInterval 10ms', 'MaxKeepAliveRequests 0',
    'CacheRoot DIR/stored', 'CacheHeader on', 'CacheMinFileSize 0',
    (map { ("<Location \"/$_\">", 'SetHandler ip2asn', '</Location>', $_ eq 'plain' ? () : "CacheEnable disk /$_") } qw(plain cached gzip)),
    '<Location "/gzip">', 'SetOutputFilter DEFLATE', '</Location>',
    '<VirtualHost *:*>', 'ServerName quick', '</VirtualHost>',
    '<VirtualHost *:*>', 'ServerName normal', 'CacheQuickHandler off', '</VirtualHost>',
);
ok $httpd->start, 'the server starts' or diag $httpd->error_log, $httpd->output;

# Whoever asks again, without a condition, gets the answer, be it from the cache when that has asked whether it is current.
my @asked;
for my $host ('quick', 'normal') {
    for my $path ('/cached/v1/as/n/1', '/cached/v1/as/ns', '/cached/v1/as/n/2/subnets', '/gzip/v1/as/ns') {
        # Whether mod_deflate names Accept-Encoding in Vary depends on the size, and mod_cache_disk keeps one Vary a URL.
        my @types = $path =~ /gzip/ ? 'text/html' : ('application/json', 'text/plain', 'text/html');
        push @asked, map { { host => $host, path => $path, type => $_, codes => {} } } @types;
    }
}
sub ask {
    my ($asked) = @_;
    my $response = get($asked->{path}, port => 'own_port', Host => $asked->{host}, Accept => $asked->{type});
    my $content  = $response->content;
    $asked->{first} //= $content;
    ++$asked->{codes}{ $response->code . ($content eq $asked->{first} ? '' : ' with another body') };
    $asked->{verified} ||= ($response->header('X-Cache') // '') =~ /^REVALIDATE/;
    return;
}
# What is in the cache is fresh for a second.
wait_until(sub { ask($_) for @asked; sleep 0.2; return !grep { !$_->{verified} } @asked });
for (@asked) {
    my $name = "$_->{host}$_->{path} $_->{type}";
    is join(', ', sort keys %{ $_->{codes} }), '200', "$name: the same answer each time";
    ok $_->{verified}, "$name: also when the cache has asked whether it is current";
}
my $tag = get('/cached/v1/as/ns', port => 'own_port', Host => 'normal')->header('ETag');
is get('/cached/v1/as/ns', port => 'own_port', Host => 'normal', 'If-None-Match' => $tag)->code, 304, 'who asks with a condition gets 304';

# Four clients ask as fast as they can while the data change.
my @paths = ('/plain/v1/as/ns', '/plain/v1/as/n/1/subnets', '/plain/v1/as/country/de/subnets', '/plain/v1/as/ips');
my $items = join "\n", map { sprintf '10.%d.%d.7', $_ >> 8, $_ & 255 } 0 .. $rows - 1;
my $stop  = $httpd->directory . '/stop';
my @pipes;
for my $path (@paths) {
    my $client = open(my $pipe, '-|') // die "fork: $!";
    if (!$client) {
        my $agent = LWP::UserAgent->new(keep_alive => 1, env_proxy => 0);
        my (%seen, $whole);
        until (-e $stop) {
            my $request = HTTP::Request->new($path =~ /ips$/ ? 'POST' : 'GET', $httpd->url($path), [Accept => 'text/plain'], $path =~ /ips$/ ? $items : '');
            my $response = $agent->request($request);
            my %generations = map { $_ => 1 } $response->content =~ /GEN-(\d+)/g;
            # What is asked for is the same in each generation but for the names.
            my $size = length $response->content =~ s/GEN-\d+//gr;
            $whole //= $size;
            ++$seen{answers};
            ++$seen{ $response->code } if $response->code != 200;
            ++$seen{'broken off'} if $response->header('Client-Aborted') || $response->header('X-Died') || $size != $whole || $size == 0;
            ++$seen{mixed} if keys %generations > 1;
        }
        print join ' ', map { "$_=$seen{$_}" } sort keys %seen;
        POSIX::_exit(0);
    }
    push @pipes, $pipe;
}
sub changes { my $times = () = $httpd->error_log =~ /refreshed: generation/g; return $times }
my $taken_on = 0;
for (1 .. 5) {
    my $before = changes();
    publish();
    ++$taken_on if wait_until(sub { changes() > $before });
}
is $taken_on, 5, 'the data change meanwhile';
$httpd->write('stop', '');
for my $i (0 .. $#paths) {
    local $/;
    my $seen = readline $pipes[$i];
    like $seen, qr/^answers=\d+$/, "$paths[$i]: none failed, none broken off, none mixed" or diag $seen;
    close $pipes[$i];
}
is scalar(() = $httpd->error_log =~ /broken off/g), 0, 'no answer was broken off';

done_testing;
