# Name servers on loopback for the tests of the survey: Knot DNS with a zone of the test's own, and a responder for what
# no good server does.
package DnsTest;
use strict;
use warnings;
use CliTest;
use Exporter         qw(import);
use File::Basename   qw(dirname);
use IO::Select       ();
use IO::Socket::INET ();
use lib dirname(__FILE__) . '/../lib';
use IP2ASN::Ports    qw(free_port);
use Socket           qw(MSG_DONTWAIT inet_aton pack_sockaddr_in);
use Time::HiRes      qw(time);

our @EXPORT = qw(start_knot start_responder questions free_port);

my @children;
END { my $status = $?; kill TERM => @children; waitpid $_, 0 for @children; $? = $status }

# Zones by name; the text of a zone, or undef for one that cannot be loaded. Returns the server's address.
sub start_knot {
    my (%zones) = @_;
    my $port    = free_port();
    my $dir     = path('knot');
    mkdir $dir or die "$dir: $!";
    my $conf = "server:\n  listen: 127.0.0.1\@$port\n  rundir: $dir\ndatabase:\n  storage: $dir\nzone:\n";
    for my $zone (sort keys %zones) {
        $conf .= "  - domain: $zone\n    file: $dir/$zone.zone\n";
        write_file("$dir/$zone.zone", "\$ORIGIN $zone.\n\$TTL 60\n\@ SOA ns. admin. 1 2 3 4 5\n\@ NS ns.\n$zones{$zone}")
            if defined $zones{$zone};
    }
    write_file("$dir/knot.conf", $conf);
    my $pid = fork // die;
    if (!$pid) {
        open STDOUT, '>', "$dir/log" or die;
        open STDERR, '>&', \*STDOUT  or die;
        exec '/usr/sbin/knotd', '-c', "$dir/knot.conf" or exit 127;
    }
    push @children, $pid;
    # Not connected, so that a port without a server is silence, too.
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die;
    my $server = pack_sockaddr_in($port, inet_aton('127.0.0.1'));
    my ($zone) = grep { defined $zones{$_} } sort keys %zones;
    my $query  = pack('n6', 7, 0, 1, 0, 0, 0) . join('', map { pack 'C/a', $_ } split /\./, $zone) . pack('Cnn', 0, 6, 1);
    for (1 .. 300) {
        send $socket, $query, 0, $server;
        next if !IO::Select->new($socket)->can_read(.1);
        recv $socket, my $answer, 512, 0 or next;
        return "127.0.0.1:$port" if (unpack 'n2', $answer)[1] & 0x8000 && !((unpack 'n2', $answer)[1] & 15);
    }
    die "knotd does not answer:\n" . slurp("$dir/log");
}

# Answers every A question, after `delay` seconds, by the first label of the name; see reply(). Returns its address.
# It counts the questions: questions().
my ($log, $seen);

sub start_responder {
    my ($delay) = @_;
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die;
    setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), 1 << 21;
    $log = path('questions');
    write_file($log, '');
    $seen = 0;
    my $pid = fork // die;
    if (!$pid) {
        local $SIG{TERM} = sub { require POSIX; POSIX::_exit(0) };
        open my $count, '>>', $log or die;
        $count->autoflush(1);
        my $ready = IO::Select->new($socket);
        my @due;
        while (1) {
            my $wait = @due ? $due[0][0] - time : 60;
            my $asked = '';
            if ($ready->can_read($wait > 0 ? $wait : 0)) {
                while (defined(my $from = recv $socket, my $question, 4096, MSG_DONTWAIT)) {
                    my ($name, $end) = names($question);
                    $asked .= "$name\n";
                    push @due, map { [time + $delay, $from, $_] } reply($question, $name, $end);
                }
            }
            syswrite $count, $asked if $asked ne '';
            while (@due && $due[0][0] <= time) {
                my (undef, $to, $answer) = @{ shift @due };
                send $socket, $answer, 0, $to;
            }
        }
    }
    push @children, $pid;
    return '127.0.0.1:' . $socket->sockport;
}

# The names that have been asked for, since the last call.
sub questions {
    open my $in, '<', $log or die "$log: $!";
    seek $in, $seen, 0;
    my @names = <$in>;
    $seen = tell $in;
    chomp @names;
    return @names;
}

# The name of a question in lower case, and where the question ends.
sub names {
    my ($question) = @_;
    my $end = index $question, "\0", 12;
    return (lc join('.', unpack '(C/a)*', substr $question, 12, $end - 12), $end + 5);
}

sub message {
    my ($id, $flags, $question, @answers) = @_;
    return pack('n6', $id, 0x8180 | $flags, 1, scalar @answers, 0, 0) . $question . join '', @answers;
}

sub record { my ($owner, $type, $data) = @_; return $owner . pack('nnNn/a', $type, 1, 60, $data) }

# What the first label asks for: no answer, answers that are not to the question, and answers that are none. Names as n17
# have one address each, any other name has 8.8.8.8.
sub reply {
    my ($message, $name, $end) = @_;
    my $id       = unpack 'n', $message;
    my $question = substr $message, 12, $end - 12;
    my $type     = unpack 'n', substr $question, -4;
    my $good     = pack 'C4', 8, 8, 8, 8;
    my $evil     = pack 'C4', 1, 0, 0, 66;
    my $pointer  = pack 'n', 0xC00C;
    my $other    = "\x05other\x04test\x00";
    my $address  = sub { message($id, 0, $question, record($pointer, 1, $_[0])) };
    return ()                                                          if $name =~ /^silent/;
    return message($id, 0, $question)                                  if $type != 1;
    return $address->(pack 'C4', 8, 8, $1 / 256 % 2 ? 8 : 9, $1 % 256) if $name =~ /^n(\d+)\./;
    return message($id, 2, $question)                                  if $name =~ /^servfail/;
    return message($id, 5, $question)                                  if $name =~ /^refused/;
    return (message($id, 0, $other . pack('nn', 1, 1), record($pointer, 1, $evil)), $address->($good)) if $name =~ /^otherquestion/;
    return (message($id ^ 1, 0, $question, record($pointer, 1, $evil)), $address->($good)) if $name =~ /^otherid/;
    return message($id, 0, $question, record($other, 1, $evil))        if $name =~ /^otherowner/;
    return message($id, 0, $question, record($pointer, 1, 'abc'))      if $name =~ /^shortaddress/;
    return substr($address->($good), 0, -2)                            if $name =~ /^cut/;
    return message($id, 0, $question, record(pack('n', 0xC000 | ($end)), 1, $good)) if $name =~ /^selfpointer/;
    return message($id, 0, $question, record($pointer, 5, "\x05chain" . substr $question, 0, -4)) if $name =~ /^chain/;
    return $address->($good);
}

1;
