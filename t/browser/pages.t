# The endpoint's pages in a real browser: what people see, reach and get on telephones and screens, in light and dark, by
# keyboard alone and without JavaScript. Run by scripts/test-browser, which sets ENDPOINT and SCREENSHOTS.
use strict;
use warnings;
use utf8;
use FindBin;
use lib $FindBin::Bin;
use HTTP::Tiny ();
use Test::More;
use WebDriver;

my $endpoint    = $ENV{ENDPOINT}    // plan skip_all => 'run by scripts/test-browser';
my $screenshots = $ENV{SCREENSHOTS} // die 'SCREENSHOTS names no directory';
my ($tab, $enter) = ("\x{E004}", "\x{E007}");
my $browser = WebDriver->new;

my @pages = (
    ['start',   '/',                         qr/Who announces an address\?.*Your own network/s],
    ['address', '/?q=8.8.8.8',               qr/AS15169.*GOOGLE.*8\.8\.8\.0 – 8\.8\.8\.255/s],
    ['ipv6',    '/?q=2a00:1450:4001:81b:dead:beef:feed:face', qr/One Address/],
    ['as',      '/?q=AS4294967294',          qr/AS4294967294.*bold/s],
    ['bad',     '/?q=1.2.3',                 qr/Bad Request.*'1\.2\.3' is no address: IPv4 has four numbers/s],
    ['long',    '/?q=' . 'x' x 200,          qr/is longer than any address/],
    ['subnets', '/v1/as/n/15169/subnets',    qr{8\.8\.8\.0/23}],
    ['list',    '/v1/as/ns',                 qr/CLOUDFLARENET/],
);

# Ratios of contrast (WCAG 2.1) of all texts that are seen, the least first.
my $contrasts = <<'END';
const channels = text => text.match(/[\d.]+/g).map(Number);
const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const background = element => {
  for (; element; element = element.parentElement) {
    const colour = channels(getComputedStyle(element).backgroundColor);
    if (colour.length < 4 || colour[3] === 1) return colour;
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
};
const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const found = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  const placeholder = element.placeholder && !element.value;
  if (!own && !element.value && !placeholder || !element.checkVisibility()) continue;
  const style = getComputedStyle(element, placeholder ? '::placeholder' : null);
  found.push([ratio(channels(style.color), background(element)), element.outerHTML.slice(0, 80)]);
}
return found.sort((a, b) => a[0] - b[0]);
END

# What of the page lies beside the window, or is cut off in its box.
my $overflow = <<'END';
const width = document.documentElement.clientWidth;
return [...document.querySelectorAll('body *')].filter(element => {
  const box = element.getBoundingClientRect();
  return box.right > width + 0.5 || box.left < -0.5 || element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && (element.tagName !== 'INPUT' || !element.value);
}).map(element => element.outerHTML.slice(0, 80));
END

sub source { return $browser->script('return document.documentElement.outerHTML') }
sub seen   { return $browser->script('return document.body.innerText') }
# What is seen once it matches: the browser takes a moment to go to another page.
sub seen_at_last {
    my ($text) = @_;
    for (1 .. 200) {
        my $seen = eval { seen() } // '';
        return $seen if $seen =~ $text;
        select undef, undef, undef, 0.1;
    }
    return seen();
}
sub active { return $browser->script('return document.activeElement.id || document.activeElement.tagName + " " + document.activeElement.textContent') }

