# A headless Chromium, driven by chromedriver's W3C WebDriver protocol. It ends with the object.
package WebDriver;
use strict;
use warnings;
use File::Temp       ();
use HTTP::Tiny       ();
use IO::Socket::INET ();
use JSON::PP         qw(decode_json encode_json);
use MIME::Base64     qw(decode_base64);
use POSIX            ();
use Time::HiRes      qw(sleep);

sub new {
    my ($class) = @_;
    my $port    = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
    my $home    = File::Temp->newdir('ip2asn-browser-XXXXXX', TMPDIR => 1);
    my $pid     = fork // die "fork: $!";
    if (!$pid) {
        POSIX::setpgid(0, 0);
        $ENV{HOME} = $ENV{XDG_CONFIG_HOME} = $ENV{XDG_CACHE_HOME} = "$home";
        open STDOUT, '>', "$home/log" or POSIX::_exit(127);
        open STDERR, '>&', \*STDOUT   or POSIX::_exit(127);
        exec 'chromedriver', "--port=$port" or POSIX::_exit(127);
    }
    my $self = bless {
        pid  => $pid,
        home => $home,
        http => HTTP::Tiny->new(timeout => 60, no_proxy => ['127.0.0.1'], proxy => undef, http_proxy => undef),
        base => "http://127.0.0.1:$port",
    }, $class;
    for (1 .. 200) {
        last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
        waitpid($pid, POSIX::WNOHANG()) == 0 or die "chromedriver did not start\n";
        sleep 0.05;
    }

    # It finds no host by name, so that a page cannot bring anything from elsewhere. Root has no sandbox.
    my @arguments = (qw(--headless=new --disable-gpu --disable-dev-shm-usage --hide-scrollbars --no-proxy-server --no-first-run),
        '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1');
    push @arguments, '--no-sandbox' if $> == 0;
    my $session = $self->_call(
        POST => '/session',
        {
            capabilities => {
                alwaysMatch => {
                    browserName           => 'chrome',
                    'goog:chromeOptions'  => { args    => [@arguments, "--user-data-dir=$home/profile"] },
                    'goog:loggingPrefs'   => { browser => 'ALL' },
                }
            }
        }
    );
    $self->{session} = "/session/$session->{sessionId}";
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@);
    eval { $self->_call(DELETE => $self->{session}) } if $self->{session};
    kill TERM => -$self->{pid};
    waitpid $self->{pid}, 0;
}

sub _call {
    my ($self, $method, $path, $body) = @_;
    my $response = $self->{http}->request(
        $method,
        $self->{base} . $path,
        {
            headers => { 'Content-Type' => 'application/json' },
            defined $body ? (content => encode_json($body)) : ()
        }
    );
    $response->{success} or die "$method $path: $response->{status} $response->{content}\n";
    return decode_json($response->{content})->{value};
}

# A window of this width in CSS pixels, in the colour scheme 'light' or 'dark'.
sub window {
    my ($self, $width, $scheme) = @_;
    $self->devtools('Emulation.setDeviceMetricsOverride', width => $width, height => 800, deviceScaleFactor => 1,
        mobile => $width < 600 ? JSON::PP::true : JSON::PP::false);
    $self->devtools('Emulation.setEmulatedMedia', features => [{ name => 'prefers-color-scheme', value => $scheme }]);
    return;
}

sub go { my ($self, $url) = @_; return $self->_call(POST => "$self->{session}/url", { url => $url }) }

# The value of an expression or, after `return`, of statements in the page.
sub script {
    my ($self, $script, @arguments) = @_;
    return $self->_call(POST => "$self->{session}/execute/sync", { script => $script, args => \@arguments });
}

# A command of the DevTools protocol.
sub devtools {
    my ($self, $command, %parameters) = @_;
    return $self->_call(POST => "$self->{session}/goog/cdp/execute", { cmd => $command, params => \%parameters });
}

# Types into what has the focus. "\x{E004}" is Tab, "\x{E007}" Enter.
sub type {
    my ($self, $text) = @_;
    my @actions = map { ({ type => 'keyDown', value => $_ }, { type => 'keyUp', value => $_ }) } split //, $text;
    return $self->_call(POST => "$self->{session}/actions",
        { actions => [{ type => 'key', id => 'keyboard', actions => \@actions }] });
}

# What the browser has written to its console since the last call.
sub console { my ($self) = @_; return @{ $self->_call(POST => "$self->{session}/se/log", { type => 'browser' }) } }

# Saves the whole page as a PNG.
sub screenshot {
    my ($self, $path) = @_;
    my $picture = $self->devtools('Page.captureScreenshot', format => 'png', captureBeyondViewport => JSON::PP::true);
    open my $out, '>:raw', $path or die "$path: $!\n";
    print {$out} decode_base64($picture->{data});
    close $out or die "$path: $!\n";
    return;
}

1;
