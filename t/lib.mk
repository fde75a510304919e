# libip2asn, the shared library.
if TESTS_ENABLED
UNIT_TESTS += t/unit/lib_test
t_unit_lib_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/include
t_unit_lib_test_LDADD = libip2asn.la $(CUNIT_LIBS) $(ZLIB_LIBS)
t_unit_lib_test_CXXFLAGS = $(AM_CXXFLAGS) -pthread
TESTS += t/lib.sh
t/lib.log: libip2asn.la
endif
EXTRA_DIST += t/lib.sh
