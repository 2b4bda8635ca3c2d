#!/bin/bash
# sonde run: compiled BPF objects, run without user-space code of their own.
. "$(dirname "$0")/lib.sh"

# A process of the test that calls into the kernel when it is told to: poke lets it, its pid is in $target.
start_target() { # command that it becomes
    mkfifo "$dir/poke.$1" 2>/dev/null
    bash -c 'read -r _; exec "$@" >/dev/null' bash "$@" <"$dir/poke.$1" &
    target=$!
    own_pids+=("$target")
    exec 9>"$dir/poke.$1"
}
poke() { echo >&9; }
said() { cat "$dir/$1.err"; }
map() { # name map jq-filter: of what the run printed of a map
    jq -rc "select(.kind == \"map\" and .map == \"$2\") | $3" "$dir/$1.out"
}

# --- events, their types, and how they are told apart --------------------------------------------------------------
start_run opens '^on_openat ' "$programs/opens.bpf.o" -o jsonl
cat "$dir/not there" 2>/dev/null
eventually "an event is printed when it happens, with its fields" 'grep -q "\"filename\":\"$dir/not there\"" "$dir/opens.out"'
stop_run
is "Ctrl-C ends it well" 0 "$run_code"
is "each line is an event of that type" "events event pid,filename" \
    "$(jq -r 'select(.kind == "event") | "\(.map) \(.type) \(.data | keys_unsorted | join(","))"' "$dir/opens.out" | sort -u)"
matches "where the type comes from is said" '^events +event \(from DWARF\)$' "$(said opens)"

start_target nice
start_run records '^send ' "$programs/records.bpf.o" -o json --set "target=$target"
poke
wait_for '[ "$(grep -c "\"kind\":\"event\"" "$dir/records.out")" -ge 5 ]'
stop_run
event() { jq -c ".[] | select(.kind == \"event\" and .map == \"$1\" and .type == \"$2\") | .data" "$dir/records.out"; }
is "a record made in a map, sent in part" "{\"pid\":$target,\"size\":15,\"text\":\"all these words\"}" "$(event perf in_map)"
is "a record made on the stack, in a perf event" "{\"pid\":$target,\"comm\":\"nice\"}" "$(event perf in_stack)"
is "the same in a ring buffer" "{\"pid\":$target,\"comm\":\"nice\"}" "$(event ring in_stack)"
is "a record reserved in the ring buffer, by a function of its own" "{\"pid\":$target,\"number\":1125899906842624}" "$(event ring in_ring)"
is "a record that is a global variable" "{\"pid\":$target,\"parts\":[0,0,0,0,0,0,0,0,0,9]}" "$(event ring in_global)"

llvm-strip -g "$programs/opens.bpf.o" -o "$dir/stripped.bpf.o"
start_run stripped '^on_openat ' "$dir/stripped.bpf.o" -n 1
cat "$dir/not there" 2>/dev/null
wait "$run_pid"
is "--count ends it" 0 $?
matches "without a type, why is said" '^events +records are shown as bytes: the object has no debug information' "$(said stripped)"
matches "and the bytes are dumped" '^  0000  [0-9a-f ]+\|.{16}\|$' "$(cat "$dir/stripped.out")"

# --- maps ----------------------------------------------------------------------------------------------------------
start_target cat
start_run maps '^fill ' "$programs/maps.bpf.o" -o jsonl --set "target=$target" --set label=after --set last.port=0x5000
poke
wait_for 'grep -q "filled for $target" "$dir/maps.out"'
stop_run
is "a hash: nested structs, enums, bit fields, unions, typedefs by name" \
    '{"from":"10.0.0.1","to":"10.0.0.2","port":443,"mac":"020000000001"} {"colour":"GREEN","name":"first \"one\"","took":5200000,"low":5,"high":17,"good":true,"flows":[{"from":"0.0.0.0","to":"0.0.0.0","port":0,"mac":"000000000000"},{"from":"127.0.0.1","to":"0.0.0.0","port":443,"mac":"000000000000"}],"word":131073,"halves":[1,2],"slots":[0,3,0,0,0,0,0,0]}' \
    "$(map maps hash '.entries[] | "\(.key|tojson) \(.value|tojson)"')"
