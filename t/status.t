# The status page: what it says, that nothing in it is anybody else's markup, and that it asks for nothing from elsewhere.
use strict;
use warnings FATAL => 'all';
use Apache::Test ();
use Digest::SHA qw(sha256_base64);
use HTTP::Request ();
use LWP::UserAgent ();
use Test::More;
use IP2ASN::Httpd;
use IP2ASN::Test;

my $httpd = IP2ASN::Httpd->new;
$httpd->write('data.tsv',     slurp(var('t_dir') . '/data/httpd.tsv'));
$httpd->write('hosters.conf', slurp(var('t_dir') . '/data/httpd-hosters.conf'));
$httpd->write('bad',          "AS64499\n");
mkdir $httpd->directory . '/htdocs/refused';
$httpd->write('htdocs/refused/page.txt', "a page\n");
my @server = (
    'IP2ASNDatabase DIR/data.tsv', 'IP2ASNHosterMap DIR/hosters.conf', 'IP2ASNCacheDir DIR/cache', 'IP2ASNList bad DIR/bad', 'IP2ASNRefreshInterval Off',
    '<Location "/refused">', '<RequireAll>', 'Require all granted', 'Require not asn 64499', '</RequireAll>', '</Location>',
    '<Location "/who is/it">', 'SetHandler ip2asn-status', 'IP2ASNCount Off', '</Location>',
);
my @endpoint = ('<Location "/look">', 'SetHandler ip2asn', 'IP2ASNCount Off', '</Location>');
my $browser  = LWP::UserAgent->new(env_proxy => 0);
sub ask  { my ($path, @more) = @_; return $browser->get($httpd->url($path), @more) }
sub page { return ask("/who%20is/it/$_[0]")->decoded_content }

$httpd->configure(@server, @endpoint);
ok $httpd->start, 'a server that does not count' or diag $httpd->error_log;
my $nothing = ask('/who%20is/it/');
is $nothing->code, 503, 'has nothing to show';
like $nothing->content, qr/IP2ASNCount On/, 'and says what to do';

$httpd->configure(@server, @endpoint, 'IP2ASNCount On');
ok $httpd->graceful, 'counting';
my $early = page('');
ok $early =~ /Counting has just begun/ || ask('/who%20is/it/recent.json')->content =~ /"from"/, 'a page before the first slot' or diag $early;
# client, path, times
for (['192.0.2.1', '/page.txt', 30], ['192.0.2.128', '/page.txt', 20], ['198.51.100.9', '/refused/page.txt', 10], ['203.0.113.1', '/missing', 1]) {
    my ($client, $path, $times) = @$_;
    ask($path, 'X-Forwarded-For' => $client) for 1 .. $times;
}
my $page;
ok wait_until(sub { $page = page(''); return $page =~ /AS64499/ && $page =~ /hour: 61</ }), 'a page within seconds' or diag $page;

