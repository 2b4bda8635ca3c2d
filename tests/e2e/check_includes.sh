#!/bin/bash
# scripts/check-includes accepts what the floors allow and names each violation in a sentence.
. "$(dirname "$0")/lib.sh"
checker=$(dirname "$0")/../../scripts/check-includes

# A small house with one file a room; every header that the cases name exists.
house=$dir/house
build_house() {
    rm -rf "$house"
    local header
    for header in base/text.h table/batch.h kernel/plan.h identity/identity.h store/store.h query/query.h symbols/names.h \
        collectors/collector.h collectors/sink.h collectors/one/one.h collectors/two/two.h exporters/exporter.h \
        rules/rule.h api/api.h agent/agent.h cli/command.h bpf/kernel.h bpf/event.h; do
        mkdir -p "$house/src/${header%/*}"
        echo '#pragma once' >"$house/src/$header"
    done
    printf '    &collector_one,\n    &collector_two,\n' >"$house/src/collectors/registry.c"
    printf '    &exporter_pprof,\n' >"$house/src/exporters/registry.c"
    echo 'const struct exporter exporter_pprof = {' >"$house/src/exporters/pprof.c"
}

add_include() { # file, what is included (with its quotes)
    mkdir -p "$(dirname "$house/src/$1")"
    printf '#include <stdio.h>\n\n#include %s\n' "$2" >>"$house/src/$1"
}

allowed() { # file, include
    build_house
    add_include "$1" "$2"
    check "$1 may include $2" "$checker" "$house"
}

refused() { # file, include, reason
    build_house
    add_include "$1" "$2"
    local said code
    said=$("$checker" "$house")
    code=$?
    local path=${2#[\"<]}
    is "$1 may not include $2" "1 src/$1:$(wc -l <"$house/src/$1") includes ${path%[\">]}: $3" "$code $said"
}

build_house
check "the house itself is in order" "$checker" "$house"
check "this repository is in order" "$checker"

allowed store/store.c '"table/batch.h"'
allowed query/query.c '"store/store.h"'
allowed collectors/one/one.c '"identity/identity.h"'
allowed collectors/one/one.c '"one.h"'
allowed collectors/one/one.c '"collectors/sink.h"'
allowed collectors/one/one.c '"collectors/one/one.skel.h"'
allowed collectors/one/one.wire.h '"bpf/event.h"'
allowed collectors/one/one.bpf.c '"bpf/kernel.h"'
allowed collectors/one/one.bpf.h '"bpf/kernel.h"'
allowed collectors/registry.c '"collectors/one/one.h"'
allowed rules/rule.c '"collectors/collector.h"'
allowed kernel/ring.c '"bpf/event.h"'
allowed api/routes.c '"query/query.h"'
allowed agent/main.c '"api/api.h"'
allowed cli/main.c '"agent/agent.h"'
allowed store/store.c '"duckdb.h"'

refused base/text.c '"table/batch.h"' 'base (floor 0) may only include base'
refused table/batch.c '"kernel/plan.h"' 'table (floor 1) may only include floor 0'
refused store/store.c '"agent/agent.h"' 'store (floor 3) may only include floors 0–2'
refused store/store.c '"query/query.h"' 'store (floor 3) may only include floors 0–2'
refused kernel/load.c '"collectors/collector.h"' 'kernel (floor 2) may only include floors 0–1'
refused rules/rule.c '"collectors/one/one.h"' 'rules (floor 4) may only include floors 0–3'
refused collectors/one/one.c '"collectors/two/two.h"' 'one of the collectors never includes another; they meet at table/'
refused collectors/one/one.c '"rules/rule.h"' 'collectors (floor 4) may only include floors 0–3'
refused exporters/pprof.c '"collectors/one/one.h"' 'exporters never include collectors; they meet at table/'
refused api/routes.c '"agent/agent.h"' 'api (floor 5) may only include base table store query symbols'
refused api/routes.c '"kernel/plan.h"' 'api (floor 5) may only include base table store query symbols'
refused agent/main.c '"cli/command.h"' 'agent (floor 5) may only include floors 0–4'
refused store/store.c '"bpf/kernel.h"' 'bpf/ is for kernel programs (*.bpf.c, *.bpf.h) and wire structs (*.wire.h)'
refused collectors/one/one.bpf.c '"base/text.h"' 'a kernel program may only include bpf/ and its own room'
refused bpf/kernel.h '"base/text.h"' 'bpf may only include bpf'
refused store/store.c '"../base/text.h"' 'write the path from src/, without dots'
refused store/store.c '<base/text.h>' 'a header of this repository is included with quotes'
refused store/store.c '"cellar/wine.h"' 'there is no room cellar; the rooms are listed in ARCHITECTURE.md'
refused attic/old.c '"base/text.h"' 'the file is in no room (attic)'

build_house
mkdir "$house/src/collectors/three"
is "a collector without a line is found" \
    "src/collectors/registry.c: three is in src/collectors/ but has no line &collector_three," "$("$checker" "$house")"
build_house
echo '    &collector_four,' >>"$house/src/collectors/registry.c"
is "a line without a collector is found" \
    "src/collectors/registry.c: &collector_four has nothing in src/collectors/" "$("$checker" "$house")"
build_house
echo '    &collector_one,' >>"$house/src/collectors/registry.c"
is "a collector with two lines is found" "src/collectors/registry.c: &collector_one has 2 lines" "$("$checker" "$house")"
build_house
echo 'const struct exporter exporter_otlp = {' >"$house/src/exporters/otlp.c"
is "an exporter without a line is found" \
    "src/exporters/registry.c: otlp is in src/exporters/ but has no line &exporter_otlp," "$("$checker" "$house")"
build_house
rm -r "$house/src"; mkdir "$house/src"
is "an empty folder is not in order" "check-includes: no source file under src/" "$("$checker" "$house" | grep -v '^$')"

finish