is "an LRU hash" "443=1000 80=7" "$(map maps lru_hash '[.entries[] | "\(.key)=\(.value)"] | sort | join(" ")')"
is "an array" "[0,-7,0,0]" "$(map maps array '[.entries[].value]')"
is "a per-CPU hash: the sum, and each CPU" "443 1000 1000 $(getconf _NPROCESSORS_CONF)" \
    "$(map maps percpu_hash '.entries[] | "\(.key) \(.value) \(.cpus | add) \(.cpus | length)"')"
is "a per-CPU value without a sum" "null 5200000" "$(map maps percpu_array '.entries[1] | "\(.value) \(.cpus | map(.took) | add)"')"
is "an LPM trie has prefixes" "10.0.0.0/8=1 10.0.0.1/32=2" "$(map maps trie '[.entries[] | "\(.key)=\(.value)"] | sort | join(" ")')"
is "a queue, first in first" "[1,2]" "$(map maps queue '[.entries[].value]')"
is "a stack, last in first" "[2,1]" "$(map maps stack '[.entries[].value]')"
is "a map of maps has what is in them" "1 inner 2 GREEN" "$(map maps outer '.entries[] | "\(.key) \(.value.map) \(.value.entries[0].key) \(.value.entries[0].value)"')"
matches "stacks are named" "^bpf_prog_[0-9a-f]+_fill" "$(map maps stacks '.entries[0].value[0]')"
is "task storage has its processes" "$target 42" "$(map maps tasks '.entries[] | select(.key == '"$target"') | "\(.key) \(.value)"')"
matches "a bloom filter cannot be listed" "bloom filter" "$(map maps bloom .why)"
is "global variables by their names, as they were set" 'after 127.0.0.1 80' \
    "$(map maps maps.data '[.entries[] | select(.key == "label" or .key == "last") | .value | if type == "object" then .from, .port else . end] | join(" ")')"
is "bpf_printk is read along" "filled for $target" "$(jq -r 'select(.kind == "print") | .text' "$dir/maps.out")"
matches "what only a loader could know is told" "settings, which --set NAME=VALUE changes: target=$target" "$(said maps)"

start_target nice
start_run text '^fill ' "$programs/maps.bpf.o" --set "target=$target" --interval 100ms -m lru_hash,array,trie
poke
wait_for 'grep -q "443  1000" "$dir/text.out"'
stop_run
is "as text, sorted by value, without zeros, only the maps asked for" "lru_hash (LRU hash, 2 of 8 entries)
  443  1000
  80   7
array (array of 4)
  1  -7
  (3 more are zero)
trie (LPM trie, 2 of 8 entries)
  10.0.0.0/8   1
  10.0.0.1/32  2" "$(tail -n 9 "$dir/text.out" | awk '/^trie/ { print; exit } { print }'; tail -n 2 "$dir/text.out" | sort)"

start_target nice
start_run metrics '^fill ' "$programs/maps.bpf.o" --set "target=$target" --metrics 127.0.0.1:9923 -m hash,lru_hash,percpu_hash,maps.bss
poke
wait_for 'curl -s 127.0.0.1:9923/metrics >"$dir/scraped"; grep -q "^bpf_lru_hash{" "$dir/scraped"'
stop_run
is "Prometheus gets numbers with the keys as labels" 'bpf_hash_slots{from="10.0.0.1",to="10.0.0.2",port="443",mac="02 00 00 00 00 01",index="1"} 3
bpf_lru_hash{key="443"} 1000
bpf_percpu_hash{key="443"} 1000' "$(grep -E '^bpf_(hash_slots.*index="1"|lru_hash.*443|percpu_hash)' "$dir/scraped")"
is "each metric's samples stand together" "" "$(grep -v '^#' "$dir/scraped" | sed 's/[{ ].*//' | uniq | sort | uniq -d)"

