/* One record with a field of every kind that a table's column can be made of; `times` of them for each getpriority() of `target`. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

typedef __u32 ipv4_addr;
typedef __u64 boot_time_ns;
typedef __u64 duration_ns;
typedef __s32 error_no;
typedef __u64 hex_u64;

enum colour { RED, GREEN = 5 };

struct place {
    ipv4_addr ip;
    __be16 port;
};

struct every_kind {
    boot_time_ns at;
    __u32 pid;
    __u32 number;
    __s64 below;
    __u8 small;
    _Bool good;
    __u32 low : 3, high : 5;
    enum colour colour, odd;
    char Name[16];
    __u8 mac[6];
    error_no error, none;
    duration_ns took;
    hex_u64 flags;
    struct place from, to;
    __u16 list[3];
    struct place places[2];
    union {
        __u64 word;
        __u32 halves[2];
    };
    __u64 time;
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 16 * 1024 * 1024);
} samples SEC(".maps");

const volatile __u32 target = 0;
const volatile __u32 times = 1;
__u32 number;

static __always_inline void fill_places(struct every_kind *s)
{
    s->from.ip = 0x0100007f;
    s->from.port = 0xbb01;
    s->places[1].port = 0x5000;
}

static __always_inline void fill(struct every_kind *s)
{
    __builtin_memset(s, 0, sizeof *s);
    s->at = bpf_ktime_get_boot_ns();
    s->pid = target;
    s->number = number++;
    s->below = -5;
    s->small = 255;
    s->good = 1;
    s->low = 5;
    s->high = 17;
    s->colour = GREEN;
    s->odd = 9;
    __builtin_memcpy(s->Name, "it's \"me\" \xff", 12);
    s->mac[0] = 2;
    s->error = -2;
    s->took = 5200000;
    s->flags = 0x1f;
    s->list[2] = 7;
    s->word = 0xffffffffffffffff;
    s->time = 3;
    fill_places(s);
}

static long send_one(__u32 index, void *unused)
{
    struct every_kind *s = bpf_ringbuf_reserve(&samples, sizeof *s, 0);
    if (!s)
        return 0;
    fill(s);
    bpf_ringbuf_submit(s, 0);
    return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpriority")
int sample(void *ctx)
{
    if (bpf_get_current_pid_tgid() >> 32 == target)
        bpf_loop(times, send_one, 0, 0);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
