#!/bin/bash
# Random scripts of the tracing language: each runs, or is refused with a complaint; the verifier takes all that we compile.
. "$(dirname "$0")/lib.sh"
check "200 random scripts run or are refused cleanly" python3 "$(dirname "$0")/../fuzz/trace_scripts.py" "$sonde" "${TRACE_SCRIPTS:-200}" 20261121
finish
