#!/bin/bash
# The commands that ask an agent: formats, interruption, readers that leave, terminals.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

start_agent || { not_ok "an agent starts"; finish; }

run() { # command...: its exit code in $code, stdout in $dir/out and $out, stderr in $err
    timeout --preserve-status -s INT 60 "$@" >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    out=$(tr -d '\0' <"$dir/out")
    err=$(cat "$dir/err")
}

on_terminal() { # columns command-line: what a terminal of that width receives
    TERM=xterm timeout 60 script -qec "stty cols $1; $2" "$dir/typescript" </dev/null | tr -d '\r'
}

# --- formats ---
sql="select 18446744073709551615::ubigint big, 'a \"b\", c' s, null n, true t, [1, 2] l"
run "$sonde" query "$sql"
is "table: aligned, exact, NULL is -" "                 big  s         n  t     l
18446744073709551615  a \"b\", c  -  true  [1,2]" "$(sed 's/  *$//' "$dir/out")"
run "$sonde" query "$sql" -o json
is "json: values" '["a \"b\", c",null,true,[1,2]]' "$(jq -c '.[0] | [.s, .n, .t, .l]' "$dir/out")"
matches "json: large numbers keep their digits" '18446744073709551615' "$out"
run "$sonde" query "$sql" -o jsonl
is "jsonl: one line a row" 1 "$(wc -l <"$dir/out")"
run "$sonde" query "$sql" -o csv
is "csv: heading" "big,s,n,t,l" "$(head -n 1 "$dir/out")"
matches "csv: quoting" '^18446744073709551615,"a ""b"", c",,true,' "$(tail -n 1 "$dir/out")"
run "$sonde" query "$sql" -o parquet
is "parquet: begins and ends as Parquet does" "PAR1 PAR1" "$(head -c 4 "$dir/out") $(tail -c 4 "$dir/out")"
run "$sonde" query "select 'esc ' || chr(27) || '[31m' a, 'two' || chr(10) || 'lines' b"
is "control characters are shown, not obeyed" 'esc \x1b[31m  two\nlines' "$(tail -n 1 "$dir/out")"
is "an empty answer has its heading" "a" "$("$sonde" query 'select 1 a where false')"
is "SQL from a file" 7 "$(echo 'select 7' >"$dir/q.sql"; "$sonde" query -f "$dir/q.sql" -o csv | tail -n 1)"
is "SQL from stdin" 8 "$(echo 'select 8' | "$sonde" query -f - -o csv | tail -n 1)"
is "a million rows arrive" 1000001 "$("$sonde" query 'select range from range(1000000)' -o csv | wc -l)"
is "a million rows are shown" 1000001 "$("$sonde" query 'select range from range(1000000)' | wc -l)"

# --- what goes wrong ---
run "$sonde" query 'selec 1'
is "bad SQL: exit code" 1 "$code"
matches "bad SQL: sentence" '^sonde query: .*syntax error' "$err"
is "bad SQL: nothing on stdout" "" "$out"
endless='select count(*) from range(1000000000000) a, range(1000000) b where a.range % 7 = b.range'
run "$sonde" query "$endless" --timeout 200ms
is "time-out: exit code" 1 "$code"
matches "time-out: sentence" '^sonde query: .*time-out' "$err"
run "$sonde" query 'select list(range) from range(1000000000)'
is "too little memory: exit code" 1 "$code"
matches "too little memory: the remedy" 'start the agent with a larger --memory-limit$' "$err"
is "too little memory: no advice that is refused" "" "$(grep -e SET -e http "$dir/err")"
timeout --preserve-status -s INT 1 "$sonde" query "$endless" >"$dir/out" 2>"$dir/err"
is "Ctrl-C: exit code" 130 $?
is "Ctrl-C: word" "sonde query: cancelled" "$(cat "$dir/err")"
is "the agent is there for the next question" 1 "$(q 'select 1')"
timeout --preserve-status -s INT 1 "$sonde" tail agent_losses -o jsonl >"$dir/out" 2>"$dir/err"
is "Ctrl-C ends tail: exit code" 130 $?
is "Ctrl-C ends tail: in silence" "" "$(cat "$dir/err")"
for command in "tail agent_losses" "query '$endless'"; do
    eval "timeout --preserve-status -s TERM 1 \"$sonde\" $command" >"$dir/out" 2>"$dir/err"
    is "SIGTERM ends ${command%% *}: exit code" 143 $?
