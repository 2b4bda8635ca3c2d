#!/bin/bash
# The failures collector: signals, crashes, failed calls and changes are the rows they should be, with the places that the
# programs say of themselves and the counts that they were told to make.
. "$(dirname "$0")/lib.sh"

export LC_ALL=C
cp "$programs/crash" "$programs/fail_calls" "$dir" # names and places of our own
cd "$dir" || exit 1
as_nobody=(setpriv --reuid 1234 --regid 1234 --clear-groups)

start_agent --collectors process,failures || { not_ok "the agent starts"; finish; }
# The programs look at system calls when the last word of the start is said: the first row of a failed call.
: >secret
chmod 600 secret
wait_for '"${as_nobody[@]}" cat secret 2>/dev/null; [ "$(q "SELECT count(*) FROM call_failures WHERE comm = '"'cat'"'")" != 0 ]'

# A process that has begun to sleep: before, it would be this shell's child with this shell's traps. Its pid is in $target.
start_sleep() {
    background sleep 1000
    target=$background_pid
    wait_for '[ "$(cat "/proc/$target/comm")" = sleep ]'
}

# --- signals ---------------------------------------------------------------------------------------------------------

signals() { # where [columns]
    q "SELECT ${2:-comm, signal, code, origin, result, scope, sum(count)} FROM signals WHERE $1 ${3-GROUP BY ALL ORDER BY ALL}"
}

start_sleep
for _ in $(seq 500); do kill -WINCH "$target"; done
/bin/kill -TERM "$target"
wait "$target" 2>/dev/null
q_becomes "each of 500 signals is counted, in few rows" "500,true" \
    "SELECT sum(count)::BIGINT, count(*) < 20 FROM signals WHERE pid = $$ AND target_pid = $target AND signal = 'SIGWINCH'"
is "an ignored one says so" "bash,SIGWINCH,SI_USER,process,ignored,process,500" "$(signals "pid = $$ AND target_pid = $target" \
    "'bash', signal, code, origin, result, scope, sum(count)::BIGINT")"
is "who ended a process" "kill,SIGTERM,SI_USER,process,delivered,process,1,sleep" \
    "$(signals "target_pid = $target AND signal = 'SIGTERM'" "comm, signal, code, origin, result, scope, count, target_comm" "")"
q_becomes "the receiver's key joins its exit" "SIGTERM" \
    "SELECT e.signal FROM signals s JOIN exits e ON e.process_key = s.target_key WHERE s.target_pid = $target AND s.signal = 'SIGTERM'"

./fail_calls signals 700 &
wait $!
q_becomes "blocked, already pending, ignored" "SIGUSR1,SI_USER,ignored,700
SIGUSR2,SI_USER,already_pending,1
SIGUSR2,SI_USER,blocked,1" "SELECT signal, code, result, sum(count)::BIGINT FROM signals WHERE comm = 'fail_calls' GROUP BY ALL ORDER BY ALL"
is "no child's end is a row by default" 0 "$(q "SELECT count(*) FROM signals WHERE signal = 'SIGCHLD' AND origin = 'kernel'")"
bash -c 'sleep 1000 & exec 2>/dev/null; kill -STOP $!; kill -KILL $!; wait' 2>/dev/null
q_becomes "signals that cannot be caught" "SIGKILL
SIGSTOP" "SELECT DISTINCT signal FROM signals WHERE comm = 'bash' AND signal IN ('SIGSTOP', 'SIGKILL') AND target_comm IN ('bash', 'sleep') ORDER BY 1"
(yes | head -n 1) >/dev/null
q_becomes "a broken pipe is the kernel's signal" "SIGPIPE,kernel,yes" \
    "SELECT signal, origin, target_comm FROM signals WHERE comm = 'yes' AND signal = 'SIGPIPE'"

# --- crashes ---------------------------------------------------------------------------------------------------------

crash() { # what expected kind [columns]: PLACE stands for what the program said
    local pid place columns=${4:-"signal, code, address, access, ip || ' ' || location"}
    ./crash "$3" >place 2>/dev/null &
    pid=$!
    wait "$pid" 2>/dev/null
    place=$(tail -n 1 place)
    q_becomes "$1" "${2//PLACE/$place}" "SELECT $columns FROM crashes WHERE pid = $pid"
}

ulimit -c 0
crash "a write to an address that is not mapped" "SIGSEGV,SEGV_MAPERR,0x1234,write,PLACE" write
crash "a read behind a null pointer" "SIGSEGV,SEGV_MAPERR,0x10,read,PLACE" read
crash "a write to what is constant" "SIGSEGV,SEGV_ACCERR,write,PLACE" constant "signal, code, access, ip || ' ' || location"
crash "an address that no pointer can hold" "SIGSEGV,SI_KERNEL,,,PLACE" canonical
crash "a page behind the end of a file" "SIGBUS,BUS_ADRERR,0x10000008,read,PLACE" bus
crash "a jump to what may not be executed lies in no file" "SIGSEGV,SEGV_ACCERR,0x20000000,execute,PLACE," jump \
    "signal, code, address, access, ip, location"
