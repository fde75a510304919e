# What keeps the standard: formatting, static analysis, spelling. Each target names the Debian package of its program.
cxx_files = cd $(srcdir) && find src t -name '*.cc' -o -name '*.hh' | sort
shell_files = cd $(srcdir) && { find scripts t .ci -type f ! -name '*.mk' | xargs grep -lE '^\#!/bin/(ba)?sh|^\# shellcheck shell='; } | sort

.PHONY: format format-check tidy compile-commands check-unit
# clang-format
format:
	$(cxx_files) | xargs clang-format -i

# clang-format, shellcheck, codespell
format-check:
	$(cxx_files) | xargs clang-format --dry-run -Werror
	$(shell_files) | xargs shellcheck -x
	cd $(srcdir) && codespell -q 3 README docs src scripts conf CONTRIBUTING.md SECURITY.md --skip '*/hosters.conf' -L $(spelled_so)
# AS names, and words that only look misspelt.
spelled_so = parms,asai

# clang-tidy; bear for compile_commands.json
tidy: compile-commands
	cd $(srcdir) && find src -name '*.cc' | sort | xargs -P 2 -n 4 clang-tidy -p $(abs_builddir) --quiet

compile-commands:
	test -e compile_commands.json || { $(MAKE) $(AM_MAKEFLAGS) clean >/dev/null; bear -- $(MAKE) $(AM_MAKEFLAGS); }

check-unit:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(UNIT_TESTS)'
