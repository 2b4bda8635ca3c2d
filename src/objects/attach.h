/* Attached programs: a link, or what it takes to undo the attachment where the kernel has no links. */
#pragma once
#include "objects/target.h"

#include <stdint.h>

struct attachment {
    const struct attach_place *place;
    struct bpf_link *link;
    int fds[256]; /* perf events, sockets, iterators: closed in the end */
    size_t n_fds;
    /* tc filters and programs of maps and devices have no link of their own */
    void (*undo)(struct attachment *a);
    int target_fd;
    int undo_type; /* enum bpf_attach_type, or the tc attach point */
    uint32_t ifindex, handle, priority;
    bool made_hook;
    char where[TARGET_LONGEST + 64]; /* for people: "kprobe tcp_v4_connect" */
};

/* Attaches; 0 or -errno with words. The attachment is to be undone in any case. */
int attachment_make(struct attachment *a, const struct attach_place *place, struct err *why);
void attachment_undo(struct attachment *a);
/* Keeps a descriptor, or closes it and fails when there are too many. */
int attachment_keep(struct attachment *a, int fd, struct err *why);

/* Of attach_*.c, for the table of kinds. */
int attach_kprobe(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_kprobe_multi(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_ksyscall(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_tracepoint(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_raw_tracepoint(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_traced(const struct attach_place *p, struct attachment *a, struct err *why);
int prepare_traced(const struct attach_place *p, struct err *why);
int prepare_freplace(const struct attach_place *p, struct err *why);
int attach_uprobe(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_usdt(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_perf_event(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_xdp(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_tc(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_socket(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_cgroup(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_netns(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_sockmap(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_lirc(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_prog_array(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_iter(const struct attach_place *p, struct attachment *a, struct err *why);
int attach_run(const struct attach_place *p, struct attachment *a, struct err *why);
