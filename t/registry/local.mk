# Registries: recorded answers, and fakes of them on loopback.
if TESTS_ENABLED
if TOOL_ENABLED
check_PROGRAMS += t/registry/replay
t_registry_replay_CPPFLAGS = $(AM_CPPFLAGS) $(RAPIDJSON_CFLAGS)
t_registry_replay_LDADD = libip2asn-net.la libip2asn-core.la
t_registry_replay_SOURCES = t/registry/replay.cc
TESTS += t/registry/answers.sh
UNIT_TESTS += t/unit/registry_test
t_unit_registry_test_CPPFLAGS = $(AM_CPPFLAGS) $(RAPIDJSON_CFLAGS)
t_unit_registry_test_LDADD = libip2asn-net.la libip2asn-core.la $(CUNIT_LIBS)
endif
endif
EXTRA_DIST += t/cli/crawl.t t/cli/import.t t/cli/whois.t t/cli/whois43.t t/registry/FakeRegistry.pm t/registry/answers t/registry/answers.expected t/registry/answers.sh
