# CUnit programs, and what tests the tool and the module. A program NAME is made from NAME.cc unless it says otherwise.
AM_DEFAULT_SOURCE_EXT = .cc
if TESTS_ENABLED
LDADD = libip2asn-core.la $(CUNIT_LIBS) $(ZLIB_LIBS)
UNIT_TESTS = \
	t/hosters_check \
	t/unit/address_test \
	t/unit/annotated_map_test \
	t/unit/api_test \
	t/unit/fields_test \
	t/unit/cache_test \
	t/unit/checksum_test \
	t/unit/compile_memory_test \
	t/unit/compile_test \
	t/unit/corpus_test \
	t/unit/counters_test \
	t/unit/files_test \
	t/unit/flatten_test \
	t/unit/formats_test \
	t/unit/hoster_map_test \
	t/unit/idle_time_test \
	t/unit/image_damage_test \
	t/unit/image_lies_test \
	t/unit/image_test \
	t/unit/index4_test \
	t/unit/index6_test \
	t/unit/limits_test \
	t/unit/list_test \
	t/unit/local_data_test \
	t/unit/memory_test \
	t/unit/recent_test \
	t/unit/recipe_test \
	t/unit/names_test \
	t/unit/rate_slots_test \
	t/unit/source_test \
	t/unit/subnets_test \
	t/unit/text_test \
	t/unit/page_test

if HAVE_RRD
UNIT_TESTS += t/unit/rate_slots_rrd_test
t_unit_rate_slots_rrd_test_CPPFLAGS = $(AM_CPPFLAGS) $(RRD_CFLAGS)
t_unit_rate_slots_rrd_test_LDADD = libip2asn-core.la $(CUNIT_LIBS) $(RRD_LIBS)
endif

t_hosters_check_SOURCES = t/hosters_check.cc t/hosters/annotated_map.cc t/hosters/annotated_map.hh
t_hosters_check_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/hosters
t_unit_annotated_map_test_SOURCES = t/unit/annotated_map_test.cc t/hosters/annotated_map.cc t/hosters/annotated_map.hh
t_unit_annotated_map_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/t/hosters
t_unit_counters_test_CXXFLAGS = $(AM_CXXFLAGS) -pthread
t_unit_limits_test_CXXFLAGS = $(AM_CXXFLAGS) -pthread
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
noinst_HEADERS = \
	t/unit/corpus_made.hh \
	t/unit/mmdb_made.hh \
	t/unit/client_in.hh \
	t/unit/cunit_main.hh \
	t/unit/image_sample.hh \
	t/unit/image_walk.hh \
	t/unit/index_block_test.hh \
	t/unit/support.hh

include t/lib.mk
include t/cli/local.mk
include t/registry/local.mk
include t/fuzz/local.mk
include t/httpd.mk
include t/bench/local.mk

# Directories, because some names are as odd as the content.
EXTRA_DIST += t/data/bad t/data/good t/data/.gitattributes t/packages
