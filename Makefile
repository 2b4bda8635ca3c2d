# make            build build/sonde          make test    install what tests need, build, run every test
# make run        install, build, start      make bench   figures beside their peers
# make install    PREFIX= DESTDIR=           make asan / fuzz / lint / clean
#
# BUILD=dir, CC=clang and SAN=1 (address and undefined-behaviour sanitizers) make another flavour in its own folder.

CC := gcc
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)")
CLANG := clang
BPFTOOL := $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
COMPLETIONS_BASH := $(PREFIX)/share/bash-completion/completions
COMPLETIONS_ZSH := $(PREFIX)/share/zsh/site-functions
COMPLETIONS_FISH := $(PREFIX)/share/fish/vendor_completions.d

ROOMS := base table kernel identity symbols store query objects trace collectors exporters api agent cli
SOURCES := $(sort $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.c src/$(room)/*/*.c)))
BPF_SOURCES := $(filter %.bpf.c,$(SOURCES))
C_SOURCES := $(filter-out %.bpf.c,$(SOURCES))
OBJECTS := $(C_SOURCES:src/%.c=$(BUILD)/obj/%.o)
MAIN := $(BUILD)/obj/cli/main.o
LIBRARY_OBJECTS := $(filter-out $(MAIN),$(OBJECTS))
SKELETONS := $(BPF_SOURCES:src/%.bpf.c=$(BUILD)/skel/%.skel.h)

UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS := $(UNIT_SOURCES:tests/unit/%.c=$(BUILD)/tests/%)
PROGRAM_SOURCES := $(wildcard tests/programs/*.c)
PROGRAMS := $(PROGRAM_SOURCES:tests/programs/%.c=$(BUILD)/programs/%)
BPF_PROGRAM_SOURCES := $(wildcard tests/programs/bpf/*.bpf.c)
BPF_PROGRAMS := $(BPF_PROGRAM_SOURCES:tests/programs/bpf/%.bpf.c=$(BUILD)/programs/%.bpf.o)
REJECTED_SOURCES := $(wildcard tests/programs/rejected/*.bpf.c)
REJECTED := $(REJECTED_SOURCES:tests/programs/%.bpf.c=$(BUILD)/programs/%.bpf.o)
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)

OPT := -O2 -g
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-missing-field-initializers
CFLAGS := -std=gnu11 $(OPT) $(WARN) -D_GNU_SOURCE -DSONDE_VERSION=\"$(VERSION)\" -fno-omit-frame-pointer -fstack-protector-strong -pthread
INCLUDES := -Isrc -I$(BUILD)/skel -isystem $(BUILD)/duckdb_api
LIBS := -lbpf -ldw -lelf -lz -llzma -lmicrohttpd -lcurl -lyaml -ljansson -lseccomp -lncursesw -ltinfo -lm
LDFLAGS := -pthread -Wl,-z,relro,-z,now
ifdef SAN
CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDFLAGS += -fsanitize=address,undefined -Wl,--no-as-needed -lstdc++ # its exceptions must be known before DuckDB is loaded
endif
BPF_CFLAGS := -std=gnu11 -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-address-of-packed-member -Isrc \
	-idirafter /usr/include/x86_64-linux-gnu

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all run test check bench asan fuzz lint clean install uninstall deps docs

all: $(BUILD)/.deps
	@$(MAKE) --no-print-directory build

.PHONY: build
build: $(BUILD)/sonde

# Everything the build needs that Debian packages or npm provide; done again when the lists change.
$(BUILD)/.deps: scripts/packages.txt scripts/install-packages scripts/fetch-duckdb scripts/make-duckdb-api third_party/package-lock.json
	@mkdir -p $(BUILD)
	scripts/install-packages build
	scripts/fetch-duckdb $(BUILD)/duckdb
	scripts/make-duckdb-api $(BUILD)/duckdb $(BUILD)/duckdb_api
	@touch $@
deps: $(BUILD)/.deps

$(BUILD)/sonde: $(OBJECTS)
	$(call say,LINK $@)
	$(Q)$(CC) $(OBJECTS) $(LDFLAGS) $(LIBS) -o $@

$(BUILD)/obj/%.o: src/%.c $(BUILD)/.deps | $(SKELETONS)
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(CFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

$(BUILD)/bpf/%.bpf.o: src/%.bpf.c | $(BUILD)/.deps
	@mkdir -p $(@D)
	$(call say,BPF $<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

# A skeleton holds the object's bytes: the binary carries its kernel programs inside.
$(BUILD)/skel/%.skel.h: $(BUILD)/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(call say,SKEL $@)
	$(Q)$(BPFTOOL) gen skeleton $< name $(basename $(notdir $*))_bpf > $@

$(BUILD)/tests/%: tests/unit/%.c $(LIBRARY_OBJECTS)
	@mkdir -p $(@D)
	$(call say,TEST $<)
	$(Q)$(CC) $(CFLAGS) $(INCLUDES) -Itests -MMD -MP -MF $@.d $< $(LIBRARY_OBJECTS) $(LDFLAGS) $(LIBS) -lcmocka -o $@

$(BUILD)/programs/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(call say,PROG $<)
	$(Q)$(CC) -std=gnu11 -O2 -fno-omit-frame-pointer -Wall -Wextra -Werror -D_GNU_SOURCE -pthread $< -o $@

# Objects that users could have written: against the types of the running kernel.
$(BUILD)/programs/vmlinux.h:
	@mkdir -p $(@D)
	$(call say,TYPES $@)
	$(Q)$(BPFTOOL) btf dump file /sys/kernel/btf/vmlinux format c > $@

$(BUILD)/programs/%.bpf.o: tests/programs/bpf/%.bpf.c $(BUILD)/programs/vmlinux.h
	$(call say,BPF $<)
	$(Q)$(CLANG) -O2 -g -target bpf -D__TARGET_ARCH_x86 -Wall -Werror -I$(BUILD)/programs -idirafter /usr/include/x86_64-linux-gnu -c $< -o $@

# Objects with one mistake each, which the kernel must refuse.
$(BUILD)/programs/rejected/%.bpf.o: tests/programs/rejected/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF $<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

run: all
	$(BUILD)/sonde agent $(ARGS)

test: all
	scripts/install-packages test guest
	@$(MAKE) --no-print-directory check

# Every test of this build; the last line is "N passed, N failed".
check: $(BUILD)/sonde $(UNIT_TESTS) $(PROGRAMS) $(BPF_PROGRAMS) $(REJECTED) $(BUILD)/programs/nothing
	@tests/run $(BUILD) $(SUITE)

-include tests/fuzz/fuzz.mk tests/bench/bench.mk scripts/lint.mk

asan: all
	scripts/install-packages test
	@$(MAKE) --no-print-directory BUILD=build-asan SAN=1 CC=clang OPT="-O1 -g" deps
	@$(MAKE) --no-print-directory BUILD=build-asan SAN=1 CC=clang OPT="-O1 -g" check SUITE="unit e2e"

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/sonde
	install -m 755 $(BUILD)/sonde $(DESTDIR)$(PREFIX)/bin/sonde
	install -m 644 $(BUILD)/duckdb/libduckdb.so $(DESTDIR)$(PREFIX)/lib/sonde/libduckdb.so
	install -d $(DESTDIR)$(PREFIX)/share/sonde/tools
	install -m 755 tools/*.bt $(DESTDIR)$(PREFIX)/share/sonde/tools
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(COMPLETIONS_BASH) $(DESTDIR)$(COMPLETIONS_ZSH) $(DESTDIR)$(COMPLETIONS_FISH)
	$(BUILD)/sonde man > $(DESTDIR)$(PREFIX)/share/man/man1/sonde.1
	$(BUILD)/sonde completion bash > $(DESTDIR)$(COMPLETIONS_BASH)/sonde
	$(BUILD)/sonde completion zsh > $(DESTDIR)$(COMPLETIONS_ZSH)/_sonde
	$(BUILD)/sonde completion fish > $(DESTDIR)$(COMPLETIONS_FISH)/sonde.fish

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/lib/sonde $(DESTDIR)$(PREFIX)/share/sonde
	rm -f $(DESTDIR)$(PREFIX)/bin/sonde $(DESTDIR)$(PREFIX)/share/man/man1/sonde.1 $(DESTDIR)$(COMPLETIONS_BASH)/sonde \
		$(DESTDIR)$(COMPLETIONS_ZSH)/_sonde $(DESTDIR)$(COMPLETIONS_FISH)/sonde.fish

# The reference pages that the program itself writes.
docs: all
	@mkdir -p docs
	$(BUILD)/sonde tables -o markdown > docs/tables.md

clean:
	rm -rf build build-*

-include $(OBJECTS:.o=.d) $(BPF_SOURCES:src/%.bpf.c=$(BUILD)/bpf/%.bpf.d) $(UNIT_TESTS:=.d)
