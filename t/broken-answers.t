# Long answers to clients that read slowly while the data change: which are whole, which are broken off, and that nobody
# on the way takes a broken one for whole: no client, in any protocol, and no cache.
use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Test::More;
use Time::HiRes qw(sleep time);
use IP2ASN::Access qw(line_module);
use IP2ASN::Httpd;
use IP2ASN::Test;

my $modules  = slurp($ENV{IP2ASN_TEST_MODULES});
my $threaded = $modules =~ /http2_module/;
my $rows     = 8000;
my $httpd    = IP2ASN::Httpd->new;
my $port     = var('own_port');
mkdir $httpd->directory . '/stored' or die "stored: $!";
chmod 0777, $httpd->directory . '/stored';
chmod 0755, $httpd->directory;

# One process, so that it is known who holds what. Little room in the sockets, so that a client that does not read is
# waited for.
my @lines = (
    (map { line_module($_) } qw(filter deflate brotli cache cache_disk socache_shmcb cache_socache)),
    'StartServers 1', 'SendBufferSize 32768',
    $threaded
    ? ('ServerLimit 1', 'ThreadLimit 48', 'ThreadsPerChild 48', 'MinSpareThreads 1', 'MaxSpareThreads 48', 'MaxRequestWorkers 48',
        'Protocols h2c http/1.1')
    : ('MaxRequestWorkers 8'),
    'IP2ASNDatabase DIR/db.tsv', 'IP2ASNCacheDir DIR/cache', 'IP2ASNHosterMap None', 'IP2ASNRefreshInterval 100ms',
    'LogLevel ip2asn:info',
    'CacheRoot DIR/stored', 'CacheMaxFileSize 100000000', 'CacheSocache shmcb:DIR/stored/shm(100000000)',
    'CacheSocacheMaxSize 100000000', 'CacheHeader on', 'CacheIgnoreCacheControl on',
    (map { ("<Location \"/$_\">", 'SetHandler ip2asn', '</Location>') } qw(plain disk socache gzip brotli)),
    'CacheEnable disk /disk', 'CacheEnable disk /gzip', 'CacheEnable socache /socache', 'CacheEnable disk /front',
    '<Location "/gzip">', 'SetOutputFilter DEFLATE', '</Location>',
    '<Location "/brotli">', 'SetOutputFilter BROTLI_COMPRESS', '</Location>',
    '<VirtualHost *:*>', 'ServerName quick', '</VirtualHost>',
    '<VirtualHost *:*>', 'ServerName normal', 'CacheQuickHandler off', '</VirtualHost>',
    '<VirtualHost *:*>', 'ServerName front', 'SetEnv force-proxy-request-1.0 1', 'SetEnv proxy-nokeepalive 1',
    'ProxyReceiveBufferSize 16384', "ProxyPass \"/front/\" \"http://127.0.0.1:$port/plain/\"", '</VirtualHost>',
);

# AS names that do not compress away.
my @noise = map { join '', map { sprintf '%08x', rand 2**32 } 1 .. 12 } 1 .. $rows;
my $generation = 0;
sub publish {
    ++$generation;
    my $text = '';
    for my $i (0 .. $rows - 1) {
        my $network = sprintf '10.%d.%d', $i >> 8, $i & 255;
        $text .= sprintf "%s.0\t%s.255\t%d\tDE\tGEN-%d %s\n", $network, $network, $i + 1, $generation, $noise[$i];
    }
    $httpd->write('new.tsv', $text);
    rename $httpd->directory . '/new.tsv', $httpd->directory . '/db.tsv' or die "rename: $!";
    return;
}
sub current {
    my ($number) = get('/plain/v1/as/n/1', port => 'own_port')->content =~ /GEN-(\d+)/;
    return $number // 0;
}
sub take_on { publish(); return wait_until(sub { current() == $generation }) }

# A client that has sent its request and read the first bytes of the answer.
sub reader {
    my ($host, $path, $version, $type, %more) = @_;
    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!";
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 4096;
    $socket->connect(Socket::pack_sockaddr_in($port, Socket::inet_aton('127.0.0.1'))) or die "connect: $!";
    my $body    = $more{body} // '';
    my $request = ($body ne '' ? 'POST' : 'GET') . " $path HTTP/$version\r\nHost: $host\r\nAccept: $type\r\n";
    $request .= "Accept-Encoding: $more{encoding}\r\n" if $more{encoding};
    $request .= 'Content-Length: ' . length($body) . "\r\n" if $body ne '';
    $request .= "Connection: close\r\n" if $version eq '1.1';
    $request .= "\r\n$body";
    my $sent = 0;
    $sent += syswrite($socket, $request, 65536, $sent) // die "write: $!" while $sent < length $request;
    sysread $socket, my $begin, 1000 or die "$path: no answer";
    return { socket => $socket, read => $begin, name => "$host $path HTTP/$version $type" . ($more{encoding} ? " $more{encoding}" : '') };
}

