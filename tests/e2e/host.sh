#!/bin/bash
# The host collector through the sandboxed worker: rows of the machine each second, and what this test does shows in them.
. "$(dirname "$0")/lib.sh"
start_agent --collectors host || { not_ok "the agent starts"; finish; }
ok "the agent starts"

for table in host_cpu host_load host_memory host_networks host_disks; do
    q_reaches "$table has rows of several seconds" 2 "SELECT count(DISTINCT time) FROM $table"
done
if [ -r /proc/pressure/io ]; then
    q_reaches "host_pressure has rows of several seconds" 2 "SELECT count(DISTINCT time) FROM host_pressure"
else
    skip "host_pressure has rows of several seconds" "this kernel keeps no pressure stall information"
fi

# --- each table against what the system says otherwise -------------------------------------------------------------

is "one row for each CPU and one for all" $(($(getconf _NPROCESSORS_ONLN) + 1)) "$(q "SELECT count(*) FROM host_cpu WHERE time = (SELECT max(time) FROM host_cpu)")"
is "the parts of a CPU's time add up to 1" 0 "$(q "SELECT count(*) FROM host_cpu WHERE abs(coalesce(user_ratio, 0) + coalesce(nice_ratio, 0) +
    coalesce(system_ratio, 0) + coalesce(idle_ratio, 0) + coalesce(iowait_ratio, 0) + coalesce(irq_ratio, 0) + coalesce(softirq_ratio, 0) +
    coalesce(steal_ratio, 0) - 1) > 0.000001")"
is "total memory is the kernel's" "$(awk '/^MemTotal:/ { printf "%.0f", $2 * 1024 }' /proc/meminfo)" "$(q 'SELECT max(total_bytes) FROM host_memory')"
is "no value of memory is beyond the total" 0 "$(q 'SELECT count(*) FROM host_memory WHERE free_bytes > total_bytes OR available_bytes > total_bytes OR cached_bytes > total_bytes')"
is "every interface has a row" "$(tail -n +3 /proc/net/dev | wc -l)" "$(q "SELECT count(*) FROM host_networks WHERE time = (SELECT max(time) FROM host_networks)")"
is "intervals are a second, more or less" 0 "$(q 'SELECT count(*) FROM host_load WHERE interval_ns NOT BETWEEN 100000000 AND 20000000000')"
case $(findmnt -no FSTYPE /) in
ext4 | xfs | btrfs) is "the root file system has its size" "$(df -B1 --output=size / | tail -n 1 | tr -d ' ')" \
    "$(q "SELECT max(size_bytes) FROM host_filesystems WHERE mount_point = '/'")" ;;
*) skip "the root file system has its size" "it is not on a disk" ;;
esac

# --- what this test does -------------------------------------------------------------------------------------------

since=$(q 'SELECT max(time) FROM host_load')
python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(100): s.sendto(bytes(10000), ("127.0.0.1", 9))
t = time.process_time()
while time.process_time() - t < 0.5: pass'
q_reaches "bytes over loopback are counted" 1000000 "SELECT sum(tx_bytes)::BIGINT FROM host_networks WHERE interface = 'lo' AND time > '$since'"
q_becomes "what loopback sends it receives" true "SELECT sum(tx_bytes) = sum(rx_bytes) FROM host_networks WHERE interface = 'lo' AND time > '$since'"
q_becomes "work shows as busy time" true "SELECT sum(busy_ratio * interval_ns) > 400000000 FROM host_cpu WHERE cpu <> 'all' AND time > '$since'"
for _ in $(seq 200); do (:); done
q_reaches "forks are counted" 200 "SELECT sum(forks)::BIGINT FROM host_load WHERE time > '$since'"
# findmnt may name a device that /sys/block does not know (an overlay, a folder of the machine that runs this guest).
device=$(findmnt -no SOURCE -T "$dir")
if [ -e "/sys/block/${device##*/}" ]; then
    dd if=/dev/urandom of="$dir/blob" bs=1M count=16 conv=fsync 2>/dev/null
    q_reaches "bytes written to the disk are counted" 16777216 "SELECT sum(write_bytes)::BIGINT FROM host_disks WHERE device = '${device##*/}' AND time > '$since'"
    q_becomes "and the disk was busy meanwhile" true "SELECT max(utilisation_ratio) > 0 FROM host_disks WHERE device = '${device##*/}' AND time > '$since'"
else
    skip "bytes written to the disk are counted" "the test's folder is not on a whole disk"
fi

stop_agent
is "the agent ends cleanly" 0 "$agent_status"
finish
