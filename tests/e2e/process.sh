#!/bin/bash
# The process collector on the real kernel: programs started, processes ended.
. "$(dirname "$0")/lib.sh"
start_agent --collectors process || { not_ok "the agent starts"; finish; }
ok "the agent starts"

# --- execs ---------------------------------------------------------------------------------------------------------

mkdir "$dir/work place"
cp /bin/echo "$dir/test-echo" # names of our own: others use this host too
(cd "$dir/work place" && bash -c 'exec "$@"' - "$dir/test-echo" plain 'two words' "it's" $'new\nline' $'\xff\xfe' '') >/dev/null
q_becomes "arguments are one shell-quoted string, whatever their bytes" \
    "$dir/test-echo plain 'two words' 'it'\\''s' \$'new\\nline' \$'\\xff\\xfe' ''" \
    "SELECT args FROM execs WHERE comm = 'test-echo'"
q_becomes "program, directory, parent, user and terminal are right" "$dir/test-echo|$dir/work place|bash|root|true|false" \
    "SELECT concat_ws('|', exe, cwd, parent_comm, \"user\", tty IS NULL, args_cut) FROM execs WHERE comm = 'test-echo'"
bash -c "'$dir/test-echo' child >/dev/null; :"
q_becomes "the parent's key is the key of the parent's own exec" "bash|$$" \
    "SELECT concat_ws('|', p.comm, p.ppid) FROM execs c JOIN execs p ON c.parent_key = p.process_key WHERE c.args LIKE '$dir/test-echo child'"

long=$(head -c 3000 /dev/zero | tr '\0' x)
cp /bin/true "$dir/test-true"
"$dir/test-true" "$long"
q_becomes "3,000 bytes of arguments are kept" $((3000 + ${#dir} + 11)) "SELECT length(args) FROM execs WHERE comm = 'test-true' AND NOT args_cut AND length(args) > 1000"
"$dir/test-true" "$long" "$long"
q_becomes "more than 4 KiB are cut, and it says so" 1 "SELECT count(*) FROM execs WHERE comm = 'test-true' AND args_cut AND length(args) BETWEEN 4080 AND 4110"

for name in $'\xff-name' $'\xfe-name' '\xff-name' 'a\x2dname' 'ä-name'; do
    cp /bin/true "$dir/$name"
    "$dir/$name"
done
q_becomes "names that are not UTF-8 stay different" '\x5cxff-name \xfe-name \xff-name a\x2dname ä-name' \
    "SELECT string_agg(comm, ' ' ORDER BY comm) FROM execs WHERE comm LIKE '%name' AND exe = '$dir/' || comm"

cp /bin/true "$dir/a program"
"$dir/a program"
q_becomes "a program's path may have spaces" "$dir/a program" "SELECT exe FROM execs WHERE comm = 'a program'"
(cd "$dir" && "./a program" relative)
q_becomes "a relative program is shown by its absolute path" "$dir/a program" "SELECT exe FROM execs WHERE args LIKE '%relative'"
printf '#!/bin/sh\nexit 3\n' >"$dir/script.sh"; chmod +x "$dir/script.sh"; "$dir/script.sh" one
q_becomes "a script's interpreter is the program, the script is in the arguments" "/usr/bin/dash|/bin/sh $dir/script.sh one" \
    "SELECT concat_ws('|', exe, args) FROM execs WHERE comm = 'script.sh'"

# --- exits ---------------------------------------------------------------------------------------------------------

q_becomes "an exit code is kept" "3|true" \
    "SELECT concat_ws('|', exit_code, signal IS NULL) FROM exits WHERE comm = 'script.sh'"
cp /bin/sleep "$dir/test-sleep"
"$dir/test-sleep" 100 &
kill -KILL $!; wait $! 2>/dev/null
q_becomes "so is the signal that ended a process" "SIGKILL|true" \
    "SELECT concat_ws('|', signal, exit_code IS NULL) FROM exits WHERE comm = 'test-sleep' OR pid = $!"
cp /bin/dd "$dir/test-dd"
"$dir/test-dd" if=/dev/zero of="$dir/blob" bs=1M count=8 2>/dev/null
q_becomes "bytes of calls are counted" 8388608 "SELECT write_call_bytes - write_call_bytes % 1048576 FROM exits WHERE comm = 'test-dd'"
python=$(python3 -c 'import sys; print(sys.executable)')
ln -s "$python" "$dir/test-python"
"$dir/test-python" -c 'x = bytearray(64 << 20)
for i in range(0, len(x), 4096): x[i] = 1
import time; t = time.process_time()
while time.process_time() - t < 0.3: pass'
q_becomes "CPU time, memory and duration are those of the process" "true|true|true" \
    "SELECT concat_ws('|', user_cpu_ns + system_cpu_ns BETWEEN 250000000 AND 5000000000, max_rss_bytes BETWEEN 64 << 20 AND 200 << 20,
     duration_ns >= user_cpu_ns + system_cpu_ns) FROM exits WHERE comm = 'test-python'"
q_becomes "every exec that ended has its exit, under the same key" 0 \
    "SELECT count(*) FROM execs e ANTI JOIN exits x USING (process_key) WHERE e.comm IN ('test-echo', 'test-true', 'test-dd', 'a program', 'script.sh', 'test-python')"

# --- many ----------------------------------------------------------------------------------------------------------

"$programs/spawn_loop" 2000 "$BUILD/programs/nothing" >/dev/null
q_becomes "2,000 starts in a row are 2,000 rows" 2000 "SELECT count(*) FROM execs WHERE comm = 'nothing'" 60
q_becomes "and 2,000 ends, each of another process" 2000 "SELECT count(DISTINCT process_key) FROM exits WHERE comm = 'nothing'" 60
is "nothing was lost" 0 "$(q 'SELECT count(*) FROM agent_losses')"

stop_agent
is "the agent ends cleanly" 0 "$agent_status"
finish
