/* mistake: pointer-not-verified */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct task {
    int state;
};

SEC("raw_tp/sys_enter")
int read_state(void *ctx)
{
    struct task *task = (void *)bpf_get_current_task();
    return task->state; /* at */
}

char LICENSE[] SEC("license") = "GPL";
