#!/bin/bash
# The suite that each guest kernel runs: every way of every hook, then the agent from end to end.
#   suite.sh RELEASE-PREFIX [LACKING]      LACKING: ways (their first programs) that this kernel cannot have
. "$(dirname "$0")/../e2e/lib.sh"

matches "the guest runs kernel $1" "^${1//./\\.}\\." "$(uname -r)"
check "the kernel describes its types (BTF)" test -r /sys/kernel/btf/vmlinux

# Runs another test here; its lines are this suite's.
# shellcheck disable=SC2034 # test_number goes on counting
include() { # command...
    "$@" >"$dir/included" || test_failures=$((test_failures + 1))
    grep -v '^1\.\.' "$dir/included"
    test_number=$((test_number + $(grep -c '^\(not \)\?ok' "$dir/included")))
}
e2e=$(cd "$(dirname "$0")/../e2e" && pwd)

# The agent takes the best way of each hook; the others are tried here.
include env WAYS_MUST=all WAYS_LACKING="${2:-}" "$BUILD/tests/test_ways"
# What this kernel refuses, it refuses in its own words.
include env LIGHT=1 bash "$e2e/explain.sh"
# Users' own programs, at functions that the host's kernel may not offer.
include bash "$e2e/run_kprobes.sh"

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

# Memory: pages that are touched, a kill at the limit of a cgroup, one of the whole machine (asked for by hand, for the process
# that is offered), pages moved together.
"$programs/touch_pages" 500 "$dir/echoed" 2 </dev/null >"$dir/touched"
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/small
echo 4M >/sys/fs/cgroup/small/memory.max
bash -c 'echo $$ >/sys/fs/cgroup/small/cgroup.procs; exec "$0" 4000' "$programs/touch_pages" </dev/null >/dev/null 2>&1
background sleep 1000
offered=$background_pid
echo 1000 >"/proc/$offered/oom_score_adj"
echo f >/proc/sysrq-trigger
wait_gone "$offered"
echo 1 >/proc/sys/vm/compact_memory
# Block devices: a loop device that is written past the page cache, then with a flush after each write; then a file in it that a
# process of a container leaves to be written back.
busybox modprobe -a loop ext4
truncate -s 32M "$dir/disk"
loop=$(losetup --find --show "$dir/disk")
dd if=/dev/zero of="$loop" bs=4k count=50 oflag=direct status=none
dd if=/dev/zero of="$loop" bs=8k count=10 oflag=direct,sync status=none
container=$(printf 'ab%.0s' {1..32})
echo "+io +memory" >/sys/fs/cgroup/cgroup.subtree_control
mkdir "/sys/fs/cgroup/docker-$container.scope" "$dir/mounted"
mkfs.ext4 -q -F "$loop"
mount "$loop" "$dir/mounted"
bash -c 'echo $$ >"$1/cgroup.procs"; cp "$BUILD/programs/talk" "$2"' - "/sys/fs/cgroup/docker-$container.scope" "$dir/mounted"
sync -f "$dir/mounted"
umount "$dir/mounted"
losetup -d "$loop"

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

q_becomes "a system call is counted with its latency" "1,true" \
    "SELECT sum(calls)::BIGINT, histogram_count(histogram_sum(latency_ns)) = 1 FROM syscalls WHERE comm = 'mv' AND call LIKE 'rename%'"
q_becomes "I/Os of a block device are those of dd, whole ones, also with flushes" "60,286720" \
    "SELECT sum(ios), sum(bytes) FROM block_io WHERE device = '${loop#/dev/}' AND op = 'write' AND comm = 'dd'"
q_becomes "pages that a kernel thread writes back name the container that made them dirty" "$container" \
    "SELECT DISTINCT container FROM block_io WHERE device = '${loop#/dev/}' AND comm LIKE 'kworker%' AND bytes > 8192"

