# The manual pages. Those of the tool's commands are made of what the tool prints from its tables of options, which is kept
# here so that no build has to run the tool, and of a description in man/description/. 'make manual' prints them again;
# t/cli/usage.t asserts that they are as the tool prints them.
commands = accept annotate compile coverage crawl dump info lookup survey telemetry verify whois
command_pages = $(commands:%=man/ip2asn-%.1)
EXTRA_DIST += man/ip2asn.1.in man/commands.man $(commands:%=man/ip2asn-%.1.in) $(commands:%=man/description/%.man)
if TOOL_ENABLED
man_MANS = man/ip2asn.1 $(command_pages)
dist_man5_MANS = man/ip2asn-feeds.5 man/ip2asn-hosters.5 man/ip2asn-index.5 man/ip2asn-list.5 man/ip2asn-source.5
dist_man8_MANS = man/ip2asn-update.8
endif
CLEANFILES += man/ip2asn.1 $(command_pages)

fill_in = $(SED) -e 's|@version[@]|$(PACKAGE_VERSION)|g' -e 's|@default_database[@]|$(default_database)|g' \
	-e 's|@bootstrap_dir[@]|$(ianadir)|g' -e 's|@default_hoster_map[@]|$(default_hoster_map)|g'
man/ip2asn.1: man/ip2asn.1.in man/commands.man Makefile
	$(AM_V_GEN)$(MKDIR_P) man && $(SED) -e '/^@commands[@]$$/{r $(srcdir)/man/commands.man' -e 'd}' $(srcdir)/man/ip2asn.1.in \
	  | $(fill_in) > $@.tmp && mv $@.tmp $@
man/ip2asn-%.1: man/ip2asn-%.1.in man/description/%.man Makefile
	$(AM_V_GEN)$(MKDIR_P) man && \
	$(SED) -e '/^@description[@]$$/{r $(srcdir)/man/description/$*.man' -e 'd}' $(srcdir)/man/ip2asn-$*.1.in \
	  | $(fill_in) > $@.tmp && mv $@.tmp $@

# Prints the pages of the commands and the completion again.
.PHONY: manual
manual: ip2asn$(EXEEXT)
	for each in $(commands); do ./ip2asn$(EXEEXT) help --man $$each >$(srcdir)/man/ip2asn-$$each.1.in || exit; done
	./ip2asn$(EXEEXT) help --man >$(srcdir)/man/commands.man
	./ip2asn$(EXEEXT) help --completion >$(srcdir)/src/cli/bash-completion/ip2asn
