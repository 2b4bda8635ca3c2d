/* mistake: ringbuf-not-submitted */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} events SEC(".maps");

SEC("raw_tp/sys_enter")
int send_pid(void *ctx)
{
    struct bpf_dynptr event;
    __u64 pid = bpf_get_current_pid_tgid();
    if (bpf_ringbuf_reserve_dynptr(&events, sizeof pid, 0, &event)) /* from */
        return 0;
    bpf_dynptr_write(&event, 0, &pid, sizeof pid, 0);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
