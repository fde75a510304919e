# That the module is loaded moves no other module in any hook, in whatever order modules are loaded; and changes nothing for
# anybody until a directive asks for it.
use strict;
use warnings FATAL => 'all';
use File::Basename qw(dirname);
use List::Util qw(shuffle);
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

chomp(my $directory = `$ENV{APXS} -q LIBEXECDIR`);
my $ours    = $ENV{IP2ASN_TEST_MODULE};
my $show    = dirname($ours) . '/../t/modules/.libs/mod_hook_order.so';
my ($mpm)   = slurp($ENV{IP2ASN_TEST_MODULES}) =~ /(mpm_\w+)_module/;
my $threads = $mpm ne 'mpm_prefork';

# Those that are there of what administrators load, as Debian loads them: in alphabetical order.
my @modules = grep { -e "$directory/mod_$_.so" } sort(
    qw(access_compat actions alias allowmethods asis auth_basic auth_digest auth_form authn_anon authn_core authn_dbm authn_file
        authn_socache authz_core authz_dbm authz_groupfile authz_host authz_owner authz_user autoindex buffer cache cache_disk
        cache_socache cern_meta charset_lite dav dav_fs dav_lock deflate dir dumpio env expires ext_filter filter headers http2
        ident imagemap include info lbmethod_byrequests log_debug log_forensic macro mime mime_magic negotiation proxy proxy_ajp
        proxy_balancer proxy_connect proxy_express proxy_fcgi proxy_hcheck proxy_http proxy_http2 proxy_scgi proxy_uwsgi
        proxy_wstunnel ratelimit reflector remoteip reqtimeout request rewrite sed session session_cookie setenvif
        slotmem_shm socache_shmcb speling ssl status substitute suexec unique_id userdir usertrack vhost_alias),
    $threads ? 'cgid' : 'cgi',
);
@modules = grep { $_ ne 'http2' && $_ ne 'proxy_http2' } @modules unless $threads;

# The same modules, those that others are linked against before these.
sub loadable {
    my %loaded;
    my @order;
    for my $module (@_) {
        my ($base) = $module =~ /^(proxy|cache|dav|session)_/;
        $base = 'proxy' if $module =~ /^lbmethod_/;
        push @order, grep { defined && !$loaded{$_}++ } $base, $module;
    }
    return @order;
}

# The modules of each hook, by its name.
my $httpd = IP2ASN::Httpd->new;
sub hooks {
    my (@order) = @_;
    my $conf = $httpd->write('hooks.conf', join '', map { "$_\n" }
        "LoadModule ${mpm}_module $directory/mod_$mpm.so",
        (map { my $file = $_ eq 'ip2asn' ? $ours : "$directory/mod_$_.so"; "LoadModule ${_}_module $file" } @order),
        "LoadModule hook_order_module $show",
        'ServerRoot ' . $httpd->directory, 'ErrorLog ' . $httpd->directory . '/error_log', 'ServerName localhost', 'Listen 127.0.0.1:' . var('own_port'),
        '<IfModule mime_module>', 'TypesConfig ' . var('t_conf') . '/mime.types', '</IfModule>',
        ($> == 0 ? ('User ' . var('user'), 'Group ' . var('group')) : ()));
    my $errors = $httpd->directory . '/hooks.err';
    open my $out, '-|', 'sh', '-c', 'exec 2>"$0" "$@"', $errors, var('httpd'), '-t', '-d', $httpd->directory, '-f', $conf
        or die "httpd: $!";
    my %hooks = map { /^(\w+):(.*)$/ ? ($1 => [split ' ', $2]) : () } <$out>;
    close $out or diag slurp($errors);
    return \%hooks;
}

srand 14;
my @orders = (
    ['alphabetical', @modules],
    # It ties others together by itself.
    ['with mod_security', sort @modules, grep { -e "$directory/mod_$_.so" } 'security2'],
    ['reversed',     reverse @modules],
    ['headers before remoteip before setenvif', 'headers', 'remoteip', 'setenvif', grep { !/^(?:headers|remoteip|setenvif)$/ } @modules],
    ['setenvif before remoteip before headers', 'setenvif', 'remoteip', 'headers', grep { !/^(?:headers|remoteip|setenvif)$/ } @modules],
    ['few',          qw(authz_core headers remoteip setenvif proxy)],
    (map { my $i = $_; ["at random, $i", shuffle @modules] } 1 .. 5),
);

