/* A map of every type, filled with what the test expects, by the first system call of the process that `target` names. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

typedef __u32 ipv4_addr;
typedef __u64 duration_ns;

enum colour { RED, GREEN = 5 };

struct flow {
    ipv4_addr from, to;
    __be16 port;
    __u8 mac[6];
};

struct record {
    enum colour colour;
    char name[12];
    duration_ns took;
    __u32 low : 3, high : 5;
    _Bool good;
    struct flow flows[2];
    union {
        __u32 word;
        __u16 halves[2];
    };
    __u32 slots[8];
};

#define MAP(map_name, map_type, entries, key_type, value_type)                                                                             \
    struct {                                                                                                                               \
        __uint(type, BPF_MAP_TYPE_##map_type);                                                                                             \
        __uint(max_entries, entries);                                                                                                      \
        __type(key, key_type);                                                                                                             \
        __type(value, value_type);                                                                                                         \
    } map_name SEC(".maps")

MAP(hash, HASH, 8, struct flow, struct record);
MAP(lru_hash, LRU_HASH, 8, __u16, __u64);
MAP(array, ARRAY, 4, __u32, __s32);
MAP(percpu_hash, PERCPU_HASH, 8, __u16, __u64);
MAP(percpu_array, PERCPU_ARRAY, 2, __u32, struct record);
MAP(cgroups, CGROUP_ARRAY, 2, __u32, __u32);

struct prefix {
    __u32 length;
    __u8 address[4];
};
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 8);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix);
    __type(value, __u32);
} trie SEC(".maps");

#define SEQUENCE(map_name, map_type)                                                                                                       \
    struct {                                                                                                                               \
        __uint(type, BPF_MAP_TYPE_##map_type);                                                                                             \
        __uint(max_entries, 4);                                                                                                            \
        __type(value, __u32);                                                                                                              \
    } map_name SEC(".maps")

SEQUENCE(queue, QUEUE);
SEQUENCE(stack, STACK);
SEQUENCE(bloom, BLOOM_FILTER);

struct {
    __uint(type, BPF_MAP_TYPE_STACK_TRACE);
    __uint(max_entries, 16);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct inner_map {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4);
    __type(key, __u32);
    __type(value, enum colour);
} inner SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
    __uint(max_entries, 2);
    __type(key, __u32);
    __array(values, struct inner_map);
} outer SEC(".maps") = {.values = {[1] = &inner}};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u32);
    __type(value, __u64);
} tasks SEC(".maps");

const volatile __u32 target = 0;
__u64 calls;
char label[16] = "before";
struct flow last = {.port = 1};

static __always_inline void fill_record(struct record *r)
{
    r->colour = GREEN;
    __builtin_memcpy(r->name, "first \"one\"", 12);
    r->took = 5200000;
    r->low = 5;
    r->high = 17;
    r->good = 1;
    r->flows[1].from = 0x0100007f;
    r->flows[1].port = 0xbb01;
    r->word = 0x00020001;
    r->slots[1] = 3;
}

static __always_inline void fill_hashes(void)
{
    struct flow key = {.from = 0x0100000a, .to = 0x0200000a, .port = 0xbb01, .mac = {2, 0, 0, 0, 0, 1}};
    struct record r;
    __u16 ports[] = {80, 443};
    __u64 few = 7, many = 1000;
    __builtin_memset(&r, 0, sizeof r);
    fill_record(&r);
    bpf_map_update_elem(&hash, &key, &r, BPF_ANY);
    bpf_map_update_elem(&lru_hash, &ports[0], &few, BPF_ANY);
    bpf_map_update_elem(&lru_hash, &ports[1], &many, BPF_ANY);
    bpf_map_update_elem(&percpu_hash, &ports[1], &many, BPF_ANY);
}

static __always_inline void fill_arrays(void)
{
    __u32 second = 1;
    __s32 minus = -7;
    bpf_map_update_elem(&array, &second, &minus, BPF_ANY);
    struct record *r = bpf_map_lookup_elem(&percpu_array, &second);
    if (r)
        fill_record(r);
}

static __always_inline void fill_others(void *ctx)
{
    struct prefix net = {8, {10}}, host = {32, {10, 0, 0, 1}};
    __u32 one = 1, two = 2;
    enum colour green = GREEN;
    bpf_map_update_elem(&trie, &net, &one, BPF_ANY);
    bpf_map_update_elem(&trie, &host, &two, BPF_ANY);
    bpf_map_push_elem(&queue, &one, 0);
    bpf_map_push_elem(&queue, &two, 0);
    bpf_map_push_elem(&stack, &one, 0);
    bpf_map_push_elem(&stack, &two, 0);
    bpf_map_push_elem(&bloom, &one, 0);
    bpf_get_stackid(ctx, &stacks, 0);
    bpf_map_update_elem(&inner, &two, &green, BPF_ANY);
}

SEC("tp_btf/sys_enter")
int fill(void *ctx)
{
    if (bpf_get_current_pid_tgid() >> 32 != target || __sync_fetch_and_add(&calls, 1))
        return 0;
    fill_hashes();
    fill_arrays();
    fill_others(ctx);
    __u64 *mine = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (mine)
        *mine = 42;
    last.from = 0x0100007f;
    bpf_current_task_under_cgroup(&cgroups, 0);
    bpf_printk("filled for %d", target);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
