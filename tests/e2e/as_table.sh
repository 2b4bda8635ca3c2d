#!/bin/bash
# Tables that are declared while the agent runs: sonde run --as-table, and rows over HTTP.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

agent() { curl -sS --max-time 60 --unix-socket "$SONDE_SOCKET" "http://sonde$1" "${@:2}"; }
declare_table() { agent "/v1/tables/$1" -X PUT --data-binary "$2"; }
rows() { agent "/v1/tables/$1/rows${2:-}" --data-binary @-; } # table query
column() { # name type [role]
    printf '{"name":"%s","type":"%s","role":"%s","unit":null,"description":"a %s"}' "$1" "$2" "${3:-measure}" "$1"
}
table() { # name columns: with a time
    printf '{"name":"%s","description":"rows of a test","columns":[%s,%s]}' "$1" "$(column time time time)" "$2"
}
told() { sed -n "s/^$1: \([0-9]*\) rows*.*/\1/p" "$dir/$2.err"; } # table run: rows that were delivered

# A process of the test that asks for its priority when it is told to: poke lets it, its pid is in $target.
start_target() {
    rm -f "$dir/poke"
    mkfifo "$dir/poke"
    bash -c 'read -r _; exec nice >/dev/null' <"$dir/poke" &
    target=$!
    own_pids+=("$target")
    exec 9>"$dir/poke"
}
poke() { echo >&9; }

start_agent --collectors process || { not_ok "an agent starts"; finish; }

# --- an object's events --------------------------------------------------------------------------------------------
start_run opens '^on_openat ' "$programs/opens.bpf.o" --as-table opens
background timeout 60 "$sonde" tail opens --where "filename = '$dir/live'" -o jsonl -n 1 >"$dir/tail.out"
tail_pid=$background_pid
wait_for 'cat "$dir/live" 2>/dev/null; [ -s "$dir/tail.out" ]' # until the tail listens
wait "$tail_pid"
is "sonde tail shows an event as it comes" "$dir/live" "$(jq -r .filename "$dir/tail.out")"
cat "$dir/not there" 2>/dev/null
q_becomes "an event is a row" 1 "SELECT count(*) FROM opens WHERE filename = '$dir/not there'"
q_becomes "it joins with the agent's own" "cat" \
    "SELECT DISTINCT e.comm FROM opens o JOIN execs e ON e.pid = o.pid WHERE o.filename = '$dir/not there'"
q_becomes "its time is that of the event" true "SELECT now() - max(time) BETWEEN INTERVAL '-1 second' AND INTERVAL '5 minutes' FROM opens"
stop_run
is "Ctrl-C ends it well" 0 "$run_code"
is "nothing is printed beside the rows" "" "$(cat "$dir/opens.out")"
matches "what became of them is told" '^opens: [1-9][0-9]* rows?$' "$(cat "$dir/opens.err")"
q_becomes "and all of them are there" "$(told opens opens)" 'SELECT count(*) FROM opens'
is "sonde tables knows it" "time TIMESTAMP_NS,pid UINTEGER,filename VARCHAR" \
    "$("$sonde" tables opens -o json | jq -r '[.[0].columns[] | "\(.name) \(.sql_type)"] | join(",")')"
matches "for people, too" '^opens \(declared\): records of opens.bpf.o' "$("$sonde" tables opens)"
is "and lists it" "1" "$("$sonde" tables -o json | jq '[.[] | select(.name == "opens")] | length')"
is "but not in the reference of this program" "" "$("$sonde" tables -o markdown | grep -w opens)"
is "status counts its rows" "$(told opens opens)" "$("$sonde" status -o json | jq '.store.tables[] | select(.table == "opens") | .rows')"
is "metrics count them" "sonde_declared_rows_total{table=\"opens\"} $(told opens opens)" "$(agent /metrics | grep '^sonde_declared_rows_total')"