sub is_quiet {
    my ($what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;

    # That a status is an error is logged, too.
    my @said = grep { !/Failed to load resource: the server responded with a status of 400/ } map { $_->{message} } $browser->console;
    is_deeply(\@said, [], "$what: nothing in the console");
}

for my $scheme (qw(light dark)) {
    for my $width (360, 768, 1280) {
        $browser->window($width, $scheme);
        for (@pages) {
            my ($name, $path, $text) = @$_;
            my $what = "$name, $width, $scheme";
            $browser->go($endpoint . $path);
            like(seen(), $text, "$what: says what it should");
            is($browser->script('return matchMedia("(prefers-color-scheme: dark)").matches') ? 'dark' : 'light', $scheme, "$what: scheme");
            is($browser->script('return document.scrollingElement.scrollWidth - innerWidth'), 0, "$what: as wide as the window");
            is_deeply($browser->script($overflow), [], "$what: nothing sticks out");
            my ($least) = @{ $browser->script($contrasts) };
            cmp_ok($least->[0], '>=', 4.5, "$what: contrast") or diag $least->[1];
            is_deeply(
                $browser->script('return [...document.querySelectorAll("input, select, textarea")].filter(e => !e.labels.length).map(e => e.outerHTML)'),
                [], "$what: inputs have labels"
            );
            is_deeply(
                $browser->script(
                    'return [...document.querySelectorAll("input, button")].filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)'
                ),
                [],
                "$what: large enough for a thumb"
            );
            is($browser->script('return document.querySelectorAll("h1").length + " " + document.documentElement.lang'), '1 en', "$what: heading and language");
            is_quiet($what);
            $browser->screenshot("$screenshots/$name-$width-$scheme.png");
        }
    }
}

# By keyboard.
$browser->window(360, 'light');
$browser->go("$endpoint/");
my @reached;
for (1 .. 3) { $browser->type($tab); push @reached, active() }
is_deeply(\@reached, ['A IP to ASN', 'q', 'BUTTON Look up'], 'Tab reaches the name, the field and the button');
for ([ '8.8.8.8', qr/GOOGLE/ ], [ 'as13335', qr/CLOUDFLARENET/ ], [ '<b>y', qr/'<b>y' is no IPv4 or IPv6 address/ ]) {
    my ($asked, $text) = @$_;
    $browser->go("$endpoint/");
    $browser->type($tab . $tab . $asked . $enter);
    like(seen_at_last($text), $text, "'$asked' and Enter");
    is($browser->script('return document.querySelector("#q").value'), $asked =~ s/as/AS/r, 'what was asked stands in the form')
      if $asked ne '<b>y';
    is($browser->script('return [...document.querySelectorAll("[role=alert]")].length'), $asked eq '<b>y' ? 1 : 0, 'a mistake is an alert');
}
$browser->go("$endpoint/");
$browser->type($tab . $tab . $enter);
is($browser->script('return location.search'), '', 'an empty field is not sent');
is_quiet('by keyboard');

# The policy, and that a violation would have been seen.
my $policy = HTTP::Tiny->new(no_proxy => ['127.0.0.1'])->get("$endpoint/", { headers => { Accept => 'text/html' } })->{headers}{'content-security-policy'};
like($policy, qr/^default-src 'none'; /, 'the policy allows nothing');
unlike($policy, qr/unsafe|\*|https?:/, 'but what it names');
$browser->script('document.body.setAttribute("style", "color: red"); const s = document.createElement("script"); s.textContent = "document.title = 1"; document.body.append(s)');
like(join("\n", map { $_->{message} } $browser->console), qr/Content Security Policy/, 'a violation is in the console');
isnt($browser->script('return document.title'), '1', 'and does not work');

# Without JavaScript.
$browser->devtools('Emulation.setScriptExecutionDisabled', value => JSON::PP::true);
$browser->go("$endpoint/");
$browser->type($tab . $tab . '8.8.8.8' . $enter);
my $document;
for (1 .. 100) {
    # The document may give way to the next one just now.
    my $found = eval {
        my $root = $browser->devtools('DOM.getDocument');
        $document = $browser->devtools('DOM.getOuterHTML', nodeId => $root->{root}{nodeId})->{outerHTML};
    } // '';
    last if $found =~ /GOOGLE/;
    select undef, undef, undef, 0.05;
}
like($document, qr/<h1>8\.8\.8\.8.*GOOGLE/s, 'without JavaScript');
unlike($document, qr/<script|javascript:|\son\w+=/i, 'of which there is none');

done_testing;
