# mod_ip2asn.so. Its version script exports the module record alone.
module_LTLIBRARIES = mod_ip2asn.la
mod_ip2asn_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS) -DAP_HAVE_C99 $(RAPIDJSON_CFLAGS) $(NETTLE_CFLAGS) \
	-DIP2ASN_CACHE_DIR='"$(cachedir)"' -DIP2ASN_HOSTER_MAP='"$(pkgdatadir)/hosters.conf"'
mod_ip2asn_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(top_srcdir)/src/module/mod_ip2asn.map
mod_ip2asn_la_DEPENDENCIES = libip2asn-core.la src/module/mod_ip2asn.map
mod_ip2asn_la_LIBADD = libip2asn-core.la
mod_ip2asn_la_SOURCES = \
	src/module/advice/advice.cc \
	src/module/advice/advice.hh \
	src/module/advice/config_tree.cc \
	src/module/advice/config_tree.hh \
	src/module/advice/countries.cc \
	src/module/advice/engine.cc \
	src/module/advice/merging.cc \
	src/module/advice/places.cc \
	src/module/advice/places.hh \
	src/module/advice/sections.cc \
	src/module/advice/sections.hh \
	src/module/annotate.cc \
	src/module/annotate.hh \
	src/module/authz/authz.hh \
	src/module/authz/judge.cc \
	src/module/authz/parse.cc \
	src/module/authz/providers.cc \
	src/module/authz/report.cc \
	src/module/authz/requirement.hh \
	src/module/client_address.hh \
	src/module/claim.cc \
	src/module/claim.hh \
	src/module/count.cc \
	src/module/count.hh \
	src/module/count_places.cc \
	src/module/count_places.hh \
	src/module/count_tick.cc \
	src/module/count_tick.hh \
	src/module/dir_config.cc \
	src/module/dir_config.hh \
	src/module/directives.cc \
	src/module/endpoint/bulk.cc \
	src/module/endpoint/caching.cc \
	src/module/endpoint/caching.hh \
	src/module/endpoint/delivery.cc \
	src/module/endpoint/delivery.hh \
	src/module/endpoint/held_index.cc \
	src/module/endpoint/held_index.hh \
	src/module/endpoint/hexadecimal.hh \
	src/module/endpoint/html.cc \
	src/module/endpoint/html.hh \
	src/module/endpoint/lists.cc \
	src/module/endpoint/lists.hh \
	src/module/endpoint/openapi.cc \
	src/module/endpoint/openapi.hh \
	src/module/endpoint/respond.cc \
	src/module/endpoint/respond.hh \
	src/module/endpoint/route.cc \
	src/module/endpoint/route.hh \
	src/module/endpoint/single.cc \
	src/module/endpoint/single.hh \
	src/module/endpoint/sinks.cc \
	src/module/endpoint/sinks.hh \
	src/module/endpoint/stream.cc \
	src/module/endpoint/stream.hh \
	src/module/endpoint/style.hh \
	src/module/expr.cc \
	src/module/expr.hh \
	src/module/forgery.cc \
	src/module/forgery.hh \
	src/module/forwarded.cc \
	src/module/forwarded.hh \
	src/module/generations.cc \
	src/module/generations.hh \
	src/module/global_config.cc \
	src/module/global_config.hh \
	src/module/handler.cc \
	src/module/handler.hh \
	src/module/hooks.cc \
	src/module/httpd.hh \
	src/module/index_store.cc \
	src/module/index_store.hh \
	src/module/limit.cc \
	src/module/limit.hh \
	src/module/limit_setting.cc \
	src/module/mod_ip2asn.c \
	src/module/names.cc \
	src/module/names.hh \
	src/module/network.cc \
	src/module/network.hh \
	src/module/obstacles.cc \
	src/module/obstacles.hh \
	src/module/query.cc \
	src/module/query.hh \
	src/module/retained.cc \
	src/module/retained.hh \
	src/module/refresher.cc \
	src/module/refresher.hh \
	src/module/send.cc \
	src/module/send.hh \
	src/module/status/data.cc \
	src/module/status/data.hh \
	src/module/status/hoster_classes.hh \
	src/module/status/metrics.cc \
	src/module/status/metrics.hh \
	src/module/status/page.cc \
	src/module/status/page.hh \
	src/module/status/page_ases.cc \
	src/module/status/page_look.hh \
	src/module/status/page_parts.cc \
	src/module/status/page_parts.hh \
	src/module/status/recent_data.cc \
	src/module/status/recent_data.hh \
	src/module/status/server_status.cc \
	src/module/status/server_status.hh \
	src/module/status/status.cc \
	src/module/status/status.hh \
	src/module/status/view.cc \
	src/module/status/view.hh
EXTRA_DIST += src/module/mod_ip2asn.map

# libtool's .la file is of no use to httpd.
install-data-hook:
	rm -f $(DESTDIR)$(moduledir)/mod_ip2asn.la
uninstall-hook:
	rm -f $(DESTDIR)$(moduledir)/mod_ip2asn.so
