# Who is let in: the providers in every frame, for every kind of client.
use strict;
use warnings FATAL => 'all';
use Test::More;
use IP2ASN::Access;
use IP2ASN::Test;

# name => line, what it says of each client: 1 match, 0 no match.
my %lines = (
    'asn'              => ['asn AS64496 64498',         { match => 1, match6 => 1 }],
    'asn-unknown'      => ['asn unknown',               { unknown => 1, listed => 1 }],
    'asn-or-unknown'   => ['asn 64496 unknown',         { match => 1, match6 => 1, unknown => 1, listed => 1 }],
    'asn-of-override'  => ['asn 64512',                 { own => 1 }],
    'asn-list'         => ['asn-list scrapers',         { match => 1, match6 => 1, listed => 1 }],
    'asn-lists'        => ['asn-list empty scrapers',   { match => 1, match6 => 1, listed => 1 }],
    'asn-list-empty'   => ['asn-list empty',            {}],
    'hoster'           => ['hoster hostexample',        { match => 1, match6 => 1 }],
    'hosters'          => ['hoster absent cdnexample',  { cdn => 1 }],
    'hoster-any'       => ['hoster any',                { match => 1, match6 => 1 }],
    'hoster-any-or-cdn' => ['hoster any class:cdn',     { match => 1, match6 => 1, cdn => 1 }],
    'hoster-class'     => ['hoster class:hosting',      { match => 1, match6 => 1 }],
    'hoster-class-cdn' => ['hoster class:cdn absent',   { cdn => 1 }],
    'as-country'       => ['as-country DE at CH',       { match => 1, match6 => 1, own => 1 }],
);

# How a line is framed, and the status that comes of match, no match and error.
my %frames = (
    'plain'       => ['Require %s', 200, 403, 500],
    'not'         => ["<RequireAll>\nRequire all granted\nRequire not %s\n</RequireAll>", 403, 200, 500],
    'any'         => ["<RequireAny>\nRequire ip 192.0.2.250\nRequire %s\n</RequireAny>", 200, 403, 500],
    'any-before'  => ["<RequireAny>\nRequire method GET\nRequire %s\n</RequireAny>", 200, 200, 200],
    'any-after'   => ["<RequireAny>\nRequire %s\nRequire method GET\n</RequireAny>", 200, 200, 500],
    'all'         => ["<RequireAll>\nRequire method GET\nRequire %s\n</RequireAll>", 200, 403, 500],
    'all-denied'  => ["<RequireAll>\nRequire method PUT\nRequire %s\n</RequireAll>", 403, 403, 403],
    'none'        => ["<RequireAll>\nRequire all granted\n<RequireNone>\nRequire %s\n</RequireNone>\n</RequireAll>", 403, 200, 500],
    'none-second' => ["<RequireAll>\nRequire all granted\n<RequireNone>\nRequire method PUT\nRequire %s\n</RequireNone>\n</RequireAll>", 403, 200, 500],
    'nested'      => ["<RequireAny>\nRequire method PUT\n<RequireAll>\nRequire all granted\nRequire not %s\n</RequireAll>\n</RequireAny>", 403, 200, 500],
);

my (@config, @requests, %htaccess);
for my $name (sort keys %lines) {
    my ($line, $matches) = @{ $lines{$name} };
    for my $frame (sort keys %frames) {
        my ($text, @status) = @{ $frames{$frame} };
        my @framed = split /\n/, sprintf $text, $line;
        push @config, "<Location /$name/$frame>", @framed, '</Location>';
        # The same, but an error counts for the client.
        push @config, "<Location /allow/$name/$frame>", 'IP2ASNOnError allow', @framed, '</Location>';
        for my $who (qw(match match6 other unknown listed cdn own nowhere)) {
            my $expected = $who eq 'nowhere' ? $status[2] : $matches->{$who} ? $status[0] : $status[1];
            push @requests, ["/$name/$frame", $who, $expected];
            next if $who ne 'nowhere' && $who ne 'match';
            $expected = $frame eq 'all-denied' ? 403 : 200 if $who eq 'nowhere';
            push @requests, ["/allow/$name/$frame", $who, $expected];
        }
        $htaccess{"$name-$frame"} = join '', map { "$_\n" } @framed if $name =~ /^(?:asn|asn-list|hoster|as-country)$/;
    }
}
for my $name (sort keys %htaccess) {
    my ($line, $frame) = $name =~ /^(asn-list|as-country|asn|hoster)-(.*)$/;
    push @requests, ["/htaccess/$name/page.txt", 'match', $frames{$frame}[1]], ["/htaccess/$name/page.txt", 'other', $frames{$frame}[2]],
        ["/htaccess/$name/page.txt", 'nowhere', $frames{$frame}[3]];
}