crash "a division by zero" "SIGFPE,FPE_INTDIV,,,PLACE" divide
crash "an illegal instruction" "SIGILL,ILL_ILLOPN,,,PLACE" illegal
crash "abort" "SIGABRT,SI_TKILL,,,true" abort "signal, code, address, access, location LIKE '/%+0x%'"
crash "a breakpoint without a debugger" "SIGTRAP,SI_TKILL" trap "signal, code"
crash "a system call that a filter forbids" "SIGSYS,SYS_SECCOMP,true" seccomp "signal, code, location LIKE '/%+0x%'"
crash "a handler that returns is no crash, the second time it is" "1,PLACE" handled "count(*), min(ip || ' ' || location)"
crash "the thread that crashed, by name" "worker-7,SIGSEGV,PLACE,true" thread "thread, signal, ip || ' ' || location, tid <> pid"
is "its number" "$(head -n 1 place)" "$(q "SELECT tid FROM crashes WHERE thread = 'worker-7'")"
is "one crash is one row" "13,13" "$(q "SELECT count(*), count(DISTINCT process_key) FROM crashes WHERE exe = '$dir/crash'")"

start_sleep
kill -SEGV "$target"
wait "$target" 2>/dev/null
q_becomes "a signal that somebody sent" "sleep,SIGSEGV,SI_USER,," "SELECT comm, signal, code, address, access FROM crashes WHERE pid = $target"

if (ulimit -c unlimited) 2>/dev/null && [ "$(cat /proc/sys/kernel/core_pattern)" = core ]; then
    { (ulimit -c unlimited; exec ./crash write); } >/dev/null 2>&1
    q_becomes "a core that was dumped" true "SELECT core_dumped FROM crashes WHERE exe = '$dir/crash' ORDER BY time DESC LIMIT 1"
else
    skip "a core that was dumped" "cores go elsewhere on this machine"
fi
is "whether a core was dumped, as the exits say" 0 \
    "$(q "SELECT count(*) FROM crashes c JOIN exits e USING (process_key) WHERE c.core_dumped IS DISTINCT FROM e.core_dumped")"
is "the signal, as the exits say" 0 \
    "$(q "SELECT count(*) FROM crashes c JOIN exits e USING (process_key) WHERE c.signal IS DISTINCT FROM e.signal")"

# --- failed calls ----------------------------------------------------------------------------------------------------

failed() { # what expected pid
    q_becomes "$1" "$2" "SELECT call, error, sum(count)::BIGINT FROM call_failures WHERE pid = $3 GROUP BY ALL ORDER BY ALL"
}

fail_calls() { # [before the command --] kind n [path]: its pid is in $pid
    "$@" 2>fail.err &
    pid=$!
    wait "$pid" || not_ok "$*" "$(cat fail.err)"
}

fail_calls "${as_nobody[@]}" ./fail_calls denied 1000 "$dir/secret"
failed "what a user may not read" "openat,EACCES,1000" "$pid"
fail_calls ./fail_calls descriptors 321
failed "no more descriptors" "dup,EMFILE,321" "$pid"
fail_calls "${as_nobody[@]}" ./fail_calls processes 17
failed "no more processes" "fork,EAGAIN,17" "$pid"
fail_calls ./fail_calls in_use 5
failed "an address that is taken" "bind,EADDRINUSE,5" "$pid"
fail_calls "${as_nobody[@]}" ./fail_calls compat 9
failed "32-bit calls by their number" "i386:213,EPERM,9" "$pid"
fail_calls ./fail_calls try_later 50
fail_calls ./fail_calls missing 60 "$dir/nothing"
if unshare -m true 2>/dev/null; then
    mkdir small
    # shellcheck disable=SC2016
    fail_calls unshare -m sh -c 'mount -t tmpfs -o size=256k small small && exec ./fail_calls full 44 small/file'
    failed "a full file system" "write,ENOSPC,44" "$pid"
else
    skip "a full file system" "no mount namespaces here"
fi
is "what fails all day is no row" 0 \
    "$(q "SELECT count(*) FROM call_failures WHERE error = 'ENOENT' OR (error = 'EAGAIN' AND call <> 'fork')")"
is "who lacks what" "1234" "$(q "SELECT DISTINCT uid FROM call_failures WHERE comm = 'fail_calls' AND error = 'EACCES'")"

# --- changes ---------------------------------------------------------------------------------------------------------

changes() { # what expected where [columns]
    q_becomes "$1" "$2" "SELECT ${4:-kind, call, before, after} FROM changes WHERE $3"
}

