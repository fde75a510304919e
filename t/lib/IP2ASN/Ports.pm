package IP2ASN::Ports;

# Ports on the loopback for servers that are started later.

use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use IO::Socket::INET ();

our @EXPORT_OK = qw(free_port);

# A port that is free for TCP and UDP. The kernel hands out those from 32768 up to clients, which might take one before
# the server does; t/TEST.PL takes its ports from those below 21000.
sub free_port {
    for (1 .. 500) {
        my $port = 21_000 + int rand 11_000;
        my @held = map { IO::Socket::INET->new(Proto => $_, LocalAddr => '127.0.0.1', LocalPort => $port, ($_ eq 'tcp' ? (Listen => 1) : ())) } qw(tcp udp);
        return $port if @held == 2 && $held[0] && $held[1];
    }
    die "no free port between 21000 and 32000\n";
}

1;
