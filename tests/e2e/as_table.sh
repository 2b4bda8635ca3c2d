#!/bin/bash
# Tables that are declared while the agent runs: sonde run --as-table, and rows over HTTP.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

agent() { curl -sS --max-time 60 --unix-socket "$SONDE_SOCKET" "http://sonde$1" "${@:2}"; }
declare_table() { agent "/v1/tables/$1" -X PUT --data-binary "$2"; }
rows() { agent "/v1/tables/$1/rows${2:-}" --data-binary @-; }
column() { # name type role
    printf '{"name":"%s","type":"%s","role":"%s","unit":null,"description":"a %s"}' "$1" "$2" "$3" "$1"
}
table() { # name column,...: with a time
    printf '{"name":"%s","description":"rows of a test","columns":[%s,%s]}' "$1" "$(column time time time)" "$2"
}

start_agent --collectors process || { not_ok "an agent starts"; finish; }

# --- an object's events ---
start_run opens '^on_openat ' "$programs/opens.bpf.o" --as-table opens
cat "$dir/not there" 2>/dev/null
q_becomes "an event is a row" 1 "SELECT count(*) FROM opens WHERE filename = '$dir/not there'"
q_becomes "it joins with the agent's own" "cat" \
    "SELECT DISTINCT e.comm FROM opens o JOIN execs e ON e.pid = o.pid WHERE o.filename = '$dir/not there'"
q_becomes "its time is that of the event" true "SELECT now() - max(time) BETWEEN INTERVAL '-1 second' AND INTERVAL '5 minutes' FROM opens"
stop_run
is "Ctrl-C ends it well" 0 "$run_code"
is "nothing is printed beside the rows" "" "$(cat "$dir/opens.out")"
matches "what became of them is told" '^opens: [1-9][0-9]* rows?$' "$(cat "$dir/opens.err")"
is "and all of them are there" "$(sed -n 's/^opens: \([0-9]*\) rows*$/\1/p' "$dir/opens.err")" "$(q 'SELECT count(*) FROM opens')"
is "sonde tables knows it" "time TIMESTAMP_NS,pid UINTEGER,filename VARCHAR" \
    "$("$sonde" tables opens -o json | jq -r '[.[0].columns[] | "\(.name) \(.sql_type)"] | join(",")')"

ends_well "the agent ends in order"
start_agent --collectors process
q_reaches "the rows are there after a restart" 1 "SELECT count(*) FROM opens WHERE filename = '$dir/not there'"
ends_well "the agent ends in order again"
finish
