#!/bin/bash
# The suite that each guest kernel runs: every way of every hook, then the agent from end to end.
#   suite.sh RELEASE-PREFIX [LACKING]      LACKING: ways (their first programs) that this kernel cannot have
. "$(dirname "$0")/../e2e/lib.sh"

matches "the guest runs kernel $1" "^${1//./\\.}\\." "$(uname -r)"
check "the kernel describes its types (BTF)" test -r /sys/kernel/btf/vmlinux

# The agent takes the best way of each hook; the others are tried here.
WAYS_MUST=all WAYS_LACKING=${2:-} "$BUILD/tests/test_ways" >"$dir/ways" || test_failures=$((test_failures + 1))
grep -v '^1\.\.' "$dir/ways"
# shellcheck disable=SC2034 # goes on counting
test_number=$(grep -c '^\(not \)\?ok' "$dir/ways")

if start_agent; then ok "the agent starts"; else
    not_ok "the agent starts"
    finish
fi

# All that is to be seen happens first; by the time of the first question it is stored.
# Processes: a start with its arguments, an exit code, an end by a signal.
/bin/echo one 'two words' >"$dir/echoed"
bash -c 'exit 7'
sleep 1000 &
sleeper=$!
kill -KILL "$sleeper"
wait "$sleeper" 2>/dev/null

# Files: one that is made, renamed and removed, and one that is not there.
echo text >"$dir/made"
mv "$dir/made" "$dir/renamed"
rm "$dir/renamed"
cat "$dir/missing" 2>/dev/null

# Connections: one that carries data, one that is refused (nobody listens on port 1).
background "$programs/talk" server 127.0.0.1 >"$dir/port"
server=$background_pid
wait_for '[ -s "$dir/port" ]'
port=$(cat "$dir/port")
"$programs/talk" client 127.0.0.1 "$port" 1000 500 c 1
"$programs/talk" client 127.0.0.1 1 100 100 c 1 2>/dev/null

q_becomes "a start is a row, with its arguments quoted" "$$" "SELECT ppid FROM execs WHERE args = '/bin/echo one ''two words'''"
q_becomes "an exit code is a row" "bash" "SELECT comm FROM exits WHERE exit_code = 7"
q_becomes "an end by a signal is a row" "SIGKILL" "SELECT signal FROM exits WHERE pid = $sleeper"
q_becomes "a created file is a row" "create" "SELECT op FROM file_ops WHERE path = '$dir/made' AND op = 'create'"
q_becomes "a rename is a row with both names" "$dir/renamed" "SELECT new_path FROM file_ops WHERE op = 'rename' AND path = '$dir/made'"
q_becomes "a removal is a row" "rm" "SELECT comm FROM file_ops WHERE op = 'unlink' AND path = '$dir/renamed'"
q_becomes "a failed open is a row with the error's name" "ENOENT" "SELECT DISTINCT error FROM file_ops WHERE path = '$dir/missing'"
q_becomes "a connection is a row with its bytes, and why it ended" "talk,1000,500,closed_by_us" \
    "SELECT comm, sent_bytes, received_bytes, end_reason FROM connections WHERE remote_port = $port AND direction = 'outbound'"
q_becomes "its other end is a row of the server" "$server,500,1000,closed_by_peer" \
    "SELECT pid, sent_bytes, received_bytes, end_reason FROM connections WHERE local_port = $port AND direction = 'inbound'"
q_becomes "a refused connection is an event" "talk,ECONNREFUSED" "SELECT comm, error FROM tcp_events WHERE event = 'refused' AND remote_port = 1"

# How the agent sees: every hook has a way, kernel functions are used where this kernel offers them, costs are counted.
"$sonde" probes -o json >"$dir/probes"
is "every hook has a way" "" "$(jq -r '.[] | select(.mechanism == null) | "\(.collector) \(.hook)"' "$dir/probes")"
at_least "fentry or fexit is taken where it is best" 1 "$(jq '[.[] | select(.mechanism == "fentry" or .mechanism == "fexit")] | length' "$dir/probes")"
eventually "runs of the exec program are counted" '/bin/true; [ "$("$sonde" probes -o json | jq "[.[] | select(.hook == \"exec\") | .programs[].runs] | add")" -ge 1 ]' 60
is "no collector failed" "" "$("$sonde" status -o json | jq -r '.collectors[] | select(.state != "running") | "\(.name): \(.why)"')"
is "nothing was lost" "" "$(q 'SELECT place, reason, count FROM agent_losses')"

ends_well "the agent ends when asked to"
finish
