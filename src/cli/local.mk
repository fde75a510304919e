# ip2asn, the command-line tool: one file a subcommand. All of it but main() is a library, which its tests link, too.
if TOOL_ENABLED
noinst_LTLIBRARIES += libip2asn-cli.la
libip2asn_cli_la_CPPFLAGS = $(AM_CPPFLAGS) $(RAPIDJSON_CFLAGS) $(ZLIB_CFLAGS) $(CAIRO_CFLAGS) $(CARES_CFLAGS) $(PCRE2_CFLAGS) $(CURL_CFLAGS) $(IDN2_CFLAGS) \
	-DIP2ASN_BOOTSTRAP_DIR='"$(ianadir)"' \
	-DIP2ASN_DEFAULT_DATABASE='"$(default_database)"' -DIP2ASN_HOSTER_MAP='"$(default_hoster_map)"'
libip2asn_cli_la_CXXFLAGS = $(AM_CXXFLAGS) -pthread
libip2asn_cli_la_LIBADD = libip2asn-net.la libip2asn-core.la $(ZLIB_LIBS) $(CAIRO_LIBS) $(CARES_LIBS) $(CSV_LIBS) $(IDN2_LIBS) $(PCRE2_LIBS) $(CURL_LIBS)
libip2asn_cli_la_SOURCES = \
	src/cli/accept.cc \
	src/cli/annotate.cc \
	src/cli/annotate_address.cc \
	src/cli/annotate_address.hh \
	src/cli/annotate_block.cc \
	src/cli/annotate_block.hh \
	src/cli/annotate_columns.cc \
	src/cli/annotate_columns.hh \
	src/cli/annotate_dated.cc \
	src/cli/annotate_find.cc \
	src/cli/annotate_find.hh \
	src/cli/annotate_follow.cc \
	src/cli/annotate_follow.hh \
	src/cli/annotate_format.cc \
	src/cli/annotate_format.hh \
	src/cli/annotate_format_json.cc \
	src/cli/annotate_heads.cc \
	src/cli/annotate_input.cc \
	src/cli/annotate_input.hh \
	src/cli/annotate_json.cc \
	src/cli/annotate_json.hh \
	src/cli/annotate_keys.cc \
	src/cli/annotate_keys.hh \
	src/cli/annotate_kind.cc \
	src/cli/annotate_kind.hh \
	src/cli/annotate_options.cc \
	src/cli/annotate_options.hh \
	src/cli/annotate_place.hh \
	src/cli/annotate_shape.hh \
	src/cli/annotate_shapes.cc \
	src/cli/annotate_summary.cc \
	src/cli/annotate_summary.hh \
	src/cli/annotate_words.hh \
	src/cli/answer.cc \
	src/cli/answer.hh \
	src/cli/answer_source.hh \
	src/cli/args.cc \
	src/cli/args.hh \
	src/cli/command.hh \
	src/cli/commands.cc \
	src/cli/compile.cc \
	src/cli/coverage.cc \
	src/cli/crawl.cc \
	src/cli/crawl/choices.cc \
	src/cli/crawl/choices.hh \
	src/cli/crawl/files.cc \
	src/cli/crawl/files.hh \
	src/cli/crawl/import.cc \
	src/cli/crawl/import.hh \
	src/cli/crawl/lanes.cc \
	src/cli/crawl/lanes.hh \
	src/cli/crawl/popular.cc \
	src/cli/crawl/popular.hh \
	src/cli/crawl/report.cc \
	src/cli/crawl/report.hh \
	src/cli/crawl/shares.cc \
	src/cli/crawl/shares.hh \
	src/cli/crawl/world.cc \
	src/cli/crawl/world.hh \
	src/cli/database_options.cc \
	src/cli/database_options.hh \
	src/cli/describe.cc \
	src/cli/describe.hh \
	src/cli/dump.cc \
	src/cli/endpoint_client.cc \
	src/cli/endpoint_client.hh \
	src/cli/export_format.cc \
	src/cli/export_format.hh \
	src/cli/gzip.cc \
	src/cli/gzip.hh \
	src/cli/info.cc \
	src/cli/lines.cc \
	src/cli/lines.hh \
	src/cli/lookup.cc \
	src/cli/manual.cc \
	src/cli/manual.hh \
	src/cli/options.cc \
	src/cli/options.hh \
	src/cli/open_database.cc \
	src/cli/open_database.hh \
	src/cli/output.cc \
	src/cli/output.hh \
	src/cli/progress.cc \
	src/cli/progress.hh \
	src/cli/refreshers.cc \
	src/cli/refreshers.hh \
	src/cli/registry_client.cc \
	src/cli/registry_client.hh \
	src/cli/registry_options.cc \
	src/cli/registry_options.hh \
	src/cli/report/chart.hh \
	src/cli/report/chart_png.cc \
	src/cli/report/chart_svg.cc \
	src/cli/report/page.cc \
	src/cli/report/page.hh \
	src/cli/server_answers.cc \
	src/cli/server_answers.hh \
	src/cli/server_reply.cc \
	src/cli/server_reply.hh \
	src/cli/stop_signals.cc \
	src/cli/stop_signals.hh \
	src/cli/survey.cc \
	src/cli/survey/cache.cc \
	src/cli/survey/cache.hh \
	src/cli/survey/csv.cc \
	src/cli/survey/csv.hh \
	src/cli/survey/host_name.cc \
	src/cli/survey/host_name.hh \
	src/cli/survey/input.cc \
	src/cli/survey/input.hh \
	src/cli/survey/input_json.cc \
	src/cli/survey/input_table.cc \
	src/cli/survey/mapping.cc \
	src/cli/survey/mapping.hh \
	src/cli/survey/report_csv.cc \
	src/cli/survey/report_files.cc \
	src/cli/survey/report_html.cc \
	src/cli/survey/report_text.cc \
	src/cli/survey/reports.hh \
	src/cli/survey/resolver.cc \
	src/cli/survey/resolver.hh \
	src/cli/survey/surveyor.cc \
	src/cli/survey/surveyor.hh \
	src/cli/survey/totals.cc \
	src/cli/survey/totals.hh \
	src/cli/survey/window.hh \
	src/cli/telemetry.cc \
	src/cli/verify.cc \
	src/cli/verify_list.cc \
	src/cli/verify_list.hh \
	src/cli/whois.cc \
	src/cli/whois_cache.cc \
	src/cli/whois_cache.hh \
	src/cli/write_file.cc \
	src/cli/write_file.hh

bin_PROGRAMS += ip2asn
ip2asn_CPPFLAGS = $(libip2asn_cli_la_CPPFLAGS)
ip2asn_CXXFLAGS = $(libip2asn_cli_la_CXXFLAGS)
ip2asn_LDADD = libip2asn-cli.la
ip2asn_SOURCES = src/cli/main.cc

# Where the tool looks when the command line names nothing.
default_database = $(localstatedir)/lib/ip2asn/ip2asn-combined.tsv.gz
default_hoster_map = $(pkgdatadir)/hosters.conf

endif

# The completion's file must have the name of the command.
bashcompletiondir = $(datadir)/bash-completion/completions
EXTRA_DIST += src/cli/bash-completion/ip2asn
if TOOL_ENABLED
bashcompletion_DATA = src/cli/bash-completion/ip2asn
endif
