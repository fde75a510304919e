# ip2asn lookup: forms of answers, sources of addresses, choice of the database.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use CliTest;
use Test::More;

my @both    = ('-d',     data('small-v4.tsv'), '-d', data('small-v6.tsv'));
my @lookup  = ('lookup', '--no-hosters', @both);
my @hosters = ('lookup', '--hosters',    data('small-hosters.conf'), @both);

# address, AS, first, last, country, description, prefix; AS 0 stands for "not announced"
my @cases = (
    ['8.8.8.8',   15169, '8.8.8.0', '8.8.8.255', 'US', 'GOOGLE',        '8.8.8.0/24'],
    ['1.0.0.0',   13335, '1.0.0.0', '1.0.0.255', 'US', 'CLOUDFLARENET', '1.0.0.0/24'],
    ['1.0.0.255', 13335, '1.0.0.0', '1.0.0.255', 'US', 'CLOUDFLARENET', '1.0.0.0/24'],
    ['1.0.1.0',   0],
    ['1.0.3.255', 0],
    ['1.0.7.255', 38803, '1.0.4.0', '1.0.7.255', 'AU', 'WPL-AS-AP Wirefreebroadband Pty Ltd', '1.0.4.0/22'],
    [
        '198.51.100.1', 4294967294, '198.51.100.0', '198.51.100.255',
        'None',         '"quoted", <b>bold</b> & =sum(1)', '198.51.100.0/24'
    ],
    ['203.0.113.6', 0],
    ['203.0.113.7', 64500, '203.0.113.7', '203.0.113.7', 'DE', "Zw\xc3\xb6lf K\xc3\xb6che e.V.", '203.0.113.7/32'],
    ['203.0.113.8', 0],
    ['0.0.0.0',     0],
    ['255.255.255.255', 64501, '255.255.255.0', '255.255.255.255', 'ZZ', '', '255.255.255.0/24'],
    ['::',              0],
    [
        '2001:200:5ff:ffff:ffff:ffff:ffff:ffff',
        2500, '2001:200::', '2001:200:5ff:ffff:ffff:ffff:ffff:ffff',
        'JP', 'WIDE-BB WIDE Project',
        '2001:200:400::/39'
    ],
    ['2001:200:600::', 0],
    ['2001:db8::1', 64500, '2001:db8::1', '2001:db8::1', 'DE', "Zw\xc3\xb6lf K\xc3\xb6che e.V.", '2001:db8::1/128'],
    [
        '2a00:1450:4001:81b:dead:beef:feed:face',
        64502, ('2a00:1450:4001:81b:dead:beef:feed:face') x 2,
        'IE', 'One Address', '2a00:1450:4001:81b:dead:beef:feed:face/128'
    ],
    ['2a00:1450:4001:81b:dead:beef:feed:facf', 0],
    [
        '2a00:1450:4001:81b:ffff:ffff:ffff:ffff',       64503,
        ('2a00:1450:4001:81b:ffff:ffff:ffff:ffff') x 2, 'IE',
        'The Last of a /64',                            '2a00:1450:4001:81b:ffff:ffff:ffff:ffff/128'
    ],
    ['2a00:1450:4001:81c::', 0],
    [
        'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
        64501, 'ffff:ffff:ffff:ffff::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
        'ZZ',  '',                      'ffff:ffff:ffff:ffff::/64'
    ],
);

sub as_text {
    my ($ip, $asn, $first, $last, $country, $description) = @_;
    return $asn ? "$asn | $first-$last | $country | $description\n" : "0 | $ip | None | Not announced\n";
}

# Of those that nobody announces, these are for special purposes by the IANA registry.
sub special {
    my $ip = shift;
    my ($special) = map { $_->[1] } grep { $ip =~ $_->[0] } [qr/^203\.0\.113\./, 'Documentation (TEST-NET-3)'],
      [qr/^0\.0\.0\.0$/, 'This host on this network'], [qr/^::$/, 'Unspecified Address'], [qr/^2001:db8:/, 'Documentation'];
    return $special // '';
}

