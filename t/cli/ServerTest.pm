# Servers for the tests of what speaks HTTP: a real httpd with the module, and one that does what it is told, however bad.
package ServerTest;
use strict;
use warnings;
use CliTest;
use Cwd              qw(abs_path);
use Exporter         qw(import);
use File::Basename   qw(dirname);
use File::Temp       ();
use IO::Socket::INET ();
use lib dirname(__FILE__) . '/../lib';
use IP2ASN::Ports    qw(free_port);
use POSIX            ();
use Time::HiRes      qw(sleep);

our @EXPORT = qw(start_httpd start_script free_port);

my @running;
my $tester = $$;
END { local $?; stop(@running) if $$ == $tester }
$SIG{INT} = $SIG{TERM} = sub { exit 130 };

sub stop {
    kill TERM => @_;
    waitpid $_, 0 for @_;
}

sub answers { return defined IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $_[0]) }

# Starts httpd with the module that was built, which answers from `database`; `lines` are further configuration, in which
# MODULES stands for the directory of httpd's own modules. Returns its port.
sub start_httpd {
    my ($database, $lines) = @_;
    my $apxs    = $ENV{APXS} // 'apxs';
    my $modules = `$apxs -q LIBEXECDIR` =~ s/\n//r;
    my $httpd   = $ENV{HTTPD} // (`$apxs -q SBINDIR` =~ s/\n//r . '/' . `$apxs -q PROGNAME` =~ s/\n//r);
    my $module  = abs_path($ENV{MODULE} // dirname(ip2asn()) . '/.libs/mod_ip2asn.so');

    # Children run as nobody where the tests are root's.
    my $dir  = File::Temp::tempdir('ip2asn-server-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $user = $> == 0 ? "User nobody\nGroup nogroup" : '';
    chmod 0755, $dir;
    $lines =~ s/\bMODULES\b/$modules/g;
    mkdir "$dir/cache";

    # Another may take the port before httpd does.
    for (1 .. 5) {
        my $port = free_port();
        write_file("$dir/conf", <<"END");
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule alias_module $modules/mod_alias.so
LoadModule ip2asn_module $module
$user
ServerRoot $dir
DefaultRuntimeDir $dir
ServerName 127.0.0.1:$port
Listen 127.0.0.1:$port
PidFile $dir/pid
ErrorLog $dir/log
StartServers 1
ServerLimit 1
ThreadsPerChild 4
MaxRequestWorkers 4
MinSpareThreads 1
MaxSpareThreads 4
IP2ASNDatabase $database
IP2ASNCacheDir $dir/cache
IP2ASNHosterMap @{[data('small-hosters.conf')]}
$lines
END
        my $pid = start(sub { exec {$httpd} $httpd, '-DFOREGROUND', '-f', "$dir/conf" });
        while (waitpid($pid, POSIX::WNOHANG()) == 0) {
            return $port if -e "$dir/pid" && answers($port);
            sleep 0.05;
        }
        pop @running;
    }
    die 'httpd did not start: ' . slurp("$dir/log");
}

# Runs `what` in a process of its own, with its output thrown away; returns its id.
sub start {
    my ($what) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        POSIX::setpgid(0, 0);
        $SIG{INT} = $SIG{TERM} = 'DEFAULT';
        open STDOUT, '>', '/dev/null' or POSIX::_exit(127);
        open STDERR, '>&', \*STDOUT   or POSIX::_exit(127);
        eval { $what->() };
        POSIX::_exit(127);
    }
    push @running, $pid;
    return $pid;
}

# Starts a server that gives one of `replies` to each request, in turn, and the last one from then on. A reply is all that
# is sent, before the connection is closed, or a function of the request that makes it; undef closes it unanswered.
# Returns the port, and a function that gives the requests so far.
sub start_script {
    my (@replies) = @_;
    my $listener  = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1') or die "no port: $!";
    my $log       = path('requests-' . $listener->sockport);
    write_file($log, '');
    start(
        sub {
            while (my $client = $listener->accept) {
                my $request = read_request($client) // next;
                open my $out, '>>', $log or die;
                syswrite $out, pack 'N/a', $request;
                close $out;
                my $reply = @replies > 1 ? shift @replies : $replies[0];
                $reply = $reply->($request) if ref $reply;
                print {$client} $reply      if defined $reply;
            }
        }
    );
    my $port = $listener->sockport;
    close $listener;
    return ($port, sub { return unpack '(N/a)*', slurp($log) });
}

# A request with its body, for which its Content-Length is believed.
sub read_request {
    my ($client) = @_;
    my $request = '';
    while ($request !~ /\r\n\r\n/) { sysread $client, $request, 65536, length $request or return }
    my $head = index($request, "\r\n\r\n") + 4;
    my ($size) = $request =~ /^Content-Length: (\d+)/mi;
    while (length $request < $head + ($size // 0)) { sysread $client, $request, 65536, length $request or return }
    return $request;
}

1;
