package IP2ASN::Test;

# What the tests share: requests as a client from anywhere, and what the server made of them.

use strict;
use warnings FATAL => 'all';
use Apache::Test ();
use Apache::TestRequest qw(GET);
use Exporter qw(import);
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw(var url get annotations environment log_line wait_until slurp shows);

sub var {
    my ($name) = @_;
    local $_;    # the caller's loop variable is not safe in there
    return Apache::Test::vars($name);
}

# The address of a path on the port of that name (default: the main one).
sub url {
    my ($path, $port) = @_;
    return 'http://127.0.0.1:' . var($port // 'port') . $path;
}

# GET, as `client` says in X-Forwarded-For; `port` and any request headers may follow.
sub get {
    my ($path, %how) = @_;
    my $port   = delete $how{port};
    my $client = delete $how{client};
    $how{'X-Forwarded-For'} = $client if defined $client;
    local $_;    # the caller's loop variable is not safe in there
    return GET url($path, $port), %how;
}

# The IP2ASN_* variables as they were when the answer was sent, by their names in lower case; unset ones are left out.
sub annotations {
    my ($response) = @_;
    my %seen;
    for my $name (qw(addr asn name country hoster announced first_ip last_ip prefix)) {
        (my $header = "X-Env-$name") =~ tr/_/-/;
        my $value = $response->header($header);
        $seen{$name} = $value if defined $value && $value ne '(null)';
    }
    return \%seen;
}

# The IP2ASN_* variables that a CGI program was given; env.cgi printed them.
sub environment {
    my ($response) = @_;
    my %environment = $response->content =~ /^(\w+)=(.*)$/mg;
    return { map { /^IP2ASN_(\w+)$/ ? (lc $1 => $environment{$_}) : () } keys %environment };
}

# True as soon as the code is, false when it is not within 20 seconds.
sub wait_until {
    my ($code) = @_;
    my $end = time + 60;
    until ($code->()) {
        return 0 if time > $end;
        sleep 0.02;
    }
    return 1;
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    return scalar <$file> // '';
}

# The access log's line of the request whose query is `token`. It is written after the answer was sent.
sub log_line {
    my ($token) = @_;
    my $line;
    wait_until(sub { ($line) = slurp(var('t_logs') . '/access_log') =~ /^(.*\?\Q$token\E[ "].*)$/m; return defined $line });
    return $line;
}

# One test: a request has the annotations that are listed, and those of the default list that are not listed are unset.
sub shows {
    my ($response, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    Test::More::is_deeply(annotations($response), $expected, $name) or Test::More::diag($response->as_string);
    return;
}

1;
