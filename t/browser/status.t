# The status page in a real browser: telephones and screens, light and dark, by keyboard, with and without JavaScript, and
# when the server no longer answers. Run by scripts/test-browser, which sets STATUS, SCREENSHOTS and SERVER_PID.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use HTTP::Tiny ();
use Test::More;
use WebDriver;

my $status      = $ENV{STATUS}      // plan skip_all => 'run by scripts/test-browser';
my $screenshots = $ENV{SCREENSHOTS} // die 'SCREENSHOTS names no directory';
my $tab         = "\x{E004}";
my $browser     = WebDriver->new;
my $layout      = do { open my $in, '<', "$FindBin::Bin/layout.js" or die; local $/; <$in> };

my @pages = (
    ['status',        '/',                       qr/Who is asking.*requests a second.*Networks, last minute.*AS15169.*Hosters.*google/s],
    ['status-day',    '/?span=day',              qr/last day/],
    ['status-as',     '/?as=15169',              qr/AS15169 GOOGLE.*Require not asn 15169/s],
    ['status-hoster', '/?hoster=google',         qr/google.*AS15169.*Require not hoster google/s],
    ['status-names',  '/?order=as',              qr/AS4294967294 "quoted", <b>bold/],
);
sub seen { return $browser->script('return document.body.innerText') }

for my $scheme (qw(light dark)) {
    for my $width (360, 768, 1280) {
        $browser->window($width, $scheme);
        for (@pages) {
            my ($name, $path, $text) = @$_;
            my $what = "$name, $width, $scheme";
            $browser->go($status . $path);
            like(seen(), $text, "$what: says what it should");
            is($browser->script('return document.scrollingElement.scrollWidth - innerWidth'), 0, "$what: as wide as the window");
            is_deeply($browser->script($layout), [], "$what: nothing sticks out, is small or hard to read");
            is($browser->script('return document.querySelectorAll("svg text").length'), 0, "$what: no text in pictures");
            is($browser->script('return document.querySelectorAll("h1").length + " " + document.documentElement.lang'), '1 en', "$what: heading and language");
            is_deeply([map { $_->{message} } $browser->console], [], "$what: nothing in the console");
            $browser->screenshot("$screenshots/$name-$width-$scheme.png");
        }
    }
}

# By keyboard: every link is reached, and the first ones in the order that they are seen in.
$browser->window(1280, 'light');
$browser->go("$status/");
my @reached;
for (1 .. 6) { $browser->type($tab); push @reached, $browser->script('return document.activeElement.textContent') }
is_deeply([@reached[0 .. 4]], ['last hour', 'last day', 'JSON', 'metrics', 'look an address up'], 'Tab reaches the links');
ok($browser->script('return getComputedStyle(document.activeElement).outlineStyle') ne 'none', 'and what has the focus is seen');

# The page renews itself: the focus and what is scrolled stay where they are.
$browser->window(360, 'light');
$browser->go("$status/");
$browser->script('document.querySelector("main").dataset.old = "yes"; document.querySelector("tbody a").focus(); scrollTo(0, 300)');
my $before = $browser->script('return [document.activeElement.textContent, Math.round(scrollY)]');
sub wait_for { my ($code, $seconds) = @_; for (1 .. $seconds * 10) { return 1 if $code->(); select undef, undef, undef, 0.1 } return 0 }
ok(wait_for(sub { !$browser->script('return document.querySelector("main").dataset.old || null') }, 20), 'it is renewed within seconds');
is_deeply($browser->script('return [document.activeElement.textContent, Math.round(scrollY)]'), $before, 'focus and scroll are kept');
is($browser->script('return document.getElementById("say").textContent'), '', 'and nothing is said');
is_deeply([map { $_->{message} } $browser->console], [], 'nothing in the console');

# Without JavaScript it is asked for again.
$browser->devtools('Emulation.setScriptExecutionDisabled', value => JSON::PP::true);
$browser->go("$status/");
sub document {
    return eval {
        my $root = $browser->devtools('DOM.getDocument');
        $browser->devtools('DOM.getOuterHTML', nodeId => $root->{root}{nodeId})->{outerHTML};
    } // '';
}
my ($first) = document() =~ /(\d\d:\d\d:\d\d) UTC/;
like($first, qr/:/, 'the page without JavaScript');
ok(wait_for(sub { my ($now) = document() =~ /(\d\d:\d\d:\d\d) UTC/; return defined $now && $now ne $first }, 25), 'which is asked for again');
$browser->devtools('Emulation.setScriptExecutionDisabled', value => JSON::PP::false);

# A server that has gone is said to have gone, and the figures stay.
$browser->go("$status/");
kill TERM => $ENV{SERVER_PID};
ok(wait_for(sub { $browser->script('return document.getElementById("say").textContent') =~ /has not answered since/ }, 25), 'a server that does not answer');
is($browser->script('return document.getElementById("say").getAttribute("role")'), 'status', 'is announced');
like(seen(), qr/Networks, last minute/, 'and what was last known is still there');

done_testing;
