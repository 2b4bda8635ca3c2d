#!/bin/bash
# Each object of tests/programs/rejected is given to the kernel; the mistake and the lines that are reported must be those that its source
# tells (see the README there). LIGHT=1 leaves out what an emulated guest takes minutes for.
. "$(dirname "$0")/lib.sh"
sources=$(cd "$(dirname "$0")/../programs/rejected" && pwd)
objects=$programs/rejected
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$objects" || exit 1

# --- what this kernel is -------------------------------------------------------------------------------------------

IFS=.- read -r major minor _ <<<"$(uname -r)"
is_since() { # release: whether this kernel is that or newer
    [ "$major" -gt "${1%.*}" ] || { [ "$major" = "${1%.*}" ] && [ "$minor" -ge "${1#*.}" ]; }
}
kprobes='' fentry='' lockdown=''
[ -e /sys/bus/event_source/devices/kprobe/type ] && kprobes=1
[ -n "$(head -c 1 /sys/kernel/tracing/available_filter_functions 2>/dev/null)" ] && fentry=1
[[ $(unshare -m sh -c 'mount -t securityfs security /mnt 2>/dev/null; cat /mnt/lockdown' 2>/dev/null) =~ \[(integrity|confidentiality)\] ]] && lockdown=1
holds() { # condition of a source
    case $1 in
    "since "*) is_since "${1#since }";;
    "before "*) ! is_since "${1#before }";;
    "with fentry") [ -n "$fentry" ];;
    "without kprobes") [ -z "$kprobes" ];;
    "without lockdown") [ -z "$lockdown" ];;
    *) not_ok "the condition \"$1\" is known"; false;;
    esac
}

# --- what the sources say ------------------------------------------------------------------------------------------

