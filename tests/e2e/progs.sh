#!/bin/bash
# sonde progs: the programs that bpftool lists, with the same figures, live and printed.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

start_agent --collectors process,file || { not_ok "the agent starts"; finish; }

# Other programs come and go on this machine: those of our agent are compared.
ours=$("$sonde" progs -o json | jq -r --argjson pid "$agent_pid" 'map(select(any(.processes[]; .pid == $pid)) | .id) | join(",")')
at_least "the programs of an agent are its" 5 "$(tr ',' '\n' <<<"$ours" | wc -l)"
bpftool prog show -j >"$dir/before"
"$sonde" progs -o json >"$dir/progs"
bpftool prog show -j >"$dir/after"
wanted="map(select(.id | IN(${ours:-0})))"
is "ids, names and types are bpftool's" "$(jq -r "${wanted}[] | \"\(.id) \(.name) \(.type) \(.tag)\"" "$dir/after")" \
    "$(jq -r "${wanted}[] | \"\(.id) \(.name) \(.type) \(.tag)\"" "$dir/progs")"
is "run counts lie between bpftool's before and after" "" "$(jq -rn --slurpfile a "$dir/before" --slurpfile b "$dir/progs" --slurpfile c "$dir/after" \
    "(\$b[0] | ${wanted}[]) as \$p | (\$a[0][] | select(.id == \$p.id) | .run_cnt // 0) as \$low | (\$c[0][] | select(.id == \$p.id) | .run_cnt // 0) as \$high |
     select(\$p.runs < \$low or \$p.runs > \$high) | \"\(\$p.name) \(\$low) \(\$p.runs) \(\$high)\"")"
at_least "what runs has a rate, a time and a share of a core" 1 \
    "$(jq "[${wanted}[] | select(.name == \"enter_tp_btf\" and .events_per_s > 0 and .ns_per_run > 0 and .cpu_percent > 0)] | length" "$dir/progs")"

matches "the printed table names program and process" "enter_tp_btf +tracing.* sonde $agent_pid" "$("$sonde" progs)"
one=$(jq -r "first(${wanted}[] | select(.name == \"exec_tp_btf\") | .id)" "$dir/progs") # other agents may run here
check "it takes keys on a terminal" "$here/press_keys.py" "$sonde progs -i 100ms" \
    'BPF programs' '/' 'filter: _' "$one\r" '\b1 row' '>r ' 'paused' ' q'
setpriv --reuid 65534 --clear-groups --inh-caps=-all "$sonde" progs >"$dir/out" 2>"$dir/err"
is "without privilege it fails" 1 $?
matches "and says which capability is missing" 'CAP_SYS_ADMIN' "$(cat "$dir/err")"
is "with nothing on stdout" "" "$(cat "$dir/out")"
"$sonde" progs -o json >/dev/full 2>"$dir/err"
is "a full stdout is a failure" 1 $?
ends_well "the agent ends"
finish