# --- every kind of column ------------------------------------------------------------------------------------------
start_target
start_run columns '^sample ' "$programs/columns.bpf.o" --as-table samples --set "target=$target" -n 1 -o jsonl
poke
wait "$run_pid"
is "--count ends it" 0 $?
is "-o prints the events, too" event "$(jq -r 'select(.kind == "event") | .kind' "$dir/columns.out")"
q_becomes "its row is there" 1 "SELECT count(*) FROM samples"
is "columns have the types of the fields" "time TIMESTAMP_NS
pid UINTEGER
number UINTEGER
below BIGINT
small USMALLINT
good BOOLEAN
low USMALLINT
high USMALLINT
colour VARCHAR
odd VARCHAR
name VARCHAR
mac VARCHAR
error VARCHAR
none VARCHAR
took UBIGINT
flags VARCHAR
from_ip VARCHAR
from_port USMALLINT
to_ip VARCHAR
to_port USMALLINT
list VARCHAR
places VARCHAR
word UBIGINT
halves VARCHAR
time_2 UBIGINT" "$("$sonde" tables samples -o json | jq -r '.[0].columns[] | "\(.name) \(.sql_type)"')"
is "units and roles are told" "took ns measure pid null identity" \
    "$("$sonde" tables samples -o json | jq -r '[.[0].columns[] | select(.name == "took" or .name == "pid") | "\(.name) \(.unit) \(.role)"] | [.[1], .[0]] | join(" ")')"
is "and the values of the fields" '{"pid":'"$target"',"number":0,"below":-5,"small":255,"good":true,"low":5,"high":17,"colour":"GREEN","odd":"9","name":"it'"'"'s \"me\" \\xff","mac":"020000000000","error":"ENOENT","none":null,"took":5200000,"flags":"0x1f","from_ip":"127.0.0.1","from_port":443,"to_ip":"0.0.0.0","to_port":0,"list":"[0,0,7]","places":"[{\"ip\":\"0.0.0.0\",\"port\":0},{\"ip\":\"0.0.0.0\",\"port\":80}]","word":18446744073709551615,"halves":"[4294967295,4294967295]","time_2":3}' \
    "$(q_json 'SELECT * EXCLUDE time FROM samples')"
q_becomes "time is the record's own" true "SELECT now() - time BETWEEN INTERVAL '-1 second' AND INTERVAL '5 minutes' FROM samples"

# --- many, and nothing is lost on the way --------------------------------------------------------------------------
start_target
start_run many '^sample ' "$programs/columns.bpf.o" --as-table many --set "target=$target" --set times=50000
poke
q_becomes "fifty thousand events are as many rows" "50000 50000" "SELECT count(*) || ' ' || count(DISTINCT number) FROM many"
stop_run
is "and all are accounted for" "0 50000" "$run_code $(told many many)"

# --- several kinds of records --------------------------------------------------------------------------------------
start_target
start_run records '^send ' "$programs/records.bpf.o" --as-table kinds --set "target=$target"
poke
q_becomes "a buffer's kinds are tables of their own" 1125899906842624 "SELECT number FROM kinds_ring_in_ring WHERE pid = $target"
q_becomes "one of each" "1 1 1 1 1" \
    "SELECT concat_ws(' ', (SELECT count(*) FROM kinds_ring_in_ring), (SELECT count(*) FROM kinds_ring_in_stack),
     (SELECT count(*) FROM kinds_ring_in_global), (SELECT count(*) FROM kinds_perf_in_map), (SELECT count(*) FROM kinds_perf_in_stack))"
stop_run
is "ends well" 0 "$run_code"
llvm-strip -g "$programs/opens.bpf.o" -o "$dir/stripped.bpf.o"
start_run stripped '^on_openat ' "$dir/stripped.bpf.o" --as-table stripped -n 1
cat "$dir/not there" 2>/dev/null
wait "$run_pid"
q_becomes "records without a type are bytes" "260 520" "SELECT size_bytes || ' ' || length(bytes) FROM stripped"

# --- what is refused -----------------------------------------------------------------------------------------------
refused() { # what exit-code words argument...
    local what=$1 expected=$2 words=$3 said code
    shift 3
    said=$(timeout 60 "$sonde" run "$@" 2>&1 >/dev/null)
    code=$?
    is "$what: exit code" "$expected" "$code"
    matches "$what: words" "$words" "$said"
}
refused "another shape under the name" 1 'there is a table opens already: its column filename is not in the new declaration; choose another name' \
    "$programs/columns.bpf.o" --as-table opens
refused "a table of the agent's own" 1 "execs is a table of the agent's own; choose another name" "$programs/opens.bpf.o" --as-table execs
refused "a bad name" 1 "table My Opens: the table's name is not snake_case" "$programs/opens.bpf.o" --as-table 'My Opens'
refused "no buffer" 2 "has no ring buffer and no perf event array" "$programs/maps.bpf.o" --as-table maps
refused "no agent" 1 "no agent listens on $dir/nobody; start one" "$programs/opens.bpf.o" --as-table opens --socket "$dir/nobody"
is "nothing was left attached" "" "$("$sonde" progs -o json 2>/dev/null | jq -r '.[] | select(.name == "on_openat") | .name')"