run() { # command...: its output is in the file out, its pid in $pid
    "$@" >out 2>&1 &
    pid=$!
    wait "$pid"
}

ids=$(awk '/^Uid/ { u = $2 } /^Gid/ { g = $2 } END { print "uid=" u " gid=" g }' /proc/self/status)
run ./fail_calls set_user 3
changes "a process of four threads gives up root" "setgid,true,true,4
setuid,true,true,4" "pid = $pid GROUP BY call ORDER BY call" \
    "call, bool_and(before LIKE CASE call WHEN 'setgid' THEN '$ids caps=%' ELSE 'uid=0 gid=4321 caps=%' END),
    bool_and(after LIKE CASE call WHEN 'setgid' THEN 'uid=0 gid=4321 caps=%' ELSE 'uid=4321 gid=4321 caps=none' END), sum(count)::BIGINT"
run ./fail_calls flip_user 300
changes "a process that goes to and fro: counted, in few rows" "setresuid,600,2,true" "pid = $pid GROUP BY call" \
    "call, sum(count)::BIGINT, count(DISTINCT before), count(*) < 20"
install -m 4755 "$(command -v id)" root_id
run "${as_nobody[@]}" sh -c 'exec ./root_id -u'
if [ "$(cat out)" = 0 ]; then
    changes "a set-user-id program" "execve,uid=1234 gid=1234 caps=none,true" "pid = $pid AND comm = 'root_id'" \
        "call, before, after LIKE 'uid=1234 euid=0 gid=1234 caps=all%'"
else
    skip "a set-user-id program" "they do not work below $dir"
fi
run true
changes "a program that starts as any other is no change" 0 "pid = $pid" "count(*)"

number() { # of the namespace whose link was printed: net:[4026531840]
    sed 's/.*\[\(.*\)\]/\1/'
}

if unshare -n true 2>/dev/null; then
    own=$(readlink /proc/self/ns/net | number)
    run unshare -n readlink /proc/self/ns/net
    changes "a namespace of its own: from which to which" "namespaces,unshare,net=$own,net=$(number <out)" "pid = $pid"
    background unshare -n sleep 1000
    other=$background_pid
    wait_for '[ "$(readlink "/proc/$other/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
    run nsenter --net="/proc/$other/ns/net" true
    changes "a namespace of another process" "namespaces,setns,net=$own,net=$(readlink "/proc/$other/ns/net" | number)" "pid = $pid"
    own=$(readlink /proc/self/ns/uts | number)
    run ./fail_calls clones 3
    changes "children made in new namespaces" "$(number <out | sort | sed "s/.*/namespaces,clone3,uts=$own,uts=&/")" \
        "comm = 'fail_calls' AND kind = 'namespaces' ORDER BY after"
    run unshare -u hostname test-name
    changes "a host name" "test-name" "pid = $pid AND kind = 'hostname'" after
else
    skip "namespaces" "they may not be made here"
fi
run chroot / true
changes "another root directory" "chroot,/" "pid = $pid AND kind = 'root'" "call, after"
is "nothing was lost" 0 "$(q "SELECT count(*) FROM agent_losses")"
ends_well "the agent ends in order"

# --- options ---------------------------------------------------------------------------------------------------------

printf 'failures:\n  routine_signals: true\n  errors: [ENOENT, EACCES]\n' >config.yaml
rm -rf data
start_agent --collectors process,failures --config config.yaml || { not_ok "the agent starts with options"; finish; }
wait_for './fail_calls missing 1 "$dir/first"; [ "$(q "SELECT count(*) FROM call_failures")" != 0 ]'
run bash -c 'for i in 1 2 3 4 5 6 7; do /bin/true; done; exit 0'
changes_of_children="SELECT sum(count)::BIGINT, count(DISTINCT pid) FROM signals WHERE target_pid = $pid AND signal = 'SIGCHLD' AND code = 'CLD_EXITED'"
q_becomes "routine_signals: ends of children are summed up by parent" "7,0" "$changes_of_children"
run ./fail_calls missing 60 "$dir/nothing"
q_becomes "errors: only those that are listed" "ENOENT,60" \
    "SELECT error, sum(count)::BIGINT FROM call_failures WHERE pid = $pid AND call = 'openat' GROUP BY 1"
run ./fail_calls in_use 5
run ./fail_calls missing 1 "$dir/last"
q_becomes "errors: no others" 1 "SELECT sum(count)::BIGINT FROM call_failures WHERE pid = $pid AND call = 'openat'"
is "errors: none that is not listed" 0 "$(q "SELECT count(*) FROM call_failures WHERE error = 'EADDRINUSE'")"
stop_agent
printf 'failures:\n  errors: [EWHAT]\n' >config.yaml
matches "errors: a name that is none is refused with words" 'EWHAT' \
    "$("$sonde" agent --data "$dir/data2" --socket "$dir/2.sock" --config config.yaml 2>&1)"
finish
