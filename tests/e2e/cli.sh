#!/bin/bash
# The command line without an agent: help, mistakes, manual, completion, the reference of tables.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

run() { # command...: its exit code in $code, stdout in $out, stderr in $err
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    out=$(cat "$dir/out")
    err=$(cat "$dir/err")
}

usage_error() { # what expected-sentence command...
    local what=$1 sentence=$2
    shift 2
    run "$@"
    is "$what: exit code" 2 "$code"
    is "$what: sentence" "$sentence" "$(head -n 1 "$dir/err")"
    is "$what: nothing on stdout" "" "$out"
}

mapfile -t commands < <("$sonde" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')

# --- help ---
run "$sonde"
is "sonde alone shows the help" 0 "$code"
for command in agent query tail tables status probes man completion; do
    matches "the help lists $command" "^  $command +[a-zA-Z]" "$out"
done
run "$sonde" --version
matches "--version" '^sonde [0-9]+\.[0-9]+\.[0-9]+$' "$out"
for command in "${commands[@]}"; do
    run "$sonde" "$command" --help
    is "$command --help succeeds" "0" "$code$err"
    matches "$command --help has a usage line" "^usage: sonde $command \[options\]" "$out"
    matches "$command --help has an example" "sonde $command" "$(sed -n '/^examples:/,$p' "$dir/out")"
    is "$command --help fits 120 columns" "" "$(grep -E '.{121}' "$dir/out")"
done
run "$sonde" help query
for owner in $("$sonde" tables | sed -n 's/.*(collector \([a-z]*\)).*/\1/p' | sort -u); do
    matches "agent --help offers the collector $owner" "[ ,]${owner}[ ,]" "$("$sonde" agent --help | tr '\n' ' ')"
done
is "sonde help query is sonde query --help" "$("$sonde" query --help)" "$out"

# --- mistakes ---
all_commands=$(printf ", %s" "${commands[@]}")
all_commands=${all_commands#, }
usage_error "unknown command" "sonde: unknown command \"qeury\" (did you mean \"query\"?); commands: $all_commands" "$sonde" qeury 'select 1'
usage_error "unknown option of sonde" 'sonde: unknown option "--verson" (did you mean "--version"?); options: --help, --version' "$sonde" --verson
usage_error "unknown option" 'sonde query: unknown option --outptu (did you mean --output?)' "$sonde" query --outptu csv
usage_error "bad choice" 'sonde query: --output: unknown value "jsno" (did you mean "json"?); valid values: table, json, jsonl, csv, parquet' \
    "$sonde" query 'select 1' -o jsno
usage_error "missing SQL" "sonde query: the SQL is missing: sonde query 'select 1'" "$sonde" query
usage_error "SQL twice" 'sonde query: give the SQL or --file, not both' "$sonde" query 'select 1' -f -
usage_error "missing operand" 'sonde tail: TABLE is missing' "$sonde" tail
usage_error "too many operands" 'sonde tables: unexpected argument "b" after [TABLE]' "$sonde" tables a b
usage_error "bad duration" 'sonde query: --timeout: "soon" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h' \
    "$sonde" query 'select 1' --timeout soon
usage_error "unknown shell" 'sonde completion: unknown shell "csh"; shells: bash, zsh, fish' "$sonde" completion csh
run "$sonde" tail agent_loses
is "unknown table: exit code" 2 "$code"
matches "unknown table: suggestion and list" '^sonde tail: unknown table "agent_loses" \(did you mean "agent_losses"\?\); tables: .*agent_losses' "$err"

printf 'data: %s\nretenton: 1h\n' "$dir" >"$dir/sonde.yaml"
run "$sonde" agent --config "$dir/sonde.yaml"
is "bad configuration: exit code" 2 "$code"
matches "bad configuration: file, line, suggestion, choices" \
    "^sonde agent: $dir/sonde.yaml:2: unknown key \"retenton\" \(did you mean \"retention\"\?\); valid keys: data, .*retention" "$err"
run "$sonde" agent --config "$dir/absent.yaml"
is "absent configuration: exit code" 2 "$code"

# --- no agent ---
for command in "query commit" "tail agent_losses" status probes; do
    # shellcheck disable=SC2086
    run "$sonde" $command
    is "$command without an agent: exit code" 1 "$code"
    is "$command without an agent: sentence" \
        "sonde ${command%% *}: no agent listens on $SONDE_SOCKET; start one with: sonde agent" "$err"
done
: >"$dir/stale.sock"
run "$sonde" status --socket "$dir/stale.sock"
is "a file where the socket should be" "sonde status: no agent listens on $dir/stale.sock; start one with: sonde agent" "$err"
run "$sonde" status --socket "$(printf '/%0150d' 0)"
matches "a path that is too long" 'too long' "$err"

# --- manual ---
"$sonde" man >"$dir/sonde.1"
is "the manual names every command" "${#commands[@]}" "$(grep -c '^\.SS sonde ' "$dir/sonde.1")"
if command -v groff >"$dir/where"; then
    is "groff has nothing to say about the manual" "" "$(groff -man -Tutf8 -ww -z "$dir/sonde.1" 2>&1)"
else
    skip "groff has nothing to say about the manual" "groff is not installed"
fi
if command -v man >"$dir/where"; then
    check "man shows it" man -l "$dir/sonde.1"
else
    skip "man shows it" "man is not installed"
fi

# --- completion ---
"$sonde" completion bash >"$dir/sonde.bash"
check "the bash completion parses" bash -n "$dir/sonde.bash"
complete_words() { # word...: what bash would offer for the last one
    bash -c '. "$1"; shift; COMP_WORDS=(sonde "$@"); COMP_CWORD=$#; _sonde; echo "${COMPREPLY[*]}"' bash "$dir/sonde.bash" "$@"
}
is "completes a command" "query" "$(complete_words que)"
is "completes an option" "--timeout" "$(complete_words query --ti)"
is "completes a value" "json jsonl" "$(complete_words query -o json)"
is "completes a value after =" "csv" "$(complete_words query --output = c)"
is "completes a table" "agent_losses" "$(complete_words tail agent_l)"
matches "completes the collectors" '(^| )agent( |$)' "$(complete_words agent --collectors '')"
if command -v zsh >"$dir/where"; then
    "$sonde" completion zsh >"$dir/_sonde"
    check "the zsh completion parses" zsh -n "$dir/_sonde"
    is "zsh completes commands, options, values, tables, collectors" "sonde query
sonde query --timeout=
sonde query -o parquet
sonde tail agent_losses
sonde agent --collectors connections
sonde agent --file.paths=
sonde completion fish" "$(HOME=$dir zsh -f "$root/tests/e2e/press_tab.zsh" "$dir" 'sonde que' 'sonde query --ti' 'sonde query -o par' \
        'sonde tail agent_l' 'sonde agent --collectors conn' 'sonde agent --file.pa' 'sonde completion f' | sed 's/ $//')"
else
    skip "zsh completes" "zsh is not installed"
fi
if command -v fish >"$dir/where"; then
    "$sonde" completion fish >"$dir/sonde.fish"
    check "the fish completion parses" fish --no-execute "$dir/sonde.fish"
    fish_offers() { HOME=$dir fish --no-config -c "source '$dir/sonde.fish'; complete -C '$1'" | cut -f 1 | xargs; }
    is "fish completes a command" "query" "$(fish_offers 'sonde que')"
    is "fish completes an option" "--timeout" "$(fish_offers 'sonde query --ti')"
    is "fish completes a value" "json jsonl" "$(fish_offers 'sonde query -o json')"
    is "fish completes a table" "agent_losses" "$(fish_offers 'sonde tail agent_l')"
    is "fish completes a collector" "connections" "$(fish_offers 'sonde agent --collectors conn')"
    is "fish offers no files" "" "$(cd "$dir" && fish_offers 'sonde status sonde.f')"
else
    skip "fish completes" "fish is not installed"
fi

# --- tables ---
run "$sonde" tables -o json
is "tables -o json succeeds" 0 "$code"
printf '%s' "$out" >"$dir/tables.json"
check "tables -o json is JSON" jq -e 'length > 0 and all(.[]; .columns[0].name == "time" and (.description | length) > 0)' "$dir/tables.json"
columns=$(jq -r '.[] | .name as $t | .columns[] | "\($t) \(.name) \(.sql_type)"' "$dir/tables.json" 2>&1)
"$sonde" tables >"$dir/tables.txt"
"$sonde" tables -o markdown >"$dir/tables.md"
missing=$(awk 'FNR == NR { if (NF > 1) { if ($2 == "(collector") table = $1; else seen[table " " $1 " " $2] = 1 } next } !($0 in seen)' \
    "$dir/tables.txt" - <<<"$columns")
is "the text lists every column of every table" "" "$missing"
missing=$(awk -F'[ |`]+' 'FNR == NR { if (/^## /) table = substr($0, 4); else if (/^\| `/) seen[table " " $2 " " $3] = 1; next } !($0 in seen)' \
    "$dir/tables.md" - <<<"$columns")
is "the Markdown lists every column of every table" "" "$missing"
if [ -e "$root/docs/tables.md" ]; then
    check "docs/tables.md is what make docs writes" cmp "$root/docs/tables.md" "$dir/tables.md"
else
    skip "docs/tables.md is what make docs writes" "the source is not here"
fi
run "$sonde" tables agent_losses
matches "one table" '^agent_losses \(collector agent\)' "$out"
is "one table only" 1 "$(grep -c '(collector ' "$dir/out")"

# --- output that nobody reads ---
"$sonde" tables 2>"$dir/err" | head -n 1 >"$dir/out"
is "a reader that stops early is no error" "" "$(cat "$dir/err")"
"$sonde" tables >/dev/full 2>"$dir/err"
is "a full disk is: exit code" 1 $?
matches "a full disk is: sentence" 'cannot write the output: No space left' "$(cat "$dir/err")"

finish
