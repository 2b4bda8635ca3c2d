#!/bin/bash
# The suite that each guest kernel runs: what the kernel offers, then the agent from end to end.
#   suite.sh RELEASE-PREFIX
. "$(dirname "$0")/../e2e/lib.sh"

matches "the guest runs kernel $1" "^${1//./\\.}\\." "$(uname -r)"
check "the kernel describes its types (BTF)" test -r /sys/kernel/btf/vmlinux
check "tracefs offers events" test -r /sys/kernel/tracing/events/sched/sched_process_exec/id

finish
