#!/bin/bash
# The syscalls collector: its counts are those of strace, errors have their names, latencies are those of the calls.
. "$(dirname "$0")/lib.sh"

start_agent --collectors process,syscalls || { not_ok "the agent starts"; finish; }
q_reaches "calls are counted" 1 "SELECT count(*) FROM syscalls"

# A program of many calls, whose own count (strace -c: % time, seconds, usecs/call, calls, [errors], name) is compared with the rows.
: >"$dir/empty"
strace -c -o "$dir/strace" -- bash -c "for i in {1..50}; do [ -e $dir/empty ]; [ -e $dir/none ]; read -r x <$dir/empty; done; exec tail -n 1 $dir/none" \
    >/dev/null 2>&1
awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { print $NF "," $4 "," (NF == 6 ? $5 : 0) }' "$dir/strace" | sort >"$dir/expected"
at_least "strace counted something" 5 "$(wc -l <"$dir/expected")"
pid=''
wait_for 'pid=$(q "SELECT DISTINCT pid FROM execs WHERE comm = '"'tail'"' AND args LIKE '"'%$dir/none%'"'"); [ -n "$pid" ]'
wait_for '[ "$(q "SELECT count(*) FROM exits WHERE pid = $pid")" = 1 ]'
# Two ticks after the end its counters have been taken.
wait_for '[ "$(q "SELECT max(time) > (SELECT max(time) + INTERVAL 1 SECOND FROM exits WHERE pid = $pid) FROM syscalls")" = true ]'
# Before it becomes the program, strace's child makes a few calls of its own (getpid, close …), which strace does not count.
wrong=''
while IFS=, read -r call calls errors; do
    got=$(q "SELECT sum(calls)::BIGINT, sum(errors)::BIGINT FROM syscalls WHERE pid = ${pid:-0} AND call = '$call'")
    own=2
    [[ $call =~ ^(openat|newfstatat|dup2|fcntl|read|ioctl|lseek)$ ]] && own=0
    [ "${got#*,}" = "$errors" ] && [ "${got%,*}" -ge "$calls" ] && [ "${got%,*}" -le $((calls + own)) ] ||
        wrong="$wrong $call: strace $calls,$errors, rows $got;"
done <"$dir/expected"
is "each call's count and errors are those of strace" "" "$wrong"

is "the failed calls are named" "ENOENT" "$(q "SELECT DISTINCT error FROM syscall_errors WHERE pid = ${pid:-0} AND call = 'newfstatat'")"
is "the errors of a call add up to its count of errors" 0 \
    "$(q "SELECT count(*) FROM (SELECT call, sum(errors) e FROM syscalls WHERE pid = ${pid:-0} GROUP BY call HAVING e > 0) c
          LEFT JOIN (SELECT call, sum(count) n FROM syscall_errors WHERE pid = ${pid:-0} GROUP BY call) s USING (call) WHERE n IS DISTINCT FROM e")"

# A call that sleeps is as long as its sleep.
sleep 0.4 & sleeper=$!
wait "$sleeper"
q_becomes "a sleep's latency is its length" "1,true" "SELECT sum(calls)::BIGINT, max(latency_max_ns) BETWEEN 400000000 AND 4000000000
    FROM syscalls WHERE pid = $sleeper AND call = 'clock_nanosleep'"
# A storm of short processes: their calls are summed by name, and none is lost.
cp "$programs/nothing" "$dir/storm" # a name that no other test has
"$programs/spawn_loop" 12000 "$dir/storm" >/dev/null
q_becomes "each call of a storm is counted" 12000 "SELECT sum(calls)::BIGINT FROM syscalls WHERE call = 'execve' AND comm = 'storm'"
q_reaches "most of them by name" 6000 "SELECT sum(calls)::BIGINT FROM syscalls WHERE call = 'execve' AND comm = 'storm' AND pid IS NULL"
at_least "in few rows" 2 "$(q "SELECT 12000 // count(*) FROM syscalls WHERE call = 'execve' AND comm = 'storm'")"

is "histograms count each call" 0 "$(q "SELECT count(*) FROM syscalls WHERE histogram_count(latency_ns) <> calls")"
is "the quantile lies in the bucket of the sleep" true "$(q "SELECT histogram_quantile(histogram_sum(latency_ns), 0.5) BETWEEN 0.2e9 AND 8e9
    FROM syscalls WHERE pid = $sleeper AND call = 'clock_nanosleep'")"
is "the mean lies between the shortest and the longest" 0 "$(q "SELECT count(*) FROM syscalls WHERE latency_total_ns / calls > latency_max_ns")"
is "nothing was lost" "" "$(q "SELECT place, reason, count FROM agent_losses")"
is "the table's declaration holds the bounds of the buckets" "80,0,1,2,3,4,6" \
    "$("$sonde" tables syscalls -o json | jq -r '[.. | .bucket_bounds? // empty] | first | [length] + .[0:6] | join(",")')"
ends_well "the agent ends"
finish
