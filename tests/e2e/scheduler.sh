#!/bin/bash
# The scheduler collector: what it counts for known programs is what the kernel itself counted for them.
. "$(dirname "$0")/lib.sh"

start_agent --collectors process,scheduler || { not_ok "the agent starts"; finish; }
q_reaches "busy CPUs make rows" 1 "SELECT count(*) FROM sched_cpus WHERE busy_ns > 0"

cpu=$(($(nproc) - 1))
ms=400
[ "$PATIENCE" -le 30 ] || ms=1000 # an emulated guest
switches() { awk '$1 == "ctxt" { print $2 }' /proc/stat; }
utc() { date -u '+%F %T.%N'; }
before=$(switches)
begun=$(utc)
"$programs/sched_steps" "$cpu" "$ms" >"$dir/steps" || not_ok "the steps run" "$(cat "$dir/steps")"
matches "the steps' counts of the kernel" '^hog [0-9]+ [0-9]+ [0-9]+ [0-9]+ [0-9]+ [0-9]+$' "$(head -n 1 "$dir/steps")"

# Process by process beside /proc/PID/schedstat and status, read when it had ended:
# - The last switch, by which a dead process leaves its CPU, comes at the same time: it may not be in what was read. In between the
#   process may have been preempted once more, and have waited once more.
# - A wait is in both to the nanosecond. A thread that is preempted just when it wants to sleep waits too, which the kernel does not count:
#   so ours may be more waits, then more time, but never the same number with another time. Only of a thread that is moved to another CPU
#   while it waits the kernel leaves out the time of the move.
# - Time on a CPU: ours begins and ends at the same times, but the kernel takes off what a hypervisor or interrupts had meanwhile (if it is
#   built to know), so ours is not less. That it is not too much either follows from the lifetime (exits): on CPU + run queue + blocked is
#   not more, but for the last stay, which reaches beyond the event of the exit, and a wait in it. Its clock is disciplined by NTP, the
#   scheduler's is not: up to 500 us in a second apart.
while read -r name pid on_cpu delay slices voluntary involuntary; do
    q_becomes "$name: switches and waits are those of the kernel" "true,true,true,true" \
        "SELECT sum(voluntary_switches) - $voluntary IN (0, 1), sum(involuntary_switches) - $involuntary IN (0, 1),
            histogram_count(histogram_sum(run_queue_ns)) >= $slices,
            CASE WHEN histogram_count(histogram_sum(run_queue_ns)) = $slices AND sum(migrations) = 0 THEN sum(run_queue_total_ns) = $delay
                 ELSE sum(run_queue_total_ns) >= $delay END FROM sched_processes WHERE pid = $pid"
    is "$name: time on CPUs is not less than the kernel's; with all waits it is the lifetime, or less" "true,true" \
        "$(q "SELECT sum(on_cpu_total_ns) >= $on_cpu, sum(on_cpu_total_ns + run_queue_total_ns + off_cpu_total_ns) <=
                any_value(duration_ns) * 1.0005 + max(on_cpu_max_ns) + max(run_queue_max_ns) FROM sched_processes JOIN exits USING (process_key) WHERE sched_processes.pid = $pid")"
    is "$name: every stay on a CPU is in the histogram, and every wait has its kind" "true,true,true" \
        "$(q "SELECT histogram_count(histogram_sum(on_cpu_ns)) = sum(voluntary_switches + involuntary_switches),
                sum(off_cpu_total_ns) = sum(sleep_total_ns + io_total_ns + uninterruptible_total_ns + stopped_total_ns),
                max(on_cpu_max_ns) <= sum(on_cpu_total_ns) FROM sched_processes WHERE pid = $pid")"
done <"$dir/steps"

pid_of() { awk -v name="$1" '$1 == name { print $2; exit }' "$dir/steps"; }
# A sleep is never shorter than asked for; ten of them, each a wait in the histogram. No other wait was uninterruptible as long.
is "the sleeper slept as long as it wanted" "true,true" "$(q "SELECT sum(sleep_total_ns) >= $ms * 1000000,
    histogram_count(histogram_sum(off_cpu_ns)) >= 10 FROM sched_processes WHERE pid = $(pid_of sleeper)")"
# Its child may have begun to sleep before the waiter had left the CPU.
is "the waiter waited uninterruptibly, not for a disk" "true,0" \
    "$(q "SELECT max(uninterruptible_max_ns) + sum(run_queue_total_ns + on_cpu_total_ns) >= $ms * 100000, sum(io_total_ns)::BIGINT
        FROM sched_processes WHERE pid = $(pid_of waiter)")"
