#!/bin/bash
# The tracing language: the cases of tests/trace/*.test.
. "$(dirname "$0")/lib.sh"
exec python3 "$(dirname "$0")/../trace/cases.py" "$sonde" "$programs"
