# Functions for end-to-end tests; a test sources this file first and calls `finish` last.
#   BUILD   absolute folder of the build (tests/run sets it)
#   dir     a temporary folder of the test, removed at its end
#   PATIENCE  seconds that a condition may take before it counts as failed; POLL: seconds between two looks at it
#             (emulated guests raise both)
# Tests await conditions (wait_for) instead of sleeping, and end only processes that they started themselves.
# shellcheck shell=bash disable=SC2016,SC2034
set -u
: "${BUILD:?is the absolute path of the build folder; tests/run sets it}"
PATIENCE=${PATIENCE:-60}
POLL=${POLL:-0.05}
sonde=$BUILD/sonde
programs=$BUILD/programs
dir=$(mktemp -d "${TMPDIR:-/tmp}/sonde-test.XXXXXX")
chmod 755 "$dir" # the agent's worker is another user
export SONDE_SOCKET=$dir/sonde.sock
agent_pid=''
agent_status=''
own_pids=()
test_number=0
test_failures=0

clean_up() {
    local pid
    for pid in "${own_pids[@]}"; do kill "$pid" 2>/dev/null; done
    if [ -n "$agent_pid" ]; then
        kill "$agent_pid" 2>/dev/null
        wait_gone "$agent_pid" || kill -KILL "$agent_pid" 2>/dev/null
    fi
    rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- results -------------------------------------------------------------------------------------------------------

ok() { # what
    test_number=$((test_number + 1))
    echo "ok $test_number - $1"
}

not_ok() { # what [detail...]: each detail becomes a comment
    test_number=$((test_number + 1))
    test_failures=$((test_failures + 1))
    echo "not ok $test_number - $1"
    shift
    [ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

skip() { # what why
    test_number=$((test_number + 1))
    echo "ok $test_number - $1 # SKIP $2"
}

check() { # what command...: passes when the command succeeds; shows what it printed when not
    local what=$1 printed
    shift
    if printed=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$* failed" "$printed"; fi
}

is() { # what expected got
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2" "got:      $3"; fi
}

at_least() { # what minimum got
    if [ "${3:-0}" -ge "$2" ] 2>/dev/null; then ok "$1"; else not_ok "$1" "expected at least: $2" "got: $3"; fi
}

matches() { # what extended-regular-expression text
    if printf '%s\n' "$3" | grep -Eq -e "$2"; then ok "$1"; else not_ok "$1" "no match for: $2" "in: $3"; fi
}

ends_well() { # what: the agent ends when it is asked to, with 0
    if ! stop_agent; then not_ok "$1" "the agent had to be killed"; else is "$1" 0 "$agent_status"; fi
}

finish() {
    echo "1..$test_number"
    [ "$test_failures" = 0 ] && [ "$test_number" -gt 0 ]
    exit
}

# --- conditions ----------------------------------------------------------------------------------------------------

# Evaluates the shell condition until it holds or SECONDS (PATIENCE when left out) have passed. The condition sees the
# caller's variables by name, not its $1 $2.
wait_for() { # condition [seconds]
    local deadline=$((SECONDS + ${2:-$PATIENCE}))
    until eval "$1"; do
        if [ "$SECONDS" -gt "$deadline" ]; then return 1; fi
        sleep "$POLL"
    done
}

eventually() { # what condition [seconds]
    if wait_for "$2" "${3:-$PATIENCE}"; then ok "$1"; else not_ok "$1" "never became true: $2"; fi
}

wait_gone() { # pid [seconds]: true when the process has ended (a zombie of ours counts)
    wait_for "! alive $1" "${2:-$PATIENCE}"
}

alive() { # pid: a zombie is not
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) }
    [ "${stat%% *}" != Z ] && [ "${stat%% *}" != X ]
}

# --- processes of the test -----------------------------------------------------------------------------------------

background() { # command...: runs it in the background and ends it with the test; its pid is in $background_pid
    "$@" &
    background_pid=$!
    own_pids+=("$background_pid")
}

# Starts `sonde run` in the background; what it prints is in $dir/NAME.out and $dir/NAME.err, its pid in $run_pid. True when the line that
# says what is attached is there.
start_run() { # name line argument...
    local name=$1 line=$2
    shift 2
    : >"$dir/$name.err"
    "$sonde" run "$@" >"$dir/$name.out" 2>"$dir/$name.err" &
    run_pid=$!
    own_pids+=("$run_pid")
    wait_for "grep -q '$line' '$dir/$name.err' || ! alive $run_pid"
    grep -q "$line" "$dir/$name.err" && return
    echo "# sonde run $*"
    sed 's/^/# /' "$dir/$name.err"
    return 1
}

# Ends it as Ctrl-C does; its exit code is then in $run_code.
stop_run() {
    kill -INT "$run_pid" 2>/dev/null
    wait "$run_pid"
    run_code=$?
}

# --- the agent -----------------------------------------------------------------------------------------------------

# Starts an agent with its own data folder and socket and waits until it watches (its banner) and answers a query. False when
# it does not: its output, in $dir/agent.out and $dir/agent.err, is then printed as comments.
start_agent() { # option...
    agent_status=''
    : >"$dir/agent.out"
    : >"$dir/agent.err"
    "$sonde" agent --data "$dir/data" --socket "$SONDE_SOCKET" "$@" >"$dir/agent.out" 2>"$dir/agent.err" &
    agent_pid=$!
    if wait_for '! alive "$agent_pid" || agent_ready' && alive "$agent_pid"; then return 0; fi
    echo "# the agent did not become ready (sonde agent $*)"
    show_agent
    return 1
}

agent_ready() {
    [[ $(<"$dir/agent.out")$(<"$dir/agent.err") == *", ready after "* ]] && [ "$(q 'SELECT 1' 2>/dev/null)" = 1 ]
}

show_agent() {
    tail -n 20 "$dir/agent.out" "$dir/agent.err" | sed 's/^/# /'
}

# Ends the agent as Ctrl-C does and waits for it. Its exit code is then in $agent_status; false when it had to be killed.
# Call it in the test's own shell, not in $(…) and not through check: only there it is a child that can be waited for.
stop_agent() { # [signal, INT when left out]
    [ -n "$agent_pid" ] || return 0
    kill -"${1:-INT}" "$agent_pid" 2>/dev/null
    local in_time=0
    wait_gone "$agent_pid" || { in_time=1; kill -KILL "$agent_pid" 2>/dev/null; }
    wait "$agent_pid"
    agent_status=$?
    agent_pid=''
    return $in_time
}

# --- questions -----------------------------------------------------------------------------------------------------

q() { # sql: rows as CSV without the heading; a single value is printed as it is
    local rows
    rows=$("$sonde" query "$1" -o csv) || return
    [[ $rows != *$'\n'* ]] || printf '%s\n' "${rows#*$'\n'}"
}

q_json() { # sql: rows as JSON lines
    "$sonde" query "$1" -o jsonl
}

# Awaits that a query of one value gives the expected one; rows become visible at the store's next commit.
q_becomes() { # what expected sql [seconds]
    local expected=$2 sql=$3 got=''
    if wait_for 'got=$(q "$sql" 2>"$dir/q.err"); [ "$got" = "$expected" ]' "${4:-$PATIENCE}"; then ok "$1"; else
        not_ok "$1" "query:    $sql" "expected: $expected" "got:      $got" "$(cat "$dir/q.err")"
    fi
}

q_reaches() { # what minimum sql [seconds]
    local minimum=$2 sql=$3 got=''
    if wait_for 'got=$(q "$sql" 2>"$dir/q.err"); [ "$got" -ge "$minimum" ] 2>/dev/null' "${4:-$PATIENCE}"; then ok "$1"; else
        not_ok "$1" "query: $sql" "expected at least: $minimum" "got: $got"
    fi
}
