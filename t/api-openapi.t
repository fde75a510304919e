# /openapi.json describes the API: the answers of the server are valid against it.
use strict;
use warnings FATAL => 'all';
use JSON::PP qw(decode_json);
use Test::More;
use IP2ASN::Test;

my $document = get('/ip2asn/openapi.json', Accept => 'text/html');
is $document->header('Content-Type'), 'application/json; charset=utf-8', 'always JSON';
my $api = decode_json($document->content);
is $api->{openapi}, '3.1.0', 'OpenAPI 3.1';
is_deeply $api->{servers}, [{ url => '/ip2asn' }], 'the server is the endpoint';

plan skip_all => 'JSON::Validator is not installed' unless eval { require JSON::Validator; 1 };

# The schemas of OpenAPI 3.1 are those of JSON Schema 2020-12; references lead from the document's root.
sub validator {
    my ($schema) = @_;
    return JSON::Validator->new->schema(
        { '$schema' => 'https://json-schema.org/draft/2020-12/schema', components => $api->{components}, %$schema });
}

sub resolved {
    my ($part) = @_;
    while (my $reference = $part->{'$ref'}) {
        $part = $api;
        $part = $part->{$_} for grep { $_ ne '#' } split m{/}, $reference;
    }
    return $part;
}

# The description of an answer, as far as there is one.
sub described {
    my ($template, $method, $status, $type) = @_;
    my $answer = resolved($api->{paths}{$template}{$method}{responses}{$status} // return);
    return $answer->{content}{$type}{schema};
}

my %seen;
my @calls = (
    ['/', 'get', '/'],
    ['/v1/as/ip', 'get', '/v1/as/ip'],
    map({ ['/v1/as/ip/{address}', 'get', "/v1/as/ip/$_"] } qw(8.8.8.8 192.0.2.128 9.9.9.9 10.0.0.1 fe80::1 2001:db8::1 x 1.2.3)),
    map({ ['/v1/as/n/{number}', 'get', "/v1/as/n/$_"] } qw(15169 AS64496 64499 1 0 x)),
    map({ ['/v1/as/n/{number}/subnets', 'get', "/v1/as/n/$_/subnets"] } qw(15169 AS64496 1 x)),
    ['/v1/as/ns', 'get', '/v1/as/ns'],
    map({ ['/v1/as/country/{country}', 'get', "/v1/as/country/$_"] } qw(US aq x)),
    map({ ['/v1/as/country/{country}/subnets', 'get', "/v1/as/country/$_/subnets"] } qw(US aq x)),
    map({ my $body = $_; map { ["/v1/as/ips", $_, '/v1/as/ips', $body] } qw(put post) }
        '["8.8.8.8","9.9.9.9","10.0.0.1","x"]', '[]', '', '{}', "9.9.9.9\n" x 10_001),
    ['/openapi.json', 'get', '/openapi.json'],
);
for (@calls) {
    my ($template, $method, $path, $body) = @$_;
    for my $type ('application/json', 'text/plain', 'text/html') {
        my $request = HTTP::Request->new(uc $method, url("/ip2asn$path"), [Accept => $type], $body);
        $request->header('Content-Length' => length $body) if defined $body;
        my $response = Apache::TestRequest::user_agent()->request($request);
        my $name     = join ' ', uc $method, $path, $response->code, $type;
        my ($given)  = ($response->header('Content-Type') // '') =~ /^([^;]+)/;
        my $schema   = described($template, $method, $response->code, $given);
        ok $schema, "$name: described" or next;
        $seen{"$method $template"} = 1;
        next unless $given eq 'application/json';
        my $value = eval { JSON::PP->new->utf8->allow_nonref->decode($response->content) };
        my @errors = validator($schema)->validate($value);
        is "@errors", '', "$name: valid" or diag $response->content;
    }
}
for my $path (sort keys %{ $api->{paths} }) {
    ok $seen{"$_ $path"}, "$_ $path was asked" for sort keys %{ $api->{paths}{$path} };
}
# That the schemas tell good from bad at all.
ok validator({ '$ref' => '#/components/schemas/Announced' })->validate({ ip => '8.8.8.8', announced => JSON::PP::true }),
    'an answer that lacks something is not valid';

done_testing;