# Scheduling: a program that computes beside another on one CPU, beside what the kernel counted for it.
"$programs/sched_steps" 0 1000 >"$dir/steps"
read -r _ hog _ delay slices voluntary involuntary <"$dir/steps"
q_becomes "waits for a CPU and switches are those of /proc/PID/schedstat and status" "true,true" \
    "SELECT sum(voluntary_switches + involuntary_switches) - $((voluntary + involuntary)) IN (0, 1),
        sum(run_queue_total_ns) >= $delay AND (histogram_count(histogram_sum(run_queue_ns)) > $slices OR sum(run_queue_total_ns) = $delay)
     FROM sched_processes WHERE pid = $hog"
# The waiter's child may have begun to sleep before the waiter had left the CPU.
q_becomes "an uninterruptible wait has its length" true \
    "SELECT max(uninterruptible_max_ns) + sum(run_queue_total_ns + on_cpu_total_ns) >= 100000000
     FROM sched_processes WHERE pid = $(awk '$1 == "waiter" { print $2 }' "$dir/steps")"
q_reaches "each CPU has its rows" "$(nproc)" "SELECT count(DISTINCT cpu) FROM sched_cpus WHERE busy_ns > 0"
touched=$(sed -n 's/touched //p' "$dir/touched")
q_becomes "faults are those that the kernel accounted" "$(tail -n 1 "$dir/touched")" \
    "SELECT sum(minor_faults)::BIGINT, sum(major_faults)::BIGINT FROM memory_processes WHERE pid = $touched"
q_becomes "a kill at a cgroup's limit is a row" "touch_pages,cgroup,/small,4194304,touch_pages" \
    "SELECT comm, scope, cgroup, limit_bytes, trigger_comm FROM oom_kills WHERE cgroup IS NOT NULL"
q_becomes "a kill of the whole machine is a row" "$offered,system,1000,true" \
    "SELECT pid, scope, oom_score_adj, trigger_comm LIKE 'kworker%' FROM oom_kills WHERE cgroup IS NULL"
is "and there was no other" "$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)" "$(q 'SELECT count(*) FROM oom_kills')"
q_reaches "compaction is a stall of who waits for it" 1 "SELECT sum(stalls)::BIGINT FROM memory_stalls WHERE kind = 'compaction' AND pid = $$"

# Failures: a crash at a place that the program knows, a file that may not be read, root given up, a module.
"$programs/crash" write >"$dir/place" 2>/dev/null &
crashed=$!
wait "$crashed" 2>/dev/null
: >"$dir/secret"
chmod 600 "$dir/secret"
setpriv --reuid 1234 --regid 1234 --clear-groups "$programs/fail_calls" denied 25 "$dir/secret" &
denied=$!
wait "$denied"
"$programs/fail_calls" set_user 1
own_net=$(readlink /proc/self/ns/net | tr -dc 0-9)
new_net=$(unshare -n readlink /proc/self/ns/net | tr -dc 0-9)
module=$(echo /lib/modules/"$(uname -r)"/kernel/drivers/net/dummy.ko*)
case $module in
*.xz) xz -dc "$module";;
*) cat "$module";;
esac >"$dir/dummy.ko"
busybox insmod "$dir/dummy.ko" && busybox rmmod dummy

q_becomes "who ended a process" "$$,SIGKILL,SI_USER,delivered,1" \
    "SELECT pid, signal, code, result, count FROM signals WHERE target_pid = $sleeper"
q_becomes "where a process crashed, and on what" "SIGSEGV,SEGV_MAPERR,0x1234,write,$(cat "$dir/place")" \
    "SELECT signal, code, address, access, ip || ' ' || location FROM crashes WHERE pid = $crashed"
q_becomes "calls that a user has no right to are counted" "openat,EACCES,25" \
    "SELECT call, error, sum(count)::BIGINT FROM call_failures WHERE pid = $denied GROUP BY ALL"
