#!/bin/sh
# The tests of the tool's command line, over the tool that was built. By hand: IP2ASN=build/ip2asn t/cli.sh
exec prove --failures --comments "$(dirname "$0")"/cli/*.t