# One section inside another: inherited, replaced, or merged.
push @config, split /\n/, <<'END';
<Location /merge>
    Require hoster any class:cdn
</Location>
<Location /merge/off>
    Require asn 64499
</Location>
<Location /merge/and>
    AuthMerging And
    Require as-country DE FR
</Location>
<Location /merge/or>
    AuthMerging Or
    Require asn 64499
</Location>
<Location /merge/and-not>
    AuthMerging And
    <RequireAll>
        Require all granted
        Require not asn-list scrapers
    </RequireAll>
</Location>
END
my %merged = (
    'here'    => { match => 200, cdn => 200, other => 403, unknown => 403, nowhere => 500 },
    'off'     => { match => 403, cdn => 403, other => 200, unknown => 403, nowhere => 500 },
    'and'     => { match => 200, cdn => 403, other => 403, unknown => 403, nowhere => 500 },
    'or'      => { match => 200, cdn => 200, other => 200, unknown => 403, nowhere => 500 },
    'and-not' => { match => 403, cdn => 200, other => 403, unknown => 403, nowhere => 500 },
);
for my $place (sort keys %merged) {
    push @requests, ["/merge/$place", $_, $merged{$place}{$_}] for sort keys %{ $merged{$place} };
}

# A password or a network.
push @config, split /\n/, <<'END';
<Location /password>
    AuthType Basic
    AuthName "test"
    AuthUserFile DIR/passwords
    <RequireAny>
        Require asn 64496
        Require valid-user
    </RequireAny>
</Location>
END

my $httpd = access_server((map { line_module($_) } qw(authn_core authn_file auth_basic authz_user)),
    'IP2ASNEngine On', '<Directory DIR/htdocs/htaccess>', 'AllowOverride AuthConfig FileInfo', '</Directory>',
    'AliasMatch ^/(?!htaccess) DIR/htdocs/page.txt', @config);
for my $name (sort keys %htaccess) {
    mkdir $httpd->directory . '/htdocs/htaccess';
    mkdir $httpd->directory . "/htdocs/htaccess/$name";
    $httpd->write("htdocs/htaccess/$name/page.txt",  "a page\n");
    $httpd->write("htdocs/htaccess/$name/.htaccess", $htaccess{$name});
}
my @bad = (
    ['Require asn-list scrapperz', qr/there is no list 'scrapperz'/],
    ['Require hoster hostexampel', qr/there is no hoster 'hostexampel'/],
    ['Require hoster class:hostng', qr/no hoster of the class 'hostng'/],
    ['Require asn AS1x',           qr/'AS1x' is no AS number/],
    ['IP2ASNList x /etc/passwd',   qr/IP2ASNList not allowed here/],
    ['IP2ASNOverride 10.0.0.0/8 1', qr/IP2ASNOverride not allowed here/],
    ['IP2ASNOnError allow',        qr/IP2ASNOnError not allowed here/],
);
for my $i (0 .. $#bad) {
    mkdir $httpd->directory . "/htdocs/htaccess/bad$i";
    $httpd->write("htdocs/htaccess/bad$i/page.txt",  "a page\n");
    $httpd->write("htdocs/htaccess/bad$i/.htaccess", "$bad[$i][0]\n");
}

# What a client may send in the hope of being taken for another.
my @tricks = (
    ['X-IP2ASN-ASN' => '64496'], ['X_IP2ASN_ASN' => '64496'], ['IP2ASN_ASN' => '64496'], ['IP2ASN-ASN' => '64496'],
    ['Forwarded' => 'for=192.0.2.1'], ['X-Real-IP' => '192.0.2.1'], ['X-Client-IP' => '192.0.2.1'], ['Via' => '192.0.2.1'],
    ['Cookie' => 'IP2ASN_ASN=64496'], ['REMOTE_ADDR' => '192.0.2.1'],
);

plan tests => 1 + @requests + 2 * @bad + 3 + 4 * @tricks + 4 + 5;

ok $httpd->start, 'the server starts' or BAIL_OUT($httpd->error_log);
is ask($_->[0], $_->[1])->code, $_->[2], "$_->[0] for $_->[1]" for @requests;

for my $i (0 .. $#bad) {
    is ask("/htaccess/bad$i/page.txt", 'match')->code, 500, "$bad[$i][0] in .htaccess is an error";
    like $httpd->error_log, $bad[$i][1], 'and the reason is logged';
}

