# Fuzzers. `make fuzz` builds one for each target with clang's libFuzzer and sanitizers; after `make clean-fuzz`, `make
# fuzz FUZZ_CXX=afl-clang-fast++` (Debian's 'afl++') builds the same ones for AFL++; `make check` replays what is kept.
# Warnings are the ordinary build's affair.
fuzz_targets = address bulk gzip hosters image lists mmdb names request source
fuzz_cores = $(filter %.cc,$(libip2asn_core_la_SOURCES))
fuzz_libs = $(ZLIB_LIBS) $(UNPACK_LIBS) $(NETTLE_LIBS)
if TOOL_ENABLED
fuzz_targets += registry
fuzz_cores += $(filter %.cc,$(libip2asn_net_la_SOURCES))
fuzz_libs += $(CURL_LIBS)
endif
FUZZ_CXX = clang++
FUZZ_CXXFLAGS = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
fuzz_compile = $(FUZZ_CXX) $(AM_CPPFLAGS) -I$(top_srcdir)/t $(RAPIDJSON_CFLAGS) $(CPPFLAGS) -std=c++20 -w \
	$(FUZZ_CXXFLAGS) -fsanitize-ignorelist=$(srcdir)/t/fuzz/ignored

if TESTS_ENABLED
check_PROGRAMS += t/fuzz/replay_test
TESTS += t/fuzz/replay_test
t_fuzz_replay_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t $(RAPIDJSON_CFLAGS)
t_fuzz_replay_test_SOURCES = \
	t/fuzz/address.cc \
	t/fuzz/base.cc \
	t/fuzz/base.hh \
	t/fuzz/bulk.cc \
	t/fuzz/gzip.cc \
	t/fuzz/hosters.cc \
	t/fuzz/image.cc \
	t/fuzz/lists.cc \
	t/fuzz/mmdb.cc \
	t/fuzz/names.cc \
	t/fuzz/replay_test.cc \
	t/fuzz/request.cc \
	t/fuzz/source.cc \
	t/fuzz/targets.hh
if TOOL_ENABLED
t_fuzz_replay_test_SOURCES += t/fuzz/registry.cc
t_fuzz_replay_test_CPPFLAGS += -DWITH_REGISTRIES=1
t_fuzz_replay_test_LDADD = libip2asn-net.la libip2asn-core.la
else
t_fuzz_replay_test_LDADD = libip2asn-core.la
endif
endif
EXTRA_DIST += t/fuzz/corpus t/fuzz/entry.cc t/fuzz/ignored

.PHONY: fuzz
fuzz: $(fuzz_targets:%=t/fuzz/%_fuzzer)
$(fuzz_targets:%=t/fuzz/%_fuzzer): t/fuzz/%_fuzzer: t/fuzz/objects/t/fuzz/%.o t/fuzz/objects/t/fuzz/base.o \
		t/fuzz/entry.cc \
		$(fuzz_cores:%.cc=t/fuzz/objects/%.o)
	$(AM_V_CXXLD)$(fuzz_compile) -fsanitize=fuzzer -DFUZZ_TARGET=$* $(srcdir)/t/fuzz/entry.cc $(filter %.o,$^) \
		$(fuzz_libs) -o $@
t/fuzz/objects/%.o: %.cc
	$(AM_V_CXX)$(MKDIR_P) $(@D) && $(fuzz_compile) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
-include $(wildcard t/fuzz/objects/*/*/*.d)

clean-local: clean-fuzz
.PHONY: clean-fuzz
clean-fuzz:
	rm -rf t/fuzz/objects $(fuzz_targets:%=t/fuzz/%_fuzzer)
