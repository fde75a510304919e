package IP2ASN::Load;

# Many requests at a time, as many clients send them: what comes back is read and forgotten, and a connection that breaks
# is opened anew. What the server made of the requests is in its log.

use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(start_load end_load);

# Starts `clients` processes that send `each` requests, made by `request->(number)`, to a port of the loopback. Returns
# their ids.
sub start_load {
    my (%how) = @_;
    my @clients;
    for my $client (1 .. $how{clients}) {
        my $pid = fork // die "fork: $!";
        if ($pid) { push @clients, $pid; next }
        local $SIG{PIPE} = 'IGNORE';
        srand $client;
        my $socket;
        for my $i (1 .. $how{each}) {
            # Not for ever: a server that is gone for good is the test's to notice.
            for (1 .. 200) {
                $socket //= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $how{port}, Proto => 'tcp', Timeout => 5);
                last if $socket;
                sleep 0.05;
            }
            last unless $socket;
            undef $socket unless _exchange($socket, $how{request}->($client * $how{each} + $i));
        }
        POSIX::_exit(0);
    }
    return @clients;
}

sub end_load {
    my (@clients) = @_;
    local $?;
    waitpid $_, 0 for @clients;
    return;
}

# Sends a request and reads the answer. False when the connection is of no more use.
sub _exchange {
    my ($socket, $request) = @_;
    return 0 unless defined syswrite $socket, $request;
    my ($answer, $whole) = ('', undef);
    while (!defined $whole || length $answer < $whole) {
        sysread($socket, $answer, 65536, length $answer) or return 0;
        next if defined $whole || $answer !~ /\A(.*?\r\n\r\n)/s;
        my $head = $1;
        return 0 unless $head =~ /^Content-Length: (\d+)/mi && $head !~ /^Connection: close/mi;
        $whole = length($head) + $1;
    }
    return 1;
}

1;
