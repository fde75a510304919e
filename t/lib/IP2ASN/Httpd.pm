package IP2ASN::Httpd;

# A server of a test's own, with a configuration of its own, for what the common one must not be put through: errors,
# restarts. It ends with the object.

use strict;
use warnings FATAL => 'all';
use Apache::Test ();
use File::Path qw(make_path);
use IP2ASN::Test qw(slurp var wait_until);
use POSIX ();

my $count = 0;

# `lines` are the lines of its configuration after the head that all of them have. In them, DIR stands for its directory.
sub new {
    my ($class, @lines) = @_;
    my $directory = var('t_logs') . '/own-' . ++$count . "-$$";
    make_path("$directory/htdocs");
    my $self = bless { directory => $directory, conf => "$directory/httpd.conf" }, $class;
    $self->write('htdocs/page.txt', "a page\n");
    $self->configure(@lines);
    return $self;
}

sub directory { return $_[0]{directory} }
sub conf      { return $_[0]{conf} }
sub pid       { return $_[0]{pid} }
sub url       { return IP2ASN::Test::url($_[1], 'own_port') }
sub error_log { return slurp("$_[0]{directory}/error_log") }

# Writes a file below the server's directory; returns its path.
sub write {
    my ($self, $name, $content) = @_;
    my $path = "$self->{directory}/$name";
    open my $file, '>', $path or die "$path: $!";
    print {$file} $content;
    close $file or die "$path: $!";
    return $path;
}

# Writes the configuration; afterwards line_of() knows on which line each of `lines` stands.
sub configure {
    my ($self, @lines) = @_;
    my ($directory, $port) = ($self->{directory}, var('own_port'));
    my @head = split /\n/, <<"END";
Include "$ENV{IP2ASN_TEST_MODULES}"
ServerRoot "$directory"
ServerName 127.0.0.1:$port
DocumentRoot "$directory/htdocs"
Listen 127.0.0.1:$port
PidFile "$directory/httpd.pid"
DefaultRunTimeDir "$directory"
ErrorLog "$directory/error_log"
LogLevel info
TypesConfig "@{[ var('t_conf') ]}/mime.types"
<IfModule mod_cgid.c>
    ScriptSock "$directory/cgisock"
</IfModule>
StartServers 2
<IfModule !mpm_prefork_module>
    ServerLimit 16
    ThreadsPerChild 4
    MinSpareThreads 4
    MaxSpareThreads 8
    MaxRequestWorkers 8
</IfModule>
Include "@{[ var('t_conf') ]}/show.conf"
END
    # Unless the test brings its own way to say who the server's clients are.
    (my $server = join "\n", @lines) =~ s{^<VirtualHost.*?^</VirtualHost>}{}gms;
    push @head, 'RemoteIPHeader X-Forwarded-For', 'RemoteIPInternalProxy 127.0.0.1' unless $server =~ /^RemoteIP/m;
    push @head, 'User ' . var('user'), 'Group ' . var('group') if $> == 0;
    s/\bDIR\b/$directory/g for @lines;
    $self->write('httpd.conf', join '', map { "$_\n" } @head, @lines);
    $self->{first_line} = @head + 1;
    $self->{last_line}  = @head + @lines;
    return;
}

# The number of the line in the configuration on which the `i`th (from 0) of `lines` stands.
sub line_of { return $_[0]{first_line} + $_[1] }

# The number of its last line.
sub last_line { return $_[0]{last_line} }

sub command {
    my ($self, @arguments) = @_;
    return (var('httpd'), '-d', $self->{directory}, '-f', $self->{conf}, @arguments);
}

# What `apachectl configtest` does: its exit status and what it printed.
sub configtest {
    my ($self) = @_;
    $self->_spawn('-t');
    waitpid delete $self->{pid}, 0;
    return ($?, $self->output);
}

# Starts, and waits until the children serve; false when it ends instead.
sub start {
    my ($self) = @_;
    unlink "$self->{directory}/error_log";
    $self->_spawn('-DFOREGROUND');
    return wait_until(sub { $self->started > 0 || !$self->alive }) && $self->alive;
}

# What is started from now on may write no file larger than so many bytes (ulimit -f); undef for any.
sub limit_file_size {
    my ($self, $bytes) = @_;
    $self->{file_limit} = $bytes;
    return;
}

# What the last httpd wrote to its terminal.
sub output { return slurp("$_[0]{directory}/output") }

sub _spawn {
    my ($self, @arguments) = @_;
    $self->{pid} = fork // die "fork: $!";
    return if $self->{pid};
    POSIX::setpgid(0, 0);    # prefork ends its whole process group
    open STDOUT, '>', "$self->{directory}/output" or POSIX::_exit(127);
    open STDERR, '>&', \*STDOUT or POSIX::_exit(127);
    my @limit = defined $self->{file_limit} ? ('prlimit', "--fsize=$self->{file_limit}") : ();
    exec @limit, $self->command(@arguments) or POSIX::_exit(127);
}

sub alive {
    my ($self) = @_;
    delete $self->{pid} if $self->{pid} && waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
    return defined $self->{pid};
}

# How often it has begun to serve: at its start and after each restart.
sub started {
    my ($self) = @_;
    my $times = () = $self->error_log =~ /resuming normal operations/g;
    return $times;
}

sub children {
    my ($self) = @_;
    my @children = split ' ', slurp("/proc/$self->{pid}/task/$self->{pid}/children");
    return @children;
}

# Restarts gracefully, and waits until the new children serve and all the old ones are gone.
sub graceful {
    my ($self) = @_;
    my ($started, %old) = ($self->started, map { $_ => 1 } $self->children);
    kill USR1 => $self->{pid};
    return wait_until(
        sub {
            my @now = $self->children;
            return $self->started > $started && @now && !grep { $old{$_} } @now;
        }
    );
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    local $?;
    kill TERM => $pid;
    waitpid $pid, 0;
    return;
}

sub DESTROY { $_[0]->stop }

1;