# Reads to the end; how it ended, by all marks that there are.
sub rest {
    my ($reader) = @_;
    my $got;
    { local $SIG{ALRM} = sub { die "$reader->{name}: the answer has no end\n" }; alarm 60;
      1 while $got = sysread $reader->{socket}, $reader->{read}, 65536, length $reader->{read}; alarm 0 }
    my $end = defined $got ? 'closed' : $!{ECONNRESET} ? 'reset' : "error $!";
    my ($head, $body) = split /\r\n\r\n/, $reader->{read}, 2;
    $end .= $body =~ /\r\n0\r\n\r\n\z/ ? ', last chunk' : ', no last chunk' if $head =~ /^Transfer-Encoding: chunked/mi;
    $end .= $1 == length $body ? ', all' : ', too short' if $head =~ /^Content-Length: (\d+)/mi;
    ($reader->{head}, $reader->{body}) = ($head, $body);
    return $end;
}
sub without_chunks {
    my ($body) = @_;
    my $all = '';
    while ($body =~ s/\A([0-9a-fA-F]+)[^\r\n]*\r\n//) { $all .= substr $body, 0, hex $1, ''; $body =~ s/\A\r\n// }
    return $all;
}

# One stream of HTTP/2, whose client gives leave to send no more than the first 65,535 bytes.
sub frame { my ($type, $flags, $stream, $payload) = @_; return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload }
sub h2_reader {
    my ($path) = @_;
    my $socket = IO::Socket::INET->new("127.0.0.1:$port") or die "connect: $!";
    my %header  = (':method' => 'GET', ':scheme' => 'http', ':path' => $path, ':authority' => 'quick', accept => 'text/plain');
    my $headers = join '', map { "\0" . pack('C/a C/a', $_, $header{$_}) } sort keys %header;
    syswrite $socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '') . frame(1, 5, 1, $headers);
    return $socket;
}
# How the stream ends when all of it is wanted.
sub h2_rest {
    my ($socket) = @_;
    syswrite $socket, frame(8, 0, 0, pack 'N', 2**30) . frame(8, 0, 1, pack 'N', 2**30);
    my $take = sub {
        my ($size) = @_;
        my $text = '';
        while (length $text < $size) { sysread $socket, $text, $size - length $text, length $text or return }
        return $text;
    };
    while (defined(my $head = $take->(9))) {
        my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', $head;
        defined $take->($high << 16 | $low) or last;
        return 'reset' if $type == 3;
        return 'ended' if $stream == 1 && ($type == 0 || $type == 1) && $flags & 1;
    }
    return 'connection lost';
}

publish();
$httpd->configure(@lines);
ok $httpd->start, 'the server starts' or diag $httpd->error_log, $httpd->output;
my $addresses = join "\n", map { sprintf '10.%d.%d.1', $_ >> 8, $_ & 255 } 0 .. $rows - 1;
my $begun     = time;

if (!$threaded) {
    # A process with one thread has room for all that its one answer holds: nothing is ever broken off.
    my @readers = map { reader('quick', '/plain/v1/as/ns', $_, 'text/plain') } '1.0', '1.1';
    take_on() for 1 .. 4;
    sleep 0.1 while time - $begun < 5.5;
    is rest($readers[0]), 'closed, all', 'HTTP/1.0: whole';
    is rest($readers[1]), 'closed, last chunk', 'HTTP/1.1: whole';
    for (@readers) {
        my $lines = () = $_->{body} =~ /GEN-1 /g;
        is $lines, $rows, "$_->{name}: all of it, of the generation that it began with";
    }
    done_testing;
    exit;
}