# --- stacks of user space ------------------------------------------------------------------------------------------
mkfifo "$dir/steps"
"$programs/stack_steps" <"$dir/steps" &
steps=$!
own_pids+=("$steps")
exec 8>"$dir/steps"
start_run stacks '^on_getppid ' "$programs/stacks.bpf.o" -o jsonl --set "target=$steps"
echo >&8
wait_for 'grep -q "\"kind\":\"event\"" "$dir/stacks.out"'
frames='inner_step\+0x[0-9a-f]+ \(stack_steps\) outer_step\+0x[0-9a-f]+ \(stack_steps\) main\+0x[0-9a-f]+ \(stack_steps\) '
matches "a record's addresses are named, by the process that it names" "^outer_step\+0x[0-9a-f]+ \(stack_steps\) $frames" \
    "$(jq -r 'select(.kind == "event") | .data | "\(.ip) \(.ustack | map(tostring) | join(" "))"' "$dir/stacks.out")"
kill "$steps"
wait_gone "$steps"
stop_run
exec 8>&-
matches "a stack in a key, by its number, of a process that has ended" "^$frames" "$(map stacks counts '.entries[0].key.user_stack_id | join(" ") + " "')"
matches "and of the kernel" '(do_syscall|entry_SYSCALL)' "$(map stacks counts '.entries[0].key.kern_stack_id | join(" ")')"
matches "the stack map has the names, too" "$frames" "$(map stacks stacks '.entries[].value | join(" ") + " "')"

printf 'namespace shop { int sum(int x) { return x; } int sum(long x) { return x; } int only(int x) { return x; } }\nint main() { return 0; }\n' >"$dir/shop.cc"
g++ -o "$dir/shop" "$dir/shop.cc"
check "a function of C++ is found as it is written" "$sonde" run --check-attach "$programs/connects.bpf.o" -a "on_connect=uprobe:$dir/shop:shop::sum(int)"