# A line an object: name, usual mistake, "condition=mistake;…", whether CAP_PERFMON is to be lacking, whether it is heavy, marked lines.
# Read at once: in an emulated guest each process costs a tenth of a second.
awk -v OFS='\t' '
    function flush() { if (name != "") print name, usual, others, lacking, heavy, at, from }
    FNR == 1 {
        flush(); name = FILENAME; sub(/.*\//, "", name); sub(/c$/, "o", name)
        usual = others = "-"; lacking = heavy = "no"; at = from = "-"; comment = 1
    }
    comment && match($0, /^(\/| )\* (mistake|run|heavy|(since|before|with|without) [^:]*): /) {
        key = value = $0
        sub(/^(\/| )\* /, "", key); sub(/: .*/, "", key); sub(/^[^:]*: /, "", value); sub(/ .*/, "", value)
        if (key == "mistake") usual = value
        else if (key == "run") lacking = "yes"
        else if (key == "heavy") heavy = "yes"
        else others = (others == "-" ? "" : others ";") key "=" value
    }
    /\*\// && comment { comment = 0; next }
    /\/\* at( from)? \*\/$/ { at = (at == "-" ? "" : at ",") FNR }
    /\/\* (at )?from \*\/$/ { from = FNR }
    END { flush() }' "$sources"/*.bpf.c >"$dir/sources"
at_least "the sources tell their mistakes" 60 "$(wc -l <"$dir/sources")"

# The expected mistake is in $mistake, and in $other whether it is not the usual one.
expect() { # usual "condition=mistake;…"
    local one conditions=()
    mistake=$1 other=''
    [ "$2" = - ] || IFS=';' read -ra conditions <<<"$2"
    for one in "${conditions[@]}"; do
        if holds "${one%=*}"; then mistake=${one#*=} other=1; fi
    done
}

# --- what sonde says -----------------------------------------------------------------------------------------------

usual=() without=()
while IFS=$'\t' read -r object _ _ lacking heavy _; do
    if [ -n "${LIGHT:-}" ] && [ "$heavy" = yes ]; then continue; fi
    if [ "$lacking" = yes ]; then without+=("$object"); else usual+=("$object"); fi
done <"$dir/sources"
{
    "$sonde" run --check-attach "${usual[@]}" -o jsonl
    setpriv --bounding-set -perfmon,-sys_admin "$sonde" run --check-attach "${without[@]}" -o jsonl
} >"$dir/said.json" 2>"$dir/said.err"
is "nothing is said besides" "" "$(cat "$dir/said.err")"
declare -A said
while IFS=$'\t' read -r object rest; do said[$object]=$rest; done < <(jq -r '[.object, .mistake // "accepted", (.at.file // "-" | sub(".*/"; "")),
    .at.line // "-", .from.line // "-", if (.meaning // "" | length) > 30 and (.remedy // "" | length) > 30 then "with" else "no" end] | @tsv' "$dir/said.json")

while IFS=$'\t' read -r object mistake others _ heavy at from; do
    if [ -n "${LIGHT:-}" ] && [ "$heavy" = yes ]; then continue; fi
    expect "$mistake" "$others"
    IFS=$'\t' read -r got file line origin sentences <<<"${said[$object]:-nothing}"
    wanted="$mistake with sentences" told="$got $sentences sentences"
    if [ "$mistake" = accepted ]; then wanted=accepted told=$got; fi
    if [ -z "$other" ] && [ "$at" != - ]; then
        [[ ,$at, == *,$line,* ]] && at=$line # any of the marked lines is right
        wanted="$wanted at ${object%o}c:$at" told="$told at $file:$line"
    fi
    if [ -z "$other" ]; then wanted="$wanted from $from" told="$told from $origin"; fi
    is "$object: ${wanted/with sentences /}" "$wanted" "$told"
done <"$dir/sources"
at_least "there are at least twenty mistakes" 20 "$(jq -r .mistake "$dir/said.json" | sort -u | wc -l)"

is "each mistake stands in docs/run.md" "$(sed -n 's/.*\.mistake = {"\([a-z-]*\)".*/\1/p' "$root"/src/objects/explain_*_rules.c | sort)" \
    "$(sed -n '/^### The mistakes that are known/,$s/^| `\([a-z-]*\)` | .*/\1/p' "$root/docs/run.md" | sort)"

# --- without any capability ----------------------------------------------------------------------------------------

# As nobody, where nobody may read the object and the program.
user=(--reuid 65534 --regid 65534)
setpriv "${user[@]}" --clear-groups "$sonde" --version >/dev/null 2>&1 && setpriv "${user[@]}" --clear-groups test -r null_check.bpf.o || user=()
setpriv "${user[@]}" --clear-groups --bounding-set -all "$sonde" run --check null_check.bpf.o -o json >"$dir/nobody.json" 2>&1
is "without capabilities: no-capability, and which" "no-capability CAP_BPF" "$(jq -r '.mistake + " " + (.meaning | capture("(?<c>CAP_BPF)").c)' "$dir/nobody.json")"

# --- for people, and saved logs ------------------------------------------------------------------------------------

text=$("$sonde" run --check null_check.bpf.o)
is "a refused object is exit code 1" 1 $?
for part in 'a pointer that may be NULL' 'null_check.bpf.c:' 'what it means' 'how to fix it' "R0 invalid mem access 'map_value_or_null'"; do
    matches "the text has: $part" "$part" "$text"
done
matches "the usual run explains as well" "how to fix it" "$("$sonde" run null_check.bpf.o 2>&1)"

cat >"$dir/saved.log" <<'END'
; __u64 *count = bpf_map_lookup_elem(&counts, &key); /* from */
6: (85) call bpf_map_lookup_elem#1    ; R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0)
; *count += 1;                                       /* at */
7: (79) r1 = *(u64 *)(r0 +0)
R0 invalid mem access 'map_value_or_null'
processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
END
is "a saved log is explained" "null-check-missing null 7" "$("$sonde" run --explain "$dir/saved.log" -o json | jq -r '"\(.mistake) \(.at.line) \(.at.instruction)"')"
{ echo "libbpf: prog 'count_calls': -- BEGIN PROG LOAD LOG --"; cat "$dir/saved.log"; echo "-- END PROG LOAD LOG --"; } >"$dir/libbpf.log"
is "with its object, by line" "null-check-missing $(awk -F '\t' '$1 == "null_check.bpf.o" { print $6 }' "$dir/sources")" \
    "$("$sonde" run --explain "$dir/libbpf.log" null_check.bpf.o -o json | jq -r '"\(.mistake) \(.at.line)"')"
is "standard input is a log, too" "null-check-missing" "$("$sonde" run --explain - -o json <"$dir/saved.log" | jq -r .mistake)"
sed 's/^/Apr 01 10:41:53 host loader[10491]: /' "$dir/saved.log" >"$dir/journal.log"
is "what a journal puts before the lines does not matter" "null-check-missing" "$("$sonde" run --explain "$dir/journal.log" -o json | jq -r .mistake)"
is "what is no log is unknown, in words" "unknown" "$(echo 'the dishes are dirty' | "$sonde" run --explain - -o json | jq -r .mistake)"
echo 'int main(void);' >"$dir/source.c"
is "what is no object is said so" "object-unusable" "$("$sonde" run --check "$dir/source.c" -o json | jq -r .mistake)"
is "a log that is not there is an error" 1 "$("$sonde" run --explain "$dir/absent" >/dev/null 2>&1; echo $?)"
is "two objects at once are only for --check" 2 "$("$sonde" run null_check.bpf.o array_bounds.bpf.o >/dev/null 2>&1; echo $?)"
finish
