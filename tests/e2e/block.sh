#!/bin/bash
# The block collector: I/Os, bytes, merges and flushes are those that the kernel counted for a loop device that is ours alone; each
# belongs to the process that asked for it; slow and failed ones are rows.
. "$(dirname "$0")/lib.sh"

loop=''
zram=''
detach() {
    [ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
    [ -z "$zram" ] || echo "$zram" >/sys/class/zram-control/hot_remove 2>/dev/null
    loop='' zram=''
}
trap 'detach; clean_up' EXIT

attach() { # option...: a loop device over $dir/image; its name is in $loop, its short name in $device
    loop=$(losetup --find --show "$@" "$dir/image" 2>"$dir/losetup.err") || return 1
    device=${loop#/dev/}
}

# Fields of /sys/block/DEVICE/stat (Documentation/block/stat.rst): ios, merges, sectors of reads 1 to 3, of writes 5 to 7, of
# discards 12 to 14; flushes 16.
counts() {
    awk '{ print $1, $2, $3, $5, $6, $7, $12, $13, $14, $16 }' "/sys/block/$device/stat"
}

ms_counted() { # of reads and writes
    awk '{ print $4 + $8 }' "/sys/block/$device/stat"
}

grown() { # before after: the differences
    paste -d ' ' <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") | awk '{ print $2 - $1 }' | paste -s -d ' '
}

cp "$(command -v dd)" "$dir/test-dd" # a name of our own: others use this host too
run_dd() {
    "$dir/test-dd" status=none "$@"
}

truncate -s 64M "$dir/image"
if [ "$(id -u)" != 0 ] || ! attach; then
    skip "block devices" "no loop device: $(cat "$dir/losetup.err" 2>/dev/null)"
    finish
fi

writes="('write', 'sync', 'write_zeroes')" # what the kernel counts as writes
mine="FROM block_io WHERE device = '$device'"
seen="SELECT concat_ws(' ',
    sum(ios) FILTER (op = 'read'), coalesce(sum(merges) FILTER (op = 'read'), 0), sum(bytes) FILTER (op = 'read') // 512,
    sum(ios) FILTER (op IN $writes), sum(merges) FILTER (op IN $writes), sum(bytes) FILTER (op IN $writes) // 512,
    sum(ios) FILTER (op = 'discard'), sum(merges) FILTER (op = 'discard'), sum(bytes) FILTER (op = 'discard') // 512,
    sum(ios) FILTER (op = 'flush')) $mine"
mkdir "$dir/mounted"

# A file system on the device, with a journal and a file that is left to be written back.
use_file_system() {
    mkfs.ext4 -q -F "$loop"
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m sh -c 'mount "$1" "$2" && "$3" status=none if=/dev/zero of="$2/file" bs=1M count=16 && sync -f "$2" &&
        echo text | "$3" status=none of="$2/file2" conv=fsync' sh "$loop" "$dir/mounted" "$dir/test-dd"
}

# All of it is counted, that of udev and others too.
use_device() {
    before=$(counts)
    before_ms=$(ms_counted)
    run_dd if=/dev/zero of="$loop" bs=4k count=500 oflag=direct
    run_dd if="$loop" of=/dev/null bs=64k count=300 iflag=direct
    run_dd if=/dev/zero of="$loop" bs=1M count=24 seek=8 conv=fsync
    blkdiscard -o 1M -l 8M "$loop"
    run_dd if=/dev/zero of="$loop" bs=512 count=200 oflag=direct,sync
    use_file_system
    expected=$(grown "$before" "$(counts)")
    after_ms=$(ms_counted)
}

# A kernel may keep programs from running while it works for a certain process; an I/O that ends in an interrupt of that one is then
# seen by no program (a sandbox's kernel did so with its process 1, once in some ten thousand). Hence three attempts.
for attempt in 1 2 3; do
    rm -rf "$dir/data"
    start_agent --collectors process,block || { not_ok "the agent starts"; finish; }
    use_device
    wait_for '[ "$(q "$seen")" = "$expected" ]' $((PATIENCE / 2)) && break
    echo "# attempt $attempt: expected $expected, got $(q "$seen")"
    [ "$attempt" = 3 ] || stop_agent
done
is "reads, writes, discards, flushes of plain and of synced I/O and of a file system are those that the kernel counted" "$expected" "$(q "$seen")"
q_becomes "direct reads of dd, one I/O each" "300,19660800" \
    "SELECT sum(ios), sum(bytes) $mine AND comm = 'test-dd' AND op = 'read' AND bytes = ios * 65536"
q_becomes "direct writes of dd by size" "500,200" \
    "SELECT sum(ios) FILTER (bytes = ios * 4096), sum(ios) FILTER (bytes = ios * 512) $mine AND comm = 'test-dd' AND op = 'write'"
is "no write of dd went unnamed" 0 "$(q "SELECT count(*) $mine AND pid IS NULL AND op <> 'flush'")"
is "every I/O is in the histogram of sizes, and its times are known" true "$(q "SELECT
    histogram_count(histogram_sum(size_bytes)) = sum(ios) AND histogram_count(histogram_sum(queue_ns)) = sum(ios) AND
    histogram_count(histogram_sum(device_ns)) = sum(ios) FILTER (op <> 'sync') $mine")"
is "a histogram finds the size of 64 KiB" true \
    "$(q "SELECT histogram_quantile(histogram_sum(size_bytes), 0.5) BETWEEN 65536 AND 98304 $mine AND bytes = ios * 65536")"
# The kernel rounds its sums to whole milliseconds and reads its clock at other places.
is "queue and device together took what the kernel counted" true "$(q "SELECT
    abs(sum(coalesce(queue_total_ns, 0) + coalesce(device_total_ns, 0)) / 1e6 - ($after_ms - $before_ms)) <= 20 + 0.3 * ($after_ms - $before_ms)
    $mine AND op IN ('read', 'write', 'sync')")"
is "the longest is not longer than all" true "$(q "SELECT bool_and(device_max_ns <= device_total_ns) $mine AND op <> 'sync'")"
is "nothing failed" 0 "$(q "SELECT sum(errors) $mine")"

# Pages that nobody waits for are written by a kernel thread; here they are those of a file system that is told to write all it has.
q_becomes "what a kernel thread writes back is its own" true \
    "SELECT sum(bytes) >= 16777216 $mine AND op = 'write' AND comm LIKE 'kworker%' AND uid = 0"
is "nothing was lost" "" "$(q 'SELECT place, reason, count FROM agent_losses')"
stop_agent

# --- slow and failed ones ----------------------------------------------------------------------------------------------

slow() { # columns: rows of block_slow of our dd, in the order of sectors
    echo "SELECT string_agg(concat_ws(' ', $1), '; ' ORDER BY sector) FROM block_slow WHERE device = '$device' AND comm = 'test-dd'"
}

start_again() { # threshold
    detach
    rm -rf "$dir/data"
    printf 'block:\n  slow: %s\n' "$1" >"$dir/config.yaml"
    start_agent --collectors process,block --config "$dir/config.yaml"
}

start_again 1h && attach && run_dd if=/dev/zero of="$loop" bs=4k count=10 oflag=direct
q_becomes "faster than the threshold: counted" 10 "SELECT sum(ios) FROM block_io WHERE device = '$device' AND comm = 'test-dd'"
is "faster than the threshold: no row" 0 "$(q 'SELECT count(*) FROM block_slow WHERE error IS NULL')"
stop_agent

start_again 0
attach && run_dd if=/dev/zero of="$loop" bs=4k count=3 seek=100 oflag=direct && run_dd if="$loop" of=/dev/null bs=8k count=1 iflag=direct
q_becomes "a threshold of 0: each I/O is a row, with its place" "read 0 8192; write 800 4096; write 808 4096; write 816 4096" "$(slow 'op, sector, bytes')"
is "their latency is what they waited and what the device took" true \
    "$(q "SELECT bool_and(latency_ns = queue_ns + device_ns AND device_ns > 0) FROM block_slow WHERE device = '$device' AND op <> 'sync'")"
detach

# The file behind the device becomes shorter: a read past its end fails, one across its end is done in parts, the first of which works.
if attach --direct-io=on; then
    truncate -s 40960 "$dir/image"
    run_dd if="$loop" of=/dev/null bs=64k count=1 iflag=direct 2>/dev/null
    run_dd if="$loop" of=/dev/null bs=64k count=1 skip=8 iflag=direct 2>/dev/null
    q_becomes "failed I/Os are rows with the error, whole ones" "read 0 65536 EIO; read 1024 65536 EIO" "$(slow 'op, sector, bytes, error') AND error IS NOT NULL"
    q_becomes "and are counted" "2,131072,2" "SELECT sum(ios), sum(bytes), sum(errors) FROM block_io WHERE device = '$device' AND comm = 'test-dd' AND errors > 0"
    detach
else
    skip "failed I/Os" "no direct I/O to the file behind: $(cat "$dir/losetup.err")"
fi

# --- devices without requests ------------------------------------------------------------------------------------------

zram=$(cat /sys/class/zram-control/hot_add 2>"$dir/zram.err")
device=zram$zram
if [ -n "$zram" ] && echo 16M 2>"$dir/zram.err" >"/sys/block/$device/disksize"; then
    run_dd if=/dev/zero of="/dev/$device" bs=4k count=100 oflag=direct
    run_dd if="/dev/$device" of=/dev/null bs=8k count=50 iflag=direct
    q_becomes "a device without a queue" "write 100 409600; read 50 409600" "SELECT string_agg(concat_ws(' ', op, n, bytes), '; ' ORDER BY op DESC)
        FROM (SELECT op, sum(ios) AS n, sum(bytes) AS bytes FROM block_io WHERE device = '$device' AND comm = 'test-dd' GROUP BY op)"
    is "has no time in a queue" true \
        "$(q "SELECT bool_and(queue_total_ns IS NULL AND device_total_ns > 0) FROM block_io WHERE device = '$device'")"
else
    skip "a device without a queue" "no zram here: $(cat "$dir/zram.err")"
fi
ends_well "the agent ends in order"
finish