is "two hogs on one CPU waited for each other" "true" "$(q "SELECT sum(run_queue_total_ns) >= 0.9 * $ms * 1000000
    FROM sched_processes WHERE pid IN ($(awk '$1 == "hog" { print $2 }' "$dir/steps" | paste -sd,))")"
is "they were never moved" 0 "$(q "SELECT sum(migrations)::BIGINT FROM sched_processes WHERE pid IN ($(awk '$1 != "mover" { print $2 }' "$dir/steps" |
    paste -sd,))")"
if [ "$cpu" -gt 0 ]; then
    is "one that went to another CPU and back 20 times was moved 40 times" 40 \
        "$(q "SELECT sum(migrations)::BIGINT FROM sched_processes WHERE pid = $(pid_of mover)")"
    q_becomes "its CPU saw it come and go" "true,true" \
        "SELECT sum(migrations_in) >= 20, sum(migrations_out) >= 20 FROM sched_cpus WHERE cpu = $cpu AND time > '$begun'"
else
    skip "moves between CPUs are counted" "there is one CPU"
fi

# The CPU was busy at least while the hogs had it, and never longer than an interval is (but for a switch while it was read).
hog_ns=$(awk '$1 == "hog" { sum += $3 } END { printf "%.0f", sum }' "$dir/steps")
q_becomes "their CPU was busy as long" true "SELECT sum(busy_ns) >= $hog_ns FROM sched_cpus WHERE cpu = $cpu"
is "no CPU was busy for more than the interval" 0 "$(q "SELECT count(*) FROM sched_cpus WHERE busy_ns > interval_ns * 1.01")"
# One that still runs has its time on the CPU told each second.
background bash -c 'while :; do :; done'
q_reaches "a program that runs on and on has rows meanwhile" 2 "SELECT count(*) FROM sched_processes WHERE pid = $background_pid AND on_cpu_total_ns > 1000000"
alive "$background_pid" || not_ok "it still runs"
is "no row has more time than its interval has for one thread" 0 "$(q "SELECT count(*) FROM sched_processes WHERE pid = $background_pid
    AND on_cpu_total_ns > interval_ns * 1.1")"
kill -STOP "$background_pid"
wait_for '[ "$(awk "{ print \$3 }" /proc/$background_pid/stat)" = T ]'
kill -CONT "$background_pid"
q_becomes "a stopped program's wait is one of its own kind" true "SELECT sum(stopped_total_ns) > 0 FROM sched_processes WHERE pid = $background_pid"
kill "$background_pid"

# Every direct write waits for the disk.
dd if=/dev/zero of="$dir/direct" bs=4096 count=50 oflag=direct,dsync 2>/dev/null & writer=$!
if wait "$writer"; then
    q_becomes "waits for a disk are told" true "SELECT sum(io_total_ns) > 0 AND max(io_max_ns) <= sum(io_total_ns) FROM sched_processes WHERE pid = $writer"
else
    skip "waits for a disk are told" "no direct writes here"
fi

# On one CPU a byte only comes back when the other process had the CPU meanwhile: whether for waiting or for being preempted, each leaves it.
n=20000
[ "$PATIENCE" -le 30 ] || n=2000
"$programs/ping_pong" $n "$cpu" >/dev/null & player=$!
wait "$player"
q_becomes "each handing over of a byte is a switch" true \
    "SELECT sum(voluntary_switches + involuntary_switches) >= $n FROM sched_processes WHERE pid = $player"

# Switches of all CPUs: rows that lie within the time between two readings of /proc/stat count no more, those that reach into it no less.
# (A tenth less is let pass: a sandbox may hide its own processes from all tracing, and what they switch to is not seen.)
ended=$(utc)
all=$(($(switches) - before))
q_becomes "the switches of all CPUs are those of /proc/stat" "true,true" "SELECT
    sum(switches) FILTER (time - to_microseconds(interval_ns // 1000) > '$begun' AND time < '$ended') <= $all,
    sum(switches) FILTER (time > '$begun' AND time - to_microseconds(interval_ns // 1000) < '$ended') >= $all * 0.9
    FROM sched_cpus HAVING count(*) FILTER (time - to_microseconds(interval_ns // 1000) > '$ended') >= 1"
is "nothing was lost" "" "$(q "SELECT place, reason, count FROM agent_losses")"
ends_well "the agent ends"
finish
