# make bench [BENCH_ROUNDS=5] [BENCH_AGENT="--collectors process,file"] [BENCH="idle spawn syscalls switches failures block open tail count crowd trace"]     figures as a markdown table on stdout, progress on stderr

BENCH ?=
BENCH_ROUNDS ?= 5

bench: all
	@scripts/install-packages test bench
	@$(MAKE) --no-print-directory --silent $(PROGRAMS) $(BUILD)/programs/nothing >&2
	@BUILD=$(abspath $(BUILD)) BENCH_ROUNDS=$(BENCH_ROUNDS) BENCH_AGENT="$(BENCH_AGENT)" tests/bench/run $(BENCH)

$(BUILD)/programs/nothing: tests/bench/nothing.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -static -nostdlib $< -o $@

# How many rows a second the store takes: make build/bench_store && build/bench_store EMPTY_DIR [ROWS]
# What it costs while little happens: make build/bench_trickle && build/bench_trickle EMPTY_DIR [SECONDS] [TABLES]
$(BUILD)/bench_%: tests/bench/bench_%.c $(LIBRARY_OBJECTS)
	$(Q)$(CC) $(CFLAGS) $(INCLUDES) $< $(LIBRARY_OBJECTS) $(LDFLAGS) $(LIBS) -o $@
