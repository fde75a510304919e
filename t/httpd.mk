# The Apache::Test suite, once for each MPM, and what the module exports.
MODULE_T_FILES = \
	t/acceptance.t \
	t/access.t \
	t/advice.t \
	t/api-bodies.t \
	t/api-openapi.t \
	t/api.t \
	t/broken-answers.t \
	t/cache-places.t \
	t/configtest.t \
	t/connections.t \
	t/count.t \
	t/doors.t \
	t/env.t \
	t/export.t \
	t/expr.t \
	t/file-limit.t \
	t/first-data.t \
	t/forged.t \
	t/fresh-answers.t \
	t/handler.t \
	t/hooks.t \
	t/hostile.t \
	t/installs.t \
	t/lifecycle.t \
	t/limit.t \
	t/lists.t \
	t/log-readers.t \
	t/logged.t \
	t/manual.t \
	t/names.t \
	t/obstacles.t \
	t/places.t \
	t/proxy-unseen.t \
	t/recipes.t \
	t/recipes-answers.t \
	t/recipes-proxies.t \
	t/refresh.t \
	t/requests.t \
	t/restart.t \
	t/settings.t \
	t/shipped.t \
	t/soak-text.t \
	t/status.t \
	t/stock.t \
	t/turns.t \
	t/upgrade.t
MODULE_CHECKS = \
	t/config-members.sh \
	t/layers.sh \
	t/httpd-event.sh \
	t/httpd-prefork.sh \
	t/httpd-worker.sh \
	t/layouts.sh \
	t/messages.sh \
	t/module-symbols.sh
EXTRA_DIST += $(MODULE_T_FILES) $(MODULE_CHECKS) t/run-httpd-tests t/TEST.PL t/cgi-bin t/conf t/htdocs t/lib \
	t/data/httpd.tsv t/data/httpd-hosters.conf t/browser

TEST_EXTENSIONS = .sh
AM_TESTS_ENVIRONMENT = \
	CC='$(CC)' CXX='$(CXX)' SANITIZER_FLAGS='$(SANITIZER_FLAGS)' APXS='$(APXS)' HTTPD='$(HTTPD)' PERL='$(PERL)' MODULE='$(abs_builddir)/.libs/mod_ip2asn.so'; \
	export CC CXX SANITIZER_FLAGS APXS HTTPD PERL MODULE;
if TESTS_ENABLED
TESTS += $(MODULE_CHECKS)
# The order of hooks; and a client without an internet address, which no listener of httpd's brings about.
check_LTLIBRARIES = t/modules/mod_hook_order.la t/modules/mod_no_address.la
t_modules_mod_hook_order_la_SOURCES = t/modules/mod_hook_order.c
t_modules_mod_hook_order_la_CPPFLAGS = $(HTTPD_CPPFLAGS)
t_modules_mod_hook_order_la_LDFLAGS = -module -avoid-version -shared -rpath $(abs_builddir)/t/modules
t_modules_mod_no_address_la_SOURCES = t/modules/mod_no_address.c
t_modules_mod_no_address_la_CPPFLAGS = $(HTTPD_CPPFLAGS)
t_modules_mod_no_address_la_LDFLAGS = -module -avoid-version -shared -rpath $(abs_builddir)/t/modules
endif