sub as_tsv {
    my ($ip, $asn, $first, $last, $country, $description, $prefix) = @_;
    return join("\t", $ip, $asn ? ($asn, $first, $last, $country =~ s/^None$//r, $description, '', '', 1, $prefix, '', '')
          : (0, ('') x 6, 0, '', special($ip), '')) . "\n";
}

sub as_json {
    my ($ip, $asn, $first, $last, $country, $description, $prefix) = @_;
    my $special = special($ip);
    return qq({"ip":"$ip","announced":false) . ($special ? qq(,"special":"$special") : '') . "}\n" if !$asn;
    # As the endpoint has it: safe inside a page, too.
    $description =~ s/"/\\"/g;
    $description =~ s/([<>&])/sprintf '\u%04X', ord $1/ge;
    return
      qq({"ip":"$ip","announced":true,"first_ip":"$first","last_ip":"$last","as_number":$asn,)
      . qq("as_country_code":"$country","as_description":"$description","prefix":"$prefix"}\n);
}

my %forms = (
    ''       => \&as_text,
    '--tsv'  => \&as_tsv,
    '--json' => \&as_json
);
my $index     = path('small.idx');
my @addresses = map { $_->[0] } @cases;
succeeds('compile', '--no-hosters', data('small-v4.tsv'), data('small-v6.tsv'), '-o', $index);
for my $form (sort keys %forms) {
    my @form     = $form ? ($form) : ();
    my $expected = join '', map { $forms{$form}->(@$_) } @cases;
    is(succeeds(@lookup, @form, @addresses), $expected, "the sources answer all cases, form '$form'");
    is(succeeds('lookup', '-d', $index, @form, @addresses), $expected, "the index answers all cases, form '$form'");
    is(
        succeeds(
            {
                in => join "\n",
                @addresses
            },
            'lookup', '-d', $index, @form
        ),
        $expected,
        "standard input without a last newline is answered, form '$form'"
    );
}

is(
    succeeds(@lookup, '--tsv', '--header', '8.8.8.8'),
    "ip\tas_number\tfirst_ip\tlast_ip\tas_country_code\tas_description\thoster\thoster_class\tannounced\tprefix\tspecial\tlists\n"
      . "8.8.8.8\t15169\t8.8.8.0\t8.8.8.255\tUS\tGOOGLE\t\t\t1\t8.8.8.0/24\t\t\n",
    '--header names the columns'
);
is(
    succeeds(@hosters, '--tsv', '8.8.8.8', '2606:4700::1', '1.0.4.0'),
    "8.8.8.8\t15169\t8.8.8.0\t8.8.8.255\tUS\tGOOGLE\tgoogle\tcloud\t1\t8.8.8.0/24\t\t\n"
      . "2606:4700::1\t13335\t2606:4700::\t2606:4700:ffff:ffff:ffff:ffff:ffff:ffff\tUS\tCLOUDFLARENET\tcloudflare\tcdn\t1\t2606:4700::/32\t\t\n"
      . "1.0.4.0\t38803\t1.0.4.0\t1.0.7.255\tAU\tWPL-AS-AP Wirefreebroadband Pty Ltd\t\t\t1\t1.0.4.0/22\t\t\n",
    'the hoster and its class have their columns'
);
like(
    succeeds(@hosters, '--json', '8.8.8.8'),
    qr/"prefix":"8\.8\.8\.0\/24","hoster":"google","hoster_class":"cloud"\}$/,
    'the hoster and its class are the last members'
);

for my $form ('', '--tsv', '--json') {
    my @form = $form ? ($form) : ();
    is(
        succeeds(@lookup, @form, '::ffff:8.8.8.8', '::ffff:808:808', '2001:4860:0:0:0:0:0:8888'),
        succeeds(@lookup, @form, '8.8.8.8',        '8.8.8.8',        '2001:4860::8888'),
        "IPv4-mapped addresses are answered as IPv4, others in canonical form, form '$form'"
    );
}

# What is no address is named, and the rest is answered.
for my $bad (
    '1.2.3',        '127.1', '01.2.3.4', '1.2.3.4.5', '0x8.8.8.8',  '256.1.1.1',
    'fe80::1%eth0', ':::',   '12345::',  'AS15169',   '8.8.8.0/24', '',
    ' 8.8.8.8',     "8.8.8.8\n"
  )
{
    my ($status, $out, $err) = run(@lookup, '8.8.8.8', $bad, '1.0.4.0');
    is($status, 1,                                                 "'$bad' is exit status 1");
    is($out,    as_text(@{ $cases[0] }) . as_text(@{ $cases[5] }), "'$bad' leaves the others answered");
    my $shown = $bad =~ s/\n/\xef\xbf\xbd/r;
    is($err, "ip2asn lookup: '$shown' is not an IP address\n", "'$bad' is named");
}
{
    my ($status, $out, $err) =
      run({ in => "8.8.8.8\n\n  1.0.4.0\t\r\nlocalhost\n\e[2J\xe2\x80\xae1.1.1.1\n" . 'x' x 70000 . "\n1.0.1.0\n" },
        @lookup);
    is($status, 1, 'a bad line is exit status 1');
    is(
        $out,
        as_text(@{ $cases[0] }) . as_text(@{ $cases[5] }) . as_text('1.0.1.0', 0),
        'blanks, CR and empty lines do not matter'
    );
    is(
        $err,
        "ip2asn lookup: standard input, line 4: 'localhost' is not an IP address\n"
          . "ip2asn lookup: standard input, line 5: '\xef\xbf\xbd[2J\xef\xbf\xbd1.1.1.1' is not an IP address\n"
          . "ip2asn lookup: standard input, line 6: '"
          . 'x' x 60
          . "\xe2\x80\xa6' begins a line that is too long\n",
        'bad lines are named by number, shortened and harmless for a terminal'
    );
}
is(
    succeeds({ in => "1.0.1.0\n" }, @lookup, '8.8.8.8', '-', '::'),
    as_text(@{ $cases[0] }) . as_text('1.0.1.0', 0) . as_text('::', 0),
    "'-' is standard input, in its place"
);
is(succeeds({ in => '' }, @lookup), '', 'empty input has an empty answer');
{
    my $many = 70_000;
    is(
        succeeds({ in => "8.8.8.8\n" x $many }, @lookup),
        as_text(@{ $cases[0] }) x $many,
        "$many lines are answered, one each"
    );
}

# Answers come while the input is still open.
talk(
    sub {
        my ($ask) = @_;
        is($ask->($_->[0]), as_text(@$_), "$_->[0] is answered before the next is asked") for @cases[0, 3, 5];
    },
    @lookup
);

# Choice of the database.
{
    local $ENV{IP2ASN_DATABASE} = $index;
    is(succeeds('lookup', '8.8.8.8'), as_text(@{ $cases[0] }), 'IP2ASN_DATABASE names the database');
    local $ENV{IP2ASN_DATABASE} = '/nonexistent';
    is(succeeds('lookup', '-d', $index, '8.8.8.8'), as_text(@{ $cases[0] }), '-d wins over IP2ASN_DATABASE');
    my ($status, $out, $err) = run('lookup', '8.8.8.8');
    is($status, 6, 'a database that is not there is exit status 6');
    like($err, qr{^ip2asn lookup: /nonexistent: .*\n\z}, 'and is named');
}
{
    my ($status, $out, $err) = run(@lookup, '-d', data('small-bad.tsv'), '1.0.6.0');
    is(
        "$status $out",
        "0 64501 | 1.0.6.0-1.0.6.255 | DE | Red \xef\xbf\xbd[31malert\xef\xbf\xbd\n",
        'a repaired source is used'
    );
    like(
        $err,
        qr/^ip2asn lookup: .* rows skipped .*'ip2asn verify' explains\n\z/,
        'skipped rows are told on one line'
    );
}
{
    my ($status, $out, $err) = run('lookup', '-d', $index, '--hosters', data('small-hosters.conf'), '8.8.8.8');
    is("$status $out", '0 ' . as_text(@{ $cases[0] }), 'an index needs no hoster map');
    like($err, qr/--hosters changes nothing here/, 'and says so when it is given one');
}
for my $case (
    ['the hoster map', 6, '-d', $index, '--hosters', '/nonexistent'],
    ['the database',   6, '-d', path('.')],
    ['damage',         3, '-d', write_file(path('x.tsv'), "<html>\n")]
  )
{
    my ($what,   $expected, @options) = @$case;
    my ($status, $out,      $err)     = run('lookup', @options, '8.8.8.8');
    is("$status $out", "$expected ", "trouble with $what is exit status $expected");
    like($err, qr{^ip2asn lookup: /.*: .*\n\z}, "and says which file: $what");
}

done_testing;