done
run "$sonde" tail execs --where 'nope = 1'
is "a filter with an unknown column: exit code" 1 "$code"
matches "a filter with an unknown column: sentence" '^sonde tail: .*"nope".* pid' "$err"

run "$sonde" tail execs --where ''
is "an empty filter: exit code" 2 "$code"
matches "an empty filter: sentence" '^sonde tail: --where is empty' "$err"
run "$sonde" tail execs -n 1 --where '1=1) or (1=1'
is "a filter that closes a parenthesis it did not open: exit code" 1 "$code"
matches "a filter that closes a parenthesis it did not open: sentence" '^sonde tail: .*syntax error' "$err"

# --- outputs that are full ---
for format in table json jsonl csv parquet; do
    "$sonde" query 'select 1 a' -o "$format" >/dev/full 2>"$dir/err"
    is "query -o $format to a full disk: exit code" 1 $?
    is "query -o $format to a full disk: sentence" "sonde: cannot write the output: No space left on device" "$(cat "$dir/err")"
done
timeout 20 "$sonde" tail agent_losses >/dev/full 2>"$dir/err"
is "tail to a full disk: exit code" 1 $?

# --- readers that leave ---
timeout 20 "$sonde" query 'select range from range(100000000)' 2>"$dir/err" | head -n 3 >"$dir/out"
is "a reader that leaves a query: exit code" "0" "${PIPESTATUS[0]}"
is "a reader that leaves a query: silence" "" "$(cat "$dir/err")"
timeout 20 "$sonde" tail agent_losses 2>"$dir/err" | true
is "a reader that leaves a quiet tail ends it" "0" "${PIPESTATUS[0]}"

# --- live ---
for format in table json jsonl csv; do
    "$sonde" tail execs --where "args like '%sonde-live-$format%' and comm = 'true'" -o "$format" -n 2 >"$dir/live.$format" 2>&1 &
    tail_pid=$!
    own_pids+=("$tail_pid")
    wait_for '/bin/true "sonde-live-$format"; ! alive "$tail_pid"' || not_ok "tail -o $format -n 2 ends"
    wait "$tail_pid"
    is "tail -o $format -n 2: exit code" 0 $?
done
is "tail: heading and two rows" 3 "$(wc -l <"$dir/live.table")"
is "tail -o json: one array" 2 "$(jq 'length' "$dir/live.json")"
is "tail -o jsonl: two objects" "true true" "$(jq -r .comm "$dir/live.jsonl" | xargs)"
is "tail -o csv: heading and two rows" 3 "$(wc -l <"$dir/live.csv")"

# --- terminals ---
long="select repeat('x', 300) a, 5 b"
is "a line is cut to the terminal's width" 40 "$(on_terminal 40 "NO_COLOR=1 $sonde query \"$long\"" | sed -n 2p | tr -d '\n' | LC_ALL=C.UTF-8 wc -m)"
matches "the numbers are still there" ' 5$' "$(on_terminal 40 "NO_COLOR=1 $sonde query \"$long\"" | sed -n 2p)"
matches "headings are bold on a terminal" $'^\033\\[1ma' "$(on_terminal 80 "$sonde query 'select 1 a'" | head -n 1)"
is "NO_COLOR is heeded" "a" "$(on_terminal 80 "NO_COLOR=1 $sonde query 'select 1 a'" | head -n 1)"
matches "Parquet is not written to a terminal" 'Parquet is not for a terminal' "$(on_terminal 200 "$sonde query 'select 1 a' -o parquet")"
is "nothing is cut without a terminal" 300 "$("$sonde" query "$long" | awk 'NR == 2 { print length($1) }')"

