/* mistake: null-check-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct task_struct {
    int pid;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
    void *meta;
    struct task_struct *task;
} __attribute__((preserve_access_index));

SEC("iter/task")
int each_task(struct bpf_iter__task *ctx)
{
    return ctx->task->pid == 1; /* at from */
}

char LICENSE[] SEC("license") = "GPL";
