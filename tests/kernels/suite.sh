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

# Processes: a start with its arguments, an exit code, a signal.
/bin/echo one 'two words' >"$dir/echoed"
bash -c 'exit 7'
sleep 1000 &
sleeper=$!
kill -KILL "$sleeper"
wait "$sleeper" 2>/dev/null
q_becomes "a start is a row, with its arguments quoted" 1 "SELECT count(*) FROM execs WHERE args = '/bin/echo one ''two words'''"
q_becomes "an exit code is a row" "bash" "SELECT comm FROM exits WHERE exit_code = 7"
q_becomes "an end by a signal is a row" "SIGKILL" "SELECT signal FROM exits WHERE pid = $sleeper"
q_becomes "the parent is known" "$$" "SELECT DISTINCT ppid FROM execs WHERE args LIKE '/bin/echo one%'"

# Files: one that is made, renamed and removed, and one that is not there.
echo text >"$dir/made"
mv "$dir/made" "$dir/renamed"
rm "$dir/renamed"
cat "$dir/missing" 2>/dev/null
q_becomes "a created file is a row" "create" "SELECT op FROM file_ops WHERE path = '$dir/made' AND op = 'create'"
q_becomes "a rename is a row with both names" "$dir/renamed" "SELECT new_path FROM file_ops WHERE op = 'rename' AND path = '$dir/made'"
q_becomes "a removal is a row" "rm" "SELECT comm FROM file_ops WHERE op = 'unlink' AND path = '$dir/renamed'"
q_becomes "a failed open is a row with the error's name" "ENOENT" "SELECT DISTINCT error FROM file_ops WHERE path = '$dir/missing'"

# Connections: one that carries data, one that is refused.
python3 - >"$dir/ports" <<'PYTHON'
import socket
server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
client = socket.create_connection(("127.0.0.1", port))
peer, _ = server.accept()
client.sendall(b"x" * 1000)
client.close()
while peer.recv(1000):
    pass
peer.close()
server.close()
try:
    socket.create_connection(("127.0.0.1", port))
except ConnectionRefusedError:
    print(port)
PYTHON
port=$(cat "$dir/ports")
q_becomes "a connection is a row with its bytes, and closed" "1000" \
    "SELECT sum(sent_bytes)::BIGINT FROM connections WHERE remote_port = $port AND direction = 'outbound' AND comm = 'python3' AND end_reason = 'closed_by_us'"
q_reaches "a refused connection is an event" 1 \
    "SELECT count(*) FROM tcp_events WHERE event = 'refused' AND remote_port = $port AND error = 'ECONNREFUSED'"

# How the agent sees: every hook has a way, kernel functions are used where this kernel offers them, costs are counted.
"$sonde" probes -o json >"$dir/probes"
is "every hook has a way" "" "$(jq -r '.[] | select(.mechanism == null) | "\(.collector) \(.hook)"' "$dir/probes")"
at_least "fentry or fexit is taken where it is best" 1 "$(jq '[.[] | select(.mechanism == "fentry" or .mechanism == "fexit")] | length' "$dir/probes")"
eventually "runs of the exec program are counted" '/bin/true; [ "$("$sonde" probes -o json | jq "[.[] | select(.hook == \"exec\") | .programs[].runs] | add")" -ge 1 ]' 60
is "no collector failed" "" "$("$sonde" status -o json | jq -r '.collectors[] | select(.state != "running") | "\(.name): \(.why)"')"
is "nothing was lost" "" "$(q 'SELECT place, reason, count FROM agent_losses')"

ends_well "the agent ends when asked to"
finish