# --- status and probes ---
run "$sonde" status
for line in 'agent +sonde [0-9.]+, up ' 'cost +[0-9.]+ % of one CPU' 'collector +state' 'process +running' 'losses +' 'store +/' ' +covers ' \
    'table +rows' 'kernel program'; do
    matches "status shows: $line" "^$line" "$out"
done
"$sonde" status -o json >"$dir/status.json"
check "status -o json" jq -e '.pid > 0 and (.collectors | length) > 0 and .store.retention_ns == 86400e9' "$dir/status.json"
run "$sonde" probes
"$sonde" probes -o json >"$dir/probes.json"
missing=$(jq -r '.[] | "\(.collector) +\(.hook) +\(.mechanism // "none") "' "$dir/probes.json" | while read -r line; do
    grep -Eq "^$line" "$dir/out" || echo "$line"
done)
at_least "probes -o json lists hooks" 5 "$(jq length "$dir/probes.json")"
is "probes shows every hook" "" "$missing"

# --- losses beside an answer ---
worker=$(jq .worker_pid "$dir/status.json")
kill -KILL "$agent_pid" "$worker"
wait "$agent_pid" 2>/dev/null
wait_gone "$worker"
start_agent || not_ok "an agent starts again"
q_reaches "the end without closing is a loss" 1 "SELECT count(*) FROM agent_losses"
run "$sonde" query 'SELECT count(*) n FROM Execs'
matches "a result without times: losses in all that is stored" '^note: .* recorded in the time that is stored; see' "$err"
run "$sonde" query 'SELECT l.time FROM agent_losses AS l, execs AS e LIMIT 0'
is "a result without rows has no losses beside it" "" "$err"
is "a question about nothing of ours has none either" "" "$("$sonde" query 'SELECT 1 AS execs_of_mine' 2>&1 >/dev/null)"

# --- one row ---
stop_agent
start_agent --data "$dir/one" --collectors agent || not_ok "an agent starts with an empty store"
run "$sonde" status
matches "an empty store covers nothing" 'covers nothing yet; how much is kept is not known yet' "$out"
worker=$("$sonde" status -o json | jq .worker_pid)
kill -KILL "$agent_pid" "$worker"
wait "$agent_pid" 2>/dev/null
wait_gone "$worker"
start_agent --data "$dir/one" --collectors agent || not_ok "an agent starts with a store of one row"
q_becomes "its one row is that it was not closed" 1 'SELECT count(*) FROM agent_losses'
run "$sonde" status
matches "one row has no length" 'covers nothing yet' "$out"
matches "one row is not rows" ' 1 row written since start' "$out"
stop_agent
start_agent || not_ok "an agent starts on the first store"

# --- plans ---
run "$sonde" query 'EXPLAIN SELECT pid FROM execs'
at_least "a plan has its lines" 5 "$(wc -l <"$dir/out")"
is "a plan has no escapes" "" "$(grep -F '\n' "$dir/out")"

# --- what the help promises ---
cd "$dir" || exit
echo 'select 1' >report.sql
"$sonde" query --help | sed -n 's/^  sonde \(query .*\)/\1/p' >examples
at_least "the help has examples" 3 "$(wc -l <examples)"
while read -r line; do
    check "example: sonde $line" bash -o pipefail -c "$sonde $line"
done <examples
"$sonde" tail --help | sed -n "s/^  sonde \(tail [^|]*\).*/\1/p" >examples
while read -r line; do
    check "example: sonde $line" bash -c "timeout --preserve-status -s INT 1 $sonde $line; [ \$? = 130 ]"
done <examples

finish