sub row { my ($name) = @_; return (grep { /\Q$name\E/ } $page =~ m{<tr>(.*?)</tr>}g)[0] // '' }
like $page, qr{<h1>Who is asking</h1>}, 'what it is';
like $page, qr{localhost|127\.0\.0\.1}, 'of which server';
like $page, qr{denied, last hour<b class="w">10</b>}, 'denials';
like row('AS64499</a>'), qr{<td class="w">10</td>}, 'denials of an AS';
like row('AS64499</a>'), qr{<svg [^>]*><path class="A" d="M}, 'a picture of its hour';
like row('AS64499</a>'), qr{&lt;script&gt;alert\(&quot;x&quot;\)&lt;/script&gt; 'quoted'}, 'names are text';
like $page, qr{>hostexample</a> <span class="soft">hosting</span></th>}, 'a hoster';
like row('>bad</th>'), qr{<td class="w">10</td>}, 'a list';
unlike $page, qr{198\.51\.100|203\.0\.113}, 'no address of a client';

# Nothing from elsewhere, and nothing but what the policy names.
my $answer = ask('/who%20is/it/');
my $policy = $answer->header('Content-Security-Policy');
my ($style)  = $page =~ m{<style>(.*?)</style>}s;
my ($script) = $page =~ m{<script>(.*?)</script>}s;
sub source { my ($text) = @_; my $sum = sha256_base64($text); return "'sha256-$sum" . '=' x (-length($sum) % 4) . "'" }
is $policy, "default-src 'none'; img-src data:; style-src " . source($style) . '; script-src ' . source($script)
    . "; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", 'the policy allows its style and script alone';
is scalar(my @styles = $page =~ /<style|\sstyle=/gi), 1, 'one style, and no style attributes';
is scalar(my @scripts = $page =~ /<script|\son\w+=|javascript:/gi), 1, 'one script';
my @urls = $page =~ /\s(?:href|src|action|content)="([^"]*)"/g;
is_deeply [grep { m{^(?:\w+:)?//}i } @urls], [], 'no address elsewhere';
like $page, qr{<noscript><meta http-equiv="refresh" content="10"></noscript>}, 'refreshed without JavaScript, too';
is_deeply [map { $answer->header($_) } 'Cache-Control', 'X-Content-Type-Options', 'Content-Type'], ['no-store', 'nosniff', 'text/html; charset=utf-8'], 'headers';
cmp_ok length $answer->content, '<', 60_000, 'size';
is ask('/who%20is/it', Accept => '*/*')->code, 200, 'without a slash at the end';
is $browser->request(HTTP::Request->new(HEAD => $httpd->url('/who%20is/it/')))->code, 200, 'HEAD';
is $browser->request(HTTP::Request->new(POST => $httpd->url('/who%20is/it/')))->code, 405, 'POST';

# Links work, whatever they lead to.
my %seen;
my @links = map { s/&amp;/&/gr } grep { !$seen{$_}++ } $page =~ /<a href="([^"]*)"/g;
my $base  = $httpd->url('/who%20is/it/');
for my $link (@links) { is $browser->get(URI->new_abs($link, $base))->code, 200, "link $link" }
like $page, qr{<a href="/look/">}, 'a link to look-ups';
like ask('/look/', Accept => 'text/html')->content, qr{<a href="/who%20is/it/?">}, 'and one from there';

# The other pages.
my $as = page('?as=64499');
like $as, qr{<h1>AS64499 &lt;script&gt;}, 'of an AS';
like $as, qr{<code>Require not asn 64499</code>}, 'the line to copy';
like $as, qr{hour: 10<}, 'its requests';
like $as, qr{<a href="/look/v1/as/n/64499">}, 'what else is known of it';
like page('?as=AS64496'), qr{<h1>AS64496 }, 'of an AS, with letters';
like page('?as=4200000000'), qr{<h1>AS4200000000 }, 'of one that was never seen';
is ask("/who%20is/it/?as=$_")->code, 400, "as=$_" for qw(x 1x -1 4294967296), '';
my $hoster = page('?hoster=hostexample');
like $hoster, qr{<h1>hostexample</h1>.*hour: 20<.*Require not hoster hostexample}s, 'of a hoster';
my $hostile = page('?hoster=%3Cscript%3E%22%27%00');
unlike $hostile, qr{<script>"}, 'of no hoster';
for (['denied', 64499], ['as', 64496], ['requests', 64496], ['bytes', 64499]) {
    my ($order, $first) = @$_;
    my ($got) = page("?order=$order") =~ m{<tbody>\s*<tr><th scope="row"><a href="\?as=(\d+)"};
    is $got, $first, "in order of $order";
}
like page('?span=day'), qr{aria-current="page">last day<}, 'of a day';

$httpd->configure(@server, 'IP2ASNCount On');
ok $httpd->graceful, 'without the look-up endpoint';
unlike page(''), qr{look an address up}, 'there is no link to it';
done_testing;
