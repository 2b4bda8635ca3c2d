#!/bin/bash
# The memory collector: faults and sizes are those that the kernel accounts, and kills and stalls those that a cgroup counts.
. "$(dirname "$0")/lib.sh"

group=''
remove_group() {
    [ -z "$group" ] || rmdir "$group" 2>/dev/null
}
trap 'clean_up; remove_group' EXIT

touching=''
# Starts touch_pages with a pipe on descriptor 9 as its input; its child's pid is then in $touching.
start_touching() { # output [argument...]
    local out=$1
    shift
    [ -p "$dir/go" ] || mkfifo "$dir/go"
    "$programs/touch_pages" "$@" <"$dir/go" >"$out" &
    own_pids+=("$!")
    exec 9>"$dir/go"
    wait_for 'grep -q touched "'"$out"'"'
    touching=$(sed -n 's/touched //p' "$out")
}

# Lets it end; prints its minor and major faults, as its parent got them from the kernel.
end_touching() { # output
    echo >&9
    wait_for '[ "$(wc -l <"'"$1"'")" = 2 ]'
    tail -n 1 "$1"
}

faults_of() { # pid: minor and major, of itself alone
    awk '{ sub(/.*\) /, ""); print $8 "," $10 }' "/proc/$1/stat"
}

# ---- a process that is older than the agent ----

start_touching "$dir/old" 2000
old=$touching
before=$(faults_of "$old")
start_agent --collectors process,memory || { not_ok "the agent starts"; finish; }
q_becomes "a process that the agent found has a row without faults" "true,true" \
    "SELECT minor_faults IS NULL AND major_faults IS NULL, anon_bytes >= 1900 * 4096 FROM memory_processes WHERE pid = $old"
after=$(end_touching "$dir/old")
q_becomes "its later faults are those since then" "$((${after%,*} - ${before%,*})),$((${after#*,} - ${before#*,}))" \
    "SELECT sum(minor_faults)::BIGINT, sum(major_faults)::BIGINT FROM memory_processes WHERE pid = $old HAVING count(*) > 1"

# ---- faults and sizes ----

