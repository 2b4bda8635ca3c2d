#!/bin/bash
# What goes wrong around an agent: others like it, crashes, missing kernel features, a full disk.
. "$(dirname "$0")/lib.sh"
start_agent --collectors process,host || { not_ok "the agent starts"; finish; }
ok "the agent starts"

# --- two agents ----------------------------------------------------------------------------------------------------

printed=$("$sonde" agent --data "$dir/data" --socket "$dir/other.sock" --duration 1s 2>&1); rc=$?
is "a second agent on the same directory ends with 1" 1 "$rc"
matches "and names the first and the remedy" "another agent \(pid $agent_pid\) uses $dir/data; stop it, or give this one another --data" "$printed"
printed=$("$sonde" agent --data "$dir/data2" --socket "$SONDE_SOCKET" --duration 1s 2>&1); rc=$?
is "a second agent on the same socket ends with 1" 1 "$rc"
matches "and says who listens" "another agent listens on $SONDE_SOCKET" "$printed"
check "the first one still answers" agent_ready

# --- crashes -------------------------------------------------------------------------------------------------------

rows_before=$(q "SELECT count(*) FROM host_load")
worker=$("$sonde" status -o json | jq .worker_pid)
kill -KILL "$agent_pid"
wait "$agent_pid" 2>/dev/null
agent_pid=''
check "its worker ends with it" wait_gone "$worker"
check "after kill -9 the socket's file is left over" test -S "$SONDE_SOCKET"
printed=$("$sonde" query 'SELECT 1' 2>&1); rc=$?
is "a client then ends with 1" 1 "$rc"
matches "and says that no agent listens" "no agent listens on $SONDE_SOCKET" "$printed"
start_agent --collectors process,host || not_ok "the agent starts again"
matches "the next start replaces it and says so" 'was left over' "$(cat "$dir/agent.err")"
at_least "rows of before are still there" "$((rows_before - 1))" "$(q "SELECT count(*) FROM host_load")"
worker=$("$sonde" status -o json | jq .worker_pid)
cp /bin/true "$dir/last-words"
# The word is an argument: only the row of its start has those.
eventually "what happened a moment ago is in the journal" '"$dir/last-words" goodbye; grep -qa goodbye "$dir/data/journal"'
kill -KILL "$agent_pid" "$worker"
wait "$agent_pid" 2>/dev/null
agent_pid=''
start_agent --collectors process,host || not_ok "the agent starts a third time"
matches "a store that was not closed is recovered and says so" 'ended without closing the store: [0-9,]+ rows recovered' "$(cat "$dir/agent.err")"
matches "and how much of it came from the journal" '[0-9,]+ of them from the journal' "$(cat "$dir/agent.err")"
at_least "what happened a moment before the end is there" 1 "$(q "SELECT count(*) FROM execs WHERE exe = '$dir/last-words'")"
is "once" 0 "$(q "SELECT count(*) - count(DISTINCT (time, pid)) FROM execs WHERE exe = '$dir/last-words'")"
"$dir/last-words"
q_reaches "and what comes afterwards joins it" 2 "SELECT count(*) FROM execs WHERE exe = '$dir/last-words'"
q_reaches "the gap is a row" 1 "SELECT count(*) FROM agent_losses WHERE place = 'agent'"
stop_agent TERM
is "SIGTERM ends it cleanly" 0 "$agent_status"
printf 'not a socket' >"$dir/file"
printed=$("$sonde" agent --data "$dir/data2" --socket "$dir/file" --duration 1s 2>&1); rc=$?
is "a file in the socket's place is not removed" "1 not a socket" "$rc $(cat "$dir/file")"

# --- a start that takes long ----------------------------------------------------------------------------------------

# Each program takes seconds to be loaded, as on a slow machine: all of them would take minutes.
strace -f -qq -o "$dir/trace" -e trace=bpf -e signal=none -e inject=bpf:delay_enter=5000000 \
    "$sonde" agent --data "$dir/slow" --socket "$dir/slow.sock" --collectors process >"$dir/slow.out" 2>"$dir/slow.err" &
slow=$!
own_pids+=("$slow")
if wait_for 'grep -qs BPF_PROG_LOAD "$dir/trace"'; then
    kill -INT "$(cat "$dir/slow/agent.lock")"
    check "Ctrl-C ends an agent whose programs are still being loaded" wait_gone "$slow"
    wait "$slow"
    is "as it ends any other" 0 $?
    is "in silence" "" "$(grep -hv ^strace: "$dir/slow.out" "$dir/slow.err")"
    check "its socket is gone" test ! -e "$dir/slow.sock"
    is "its store was closed" "" "$(find "$dir/slow" -name running)"
else
    not_ok "a program is being loaded" "$(cat "$dir/slow.err")"
fi

# --- what is not ours, and what is only ours ------------------------------------------------------------------------

