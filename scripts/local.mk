# The update of the data, with its user and its timers. The script calls the tool.
systemdunitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
units = conf/ip2asn-feeds.service conf/ip2asn-update.service
timers = conf/ip2asn-feeds.timer conf/ip2asn-update.timer
sysusers = conf/sysusers.d/ip2asn.conf
if TOOL_ENABLED
bin_SCRIPTS = scripts/ip2asn-update
systemdunit_DATA = $(units) $(timers)
sysusers_DATA = $(sysusers)
endif
where = $(SED) -e 's|@bindir[@]|$(bindir)|g' -e 's|@datadir[@]|$(localstatedir)/lib/ip2asn|g'
$(units): Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && $(where) $(srcdir)/$@.in > $@.tmp && mv $@.tmp $@
conf/ip2asn-feeds.service: conf/ip2asn-feeds.service.in
conf/ip2asn-update.service: conf/ip2asn-update.service.in
$(sysusers): conf/ip2asn.sysusers.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf/sysusers.d && $(where) $(srcdir)/conf/ip2asn.sysusers.in > $@.tmp && mv $@.tmp $@
CLEANFILES += $(units) $(sysusers)
EXTRA_DIST += conf/ip2asn-feeds.service.in conf/ip2asn-update.service.in conf/ip2asn.sysusers.in $(timers) scripts/ip2asn-update
