# Generations: unit tests, the threaded and multi-process stress.
if TESTS_ENABLED
REFRESH_TESTS = \
	t/unit/cache_entry_test \
	t/unit/control_block_test \
	t/unit/handover_test \
	t/unit/refresh_test \
	t/unit/slots_stress_test \
	t/unit/slots_test \
	t/unit/turn_test
t_unit_control_block_test_SOURCES = t/unit/control_block_test.cc
t_unit_refresh_test_SOURCES = t/unit/refresh_test.cc
t_unit_cache_entry_test_SOURCES = t/unit/cache_entry_test.cc
t_unit_handover_test_SOURCES = t/unit/handover_test.cc
t_unit_turn_test_SOURCES = t/unit/turn_test.cc
t_unit_slots_test_SOURCES = t/unit/slots_test.cc
t_unit_slots_stress_test_SOURCES = t/unit/slots_stress_test.cc
t_unit_slots_stress_test_CXXFLAGS = $(AM_CXXFLAGS) -pthread
check_PROGRAMS += $(REFRESH_TESTS)
TESTS += $(REFRESH_TESTS)
endif

# The client of scripts/soak.
EXTRA_PROGRAMS += t/soak/hammer
t_soak_hammer_SOURCES = t/soak/hammer.cc
t_soak_hammer_CXXFLAGS = $(AM_CXXFLAGS) -pthread
t_soak_hammer_LDADD =
CLEANFILES += t/soak/hammer$(EXEEXT)

# What scripts/test-faults kills.
EXTRA_PROGRAMS += t/faults/publish
t_faults_publish_SOURCES = t/faults/publish.cc
t_faults_publish_LDADD = libip2asn-core.la
CLEANFILES += t/faults/publish$(EXEEXT)

EXTRA_DIST += scripts/compare-builds scripts/soak scripts/soak-text scripts/test-faults t/update.sh t/soak.sh t/faults.sh
if TESTS_ENABLED
if TOOL_ENABLED
REFRESH_CHECKS = t/update.sh t/soak.sh t/faults.sh
TESTS += $(REFRESH_CHECKS)
t/update.log: ip2asn$(EXEEXT)
t/soak.log: ip2asn$(EXEEXT) t/soak/hammer$(EXEEXT) mod_ip2asn.la
t/faults.log: ip2asn$(EXEEXT) t/faults/publish$(EXEEXT)
endif
endif
