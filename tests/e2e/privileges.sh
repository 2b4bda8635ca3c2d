#!/bin/bash
# The running worker has no privilege; the broker has only what docs/privileges.md lists.
. "$(dirname "$0")/lib.sh"
start_agent --collectors process || { not_ok "the agent starts"; finish; }
worker=$("$sonde" status -o json | jq .worker_pid)
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }

is "status names the broker" "$agent_pid" "$("$sonde" status -o json | jq .pid)"
is "the worker has no capability" 0000000000000000 "$(field "$worker" CapEff)"
is "nor can it get one" 0000000000000000 "$(field "$worker" CapPrm)"
matches "it is not root" '^[1-9][0-9]*' "$(field "$worker" Uid)"
is "it has no supplementary group" "" "$(field "$worker" Groups | tr -d ' ')"
is "it can gain no new privilege" 1 "$(field "$worker" NoNewPrivs)"
is "it is under a seccomp filter" 2 "$(field "$worker" Seccomp)"
printed=$("$sonde" agent --user root --data "$dir/data2" --socket "$dir/other.sock" --duration 1s 2>&1); rc=$?
is "a worker that is root is refused" 2 "$rc"
matches "in words" '^sonde agent: user: "root" is root' "$printed"
is "the sandbox is complete" "true true true" "$("$sonde" status -o json | jq -r '.sandbox | "\(.user) \(.landlock) \(.seccomp)"')"
# CAP_SETPCAP (8), CAP_CHOWN (0), CAP_DAC_OVERRIDE (1), CAP_SYS_MODULE (16) and others are given up by the broker
kept=$((0x$(field "$agent_pid" CapEff)))
is "the broker gave up what it does not need" 0 $((kept & ~((1 << 39) | (1 << 38) | (1 << 21) | (1 << 12) | (1 << 19) | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 7))))
is "the worker holds no link to a kernel program" 0 "$(find "/proc/$worker/fd" -lname 'anon_inode:bpf_link' 2>/dev/null | wc -l)"
is "the socket is for root and the group only" "660 0" "$(stat -c '%a %u' "$SONDE_SOCKET")"

kill -KILL "$worker"
eventually "a worker that is killed is started again" '[ "$(jq -r .worker_pid <("$sonde" status -o json 2>/dev/null) 2>/dev/null)" -gt 0 ] && agent_ready'
cp /bin/echo "$dir/test-echo"; "$dir/test-echo" after-the-kill >/dev/null
q_becomes "and goes on with the same kernel programs" 1 "SELECT count(*) FROM execs WHERE comm = 'test-echo'"
q_becomes "the gap is a row" 1 "SELECT count(*) FROM agent_losses WHERE reason LIKE '%died%'"
again=$("$sonde" status -o json | jq .worker_pid)
is "the new worker is as closed as the first" "0000000000000000 2" "$(field "$again" CapEff) $(field "$again" Seccomp)"
is "and holds no link either" 0 "$(find "/proc/$again/fd" -lname 'anon_inode:bpf_link' 2>/dev/null | wc -l)"
stop_agent
is "the agent ends cleanly" 0 "$agent_status"
is "the socket is gone" 1 "$([ -e "$SONDE_SOCKET" ]; echo $?)"

# without privilege: a sentence, not a crash
if command -v setpriv >/dev/null; then
    chmod 755 "$dir"
    printed=$(setpriv --bounding-set=-bpf,-perfmon --inh-caps=-all "$sonde" agent --data "$dir/d2" --socket "$dir/s2" --duration 1s 2>&1); rc=$?
    is "without capabilities it ends with 1" 1 "$rc"
    matches "and names the missing ones" 'missing CAP_BPF .*CAP_PERFMON' "$printed"
fi
finish
