/* The end of each system call. Nearly all leave at the first look: they worked and change nothing, or failed as calls do all day. */
#pragma once
#include "collectors/failures/changes.bpf.h"

TALLY(call_failures, struct failure_key, struct failure_value, 16384);

enum { CALL_CLONE = 56, CALL_FORK = 57, CALL_VFORK = 58, CALL_EXECVE = 59, CALL_SETUID = 105, CALL_CLONE3 = 435 };

/* Calls to which EAGAIN means that the limit of processes is reached; to others it means to try later. */
static __always_inline bool is_limited(__u64 number)
{
    return (number >= CALL_CLONE && number <= CALL_EXECVE) || number == CALL_CLONE3 || number == CALL_SETUID;
}

static __noinline int call_failed(__u32 number, __u32 error)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct failure_key key = {
        .start_ns = task_start_ns(task), .pid = BPF_CORE_READ(task, tgid), .error = error, .cpu = bpf_get_smp_processor_id()};
    key.call = (number & (FAILURE_COMPAT - 1)) | (task_is_compat(task) ? FAILURE_COMPAT : 0);
    struct failure_value *v = TALLY_FIND(call_failures, &key);
    if (!v) {
        static const struct failure_value nothing;
        v = TALLY_NEW(call_failures, &key, &nothing);
        if (!v) {
            count_missed(MISSED_FAILURES_FULL);
            return 0;
        }
        BPF_CORE_READ_STR_INTO(&v->comm, task, group_leader, comm);
    }
    v->count++;
    return 0;
}

static __always_inline int on_call(struct failures_control *c, __u64 number, long result)
{
    if (result >= 0) {
        if (number >= FAILURES_CALLS || !c->calls[number])
            return 0;
        return on_success(c->calls[number]);
    }
    __u64 error = -result;
    if (error >= FAILURE_ERRORS || !c->errors[error])
        return 0;
    if (c->errors[error] == ERROR_OF_LIMITS && !is_limited(number))
        return 0;
    return call_failed(number, error);
}
