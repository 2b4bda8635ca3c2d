#!/bin/bash
# Debian 12 with the kernel of its back-ports: 6.12.
exec bash "$(dirname "$0")/run-guest" linux-image-6.12-cloud-amd64 6.12
