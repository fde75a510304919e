package IP2ASN::Watch;

# Clients that ask all the time while a test does what it does, and what came of it: how many answers there were, how many
# requests failed, and how many answers were wrong. A question has a path, the client that asks, and a pattern that takes
# the state of the data out of the answer ("status" for the status code itself). An answer is right when its state was
# allowed at some moment between the request and the answer.

use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes qw(sleep time);

# How long a state that is allowed no more may still be served: processes take on a new one at their own ticks.
my $grace = 20;

# `questions` are [path, client, pattern, states...]: the states that are allowed until allow() says otherwise.
sub new {
    my ($class, %how) = @_;
    my $self = bless { port => $how{port}, file => $how{file}, grace => $how{grace} // $grace, allowed => [], pids => [] }, $class;
    my @questions = @{ $how{questions} };
    for my $i (0 .. $#questions) {
        my ($path, $client, $pattern, @states) = @{ $questions[$i] };
        push @{ $self->{questions} }, { path => $path, client => $client, pattern => $pattern };
        $self->{allowed}[$i] = {};
        $self->allow($i, @states);
    }
    for my $number (1 .. $how{clients} // 2) {
        my $pid = fork // die "fork: $!";
        if ($pid) { push @{ $self->{pids} }, $pid; next }
        $self->_ask_all("$self->{file}.$number");
        POSIX::_exit(0);
    }
    $self->{begun} = time;
    return $self;
}

# From now on question `i` is answered from one of these states.
sub allow {
    my ($self, $i, @states) = @_;
    my $now = time;
    my %new = map { $_ => 1 } @states;
    my $allowed = $self->{allowed}[$i];
    for my $state (keys %$allowed) {
        for my $span (@{ $allowed->{$state} }) { $span->[1] //= $now + $self->{grace} unless $new{$state} }
    }
    for my $state (@states) {
        my $spans = $allowed->{$state} //= [];
        push @$spans, [$now, undef] unless grep { !defined $_->[1] } @$spans;
    }
    return;
}

# How many answers there are so far.
sub answers {
    my ($self) = @_;
    my $count = 0;
    for my $number (1 .. @{ $self->{pids} }) {
        open my $file, '<', "$self->{file}.$number" or next;
        $count++ while <$file>;
    }
    return $count;
}

# Ends the clients; what they saw: { answers, failed, wrong, complaints }.
sub end {
    my ($self) = @_;
    local $?;
    kill TERM => @{ $self->{pids} };
    waitpid $_, 0 for @{ $self->{pids} };
    my %seen = (answers => 0, failed => 0, wrong => 0, complaints => []);
    for my $number (1 .. @{ $self->{pids} }) {
        open my $file, '<', "$self->{file}.$number" or die "$self->{file}.$number: $!";
        while (my $line = <$file>) {
            chomp $line;
            my ($i, $begun, $ended, $state) = split ' ', $line, 4;
            last unless defined $state;    # cut off by the end
            $seen{answers}++;
            my $failed = $state =~ /^failed/;
            my $right  = grep { $_->[0] <= $ended && (!defined $_->[1] || $_->[1] >= $begun) } @{ $self->{allowed}[$i]{$state} // [] };
            next if $right;
            $failed ? $seen{failed}++ : $seen{wrong}++;
            push @{ $seen{complaints} }, sprintf '%s after %.2f s: %s', $self->{questions}[$i]{path}, $begun - $self->{begun}, $state
                if @{ $seen{complaints} } < 5;
        }
        close $file;
        unlink "$self->{file}.$number";
    }
    $self->{pids} = [];
    return \%seen;
}

sub DESTROY {
    my ($self) = @_;
    local $?;
    kill KILL => @{ $self->{pids} };
    waitpid $_, 0 for @{ $self->{pids} };
    return;
}

sub _ask_all {
    my ($self, $path) = @_;
    my $stop = 0;
    local $SIG{TERM} = sub { $stop = 1 };
    local $SIG{PIPE} = 'IGNORE';
    open my $file, '>', $path or return;
    $file->autoflush(1);
    my @questions = @{ $self->{questions} };
    until ($stop) {
        for my $i (0 .. $#questions) {
            last if $stop;
            my $question = $questions[$i];
            my $begun    = time;
            my $state    = $self->_ask($question);
            # What a signal cut short says nothing.
            last if $stop && $state =~ /^failed/;
            printf {$file} "%d %.6f %.6f %s\n", $i, $begun, time, $state;
            sleep 0.05 if $state =~ /^failed/;
        }
        sleep 0.002;
    }
    return;
}

# The state in the answer to a question. A connection that the server closed between two requests is opened anew.
sub _ask {
    my ($self, $question) = @_;
    my $request = "GET $question->{path} HTTP/1.1\r\nHost: watch\r\nX-Forwarded-For: $question->{client}\r\n\r\n";
    for my $attempt (1, 2) {
        my $reused = defined $self->{socket};
        $self->{socket} //= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 10);
        return "failed to connect: $!" unless $self->{socket};
        my ($answer, $why) = _exchange($self->{socket}, $request);
        if (defined $why) {
            undef $self->{socket};
            next if $reused && $attempt == 1 && $answer eq '';
            return "failed: $why";
        }
        undef $self->{socket} if $answer =~ /^Connection: close/mi;
        my ($status) = $answer =~ m{\AHTTP/1\.1 (\d+)} or return 'failed: no status';
        return $status if $question->{pattern} eq 'status';
        return "failed: status $status" if $status != 200;
        return $answer =~ $question->{pattern} ? $1 : 'nothing';
    }
    return 'failed';
}

sub _exchange {
    my ($socket, $request) = @_;
    local $SIG{ALRM} = sub { die "no answer\n" };
    my ($answer, $whole) = ('', undef);
    my $done = eval {
        alarm 30;
        syswrite $socket, $request or die "write: $!\n";
        while (!defined $whole || length $answer < $whole) {
            my $got = sysread $socket, $answer, 65536, length $answer;
            next if !defined $got && $!{EINTR};
            $got or die length $answer ? "broken off\n" : "closed\n";
            $whole = length($1) + $2 if !defined $whole && $answer =~ /\A(.*?^Content-Length: (\d+).*?\r\n\r\n)/msi;
        }
        alarm 0;
        1;
    };
    alarm 0;
    chomp(my $why = $@);
    return $done ? ($answer) : ($answer, $why);
}

1;
