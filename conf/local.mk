# What goes into httpd's configuration, in Debian's layout for a2enmod.
dist_pkgdata_DATA = conf/feeds.conf conf/hosters.conf
# IANA's tables of the registries' RDAP services (RFC 9224), as published on the dates in them.
ianadir = $(pkgdatadir)/iana
dist_iana_DATA = conf/iana/asn.json conf/iana/ipv4.json conf/iana/ipv6.json
EXTRA_DIST += conf/ip2asn.conf conf/ip2asn.load

modsdir = $(httpdconfdir)/mods-available
debian_layout = test '$(httpdconfdir)' = /etc/apache2 || test -d '$(modsdir)' || test -d '$(DESTDIR)$(modsdir)'
substituted_load = $(SED) 's|/usr/lib/apache2/modules|$(moduledir)|' '$(srcdir)/conf/ip2asn.load'

# Debian's administrators switch modules on by a2enmod: then the networks of all requests are logged, as soon as there is data.
debian_conf = conf/mods-available/ip2asn.conf
noinst_DATA = $(debian_conf)
$(debian_conf): conf/ip2asn.conf Makefile
	$(AM_V_GEN)$(MKDIR_P) conf/mods-available && \
	$(SED) -e 's,^\#\(IP2ASNDatabase\|IP2ASNOnBadData\|IP2ASNEngine\|GlobalLog\) ,\1 ,' \
	  -e 's,/var/lib/ip2asn,$(localstatedir)/lib/ip2asn,' $(srcdir)/conf/ip2asn.conf > $@.tmp && mv $@.tmp $@
CLEANFILES += $(debian_conf)

# An ip2asn.conf that is there already is the administrator's own, and stays; unless it is as we made it, also when uninstalling.
install-data-local:
	@if $(debian_layout); then \
	  $(MKDIR_P) '$(DESTDIR)$(modsdir)' && \
	  $(substituted_load) >'$(DESTDIR)$(modsdir)/ip2asn.load' && chmod 644 '$(DESTDIR)$(modsdir)/ip2asn.load' && \
	  if test -e '$(DESTDIR)$(modsdir)/ip2asn.conf'; then \
	    echo "$(DESTDIR)$(modsdir)/ip2asn.conf is there already and stays as it is"; \
	  else \
	    $(INSTALL_DATA) '$(debian_conf)' '$(DESTDIR)$(modsdir)/ip2asn.conf'; \
	  fi; \
	else \
	  $(MKDIR_P) '$(DESTDIR)$(pkgdatadir)' && \
	  $(substituted_load) >'$(DESTDIR)$(pkgdatadir)/ip2asn.load' && chmod 644 '$(DESTDIR)$(pkgdatadir)/ip2asn.load' && \
	  $(INSTALL_DATA) '$(srcdir)/conf/ip2asn.conf' '$(DESTDIR)$(pkgdatadir)/ip2asn.conf' && \
	  echo "add to the httpd.conf in $(httpdconfdir):" && \
	  echo "    Include $(pkgdatadir)/ip2asn.load" && \
	  echo "    Include $(pkgdatadir)/ip2asn.conf"; \
	fi
uninstall-local:
	-@if cmp -s '$(debian_conf)' '$(DESTDIR)$(modsdir)/ip2asn.conf'; then \
	  rm -f '$(DESTDIR)$(modsdir)/ip2asn.conf'; \
	fi
	-@rm -f '$(DESTDIR)$(modsdir)/ip2asn.load' '$(DESTDIR)$(pkgdatadir)/ip2asn.load' '$(DESTDIR)$(pkgdatadir)/ip2asn.conf'

# Without these, the installation that `make distcheck` tries would go to where the system's httpd lives.
AM_DISTCHECK_CONFIGURE_FLAGS = \
	--with-module-dir='$${libdir}/apache2/modules' --with-httpd-conf-dir='$${sysconfdir}/apache2'
