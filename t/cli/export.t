# ip2asn dump --format: what other programs read says what the database says. Those that are not installed are left out, and named.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin", "$FindBin::Bin/../lib";
use CliTest;
use IP2ASN::Ports qw(free_port);
use JSON::PP      qw(decode_json);
use Test::More;

my @names = ('ONE', 'TWO - Zwei GmbH, "Rhein", Köln', 'X' x 255, '', 'EDGE');
my $rows  = join '', map { join("\t", @$_) . "\n" } (
    ['0.0.0.0',         '0.0.0.0',                                 1,          'DE',   $names[0]],
    ['1.0.0.0',         '1.0.0.255',                               2,          'US',   $names[1]],
    ['1.0.1.0',         '1.0.2.255',                               2,          'US',   $names[1]],
    ['1.0.4.1',         '1.0.4.254',                               4294967294, 'None', $names[2]],
    ['8.8.8.0',         '8.8.8.255',                               3,          'FR',   $names[3]],
    ['255.255.255.255', '255.255.255.255',                         5,          'FR',   $names[4]],
    ['::5',             '::1:0:5',                                 7,          'DE',   'BELOW'],
    ['2001:db8::',      '2001:db8:0:ffff:ffff:ffff:ffff:ffff',     2,          'US',   $names[1]],
    ['2001:db8:1::1',   '2001:db8:1::1',                           3,          'FR',   $names[3]],
    ['ffff:ffff::',     'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 5,          'FR',   $names[4]],
);
my $source = write_file(path('source.tsv'), $rows);
my $map    = write_file(path('map'), "acme cloud AS2 AS5\nother cdn AS1\n");
my $index  = path('index');
succeeds('compile', '-q', '--hosters', $map, $source, '-o', $index);

# Addresses at and around each end, and what the database says of them.
my @asked = qw(0.0.0.0 0.0.0.1 0.255.255.255 1.0.0.0 1.0.0.255 1.0.1.0 1.0.2.255 1.0.3.0 1.0.4.0 1.0.4.1 1.0.4.254 1.0.4.255
  8.8.7.255 8.8.8.0 8.8.8.8 8.8.9.0 255.255.255.254 255.255.255.255 ::1:0:0 ::1:0:5 ::1:0:6 2001:db7:ffff:ffff::
  2001:db8:: 2001:db8:0:ffff:ffff:ffff:ffff:ffff 2001:db8:1:: 2001:db8:1::1 2001:db8:1::2 ffff:fffe:ffff:: ffff:ffff::
  ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff);

sub answers {
    my ($database) = @_;
    my $tsv = succeeds({ in => join '', map { "$_\n" } @asked }, 'lookup', '--no-hosters', '--tsv', '-d', $database);
    return { map { my @f = split /\t/, $_, -1; $f[0] => $f[1] ? "$f[1] $f[5]" : 'none' } split /\n/, $tsv };
}
my $wanted = answers($index);

# Forms that this software reads itself.
for my $format (qw(tsv csv mmdb)) {
    my $file = path("back.$format");
    succeeds('dump', '--format', $format, '-o', $file, $index);
    is_deeply(answers($file), $wanted, "$format is read back as it was");
    is(succeeds('dump', '--format', $format, '--hosters', $map, $source), slurp($file), "$format of a source is that of its index");
}
like(slurp(path('back.csv')), qr/^1\.0\.0\.0,1\.0\.0\.255,2,US,"TWO - Zwei GmbH, ""Rhein"", K\xC3\xB6ln",acme,cloud$/m, 'CSV has the hoster');

my $mmdb = path('back.mmdb');
for (
    [[], 'ip2asn-ASN (compat=GeoLite2-ASN)'],
    [['--type', 'GeoLite2-ASN'], 'GeoLite2-ASN'],
  )
{
    my ($options, $type) = @$_;
    like(succeeds('dump', '--format', 'mmdb', @$options, $index), qr/database_type.{1,2}\Q$type\E/s, "the type is $type");
}

SKIP: {
    my $program = installed('mmdblookup') or skip 'mmdblookup is not installed (Debian: mmdb-bin)', 1;
    my %got = map {
        my $text = shell("$program --file $mmdb --ip $_");
        my ($asn)  = $text =~ /"autonomous_system_number":\s+(\d+) <uint32>/;
        my ($name) = $text =~ /"autonomous_system_organization":\s+"(.*)" <utf8_string>/;
        $_ => $asn ? "$asn " . ($name // '') : 'none'
    } @asked;
    is_deeply(\%got, $wanted, 'mmdblookup says what the database says');
}
SKIP: {
    my $python = (grep { -x && !system "$_ -c 'import geoip2.database' 2>/dev/null" } qw(/usr/bin/python3))[0]
      or skip 'python3-geoip2 is not installed', 1;
    write_file(path('read.py'), <<'END');
import sys, geoip2.database, geoip2.errors
reader = geoip2.database.Reader(sys.argv[1])
for address in sys.argv[2:]:
    try:
        answer = reader.asn(address)
        print(address, answer.autonomous_system_number, answer.autonomous_system_organization or '', sep='\t')
    except geoip2.errors.AddressNotFoundError:
        print(address, 0, '', sep='\t')
END
    my %got = map { my @f = split /\t/, $_, -1; $f[0] => $f[1] ? "$f[1] $f[2]" : 'none' } split /\n/,
      shell("PYTHONIOENCODING=utf-8 $python " . path('read.py') . " $mmdb @asked");
    is_deeply(\%got, $wanted, 'python3-geoip2 says what the database says');
}
SKIP: {
    my $program = installed('goaccess') or skip 'goaccess is not installed', 1;
    my $log = write_file(path('log'), map { qq($_ - - [10/Oct/2025:13:55:36 +0000] "GET /$_ HTTP/1.0" 200 10 "-" "Mozilla/5.0"\n) } '1.0.0.7', '1.0.0.8', '0.0.0.0');
    shell("$program $log --no-global-config --log-format=COMBINED --geoip-database=$mmdb -o " . path('goaccess.json'));
    my $panel = eval { decode_json(slurp(path('goaccess.json')))->{asn}{data} } // [];
    my ($two) = grep { $_->{data} =~ /^0*2[: ]/ } @$panel;
    is($two ? $two->{hits}{count} : undef, 2, 'goaccess counts by AS');
}
SKIP: {
    my $program = installed('nginx');
    my $module  = '/usr/lib/nginx/modules/ngx_http_geoip2_module.so';
    skip 'nginx with its geoip2 module is not installed (Debian: libnginx-mod-http-geoip2)', 1 if !$program || !-e $module;
    succeeds('dump', '--format', 'nginx-geo', '--value', 'hoster', '-o', path('geo.conf'), $index);
    my ($port, $dir) = (free_port(), path('nginx'));
    mkdir $dir;
    my $user = $> == 0 ? 'user root;' : '';
    write_file("$dir/conf", <<"END");
load_module $module; $user daemon off; master_process off; pid $dir/pid; error_log $dir/errors;
events { }
http {
    access_log off;
    client_body_temp_path $dir; proxy_temp_path $dir; fastcgi_temp_path $dir; uwsgi_temp_path $dir; scgi_temp_path $dir;
    geoip2 $mmdb { \$asn default=none source=\$arg_ip autonomous_system_number; }
    geo \$arg_ip \$hoster { default none; include @{[path('geo.conf')]}; }
    server { listen 127.0.0.1:$port; location / { return 200 "\$asn \$hoster\\n"; } }
}
END
    my $pid = fork // die;
    if (!$pid) { open STDERR, '>', "$dir/stderr"; exec $program, '-c', "$dir/conf", '-p', $dir; exit 127 }
    my $answer = sub { return shell("curl -gs --retry 20 --retry-connrefused --retry-delay 1 'http://127.0.0.1:$port/?ip=$_[0]'") };
    my %got = map { $_ => $answer->($_) =~ s/\n//r } '1.0.0.1', '2001:db8::1', '8.8.8.8', '9.9.9.9';
    kill 'TERM', $pid;
    waitpid $pid, 0;
    is_deeply(
        \%got,
        { '1.0.0.1' => '2 acme', '2001:db8::1' => '2 acme', '8.8.8.8' => '3 none', '9.9.9.9' => 'none none' },
        'nginx: the geoip2 module and a geo block'
    ) || diag slurp("$dir/stderr");
}

# Parts of the database.
my $acme4 = "1.0.0.0/23\n1.0.2.0/24\n255.255.255.255/32\n";
my $acme6 = "2001:db8::/48\nffff:ffff::/32\n";
for (
    [['--hoster', 'acme'],                        $acme4 . $acme6],
    [['--hoster', 'any'],                         $acme4 . $acme6],
    [['--class', 'cloud', '--family', 4],         $acme4],
    [['--asn', 'AS2', '--family', 4],             "1.0.0.0/23\n1.0.2.0/24\n"],
    [['--asn', 1, '--asn', 3, '--family', 4],     "0.0.0.0/32\n8.8.8.0/24\n"],
    [['--country', 'fr', '--family', 4],          "8.8.8.0/24\n255.255.255.255/32\n"],
    [['--hoster', 'acme', '--country', 'FR'],     "255.255.255.255/32\nffff:ffff::/32\n"],
    [['--asn', 64500],                            ''],
    [['--list', 'LIST', '--family', 4],           "1.0.0.128/25\n1.0.1.0/28\n8.8.8.0/24\n9.0.0.0/8\n"],
    [['--list', 'LIST', '--hoster', 'acme'],      "1.0.0.128/25\n1.0.1.0/28\n"],
  )
{
    my ($options, $prefixes) = @$_;
    my $list = write_file(path('list'), "1.0.0.128-1.0.1.15\n9.0.0.0/8\nAS3\n");
    my @options = map { $_ eq 'LIST' ? $list : $_ } @$options;
    is(succeeds('dump', '--format', 'prefixes', @options, $index), $prefixes, "prefixes of @$options");
    is(succeeds('dump', '--format', 'require', @options, $index), $prefixes =~ s/^/Require ip /mgr =~ s/\ARequire ip \z//r,
        "Require of @$options");
}
is(succeeds('dump', '--asn', 4294967294, '--hosters', $map, $source), "1.0.4.1\t1.0.4.254\t4294967294\tNone\t$names[2]\n", 'rows of one AS');
is(
    succeeds('dump', '--format', 'haproxy-map', '--value', 'class', '--family', 4, $index),
    "0.0.0.0/32 cdn\n1.0.0.0/23 cloud\n1.0.2.0/24 cloud\n255.255.255.255/32 cloud\n",
    'a map of classes'
);
is(succeeds('dump', '--format', 'nginx-geo', '--asn', 2, '--value', 'name', '--family', 6, $index),
    qq(2001:db8::/48 "TWO - Zwei GmbH, \\"Rhein\\", K\xC3\xB6ln";\n), 'a name in quotes');

# Firewalls.
for my $selection (['--hoster', 'acme'], ['--asn', 64500]) {
    my $nft = path('nft');
    my $text = succeeds('dump', '--format', 'nftables', @$selection, $index);
    write_file($nft, $text);
    like($text, qr/^flush set inet ip2asn (acme|AS64500)_v4$/m, "nftables: the set is named after @$selection");
  SKIP: {
        my $program = installed('nft') or skip 'nft is not installed (Debian: nftables)', 1;
        skip 'nft may not look at the kernel here', 1 if shell("echo 'add table inet x' | $program -c -f -") ne '';
        is(scalar shell("$program -c -f $nft"), '', 'nft takes it');
    }
    my $set = succeeds('dump', '--format', 'ipset', '--name', '9 lives & more of them than fit', @$selection, $index);
    like($set, qr/^swap n9_lives___more_of_them_v4_new n9_lives___more_of_them_v4$/m, 'ipset: a name that it takes');
    my ($longest) = sort { $b <=> $a } map { length } $set =~ /^(?:create -exist|flush|swap) (\S+)/mg;
    cmp_ok($longest, '<=', 31, 'and that is short enough');
}

# Wrong usage.
for (
    [['--format', 'xml'],                     qr/is not one of tsv, csv, .*mmdb/],
    [['--format', 'nftables'],                qr/is for a part of the database/],
    [['--format', 'prefixes', '--type', 'x'], qr/is for a part|--type is for/],
    [['--asn', 'x'],                          qr/not an AS number/],
    [['--country', 'xxx'],                    qr/two letters/],
    [['--value', 'asn'],                      qr/--value is for/],
    [['--format', 'nginx-geo', '--value', 'x'], qr/--value 'x' is not/],
    [['--select', 'x'],                       qr/must follow the --list/],
    [['--format', 'mmdb', '--family', 4],     qr/both families/],
    [['--hoster', 'acmee'],                   qr/there is no hoster 'acmee'/],
    [['--class', 'clowd'],                    qr/there is no class 'clowd'/],
  )
{
    my ($options, $says) = @$_;
    my ($status, $out, $err) = run('dump', @$options, $index);
    is("$status $out", '2 ', "wrong usage: @$options");
    like($err, $says, 'and why');
}

# A Debian path for programs that ordinary users do not have on theirs.
sub installed {
    my ($name) = @_;
    return (grep { -x } map { "$_/$name" } (split /:/, $ENV{PATH} // ''), '/usr/sbin', '/sbin')[0];
}

done_testing;
