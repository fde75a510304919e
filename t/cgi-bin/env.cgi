#!/usr/bin/perl
# Prints its environment, one NAME=value a line.
print "Content-Type: text/plain\n\n", map { "$_=$ENV{$_}\n" } sort keys %ENV;
