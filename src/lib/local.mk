# libip2asn.so: the core behind a C header. Its version script exports what the header declares, and nothing else.
include_HEADERS = include/ip2asn.h
lib_LTLIBRARIES = libip2asn.la
libip2asn_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/include
libip2asn_la_LIBADD = libip2asn-core.la
libip2asn_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 -no-undefined \
	-Wl,--version-script=$(top_srcdir)/src/lib/libip2asn.map
libip2asn_la_DEPENDENCIES = libip2asn-core.la src/lib/libip2asn.map
libip2asn_la_SOURCES = include/ip2asn.h src/lib/ip2asn.cc
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = src/lib/ip2asn.pc
dist_man_MANS = man/libip2asn.3
EXTRA_DIST += src/lib/libip2asn.map examples/c/lookup.c examples/prometheus/prometheus.yml examples/prometheus/alerts.yml \
	examples/prometheus/grafana.json
