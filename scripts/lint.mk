# make lint       every check of the source; each is also a target of its own (lint-tidy, lint-format, …)
# What has been found clean is remembered under $(BUILD)/lint until the file or one of its headers changes.

LINT_FILES = $(shell git ls-files --cached --others --exclude-standard -- '*.c' '*.h')
LINT_SHELL = $(shell git ls-files --cached --others --exclude-standard -- '*.sh' scripts tests .ci | sort -u | \
	xargs -r awk 'FNR == 1 && /^\#!\/bin\/(ba)?sh/ { print FILENAME }')
LINT_SOURCES := $(C_SOURCES)
LINT_FLAGS = $(filter-out -Werror,$(CFLAGS)) $(INCLUDES)
TIDY_STAMPS := $(LINT_SOURCES:src/%.c=$(BUILD)/lint/%.tidy)

LINTS := lint-includes lint-addresses lint-shell lint-format lint-cppcheck lint-tidy lint-clang

.PHONY: lint lint-checks $(LINTS)

# As many jobs as processors, unless the caller said how many.
lint: deps
	@scripts/install-packages lint
	@$(MAKE) --no-print-directory --output-sync --keep-going $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc)) lint-checks
	@echo "lint: clean"
lint-checks: $(LINTS)

lint-includes:
	@scripts/check-includes

# Where packages come from is a matter of the machine, never of a committed file.
REGISTRY_HOSTS := registry[.](npmjs|yarnpkg)|pythonhosted[.]org|pypi[.]org|crates[.]io|(proxy|sum)[.]golang|(deb|security)[.]debian|rubygems[.]org
lint-addresses:
	@if git grep -nIE '$(REGISTRY_HOSTS)|"resolved": *"http'; then \
		echo "lint-addresses: the lines above name a package registry's address"; exit 1; fi

lint-shell:
	@shellcheck --severity=warning --exclude=SC1090,SC1091,SC2119,SC2120,SC2154 $(LINT_SHELL)

lint-format:
	@! clang-format --dry-run -Werror $(LINT_FILES) 2>&1 | sed -n 's/^\([^:]*\):.*error: .*/clang-format -i \1/p' | sort -u | grep .

# cppcheck reads no system header: macros that look like loops are told to it.
CPPCHECK_DEFINES := -D_GNU_SOURCE -D__x86_64__ -DSONDE_VERSION='"lint"' '-Djson_array_foreach(a,i,v)=for(i=0;(v=json_array_get(a,i));i++)' \
	'-Djson_object_foreach(o,k,v)=for(;(v=json_object_get(o,k));)'
lint-cppcheck: $(SKELETONS)
	@mkdir -p $(BUILD)/lint/cppcheck
	@cppcheck --quiet --enable=warning,performance,portability --inline-suppr --suppressions-list=scripts/cppcheck.txt \
		--error-exitcode=1 --std=c11 --language=c $(CPPCHECK_DEFINES) -Isrc \
		--cppcheck-build-dir=$(BUILD)/lint/cppcheck -j$(shell nproc) $(LINT_SOURCES)

lint-tidy: $(TIDY_STAMPS)

# After the object: its .d file names the headers, so that the stamp is as old as all that was read.
$(BUILD)/lint/%.tidy: $(BUILD)/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@echo "  TIDY src/$*.c"
	@clang-tidy --quiet --warnings-as-errors='*' src/$*.c -- $(LINT_FLAGS) 2>$@.log || { grep -v 'warnings generated' $@.log; exit 1; }
	@touch $@

# A second compiler over everything, in its own folder; the first one's warnings are errors in every build.
lint-clang:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-clang CC=clang OPT="-O1 -g" deps
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-clang CC=clang OPT="-O1 -g" compile

.PHONY: compile
compile: $(OBJECTS) $(UNIT_TESTS) $(PROGRAMS)