dd if=/dev/urandom of="$dir/file" bs=4096 count=50 2>/dev/null
start_touching "$dir/new" 3000 "$dir/file" 4
new=$touching
resident=$(awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/$new/status")
q_becomes "the size of a process is what /proc shows, to 1 MiB" "true,true" \
    "SELECT abs(rss_bytes::BIGINT - $resident) < 1048576, anon_bytes BETWEEN 2744 * 4096 AND 5000 * 4096
     FROM memory_processes WHERE pid = $new AND rss_bytes IS NOT NULL ORDER BY time DESC LIMIT 1"
counted=$(end_touching "$dir/new")
q_becomes "the faults of a process and its ended threads are those that the kernel accounted" "$counted" \
    "SELECT sum(minor_faults)::BIGINT, sum(major_faults)::BIGINT FROM memory_processes WHERE pid = $new"
if [ "$(stat -f -c %T "$dir")" = tmpfs ]; then skip "pages of a dropped file are major faults" "the folder is in memory"; else
    at_least "pages of a dropped file are major faults" 40 "${counted#*,}"
fi
q_becomes "the last row of a process that ended has no size" "true" \
    "SELECT last(rss_bytes ORDER BY time) IS NULL AND count(rss_bytes) > 0 FROM memory_processes WHERE pid = $new"
is "size is the sum of its parts" 0 "$(q "SELECT count(*) FROM memory_processes WHERE rss_bytes <> anon_bytes + file_bytes + shmem_bytes")"

# ---- a cgroup with a limit ----

make_group() { # bytes: version 1 or 2, whichever has the memory controller
    if [ -w /sys/fs/cgroup/memory/cgroup.procs ]; then
        group=/sys/fs/cgroup/memory/sonde-test.$$
        mkdir "$group" && echo "$1" >"$group/memory.limit_in_bytes"
    elif grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
        group=/sys/fs/cgroup/sonde-test.$$
        echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir "$group" && echo "$1" >"$group/memory.max"
    else
        return 1
    fi
}

in_group() { # command...
    bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}

kills_counted() {
    cat "$group/memory.oom_control" "$group/memory.events" 2>/dev/null | awk '$1 == "oom_kill" { print $2 }'
}

if ! make_group 33554432 2>/dev/null; then
    skip "kills and stalls" "no cgroup with a memory controller can be made here"
    finish
fi

# The first holds most, the second asks for what is not there.
mkfifo "$dir/go2"
in_group "$programs/touch_pages" 5000 <"$dir/go2" >"$dir/victim" &
own_pids+=("$!")
exec 8>"$dir/go2"
wait_for 'grep -q touched "$dir/victim"'
victim=$(sed -n 's/touched //p' "$dir/victim")
in_group "$programs/touch_pages" 4000 </dev/null >"$dir/trigger"
trigger=$(sed -n 's/touched //p' "$dir/trigger")
exec 8>&-
is "the cgroup counts one kill" 1 "$(kills_counted)"
q_becomes "it is one row, with the victim and who asked for memory" "$victim,touch_pages,$trigger,touch_pages" \
    "SELECT pid, comm, trigger_pid, trigger_comm FROM oom_kills"
is "the row says which limit it was" "cgroup,/${group##*/},33554432,true" \
    "$(q "SELECT scope, cgroup, limit_bytes, usage_bytes BETWEEN 30000000 AND 33554432 FROM oom_kills")"
reported=$(dmesg 2>/dev/null | sed -n "s/.*Killed process $victim .*anon-rss:\([0-9]*\)kB.*/\1/p")
if [ -n "$reported" ]; then
    is "and what the victim held, as the kernel reported it" true \
        "$(q "SELECT abs(anon_bytes::BIGINT - $reported * 1024) < 1048576 AND page_table_bytes > 0 FROM oom_kills")"
fi
q_becomes "the victim's end is the kill" "SIGKILL" "SELECT signal FROM exits JOIN oom_kills USING (process_key)"

# Reading more than the limit makes the reader free what it read before.
large=$dir/large
if [ "$(stat -f -c %T "$dir")" = tmpfs ]; then large=$(find /usr/lib -xdev -type f -size +48M -print -quit); else
    dd if=/dev/zero of="$large" bs=1M count=48 2>/dev/null
    dd of="$large" oflag=nocache conv=notrunc,fdatasync count=0 2>/dev/null
fi
limits_met() { # what the kernel counted so far
    if [ -e "$group/memory.failcnt" ]; then cat "$group/memory.failcnt"; else awk '$1 == "max" { print $2 }' "$group/memory.events"; fi
}
earlier=$(limits_met)
in_group head -c 50331648 "$large" >/dev/null
met=$(($(limits_met) - earlier))
if [ "$met" = 0 ]; then skip "stalls at the limit of a cgroup" "there is no large file here that is not in memory yet"; else
    # Version 1 also counts a try that goes on with fewer pages instead of stalling.
    q_becomes "stalls at the limit are as many as the cgroup counted" "true" \
        "SELECT sum(stalls) BETWEEN $met * $([ -e "$group/memory.failcnt" ] && echo 0.4 || echo 1) AND $met FROM memory_stalls WHERE comm = 'head' AND kind = 'cgroup_reclaim'"
    q_becomes "they freed what did not fit" "true" \
        "SELECT sum(reclaimed_bytes) BETWEEN 15000000 AND 50331648 FROM memory_stalls WHERE comm = 'head' AND kind = 'cgroup_reclaim'"
    is "histograms count each stall" 0 "$(q "SELECT count(*) FROM memory_stalls WHERE histogram_count(stall_ns) <> stalls OR stall_max_ns > stall_total_ns")"
fi
is "nothing was lost" "" "$(q "SELECT place, reason, count FROM agent_losses")"
ends_well "the agent ends"
finish