# --- programs of every kind ----------------------------------------------------------------------------------------
cgroup=$(findmnt -rnt cgroup2 -o TARGET | head -n 1)/sonde-test-$$
mkdir "$cgroup"
trap 'rmdir "$cgroup" 2>/dev/null; clean_up' EXIT
# A guest's modules are where its kernel was unpacked; kernels before 6.6 need two for tc.
for module in "$HOME"/.cache/sonde/kernels/*/lib/modules/"$(uname -r)"/kernel/net/sched/{sch_ingress,cls_bpf}.ko; do
    [ ! -e "$module" ] || busybox insmod "$module" 2>/dev/null
done
# In a network namespace of its own: the interface is its own loopback.
cat >"$dir/kinds" <<'END'
ip link set lo up
exec "$@"
END
unshare -n bash "$dir/kinds" "$sonde" run "$programs/kinds.bpf.o" --partial --duration 2s -o jsonl -m runs,calls --interface lo --cgroup "$cgroup" \
    --attach "on_uprobe=uprobe:/bin/bash:xmalloc" --attach "on_uretprobe=uretprobe:/bin/bash:xmalloc" --attach "on_usdt=usdt:$programs/static_probe:sonde:hit" \
    --attach on_perf=perf_event:cpu-clock:99hz --attach on_sk_lookup=netns:self --attach on_dissector=netns:self \
    --attach on_called=prog_array:calls:1 --attach on_once=run >"$dir/kinds.out" 2>"$dir/kinds.err" &
run_pid=$!
wait_for "grep -q '^congestion  *struct_ops' '$dir/kinds.err' || ! alive $run_pid"
( echo $BASHPID >"$cgroup/cgroup.procs"; bash -c 'exec 3<>/dev/tcp/127.0.0.1/1; read -r _ </proc/sys/kernel/ostype' 2>/dev/null; : )
"$programs/static_probe" 3
wait "$run_pid"
is "it ends after its duration" 0 $?
attached() { awk -v p="$1" '$1 == p { $1 = ""; print substr($0, 2) }' "$dir/kinds.err"; }
for line in "on_tracepoint tracepoint syscalls/sys_enter_getppid" "on_tp tracepoint syscalls/sys_exit_getppid" \
    "on_raw_tracepoint raw_tp sched_process_exec" "on_raw_tp raw_tp sched_process_exit" "on_tp_btf tp_btf sched_process_exec" \
    "on_uprobe uprobe /bin/bash:xmalloc" "on_uretprobe uretprobe /bin/bash:xmalloc" "on_usdt usdt $programs/static_probe:sonde:hit" \
    "on_perf perf_event cpu-clock:99hz" "on_xdp xdp lo" "on_tc tc lo ingress" "on_classifier tc lo ingress" "on_socket_filter socket lo" \
    "on_egress cgroup $cgroup" "on_connect4 cgroup $cgroup" "on_sock_create cgroup $cgroup" "on_sysctl cgroup $cgroup" \
    "on_dev cgroup $cgroup" "on_getsockopt cgroup $cgroup" "on_sockops cgroup $cgroup" "on_sk_lookup netns self" \
    "on_dissector netns self" "on_sk_msg sockmap sockets" "on_verdict sockmap sockets" "iter iter bpf_map" \
    "on_called prog_array calls:1" "on_once run once, returned 7" "congestion struct_ops"; do
    is "${line%% *} is attached" "${line#* }" "$(attached "${line%% *}")"
done
traced="on_kprobe on_kretprobe on_ksyscall on_kretsyscall on_fentry on_fexit on_lsm"
for program in $traced; do
    matches "$program is attached, or why not is said" "^$program +(kprobe|kretprobe|ksyscall|kretsyscall|fentry|fexit|lsm) |run: $program (cannot be attached|is left out)" \
        "$(said kinds)"
done
for line in "on_devmap is not attached: it sees packets" "on_reuseport is not attached: it chooses among sockets" \
    "on_lwt is not attached: it belongs to a route" "on_something is not attached: its section.s name \(something\) does not tell"; do
    matches "what cannot be attached is told: ${line%% *}" "$line" "$(said kinds)"
done
ran() { map kinds runs ".entries[] | select(.key == \"$1\") | .value"; }
is "usdt ran three times" 3 "$(ran usdt)"
for program in raw_tracepoint raw_tp tp_btf uprobe uretprobe perf once sysctl connect4 sock_create; do
    at_least "$program ran" 1 "$(ran "$program")"
done
is "a program array has its program's name" "1 on_called" "$(map kinds calls '.entries[] | "\(.key) \(.value.name)"')"
at_least "the iterator's text is printed" 1 "$(jq -r 'select(.kind == "iter") | .text' "$dir/kinds.out" | grep -c '^map [0-9]')"
check "its cgroup can be removed: nothing stays attached" rmdir "$cgroup"

# --- --check -------------------------------------------------------------------------------------------------------
is "--check verifies and attaches nothing" "null on_openat 0" \
    "$("$sonde" run --check "$programs/opens.bpf.o" -o jsonl | jq -r '"\(.mistake) \(.programs[0].name) \(.attached)"')"
matches "--check tells what it would have to be told" "on_xdp is not attached: .* give --interface NAME, or --attach on_xdp=xdp:INTERFACE" \
    "$("$sonde" run --check "$programs/kinds.bpf.o" -a on_fentry=none -a on_fexit=none -a on_lsm=none -a on_something=none)"

# --- what is missing, what is wrong --------------------------------------------------------------------------------
refused() { # what exit-code sentence argument...
    local what=$1 code=$2 sentence=$3
    shift 3
    "$sonde" run "$@" >"$dir/out" 2>"$dir/err" </dev/null
    is "$what: exit code" "$code" $?
    matches "$what: sentence" "$sentence" "$(cat "$dir/err")"
    is "$what: nothing on stdout" "" "$(cat "$dir/out")"
}
: >"$dir/empty.o"
head -c 3000 "$programs/opens.bpf.o" >"$dir/cut.o"
echo 'int x;' >"$dir/plain.c"
clang -O2 -g -target bpfeb -c "$dir/plain.c" -o "$dir/big.o"
clang -O2 -g -target bpf -c "$dir/plain.c" -o "$dir/data.o"
llvm-objcopy -R .BTF -R .rel.BTF -R .BTF.ext -R .rel.BTF.ext "$programs/opens.bpf.o" "$dir/nobtf.o"
refused "no such file" 1 "nothing.o cannot be opened: No such file" "$dir/nothing.o"
refused "an empty file" 1 "empty.o is empty" "$dir/empty.o"
refused "a folder" 1 "is a folder" "$dir"
refused "a text" 1 "is no ELF file" "$0"
refused "a program of this machine" 1 "is code for x86-64, not for BPF" /bin/true
refused "a big-endian object" 1 "is big endian" "$dir/big.o"
refused "a cut object" 1 "is damaged: .* beyond the end" "$dir/cut.o"
refused "an object without code" 1 "holds no program" "$dir/data.o"
refused "an object without types" 1 "has no type information \(.BTF\).*compile it with -g" "$dir/nobtf.o"
refused "an unknown program" 2 'has no program "on_opnat" \(did you mean "on_openat"\?\)' "$programs/opens.bpf.o" -a on_opnat=kprobe:f
refused "an unknown kind" 2 'unknown kind "kprob".*did you mean "kprobe"' "$programs/opens.bpf.o" -a on_openat=kprob:f
refused "a kind of another type" 2 "on_openat is a program of type tracepoint .* cannot be attached as xdp" "$programs/opens.bpf.o" -a on_openat=xdp:lo
refused "an unknown map" 2 'unknown map "event" \(did you mean "events"\?\)' "$programs/opens.bpf.o" -m event
refused "an unknown variable" 2 'has no global variable "targt" \(did you mean "target"\?\)' "$programs/maps.bpf.o" --set targt=1
refused "a value that does not fit" 2 'target: "1e9" is not a whole number' "$programs/maps.bpf.o" --set target=1e9
refused "an unknown form" 2 'unknown form "ip"; forms: ipv4_addr' "$programs/opens.bpf.o" --show pid=ip
refused "a type that is not there" 1 "neither the type information .* has that struct" "$programs/opens.bpf.o" --type events=evnt
refused "a function of C++ that is there twice" 1 "several functions shop::sum; give one with its parameters" \
    "$programs/connects.bpf.o" -a "on_connect=uprobe:$dir/shop:shop::sum"
refused "a function that is not there" 1 "shop has no function shop::nothing \(its symbols are from: symtab\)" \
    "$programs/connects.bpf.o" -a "on_connect=uprobe:$dir/shop:shop::nothing"
refused "a tracepoint that is not there" 1 "this kernel has no such tracepoint" "$programs/opens.bpf.o" -a on_openat=tracepoint:syscalls/nothing
refused "nothing to attach" 2 "on_openat is not attached|no program is attached|that could be attached" "$programs/opens.bpf.o" -a on_openat=none
cp "$programs/opens.bpf.o" "$dir/readable.o"
setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$sonde" run "$dir/readable.o" >"$dir/out" 2>"$dir/err"
is "without privilege: exit code" 1 $?
matches "without privilege: which is missing" "lacks CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN; run it as root" "$(cat "$dir/err")"
"$sonde" run "$programs/opens.bpf.o" --duration 10ms -o json >/dev/full 2>"$dir/err"
is "a full disk is a failure" 1 $?

finish
