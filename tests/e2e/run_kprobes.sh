#!/bin/bash
# sonde run with programs at kernel functions: connections by port, bytes by flow, and every kind that needs such functions. The kernels of
# the guests have them all; where there are none, the reason is said.
. "$(dirname "$0")/lib.sh"

if [ ! -e /sys/bus/event_source/devices/kprobe/type ]; then
    "$sonde" run "$programs/connects.bpf.o" 2>"$dir/err"
    is "a kernel without kprobes: exit code" 1 $?
    matches "a kernel without kprobes: it is said" "on_connect cannot be attached to kprobe tcp_v4_connect: this kernel is built without kprobes" \
        "$(cat "$dir/err")"
    finish
fi

# Opened files: a ring buffer whose records' type is in no table of the object.
start_run opens '^on_openat ' "$programs/opens.bpf.o" -o jsonl
cat "$dir/not there" 2>/dev/null
eventually "an event is printed with its fields" 'grep -q "\"filename\":\"$dir/not there\"" "$dir/opens.out"'
stop_run

background "$programs/talk" server 127.0.0.1 >"$dir/port"
wait_for '[ -s "$dir/port" ]'
port=$(cat "$dir/port")

# Connections by port: a hash map, __u16 to __u64.
start_run connects '^on_connect ' "$programs/connects.bpf.o" -o jsonl
"$programs/talk" client 127.0.0.1 "$port" 10 10 c 1
"$programs/talk" client 127.0.0.1 "$port" 10 10 c 1
"$programs/talk" client 127.0.0.1 1 10 10 c 1 2>/dev/null
stop_run
is "connections are counted by port" "1=1 $port=2" \
    "$(jq -r 'select(.map == "tcp_connections") | [.entries[] | select(.key == 1 or .key == '"$port"') | "\(.key)=\(.value)"] | sort_by(split("=")[0] | tonumber) | join(" ")' "$dir/connects.out")"

# Bytes by flow: a hash map whose key is a struct.
start_run flows '^on_sendmsg ' "$programs/flows.bpf.o" -o jsonl --show sip=ipv4_addr --show dip=ipv4_addr
"$programs/talk" client 127.0.0.1 "$port" 1000 500 c 1
stop_run
flow() { # jq condition
    jq -r 'select(.map == "flow_bytes") | .entries[] | select('"$1"') | "\(.key.sip) \(.key.dip) \(.value)"' "$dir/flows.out"
}
is "bytes are added by flow: what the client sent" "127.0.0.1 127.0.0.1 1000" "$(flow ".key.dport == $port")"
is "and what the server sent" "127.0.0.1 127.0.0.1 500" "$(flow ".key.sport == $port")"

start_run text '^on_sendmsg ' "$programs/flows.bpf.o" --show sip=ipv4_addr --show dip=ipv4_addr
"$programs/talk" client 127.0.0.1 "$port" 1000 500 c 1
stop_run
matches "the same for people" "^  sip=127.0.0.1 dip=127.0.0.1 sport=[0-9]+ dport=$port +1000\$" "$(cat "$dir/text.out")"

# Every kind at a kernel function; a pattern and a function of the command line's choice.
start_run kinds '^congestion ' "$programs/kinds.bpf.o" -o jsonl -m runs --partial --attach on_kretprobe=kretprobe:do_filp_open
nice >"$dir/nice"
bash -c 'read -r _ </proc/self/stat; exit $PPID'
stop_run
for line in "on_kprobe +kprobe do_sys_openat2" "on_kretprobe +kretprobe do_filp_open" "on_ksyscall +ksyscall getppid" \
    "on_kretsyscall +kretsyscall getppid" "on_fentry +fentry do_filp_open" "on_fexit +fexit do_filp_open" "on_lsm +lsm file_open"; do
    matches "${line%% *} is attached" "^$line" "$(cat "$dir/kinds.err")"
done
for program in kprobe kretprobe fentry fexit lsm; do
    at_least "$program ran" 1 "$(jq -r "select(.map == \"runs\") | .entries[] | select(.key == \"$program\") | .value" "$dir/kinds.out")"
done
finish
