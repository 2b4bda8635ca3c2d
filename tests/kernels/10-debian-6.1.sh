#!/bin/bash
# Debian 12 as it is installed: kernel 6.1. Its tracepoint tcp_send_reset does not tell a reason yet, and it has no
# block_io_start.
exec bash "$(dirname "$0")/run-guest" linux-image-cloud-amd64 6.1 reset_out_reason,start_tp_btf,start_raw_tp