is ask('/password', 'match')->code, 200, 'a network of the list needs no password';
is ask('/password', 'other')->code, 401, 'another one does';
is ask('/password', 'other', Authorization => 'Basic dXNlcjpwYXNzd29yZA==')->code, 200, 'and comes in with one';

for my $trick (@tricks) {
    is ask('/asn/plain',                     'other', @$trick)->code, 403, "$trick->[0]: does not let in";
    is ask('/asn/plain?IP2ASN_ASN=64496',    'match', $trick->[0] => $trick->[1] =~ s/64496/64499/r)->code, 200, "$trick->[0]: does not keep out";
    is ask('/asn-list/not?ip=198.51.100.1', 'match', @$trick)->code, 403, "$trick->[0]: does not avoid a negated line";
    is ask('/hoster/any/192.0.2.1',          'unknown', @$trick)->code, 403, "$trick->[0]: nor a line among others";
}

# Facing the net without mod_remoteip's trust, X-Forwarded-For is anybody's word.
$httpd->stop;
my $facing = access_server('RemoteIPHeader X-Not-Sent', 'AliasMatch ^/ DIR/htdocs/page.txt', '<Location />', 'Require asn 64496', '</Location>');
ok $facing->start, 'a server that trusts nobody starts';
is ask('/', 'match')->code, 403, 'X-Forwarded-For does not let in';
is ask('/', 'match', 'X-Real-IP' => '192.0.2.1')->code, 403, 'nor with X-Real-IP';
is ask('/', 'nowhere')->code, 500, 'and without an address no look-up is possible';
$facing->stop;

# Report only.
my $trial = access_server(
    (map { line_module($_) } qw(authn_core authn_file auth_basic authz_user)),
    'AliasMatch ^/ DIR/htdocs/page.txt',
    'Header always set X-Report "%{IP2ASN_REPORT}e"',
    split /\n/, <<'END');
<Location /trial>
    IP2ASNReport On
    <RequireAll>
        Require all granted
        Require not asn-list scrapers
    </RequireAll>
</Location>
<Location /trial/any>
    <RequireAny>
        Require asn 64497
        Require asn 64499
    </RequireAny>
</Location>
<Location /trial/method>
    <RequireAll>
        Require method PUT
        Require not asn 64496
    </RequireAll>
</Location>
<Location /trial/password>
    AuthType Basic
    AuthName "test"
    AuthUserFile DIR/passwords
    <RequireAll>
        Require valid-user
        Require not asn 64496
    </RequireAll>
</Location>
<LocationMatch ^/trial/(password/)?over>
    IP2ASNReport Off
</LocationMatch>
END
ok $trial->start, 'the server of the trial starts' or diag $trial->error_log;
subtest 'IP2ASNReport' => sub {
    my $report = sub { my ($r) = @_; my $v = $r->header('X-Report'); return $r->code . ' ' . (defined $v && $v ne '(null)' ? $v : '-') };
    is $report->(ask('/trial', 'match')),   '200 403', 'one who would be denied is let in, and marked';
    is $report->(ask('/trial', 'other')),   '200 -',   'one who would not be is not';
    is $report->(ask('/trial', 'nowhere')), '200 500', 'an error is reported, too';
    is $report->(ask('/trial/any', 'other')), '200 -', 'a line that another one makes up for is no denial';
    is $report->(ask('/trial/any', 'cdn')),   '200 -', 'nor is it the other way round';
    is $report->(ask('/trial/any', 'match')), '200 403', 'but when none matches it is';
    is ask('/trial/method', 'match')->code, 403, 'what is no matter of networks still denies';
    is ask('/trial/method', 'other')->code, 403, 'for everybody';
    is ask('/trial/password', 'match')->code, 401, 'a password is still asked for';
    is $report->(ask('/trial/password', 'match', Authorization => 'Basic dXNlcjpwYXNzd29yZA==')), '200 403', 'and is enough, but reported';
    is ask('/trial/password/over', 'match', Authorization => 'Basic dXNlcjpwYXNzd29yZA==')->code, 403, 'with the status that it would have had';
    is $report->(ask('/trial/password', 'other', Authorization => 'Basic dXNlcjpwYXNzd29yZA==')), '200 -', 'or enough without a report';
    is ask('/trial/over', 'match')->code, 403, 'once it is off the rule bites';
};
like $trial->error_log, qr/report only: would have answered 403 to GET \/trial from AS64496, hoster hostexample, lists scrapers/, 'the log tells who would have been denied';
unlike $trial->error_log, qr/client denied by server configuration.*trial\/any/, 'and does not tell of denials that were none';
my $reports = () = $trial->error_log =~ /report only:/g;
is $reports, 4, 'each once';
$trial->stop;
