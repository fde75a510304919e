package IP2ASN::Builds;

# A server whose module can be replaced by another build of it, as an upgrade does.

use strict;
use warnings FATAL => 'all';
use IP2ASN::Test qw(slurp);

# Gives `httpd` a module of its own; to be called before it is configured. The caller sets IP2ASN_TEST_MODULES to modules()
# while it configures. Null when the linker made no build id, by which builds tell one another.
sub new {
    my ($class, $httpd) = @_;
    my ($module) = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /LoadModule\s+ip2asn_module\s+"?([^"\s]+)/ or die 'no module';
    my $bytes = _bytes($module);
    # It stands in a note of its own: sizes of name and content, type, name, content.
    return unless $bytes =~ /\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0(.{20})/s;
    my $self = bless { bytes => $bytes, id_at => $-[1], so => $httpd->directory . '/mod_ip2asn.so' }, $class;
    (my $modules = slurp($ENV{IP2ASN_TEST_MODULES})) =~ s/\Q$module\E/$self->{so}/;
    $self->{modules} = $httpd->write('modules.conf', $modules);
    $self->install(0);
    return $self;
}

sub modules { return $_[0]{modules} }

# Another build of the same code: what differs is the build id. 0 is the one that was built.
sub install {
    my ($self, $number) = @_;
    my $build = $self->{bytes};
    substr($build, $self->{id_at}, 20) = chr($number) x 20 if $number;
    return $self->_put($build);
}

# The module in that file.
sub install_file { my ($self, $path) = @_; return $self->_put(_bytes($path)) }

sub _put {
    my ($self, $bytes) = @_;
    open my $file, '>:raw', "$self->{so}.new" or die "$self->{so}.new: $!";
    print {$file} $bytes;
    close $file or die "$self->{so}.new: $!";
    chmod 0755, "$self->{so}.new";
    return rename "$self->{so}.new", $self->{so};
}

sub _bytes { my ($path) = @_; open my $file, '<:raw', $path or die "$path: $!"; local $/; return scalar <$file> }

1;
