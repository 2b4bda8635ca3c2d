# The tracing language beside Debian's bpftrace; tests/bench/run sources this file.
# shellcheck shell=bash disable=SC2154

# The same program under sonde trace; as under_bpftrace, the clock starts when an event has made a line.
under_trace() { # program command...
    local program=$1
    shift
    "$sonde" trace -q -e "$program" >"$dir/trace.out" 2>"$dir/trace.err" &
    local pid=$!
    own_pids+=("$pid")
    wait_for '! alive "$pid" || { "$programs/nothing"; grep -q "^EVENT" "$dir/trace.out"; }'
    alive "$pid" || give_up "sonde trace: $(cat "$dir/trace.err")"
    "$@"
    kill -INT "$pid"
    wait "$pid" 2>/dev/null
    ! grep -h "lost" "$dir/trace.err" >&2 || note "events were lost"
}

trace_turns() { # name program command...
    local name=$1 program=$2 round way
    shift 2
    for round in $(seq "$rounds"); do
        for way in bare trace bpftrace; do
            "under_$way" "$program" "$@" >>"$dir/$name.$way" || give_up "$name, $way: $* failed"
            note "$name, turn $round of $rounds, $way: $(tail -n 1 "$dir/$name.$way")"
        done
    done
}

trace_added() { # name heading
    printf '| %s | %.0f ns | %+.0f ns | %+.0f ns |\n' "$2" "$(median <"$dir/$1.bare")" "$(added "$1" trace)" "$(added "$1" bpftrace)"
}

# Milliseconds of wall time and KiB of the largest resident set, of a run from start to end.
whole_run() { # command...
    python3 -c 'import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print("%.1f %d" % ((time.monotonic() - start) * 1e3, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))' "$@"
}

trace_starts() { # name program
    local round
    for round in $(seq "$rounds"); do
        whole_run "$sonde" trace -q -e "$2" >>"$dir/$1.sonde"
        unshare --mount sh -c 'mount -t debugfs debugfs /sys/kernel/debug && mount -t tracefs tracefs /sys/kernel/debug/tracing && exec "$@"' sh \
            python3 -c 'import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run(["bpftrace", "-e", sys.argv[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print("%.1f %d" % ((time.monotonic() - start) * 1e3, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))' "$2" >>"$dir/$1.peer"
        note "$1, turn $round of $rounds: sonde $(tail -n 1 "$dir/$1.sonde"), bpftrace $(tail -n 1 "$dir/$1.peer") (ms, KiB)"
    done
    printf '| %s | %.0f ms, %.0f MB | %.0f ms, %.0f MB |\n' "$3" "$(cut -d' ' -f1 "$dir/$1.sonde" | median)" \
        "$(cut -d' ' -f2 "$dir/$1.sonde" | awk '{ print $1 / 1024 }' | median)" "$(cut -d' ' -f1 "$dir/$1.peer" | median)" \
        "$(cut -d' ' -f2 "$dir/$1.peer" | awk '{ print $1 / 1024 }' | median)"
}

bench_trace() {
    echo something >"$dir/file"
    local begin='BEGIN { printf("EVENT\n"); }' calls=${BENCH_CALLS:-20000000}
    echo
    echo "| from start to end, medians of $rounds turns | sonde trace | bpftrace |"
    echo "| --- | ---: | ---: |"
    trace_starts start_begin 'BEGIN { exit(); }' '`BEGIN { exit(); }`: wall time, peak memory'
    trace_starts start_count 'interval:ms:1 { exit(); } tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }' \
        '`sys_enter { @[comm] = count(); }`, ended by an interval of 1 ms'
    trace_turns trace_count "$begin tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }" "$programs/call_loop" "$calls"
    trace_turns trace_hist "$begin tracepoint:raw_syscalls:sys_enter { @ = hist(nsecs & 1023); }" "$programs/call_loop" "$calls"
    trace_turns trace_false "$begin tracepoint:syscalls:sys_enter_getppid /pid == 1/ { @ = count(); }" "$programs/call_loop" "$calls"
    trace_turns trace_print 'tracepoint:syscalls:sys_enter_openat { printf("EVENT %s %d %s\n", comm, pid, str(args->filename)); }' \
        "$programs/open_loop" "${BENCH_OPENS:-1000000}" "$dir/file"
    echo
    echo "| medians of $rounds turns | bare | added by sonde trace | added by bpftrace |"
    echo "| --- | ---: | ---: | ---: |"
    trace_added trace_count '`raw_syscalls:sys_enter { @[comm] = count(); }`, a getppid'
    trace_added trace_hist '`raw_syscalls:sys_enter { @ = hist(nsecs & 1023); }`, a getppid'
    trace_added trace_false '`syscalls:sys_enter_getppid /pid == 1/ { @ = count(); }`, a getppid'
    trace_added trace_print '`syscalls:sys_enter_openat { printf(…); }` to a file, an open and close'
    printf '\nLines of %s opens, of sonde trace: %s, of bpftrace: %s\n' "${BENCH_OPENS:-1000000}" \
        "$(grep -c '^EVENT open_loop' "$dir/trace.out")" "$(grep -c '^EVENT open_loop' "$dir/bpftrace.out")"
}