# A server of the core's own modules and few more, with an early rule that hides what mod_remoteip would read.
my $headers_first = join '', map { "LoadModule ${_}_module $directory/mod_$_.so\n" } $mpm, qw(authz_core authz_host mime headers remoteip setenvif);
my $headers_last  = join '', map { "LoadModule ${_}_module $directory/mod_$_.so\n" } $mpm, qw(authz_core authz_host mime setenvif remoteip headers);
my @behaviours = (    # what, modules, lines, request headers, page.txt's status, what it says of itself
    ['an early unset, headers first', $headers_first, ['RequestHeader unset X-Forwarded-For early'], ['192.0.2.1'], 403, '127.0.0.1'],
    ['an early unset, headers last',  $headers_last,  ['RequestHeader unset X-Forwarded-For early'], ['192.0.2.1'], 200, '192.0.2.1'],
    ['an early edit, headers first',  $headers_first,
        ['RequestHeader edit* X-Forwarded-For "^(.*\d+\.\d+\.\d+\.\d+):\d+" "$1" early'], ['192.0.2.1:4711'], 200, '192.0.2.1'],
    ['headers that could pass for ours', $headers_first,
        ['RequestHeader set X-Copy "expr=%{req:X-IP2ASN-ASN}" early'], ['192.0.2.1', 'X-IP2ASN-ASN' => 1, ':IP2ASN_ASN' => 2], 200, '192.0.2.1'],
);
my @where = (['first', 0], ['in the middle', 0.5], ['last', 1]);

plan tests => 5 * @orders + 5 * @behaviours;

for my $case (@orders) {
    my ($name, @list) = @$case;
    my @order   = loadable(@list);
    my $without = hooks(@order);
    cmp_ok scalar(keys %$without), '>', 40, "$name: httpd tells the order of its hooks";
    my $ordered = 1;
    for (@where) {
        my ($where, $share) = @$_;
        my @with = @order;
        splice @with, int($share * @with), 0, 'ip2asn';
        my $with = hooks(@with);
        my @at = grep { /^mod_(?:ip2asn|remoteip|setenvif)\.c$/ } @{ $with->{post_read_request} };
        $ordered &&= "@at" eq 'mod_ip2asn.c mod_remoteip.c mod_ip2asn.c mod_setenvif.c';
        $_ = [grep { $_ ne 'mod_ip2asn.c' } @$_] for values %$with;
        is_deeply $with, $without, "$name, ours $where: no other module is moved";
    }
    ok $ordered, "$name: headers are cleaned before mod_remoteip, requests annotated behind it and before mod_setenvif";
}

for my $case (@behaviours) {
    my ($what, $modules, $lines, $headers, $status, $client) = @$case;
    my @seen;
    for my $load ($modules, "$modules\nLoadModule ip2asn_module $ours\n") {
        local $ENV{IP2ASN_TEST_MODULES} = $httpd->write('modules.conf', $load);
        $httpd->configure(
            @$lines, '<Location "/page.txt">', 'Require ip 192.0.2.1', '</Location>',
            'Header always set X-Client "expr=%{REMOTE_ADDR}"',
            map { qq{Header always set X-Seen-$_ "expr=%{req:$_}"} } qw(X-Forwarded-For X-IP2ASN-ASN IP2ASN_ASN X-Copy)
        );
        ok $httpd->start, "$what: the server starts" or diag $httpd->error_log . $httpd->output;
        my ($from, @more) = @$headers;
        my $response = get('/page.txt', port => 'own_port', client => $from, @more);
        push @seen, { status => $response->code, map { $_ => scalar $response->header($_) } grep { /^X-/i } $response->header_field_names };
        $httpd->stop;
    }
    is $seen[0]{status},     $status, "$what: the status that httpd alone gives";
    is $seen[0]{'X-Client'}, $client, "$what: whom it takes the client for";
    is_deeply $seen[1], $seen[0], "$what: with the module all is as without it";
}
