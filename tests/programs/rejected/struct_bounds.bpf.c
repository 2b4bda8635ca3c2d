/* mistake: struct-out-of-bounds */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct task_struct {
    char bytes[1 << 16];
    int beyond;
};

SEC("tp_btf/sys_enter")
int read_beyond(void *ctx)
{
    struct task_struct *task = bpf_get_current_task_btf();
    int beyond = *(volatile int *)&task->beyond; /* at */
    return beyond ? 0 : 0;
}

char LICENSE[] SEC("license") = "GPL";