# --- rows over HTTP ------------------------------------------------------------------------------------------------
matches "a declaration is taken" '"name":"mine"' "$(declare_table mine "$(table mine "$(column n u64)")")"
is "rows are taken" '{"taken":3}' "$(printf '{"n":1}\n\n{"n":2,"time":"2026-01-02T03:04:05.5Z"}\r\n{"n":3}' | rows mine)"
q_becomes "and are there" "1 2 3" "SELECT string_agg(n::VARCHAR, ' ' ORDER BY n) FROM mine"
is "with the time that they said" "2026-01-02 03:04:05.5" "$(q "SELECT time::VARCHAR FROM mine WHERE n = 2")"
is "a line that cannot be read: which, why, and how many were taken before" \
    '{"error":"line 3: column n: -1 is no whole number from 0 to 18446744073709551615","line":3,"taken":2}' \
    "$(printf '{"n":4}\n{"n":5}\n{"n":-1}\n{"n":6}\n' | rows mine)"
q_becomes "those before it are there, and none after" "4 5" "SELECT string_agg(n::VARCHAR, ' ' ORDER BY n) FROM mine WHERE n > 3"
is "a line that is too long" '{"error":"line 2: it is longer than 65536 bytes","line":2,"taken":1}' \
    "$({ echo '{"n":7}'; head -c 70000 /dev/zero | tr '\0' ' '; } | rows mine)"
is "no rows" '{"taken":0}' "$(rows mine </dev/null)"
is "half a million rows in one request" '{"taken":500000}' "$(seq 1000 500999 | sed 's/.*/{"n":&}/' | rows mine)"
q_becomes "are all there" 500000 "SELECT count(DISTINCT n) FROM mine WHERE n >= 1000"
matches "rows for a table that is not there" '^\{"error":"there is no table \\"nobody\\"; there are .*mine' "$(rows nobody <<<'{}')"
matches "rows for a table of the agent's own" "execs is a table of the agent's own" "$(rows execs <<<'{}')"
matches "a declaration that is no JSON" '^\{"error":"the declaration is no JSON: line 1' "$(declare_table bad '{')"
matches "a declaration under another name" 'the declaration is that of other, and the path says bad' \
    "$(declare_table bad "$(table other "$(column n u64)")")"
matches "a declaration with another type" 'its column n is declared as u64, role measure, and the new declaration says text' \
    "$(declare_table mine "$(table mine "$(column n text)")")"
matches "a column more is taken" '"name":"word"' "$(declare_table mine "$(table mine "$(column n u64),$(column word text dimension)")")"
is "and filled" '{"taken":1}' "$(rows mine <<<'{"n":9,"word":"new"}')"
q_becomes "beside older rows" '9 new' "SELECT string_agg(n || ' ' || word, ',') FROM mine"
rows mine '?lost=17' </dev/null >/dev/null
q_becomes "what a sender lost is a loss" 17 "SELECT sum(count) FROM agent_losses WHERE place = 'mine'"
is "methods are told" 405 "$(agent /v1/tables/mine -X PATCH -o /dev/null -w '%{http_code}')"

# Columns that are words of SQL, and a listener that began before a column was added.
declare_table words "$(table words "$(column from u64),$(column order text dimension)")" >/dev/null
background timeout 60 "$sonde" tail words --columns order,from --where '"from" > 1' -o csv >"$dir/words.out"
words_pid=$background_pid
wait_for 'rows words <<<"{\"from\":2,\"order\":\"first\"}" >/dev/null; grep -q first "$dir/words.out"'
declare_table words "$(table words "$(column from u64),$(column order text dimension),$(column group bool)")" >/dev/null
rows words <<<'{"from":3,"order":"second","group":true}' >/dev/null
eventually "a listener that began before goes on" 'grep -q second "$dir/words.out"'
kill "$words_pid"
is "and sees rows of both" "first,2 order,from second,3" "$(sort -u "$dir/words.out" | paste -sd ' ')"
q_becomes "words of SQL are columns" "second true" 'SELECT "order" || chr(32) || "group" FROM words WHERE "from" = 3'

# A sender that goes on with one request: its rows do not wait for its end.
mkfifo "$dir/slow"
background agent /v1/tables/mine/rows -T "$dir/slow" -X POST -H 'Expect:' >"$dir/slow.out"
exec 8>"$dir/slow"
echo '{"n":77,"word":"slow"}' >&8
q_becomes "a row of an open request is there" 1 "SELECT count(*) FROM mine WHERE word = 'slow'"
printf '{"n":78,' >&8
exec 8>&-
wait "$background_pid"
is "half a line is refused" '{"error":"line 2: it is no JSON object {\"column\":value,…}","line":2,"taken":1}' "$(cat "$dir/slow.out")"

