# The command-line tool: its parts, the whole of it by t/cli/*.t, and the drift guard that it shares with the module.
EXTRA_DIST += t/cli.sh t/cli/CliTest.pm \
	t/cli/annotate.t t/cli/compile.t t/cli/dump.t t/cli/lookup.t t/cli/DnsTest.pm \
	t/cli/server.t t/cli/ServerTest.pm t/cli/survey.t t/cli/usage.t t/cli/verify.t \
	t/data/small-bad.tsv t/data/small-hosters.conf t/data/small-v4.tsv t/data/small-v6.tsv \
	scripts/check-lookups scripts/demo-survey t/bench/annotate \
	scripts/test-report t/browser/WebDriver.pm t/browser/layout.js t/browser/report.t
if TESTS_ENABLED
UNIT_TESTS += t/unit/cli_test t/unit/drift_test
t_unit_cli_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t/unit
t_unit_cli_test_SOURCES = t/unit/cli_test.cc \
	src/cli/args.cc src/cli/describe.cc src/cli/lines.cc src/cli/output.cc src/cli/progress.cc
t_unit_cli_test_LDFLAGS = $(AM_LDFLAGS) -pthread
t_unit_drift_test_SOURCES = t/unit/drift_test.cc
TESTS += t/cli.sh
endif

if TESTS_ENABLED
UNIT_TESTS += t/unit/annotate_test
t_unit_annotate_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t/unit $(PCRE2_CFLAGS)
t_unit_annotate_test_SOURCES = t/unit/annotate_test.cc src/cli/annotate_find.cc
t_unit_annotate_test_LDADD = $(LDADD) $(PCRE2_LIBS)
endif