mkdir "$dir/foreign"
echo precious >"$dir/foreign/file"
printed=$("$sonde" agent --data "$dir/foreign" --socket "$dir/other.sock" --duration 1s 2>&1); rc=$?
is "a directory with other files is refused" 1 "$rc"
matches "with the remedy" 'holds other files and is no store of Sonde; give an empty' "$printed"
is "and keeps its owner" 0 "$(stat -c %u "$dir/foreign")"
is "the data directory is closed to others" 750 "$(stat -c %a "$dir/data")"
is "so are the files in it" "" "$(find "$dir/data" -perm /007)"
printed=$("$sonde" agent --data "$dir/data2" --socket "$dir/other.sock" --file.paths relative --duration 1s 2>&1); rc=$?
is "an option that a collector refuses stops the start" 2 "$rc"
matches "and is named" 'file.paths: "relative" is no absolute path' "$printed"

# --- a kernel that offers less -------------------------------------------------------------------------------------

mkdir "$dir/empty"
cat >"$dir/without-btf" <<EOF
#!/bin/sh
mount --bind "$dir/empty" /sys/kernel/btf && exec "$sonde" "\$@"
EOF
chmod +x "$dir/without-btf"
unshare --mount "$dir/without-btf" agent --data "$dir/data" --socket "$SONDE_SOCKET" --collectors process,host >"$dir/agent.out" 2>"$dir/agent.err" &
agent_pid=$!
eventually "without BTF the agent runs all the same" agent_ready
is "the collector is degraded" degraded "$("$sonde" status -o json | jq -r '.collectors[] | select(.name == "process").state')"
matches "and says why" 'does not describe its types.*CONFIG_DEBUG_INFO_BTF' "$("$sonde" status)"
matches "each hook says what is missing" 'the table execs will be empty' "$("$sonde" probes)"
q_reaches "the host's figures are there" 1 "SELECT count(*) FROM host_load"
stop_agent
is "and it ends cleanly" 0 "$agent_status"

# Nor is there a place to mount tracefs at: /sys/kernel has the kernel's types and nothing else.
mkdir "$dir/types"
cat >"$dir/without-tracefs" <<EOF
#!/bin/sh
mount --bind /sys/kernel/btf "$dir/types" && mount -t tmpfs bare /sys/kernel && mkdir /sys/kernel/btf &&
    mount --bind "$dir/types" /sys/kernel/btf && exec "$sonde" "\$@"
EOF
chmod +x "$dir/without-tracefs"
unshare --mount "$dir/without-tracefs" agent --data "$dir/data" --socket "$SONDE_SOCKET" >"$dir/agent.out" 2>"$dir/agent.err" &
agent_pid=$!
eventually "without tracefs the agent runs all the same" agent_ready
is "every hook is left with a way" "" "$("$sonde" probes -o json | jq -r '.[] | select(.mechanism == null) | "\(.collector) \(.hook)"')"
is "none of them is a perf tracepoint" 0 "$("$sonde" probes -o json | jq '[.[] | select(.mechanism == "tracepoint")] | length')"
matches "what is missing is said" 'tcp_calls: .*tracepoint \(accept_tracepoint\): .*tracefs is not mounted' "$("$sonde" probes)"
background "$programs/talk" server 127.0.0.1 >"$dir/port"
wait_for '[ -s "$dir/port" ]'
port=$(cat "$dir/port")
"$programs/talk" client 127.0.0.1 "$port" 1000 500 c 1
q_becomes "connections have their bytes and their owner" "talk,1000,500" \
    "SELECT comm, sent_bytes, received_bytes FROM connections WHERE remote_port = $port AND direction = 'outbound'"
q_reaches "system calls on files are seen" 1 "SELECT count(*) FROM file_ops WHERE comm = 'cat' AND path = '$dir/port'"
stop_agent
is "and it ends cleanly" 0 "$agent_status"

# --- a full disk ---------------------------------------------------------------------------------------------------

mkdir "$dir/disk"
cat >"$dir/on-a-small-disk" <<EOF
#!/bin/sh
mount -t tmpfs -o size=48m,mode=755 small "$dir/disk" && echo \$\$ >"$dir/disk.pid" && exec "$sonde" "\$@"
EOF
chmod +x "$dir/on-a-small-disk"
unshare --mount "$dir/on-a-small-disk" agent --data "$dir/disk/data" --socket "$SONDE_SOCKET" --collectors process,host >"$dir/agent.out" 2>"$dir/agent.err" &
agent_pid=$!
eventually "the agent runs on a disk of 48 MiB" agent_ready
disk=/proc/$agent_pid/root$dir/disk
dd if=/dev/zero of="$disk/filler" bs=1M 2>/dev/null
eventually "a full disk is noticed" '[ "$("$sonde" status -o json | jq .store.degraded)" = true ]' 30
check "queries are still answered" agent_ready
"$programs/spawn_loop" 100 "$programs/nothing" >/dev/null
rm "$disk/filler"
eventually "with room again it recovers by itself" '[ "$("$sonde" status -o json | jq .store.degraded)" = false ]' 40
cp /bin/echo "$dir/test-echo"; "$dir/test-echo" >/dev/null
q_becomes "and keeps rows again" 1 "SELECT count(*) FROM execs WHERE comm = 'test-echo'"
stop_agent
is "and ends cleanly" 0 "$agent_status"
finish
