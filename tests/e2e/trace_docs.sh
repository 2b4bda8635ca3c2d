#!/bin/bash
# Every example of docs/trace-language.md does what stands below it.
. "$(dirname "$0")/lib.sh"
exec python3 "$(dirname "$0")/../trace/cases.py" "$sonde" "$programs" "$(dirname "$0")/../../docs/trace-language.md"