q_becomes "root that is given up" "setgid,2
setuid,2" "SELECT call, sum(count)::BIGINT FROM changes WHERE comm = 'fail_calls' AND kind = 'credentials' AND after LIKE '%=4321 caps=%' GROUP BY 1 ORDER BY 1"
q_becomes "a network namespace" "$own_net,$new_net" \
    "SELECT before[5:], after[5:] FROM changes WHERE kind = 'namespaces' AND comm = 'unshare' AND call = 'unshare'"
q_becomes "a module that was loaded and freed" "module_free,busybox,dummy
module_load,busybox,dummy" "SELECT kind, comm, detail FROM changes WHERE kind LIKE 'module%' AND detail = 'dummy' ORDER BY 1"

# How the agent sees: every hook has a way, kernel functions are used where this kernel offers them, costs are counted.
"$sonde" probes -o json >"$dir/probes"
is "every hook has a way" "" "$(jq -r '.[] | select(.mechanism == null) | "\(.collector) \(.hook)"' "$dir/probes")"
at_least "fentry or fexit is taken where it is best" 1 "$(jq '[.[] | select(.mechanism == "fentry" or .mechanism == "fexit")] | length' "$dir/probes")"
eventually "runs of the exec program are counted" '/bin/true; [ "$("$sonde" probes -o json | jq "[.[] | select(.hook == \"exec\") | .programs[].runs] | add")" -ge 1 ]' 60
is "no collector failed" "" "$("$sonde" status -o json | jq -r '.collectors[] | select(.state != "running") | "\(.name): \(.why)"')"
is "nothing was lost" "" "$(q 'SELECT place, reason, count FROM agent_losses')"

ends_well "the agent ends when asked to"

# The system clock is set while the agent runs: an hour forward and back, then a year forward. Only a guest's clock may be set.
if start_agent --data "$dir/clock" --collectors process,host --segment 1s; then ok "the agent starts once more"; else
    not_ok "the agent starts once more"
    finish
fi
set_clock() { date -s "@$(($(date +%s) + $1))" >"$dir/set"; } # by how many seconds
mark() { # name: a program of that name runs
    cp /bin/true "$dir/$1"
    "$dir/$1"
}
marked() { # condition-on-the-times-of-the-marks: they are sorted by name
    echo "SELECT $1 FROM (SELECT list(epoch(time) ORDER BY comm) AS t FROM execs WHERE comm LIKE 'mark-_')"
}
ticks() { q "SELECT count(*) FROM host_load"; }

cp /bin/sleep "$dir/mark-long"
"$dir/mark-long" 1000 &
sleeper=$!
mark mark-1
q_becomes "before the clock is set rows are stored" 1 "SELECT count(*) FROM execs WHERE comm = 'mark-1'"
set_clock 3600
wait_for 'grep -q "the system clock stepped by +3[56]" "$dir/agent.err"'
mark mark-2
set_clock -3600
wait_for 'grep -q "the system clock stepped by -3[56]" "$dir/agent.err"'
mark mark-3
kill "$sleeper"
wait "$sleeper" 2>/dev/null
q_becomes "rows carry the clock's new time, an hour on and an hour back" "true,true" "$(marked "t[2] - t[1] BETWEEN 3600 AND 3800, t[3] - t[1] BETWEEN 0 AND 400")"
q_becomes "a life across both has its true length" true "SELECT duration_ns BETWEEN 1e9 AND 400e9 FROM exits WHERE comm = 'mark-long'"
is "each setting is said once" 2 "$(grep -c 'the system clock stepped' "$dir/agent.err")"
before=$(ticks)
at_least "there are segments" 1 "$("$sonde" status -o json | jq '[.store.tables[].segments] | add')"
set_clock $((365 * 86400))
eventually "collection goes on" "[ \"\$(ticks)\" -ge $((before + 12)) ]" # as many seconds: retention has looked twice
q_becomes "a year forward removes nothing that is not a day old" "3" "SELECT count(*) FROM execs WHERE comm LIKE 'mark-_'"
is "nothing was lost by it" "" "$(q 'SELECT place, reason, count FROM agent_losses')"
ends_well "the agent ends when asked to"
finish
