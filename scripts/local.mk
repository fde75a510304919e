# The update of the data, and its timer. The script calls the tool.
systemdunitdir = $(prefix)/lib/systemd/system
if TOOL_ENABLED
bin_SCRIPTS = scripts/ip2asn-update
systemdunit_DATA = conf/ip2asn-feeds.service conf/ip2asn-feeds.timer conf/ip2asn-update.service conf/ip2asn-update.timer
endif
conf/ip2asn-update.service: conf/ip2asn-update.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && $(SED) -e 's|@bindir[@]|$(bindir)|g' -e 's|@datadir[@]|$(localstatedir)/lib/ip2asn|g' \
	  $(srcdir)/conf/ip2asn-update.service.in > $@.tmp && mv $@.tmp $@
conf/ip2asn-feeds.service: conf/ip2asn-feeds.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && $(SED) -e 's|@bindir[@]|$(bindir)|g' -e 's|@datadir[@]|$(localstatedir)/lib/ip2asn|g' \
	  $(srcdir)/conf/ip2asn-feeds.service.in > $@.tmp && mv $@.tmp $@
CLEANFILES += conf/ip2asn-feeds.service conf/ip2asn-update.service
EXTRA_DIST += conf/ip2asn-feeds.service.in conf/ip2asn-feeds.timer conf/ip2asn-update.service.in conf/ip2asn-update.timer scripts/ip2asn-update
