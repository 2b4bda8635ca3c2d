# make fuzz [FUZZ_SECONDS=30] [FUZZ=name]     every tests/fuzz/fuzz_NAME.c, or the named one, for so long each
# Seeds are in tests/fuzz/corpus/NAME (committed, small); words of the format in tests/fuzz/NAME.dict, when there are any.
# FUZZ_SECONDS=0 only runs the seeds. What is found is under build-fuzz: findings/NAME-*, and the grown corpus.
# A fuzzer is a file with LLVMFuzzerTestOneInput; it is linked with whatever of the program it calls.

FUZZ_SECONDS ?= 30
FUZZ ?=
FUZZ_BUILD := build-fuzz
FUZZ_NAMES := $(if $(FUZZ),$(FUZZ),$(FUZZ_SOURCES:tests/fuzz/fuzz_%.c=%))
FUZZ_MAKE = $(MAKE) --no-print-directory --output-sync BUILD=$(FUZZ_BUILD) CC=clang SAN=1 OPT="-O1 -g -fsanitize=fuzzer-no-link"

fuzz:
	@scripts/install-packages build fuzz
	@$(FUZZ_MAKE) deps
	@$(FUZZ_MAKE) --keep-going $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc)) $(FUZZ_NAMES:%=fuzz-run-%)

# An archive, so that each fuzzer gets only the objects that it calls.
$(FUZZ_BUILD)/sonde.a: $(LIBRARY_OBJECTS)
	@rm -f $@
	@ar rcs $@ $(LIBRARY_OBJECTS)

$(FUZZ_BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_BUILD)/sonde.a
	@mkdir -p $(@D)
	$(call say,FUZZ $<)
	$(Q)$(CC) $(filter-out -Wmissing-prototypes,$(CFLAGS)) -fsanitize=fuzzer $(INCLUDES) $< $(FUZZ_BUILD)/sonde.a \
		-Wl,--as-needed $(LDFLAGS) $(LIBS) -o $@

# New inputs go to the first folder; the seeds are only read.
.PHONY: $(FUZZ_NAMES:%=fuzz-run-%)
$(FUZZ_NAMES:%=fuzz-run-%): fuzz-run-%: $(FUZZ_BUILD)/fuzz_%
	@mkdir -p $(FUZZ_BUILD)/corpus/$* $(FUZZ_BUILD)/findings
	@$< $(if $(filter 0,$(FUZZ_SECONDS)),-runs=0,-max_total_time=$(FUZZ_SECONDS)) -timeout=10 -rss_limit_mb=2048 -close_fd_mask=3 \
		-print_final_stats=1 -artifact_prefix=$(FUZZ_BUILD)/findings/$*- $(addprefix -dict=,$(wildcard tests/fuzz/$*.dict)) \
		$(FUZZ_BUILD)/corpus/$* $(wildcard tests/fuzz/corpus/$*) >$(FUZZ_BUILD)/fuzz_$*.log 2>&1 \
		|| { tail -n 60 $(FUZZ_BUILD)/fuzz_$*.log; echo "fuzz $*: a finding, see $(FUZZ_BUILD)/findings"; exit 1; }
	@echo "fuzz $*: $$(sed -n 's/^stat::number_of_executed_units: *//p' $(FUZZ_BUILD)/fuzz_$*.log) runs, nothing found"