my ($plain, $json, $html) = qw(text/plain application/json text/html);
my @readers = map { reader(@$_) } (
    ['quick',  '/plain/v1/as/ns',    '1.0', $plain],
    ['quick',  '/plain/v1/as/ns',    '1.1', $json],
    ['quick',  '/plain/v1/as/ns',    '1.0', $html],
    ['quick',  '/plain/v1/as/ips',   '1.0', $json, body => $addresses],
    ['quick',  '/plain/v1/as/ips',   '1.1', $html, body => $addresses],
    ['quick',  '/gzip/v1/as/ns',     '1.0', $plain, encoding => 'gzip'],
    ['quick',  '/gzip/v1/as/ns',     '1.1', $json,  encoding => 'gzip'],
    ['quick',  '/brotli/v1/as/ns',   '1.0', $plain, encoding => 'br'],
    ['quick',  '/disk/v1/as/ns',     '1.0', $plain],
    ['quick',  '/disk/v1/as/ns',     '1.1', $json],
    ['quick',  '/disk/v1/as/ns',     '1.0', $html],
    ['quick',  '/socache/v1/as/ns',  '1.1', $plain],
    ['quick',  '/socache/v1/as/ns',  '1.0', $json],
    ['quick',  '/socache/v1/as/ns',  '1.1', $html],
    ['normal', '/disk/v1/as/ns?n',   '1.0', $plain],
    ['normal', '/socache/v1/as/ns?n', '1.1', $json],
    ['front',  '/front/v1/as/ns',    '1.1', $plain],
    ['front',  '/front/v1/as/ns',    '1.0', $json],
    ['front',  '/front/v1/as/ns',    '1.1', $html, encoding => 'gzip'],
);
my @streams = map { h2_reader($_) } '/plain/v1/as/ns', '/disk/v1/as/ns?h2', '/gzip/v1/as/ns?h2';
ok take_on(), 'newer data';
my $second = reader('quick', '/plain/v1/as/ns', '1.0', $plain);
ok take_on(), 'and once more: now two older generations are held';
sleep 0.1 while time - $begun < 5.5;

# Each reader that goes on now has had its time.
for my $reader (@readers) {
    my $end = rest($reader);
    like $reader->{head}, qr{\AHTTP/1\.[01] 200 }, "$reader->{name}: begins";
    # The client of a proxy loses its connection to that in the proxy's own way.
    my $close = $reader->{name} =~ /^front/ ? qr/\w+/ : 'reset';
    like $end, qr/^$close, (?:no last chunk|too short)$/, "$reader->{name}: is broken off";
    next unless $reader->{head} =~ /^Content-Encoding: gzip/mi;
    my $body = $end =~ /chunk/ ? without_chunks($reader->{body}) : $reader->{body};
    open my $gzip, '|-', "gzip -dc >'@{[ $httpd->directory ]}/unpacked' 2>/dev/null" or die "gzip: $!";
    { local $SIG{PIPE} = 'IGNORE'; print {$gzip} $body }
    ok !close $gzip, "$reader->{name}: no end of the compressed text";
}
is h2_rest($_), 'reset', 'HTTP/2: the stream is reset' for @streams;
my $broken = () = $httpd->error_log =~ /the answer is broken off/g;
is $broken, @readers + @streams, 'the log tells of each';

# The caches: the first who asks again is answered anew, and the second with that.
my %whole = map { $_ => get('/plain/v1/as/ns', port => 'own_port', Accept => $_)->content } $plain, $json, $html;
for (['quick', '/disk/v1/as/ns'], ['quick', '/socache/v1/as/ns'], ['normal', '/disk/v1/as/ns?n'], ['normal', '/socache/v1/as/ns?n'],
    ['front', '/front/v1/as/ns'], ['quick', '/disk/v1/as/ns?h2'], ['quick', '/gzip/v1/as/ns'])
{
    my ($host, $path) = @$_;
    my ($base) = $path =~ m{^(/\w+)};
    for my $type ($plain, $json, $html) {
        for (1, 2) {
            my $response = get($path, port => 'own_port', Accept => $type, Host => $host);
            (my $content = $response->content) =~ s{"$base/}{"/plain/}g;
            is $response->code, 200, "$host $path $type, time $_: status";
            ok $content eq $whole{$type}, "$host $path $type, time $_: all of it" or diag length $content, $response->headers->as_string;
        }
    }
}

# Who holds a generation keeps a newer one away only when the room is short, and the log says so.
my @held = map { my $reader = reader('quick', '/plain/v1/as/ns', '1.0', $plain); take_on(); $reader } 3, 4;
publish();
ok wait_until(sub { $httpd->error_log =~ /generation \d+ cannot be taken on yet: clients that read slowly hold 3 older ones/ }),
    'a generation that finds no room, and why';
is current(), $generation - 1, 'the one before it goes on being served';
like rest($second), qr/^reset/, 'the reader whose time is over makes room';
ok wait_until(sub { current() == $generation }), 'for the newest';
sleep 0.1 while time - $begun < 5.5;
my $complaints = () = $httpd->error_log =~ /cannot be taken on yet/g;
is $complaints, 1, 'it was said once';
rest($held[0]);
is rest($held[1]), 'closed, all', 'one that finds room is not broken off, however slow';
my $lines = () = $held[1]{body} =~ /GEN-4 /g;
is $lines, $rows, 'it is all of its generation';

# A server that ends.
my $last = reader('quick', '/plain/v1/as/ns', '1.0', $plain);
$httpd->stop;
is rest($last), 'reset, too short', 'HTTP/1.0: an answer that the server\'s end cut off';

done_testing;
