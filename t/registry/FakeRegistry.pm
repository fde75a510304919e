# Registries on loopback for the tests: RDAP over HTTP, and servers of lines (WHOIS, rwhois).
#
# A server is a process that answers by a function of the test's own, a process for each connection. What it was asked
# is in a log: requests(PORT).
package FakeRegistry;
use strict;
use warnings;
use CliTest;
use Exporter         qw(import);
use IO::Socket::INET ();
use JSON::PP         ();
use POSIX            ();
use Time::HiRes      qw(sleep time);

our @EXPORT = qw(start_rdap start_lines requests network bootstrap);

my @children;
my $owner = $$;
END { if ($$ == $owner) { my $status = $?; kill TERM => @children; waitpid $_, 0 for @children; $? = $status } }

sub listener {
    my ($serve) = @_;
    my $socket  = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!";
    my $port    = $socket->sockport;
    write_file(path("requests-$port"), '');
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $SIG{CHLD} = 'IGNORE';
        $SIG{TERM} = sub { kill TERM => -$$; POSIX::_exit(0) };
        POSIX::setsid();
        while (1) {
            my $connection = $socket->accept or next;
            my $child      = fork // next;
            if (!$child) {
                $SIG{TERM} = 'DEFAULT';
                eval { $serve->($connection, $port) };
                POSIX::_exit(0);
            }
            close $connection;
        }
    }
    push @children, $pid;
    return $port;
}

sub note {
    my ($port, $text) = @_;
    open my $log, '>>', path("requests-$port") or die;
    syswrite $log, sprintf "%.6f %s\n", time, $text;
    return;
}

# What a server was asked, a line each: without the time.
sub requests { return map { s/^\S+ //r } split /\n/, slurp(path("requests-$_[0]")) }

# An RDAP server. The function is given the path and the headers (by name in lower case); it returns a hash:
# `status` (200), `headers` (a list), `body` (a text, or a structure that becomes JSON); or `raw`, all bytes to send as
# they are; with `drip`, a byte each so many seconds; with `hang`, nothing at all; with `reset`, the connection is reset
# after what is sent.
sub start_rdap {
    my ($answer) = @_;
    return listener(
        sub {
            my ($client, $port) = @_;
            while (defined(my $line = <$client>)) {
                my ($path) = $line =~ m{^GET (\S+) HTTP/1\.[01]\r?\n} or last;
                my %headers;
                while (defined(my $header = <$client>)) {
                    last if $header =~ /^\r?\n/;
                    $headers{ lc $1 } = $2 if $header =~ /^([^:]+):\s*(.*?)\r?\n/;
                }
                note($port, join ' ', $path, $headers{'user-agent'} // '-');
                my $reply = $answer->($path, \%headers, $port);
                sleep 3600 if $reply->{hang};
                my $bytes = $reply->{raw} // http_reply($reply);
                if ($reply->{drip}) {
                    for my $byte (split //, $bytes) { syswrite $client, $byte or last; sleep $reply->{drip} }
                } else {
                    print {$client} $bytes;
                    $client->flush;
                }
                if ($reply->{reset}) {
                    setsockopt $client, Socket::SOL_SOCKET(), Socket::SO_LINGER(), pack 'ii', 1, 0;
                    last;
                }
                last if exists $reply->{raw};
            }
            close $client;
        }
    );
}

sub http_reply {
    my ($reply) = @_;
    my $body    = $reply->{body} // '';
    $body = JSON::PP->new->canonical->utf8->encode($body) if ref $body;
    my @headers = ('Content-Length: ' . length $body, 'Content-Type: application/rdap+json', @{ $reply->{headers} // [] });
    return join "\r\n", "HTTP/1.1 @{[ $reply->{status} // 200 ]} Fake", @headers, '', $body;
}

# A server that reads a line and answers with a text: the function is given the line. `greeting` is sent first.
sub start_lines {
    my ($answer, $greeting) = @_;
    return listener(
        sub {
            my ($client, $port) = @_;
            print {$client} $greeting if defined $greeting;
            $client->flush;
            my $line = <$client>;
            return if !defined $line;
            note($port, $line =~ s/\r?\n\z//r);
            print {$client} $answer->($line =~ s/\r?\n\z//r);
            close $client;
        }
    );
}

# The structure of an RDAP network with a registrant.
sub network {
    my ($first, $last, $holder, %more) = @_;
    return {
        objectClassName => 'ip network',
        startAddress    => $first,
        endAddress      => $last,
        handle          => "NET-$first",
        name            => 'EXAMPLE-NET',
        country         => 'DE',
        entities        => [
            {
                objectClassName => 'entity',
                handle          => 'ORG-EX1',
                roles           => ['registrant'],
                vcardArray      => ['vcard', [['fn', {}, 'text', $holder], ['kind', {}, 'text', 'org']]],
            }
        ],
        %more
    };
}

# Writes tables that send prefixes (by family), or AS ranges, to base URLs; returns their directory.
sub bootstrap {
    my (%services) = @_;
    my $dir = path('bootstrap' . (keys(%services) ? join '', map { scalar @{ $services{$_} } } sort keys %services : ''));
    mkdir $dir;
    for my $name (qw(ipv4 ipv6 asn)) {
        my @list = map { [[@{ $_->[0] }], [@{ $_->[1] }]] } @{ $services{$name} // [] };
        write_file("$dir/$name.json",
            JSON::PP->new->canonical->encode({ publication => '2026-01-01T00:00:00Z', services => \@list, version => '1.0' }));
    }
    return $dir;
}

1;