# --- the agent goes away -------------------------------------------------------------------------------------------
before=$(q 'SELECT count(*) FROM opens')
start_run killed '^on_openat ' "$programs/opens.bpf.o" --as-table opens
worker=$(pgrep -P "$agent_pid")
kill -KILL "$worker"
wait_for '[ "$(pgrep -P "$agent_pid")" != "$worker" ] && agent_ready'
wait_for 'cat "$dir/after the kill" 2>/dev/null; [ "$(q "SELECT count(*) > 0 FROM opens WHERE filename = '"'$dir/after the kill'"'")" = true ]'
q_reaches "a worker that is killed is followed by one that knows the table" 1 "SELECT count(*) FROM opens WHERE filename = '$dir/after the kill'"
q_reaches "and has its rows" "$before" "SELECT count(*) FROM opens"
stop_run
is "the exit code says whether rows may be missing" "$(grep -Eq '^opens: [0-9]+ rows?$' "$dir/killed.err"; echo $?)" "$run_code"

before=$(q 'SELECT count(*) FROM opens')
start_run away '^on_openat ' "$programs/opens.bpf.o" --as-table opens
cat "$dir/before the end" 2>/dev/null
q_becomes "rows come in" 1 "SELECT count(*) FROM opens WHERE filename = '$dir/before the end'"
ends_well "the agent ends in order"
cat "$dir/nobody there" 2>/dev/null
eventually "that the agent is away is told" 'grep -q "rows wait until it takes them again" "$dir/away.err"'
start_agent --collectors process
q_becomes "what happened meanwhile is there when it is back" 1 "SELECT count(*) FROM opens WHERE filename = '$dir/nobody there'"
matches "which is told" 'the agent takes rows again' "$(cat "$dir/away.err")"
stop_run
q_reaches "no row that was taken is missing" "$((before + $(told opens away)))" "SELECT count(*) FROM opens"
at_least "older columns are read after a restart" 500000 "$(q 'SELECT count(*) FROM mine WHERE word IS NULL')"

start_run alone '^on_openat ' "$programs/opens.bpf.o" --as-table opens
ends_well "the agent ends in order again"
cat "$dir/nobody there" 2>/dev/null
wait_for 'grep -q "rows wait until it takes them again" "$dir/alone.err"'
stop_run
is "rows that could not be delivered: exit code" 1 "$run_code"
matches "rows that could not be delivered: how many" '^opens: [0-9]+ rows?, [1-9][0-9]* could not be delivered' "$(cat "$dir/alone.err")"

# --- TCP -----------------------------------------------------------------------------------------------------------
port=$((20000 + $$ % 10000))
start_agent --collectors process --listen "127.0.0.1:$port" || not_ok "an agent on TCP starts"
tcp() { curl -sS --max-time 60 -H "Authorization: Bearer $(cat "$dir/data/token")" "http://127.0.0.1:$port$1" "${@:2}"; }
matches "TCP answers" '"name":"mine"' "$(tcp /v1/tables/mine)"
matches "but takes no rows" "are taken on the agent's unix socket only" "$(tcp /v1/tables/mine/rows --data '{"n":1}')"
matches "and no declarations" "are taken on the agent's unix socket only" "$(tcp /v1/tables/mine -X PUT --data '{}')"

# --- a kill -9 of both halves: what the store had taken is there, from its journal -----------------------------------
stored() { "$sonde" status -o json | jq '.store.tables[] | select(.table == "mine") | .rows'; } # causes no commit
before=$(stored)
seq 2000000 2000099 | sed 's/.*/{"n":&,"word":"killed"}/' | rows mine >/dev/null
wait_for '[ "$(stored)" = "$((before + 100))" ]'
kill -KILL "$(pgrep -P "$agent_pid")" "$agent_pid"
wait "$agent_pid" 2>/dev/null
start_agent --collectors process || not_ok "an agent starts after the kill"
is "rows that were taken outlive a kill" 100 "$(q "SELECT count(DISTINCT n) FROM mine WHERE word = 'killed'")"
is "and nothing else is lost" "$((before + 100))" "$(q "SELECT count(*) FROM mine")"
ends_well "the agent ends in order at last"
finish
