# The command-line tool: its parts, the whole of it by t/cli/*.t, and the drift guard that it shares with the module.
EXTRA_DIST += t/cli.sh t/cli/CliTest.pm \
	t/cli/annotate.t t/cli/compile.t t/cli/dump.t t/cli/export.t t/cli/lookup.t t/cli/packed.t t/cli/DnsTest.pm \
	t/cli/server.t t/cli/ServerTest.pm t/cli/survey.t t/cli/usage.t t/cli/verify.t \
	t/data/small-bad.tsv t/data/small-hosters.conf t/data/small-v4.tsv t/data/small-v6.tsv \
	scripts/check-lookups scripts/demo-crawl scripts/demo-survey scripts/serve-registries t/bench/annotate \
	scripts/test-report t/browser/WebDriver.pm t/browser/layout.js t/browser/report.t
if TESTS_ENABLED
UNIT_TESTS += t/unit/acceptance_test
if TOOL_ENABLED
UNIT_TESTS += t/unit/annotate_test t/unit/annotate_columns_test t/unit/annotate_shape_test t/unit/cli_test
t_unit_annotate_columns_test_CPPFLAGS = $(libip2asn_cli_la_CPPFLAGS)
t_unit_annotate_columns_test_LDADD = libip2asn-cli.la $(CUNIT_LIBS)
t_unit_annotate_shape_test_CPPFLAGS = $(libip2asn_cli_la_CPPFLAGS)
t_unit_annotate_shape_test_LDADD = libip2asn-cli.la $(CUNIT_LIBS)
t_unit_annotate_test_CPPFLAGS = $(libip2asn_cli_la_CPPFLAGS)
t_unit_annotate_test_LDADD = libip2asn-cli.la $(CUNIT_LIBS)
t_unit_cli_test_CPPFLAGS = $(libip2asn_cli_la_CPPFLAGS)
t_unit_cli_test_LDADD = libip2asn-cli.la $(CUNIT_LIBS)
t_unit_cli_test_LDFLAGS = $(AM_LDFLAGS) -pthread
TESTS += t/cli.sh
endif
endif

if TESTS_ENABLED
UNIT_TESTS += t/unit/follow_test
t_unit_follow_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t/unit
t_unit_follow_test_SOURCES = t/unit/follow_test.cc \
	src/cli/annotate_block.cc src/cli/annotate_follow.cc src/cli/annotate_kind.cc src/cli/stop_signals.cc
endif
