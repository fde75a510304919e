# Benchmarks: built by 'make bench', run by scripts/bench. 'make check' runs each of them for a moment, for its answers.
BENCHMARKS = t/bench/lookup t/bench/compile t/bench/start
if TESTS_ENABLED
check_PROGRAMS += $(BENCHMARKS)
TESTS += t/bench/quick.sh
else
EXTRA_PROGRAMS += $(BENCHMARKS)
endif
bench: $(BENCHMARKS)
.PHONY: bench
EXTRA_DIST += t/bench/annotate t/bench/counters t/bench/endpoint t/bench/request t/bench/survey t/bench/quick.sh t/bench/make-source t/bench/write-mmdb scripts/bench

t_bench_lookup_SOURCES = \
	t/bench/counters.hh \
	t/bench/data.cc \
	t/bench/data.hh \
	t/bench/engine.hh \
	t/bench/lookup.cc \
	t/bench/measure.hh \
	t/bench/oracle.hh \
	t/bench/report.cc \
	t/bench/report.hh \
	t/bench/rivals.hh
t_bench_lookup_CPPFLAGS = $(AM_CPPFLAGS) $(RAPIDJSON_CFLAGS)
t_bench_lookup_LDADD = libip2asn-core.la
if HAVE_MAXMINDDB
t_bench_lookup_SOURCES += t/bench/mmdb.cc t/bench/mmdb.hh
t_bench_lookup_CPPFLAGS += -DHAVE_MAXMINDDB=1 $(MAXMINDDB_CFLAGS)
t_bench_lookup_LDADD += $(MAXMINDDB_LIBS)
endif
if HAVE_DPDK
t_bench_lookup_CPPFLAGS += -DHAVE_DPDK=1
t_bench_lookup_LDADD += libdpdk_engines.la -lrte_fib -lrte_lpm -lrte_rib -lrte_eal
EXTRA_LTLIBRARIES = libdpdk_engines.la
CLEANFILES += libdpdk_engines.la
libdpdk_engines_la_SOURCES = t/bench/dpdk.cc t/bench/dpdk.hh
libdpdk_engines_la_CPPFLAGS = $(AM_CPPFLAGS) $(DPDK_CFLAGS)
endif

if TOOL_ENABLED
BENCHMARKS += t/bench/crawl
t_bench_crawl_SOURCES = t/bench/crawl.cc
t_bench_crawl_CPPFLAGS = $(AM_CPPFLAGS) $(RAPIDJSON_CFLAGS) -DIP2ASN_BOOTSTRAP_DIR='"$(abs_top_srcdir)/conf/iana"'
t_bench_crawl_LDADD = libip2asn-net.la libip2asn-core.la
endif

t_bench_compile_SOURCES = t/bench/compile.cc t/bench/data.cc t/bench/data.hh t/bench/stages.hh
t_bench_compile_LDADD = libip2asn-core.la
t_bench_start_SOURCES = t/bench/data.cc t/bench/data.hh t/bench/stages.hh t/bench/start.cc
t_bench_start_LDADD = libip2asn-core.la
