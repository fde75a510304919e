# A headless Chromium, driven through Debian's chromedriver (WebDriver and the DevTools commands that it passes on). It
# finds no host by name, so a page cannot bring anything from elsewhere.
package Browser;
use strict;
use warnings;
use File::Temp       ();
use HTTP::Tiny       ();
use IO::Socket::INET ();
use JSON::PP         ();
use MIME::Base64     qw(decode_base64);

my $json = JSON::PP->new->utf8->allow_nonref->canonical;

sub new {
    my ($class) = @_;
    my $free    = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no port: $!\n";
    my $port    = $free->sockport;
    close $free;
    my $self = bless {
        http    => HTTP::Tiny->new(timeout => 120),
        url     => "http://127.0.0.1:$port",
        profile => File::Temp->newdir('ip2asn-browser-XXXXXX', TMPDIR => 1),
    }, $class;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        # A group of its own, so that no browser is left behind.
        setpgrp 0, 0;
        open STDOUT, '>', "$self->{profile}/driver.log" or die;
        open STDERR, '>&', \*STDOUT or die;
        exec 'chromedriver', "--port=$port" or exit 127;
    }
    $self->{pid} = $pid;
    for (1 .. 300) {
        last if $self->{http}->get("$self->{url}/status")->{success};
        select undef, undef, undef, .1;
    }
    my @options = ('--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--no-first-run',
        '--hide-scrollbars', '--host-resolver-rules=MAP * ~NOTFOUND', "--user-data-dir=$self->{profile}/chromium");
    # Chromium's sandbox does not run as root.
    push @options, '--no-sandbox' if $> == 0;
    my $session = $self->request(POST => '/session',
        { capabilities => { alwaysMatch => { browserName => 'chrome', 'goog:chromeOptions' => { args => \@options } } } });
    $self->{session} = "/session/$session->{sessionId}";
    return $self;
}

sub request {
    my ($self, $method, $path, $content) = @_;
    my %options = $content ? (content => $json->encode($content), headers => { 'Content-Type' => 'application/json' }) : ();
    my $answer  = $self->{http}->request($method, $self->{url} . $path, \%options);
    my $value   = eval { $json->decode($answer->{content})->{value} };
    die "chromedriver, $method $path: $answer->{status} " . ($value ? $value->{message} : $answer->{content}) . "\n" if !$answer->{success};
    return $value;
}

sub devtools {
    my ($self, $command, %parameters) = @_;
    return $self->request(POST => "$self->{session}/goog/cdp/execute", { cmd => $command, params => \%parameters });
}

# Opens a page in a window of this width in CSS pixels, in the colour scheme 'light' or 'dark'.
sub show {
    my ($self, $url, $width, $scheme) = @_;
    $self->devtools('Emulation.setDeviceMetricsOverride', width => $width, height => 800, deviceScaleFactor => 1,
        mobile => $width < 600 ? JSON::PP::true : JSON::PP::false);
    $self->devtools('Emulation.setEmulatedMedia', features => [{ name => 'prefers-color-scheme', value => $scheme }]);
    $self->request(POST => "$self->{session}/url", { url => $url });
    return;
}

# What a piece of JavaScript returns.
sub run {
    my ($self, $script) = @_;
    return $self->request(POST => "$self->{session}/execute/sync", { script => $script, args => [] });
}

# The whole page as PNG.
sub screenshot {
    my ($self, $path) = @_;
    my $picture = $self->devtools('Page.captureScreenshot', format => 'png', captureBeyondViewport => JSON::PP::true);
    open my $out, '>:raw', $path or die "$path: $!\n";
    print {$out} decode_base64($picture->{data});
    close $out or die "$path: $!\n";
    return;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@);
    eval { $self->request(DELETE => $self->{session}) } if $self->{session};
    kill TERM => -$self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

1;
