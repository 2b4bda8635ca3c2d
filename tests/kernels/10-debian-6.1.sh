#!/bin/bash
# Debian 12 as it is installed: kernel 6.1.
exec bash "$(dirname "$0")/run-guest" linux-image-cloud-amd64 6.1
