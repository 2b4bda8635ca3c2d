#!/bin/bash
# The classic questions and the live table: with the running agent and with one of their own, live and of the past.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
mkdir "$dir/own"
chmod 711 "$dir/own"

# Without an agent: one of our own for as long as it lasts, and nothing of it is left.
without_agent() { # command...
    TMPDIR=$dir/own timeout 60 "$sonde" "$@" --socket "$dir/nobody"
}
(while :; do "$programs/nothing"; cat "$dir/missing"; sleep 0.1; done) >/dev/null 2>&1 &
own_pids+=($!)
without_agent exec -n 1 -w "exe = '$programs/nothing'" >"$dir/out" 2>"$dir/err"
is "exec runs without an agent" 0 $?
matches "says so" "no agent answers; watching with one of our own" "$(cat "$dir/err")"
matches "and shows a start" "nothing +$programs/nothing" "$(cat "$dir/out")"
is "nothing is left of its agent" "" "$(ls "$dir/own")"
without_agent open -f -n 1 -w "path = '$dir/missing'" -o csv -a >"$dir/out" 2>/dev/null
matches "open shows a failure, every column on demand" "ENOENT" "$(cat "$dir/out")"
without_agent runqlat --for 2s >"$dir/out" 2>/dev/null
matches "runqlat draws a histogram" '^ +[0-9.]+ [mun]?s - [0-9.]+ [mun]?s +[0-9,]+ +\|#' "$(cat "$dir/out")"
matches "under a line of percentiles" '^[0-9,]+ waits for a CPU, p50 ' "$(head -n 1 "$dir/out")"
without_agent syscount --for 2s --by both -n 0 -o json >"$dir/out" 2>/dev/null
at_least "syscount counts by process and call" 10 "$(jq length "$dir/out")"
is "with figures that fit together" 0 "$(jq '[.[] | select(.calls < .errors or .max_ns * .calls < .total_ns or .p50_ns > .p99_ns or .p99_ns > .max_ns)] | length' "$dir/out")"
without_agent exec --since 1m >"$dir/out" 2>"$dir/err"
is "the past needs an agent" 1 $?
matches "and says so" "nothing of the past is stored" "$(cat "$dir/err")"
setpriv --reuid 65534 --clear-groups --inh-caps=-all "$sonde" exec --socket "$dir/nobody" >"$dir/out" 2>"$dir/err"
is "an own agent needs root" 1 $?
matches "and says so" "needs root" "$(cat "$dir/err")"

# A signal ends the watching and shows what was seen; the next ends the command.
TMPDIR=$dir/own "$sonde" syscount --socket "$dir/nobody" >"$dir/out" 2>"$dir/err" &
pid=$!
wait_for '[ -S "$dir"/own/sonde.*/sock ]'
sleep 1 # it watches
kill -INT $pid
wait $pid
is "Ctrl-C ends the watching" 0 $?
matches "and shows what was seen" '^call +calls' "$(cat "$dir/out")"
is "and its agent is gone with it" "" "$(ls "$dir/own")"

# With the running agent.
start_agent || { not_ok "the agent starts"; finish; }
q_reaches "it watches" 1 "SELECT count(*) FROM execs WHERE exe = '$programs/nothing'"
"$sonde" exec --since 1m -w "exe = '$programs/nothing'" >"$dir/out" 2>"$dir/err"
matches "exec looks back" "nothing +$programs/nothing" "$(cat "$dir/out")"
is "without an agent of its own" "" "$(cat "$dir/err")"
"$sonde" exec --since 1m --for 1s >/dev/null 2>&1
is "exec has no --for" 2 $?
"$sonde" runqlat --since 1m --for 1s >/dev/null 2>"$dir/err"
is "past and future exclude each other" 2 $?
"$sonde" open -n 1 -w 'pid = ' >/dev/null 2>"$dir/err"
is "a wrong expression is a failure" 1 $?
background "$programs/talk" server 127.0.0.1 >"$dir/port"
wait_for '[ -s "$dir/port" ]'
"$sonde" tcp -n 1 -w "remote_port = $(cat "$dir/port")" -o jsonl >"$dir/tcp" &
pid=$!
own_pids+=("$pid")
wait_for '"$programs/talk" client 127.0.0.1 "$(cat "$dir/port")" 10 10 c 1; ! alive $pid'
is "tcp shows a connection that ended" "outbound closed_by_us" "$(jq -r '"\(.direction) \(.end_reason)"' "$dir/tcp")"
eventually "biolatency answers, with or without I/O" '"$sonde" biolatency --since 1m --by device >"$dir/out" && grep -q "^device" "$dir/out"'
wait_for '[ "$(q "SELECT count(DISTINCT time) FROM syscalls")" -ge 6 ] && [ "$(q "SELECT count(DISTINCT time) FROM sched_processes")" -ge 6 ]'
for by in cpu io net syscalls files; do
    check "top --by $by prints a table" "$sonde" top --by $by --once -i 100ms
done
matches "a busy shell is in top" ' bash ' "$("$sonde" top --by cpu -n 0)"
check "top takes keys on a terminal" "$here/press_keys.py" "$sonde top -i 200ms" \
    'processes by cpu.*\n.*cpu %v' 's' 'processes by syscalls' 'f' 'processes by files' '/' 'filter: _' 'bash\r' 'filter: bash' ' ' 'paused' 'q'
ends_well "the agent ends"
finish
