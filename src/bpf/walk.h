/* Absolute paths in kernel programs, root first ("/usr/bin"), for programs that compare them there. Names are written from the
 * end of a buffer towards its start while the walk climbs from a directory to the root of the task's view.
 *
 * All state lives in the caller's map value: the verifier then knows nothing about the offset from one step to the next, and
 * one look at the loop's body is enough for it. */
#pragma once
#include "bpf/kernel.h"

enum {
    WALK_BYTES = 4096,    /* the longest path; a power of two */
    WALK_NAMES_MAX = 512, /* names of one path, mount points counted twice */
};

struct path_walk {
    struct dentry *dentry, *top; /* where we are, and the root of that mount */
    struct vfsmount *mnt;
    struct {
        struct dentry *dentry;
        struct vfsmount *mnt;
    } root;      /* where to stop */
    __u32 start; /* text[start…WALK_BYTES) is the path so far */
    __u32 whole; /* the root was reached */
    char text[WALK_BYTES + 256];
};

/* Leaves a mount upwards. False: this was the root of the mount tree. */
static __always_inline bool walk_up_mount(struct path_walk *w)
{
    struct mount *mount = (void *)w->mnt - bpf_core_field_offset(struct mount, mnt);
    struct mount *above = BPF_CORE_READ(mount, mnt_parent);
    if (above == mount)
        return false;
    w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
    w->mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
    w->top = BPF_CORE_READ(above, mnt.mnt_root);
    return true;
}

static long walk_step(__u32 index, void *context)
{
    struct path_walk *w = *(struct path_walk **)context;
    struct dentry *dentry = w->dentry; /* CO-RE reads start from plain variables */
    if (dentry == w->root.dentry && w->mnt == w->root.mnt) {
        w->whole = 1;
        return 1;
    }
    struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
    if (dentry == w->top || dentry == parent) {
        w->whole = !walk_up_mount(w);
        return w->whole;
    }
    __u32 length = BPF_CORE_READ(dentry, d_name.len) & 255;
    __u32 start = w->start - length - 1;
    barrier_var(start); /* else clang computes start + 1 anew, and the verifier does not know its bounds */
    if (start >= WALK_BYTES)
        return 1; /* below zero: no room */
    w->text[start] = '/';
    bpf_probe_read_kernel(&w->text[start + 1], length, BPF_CORE_READ(dentry, d_name.name));
    w->start = start;
    w->dentry = parent;
    return 0;
}

/* Writes the path of `at` as seen from `root`: w->text[w->start…WALK_BYTES), nothing for "/" itself. Each name costs about
 * 30 ns. What does not fit is cut at the root's end and w->whole stays 0. */
static __always_inline void walk_path(struct path_walk *w, const struct path *at, const struct path *root)
{
    w->dentry = at->dentry;
    w->mnt = at->mnt;
    w->root.dentry = root->dentry;
    w->root.mnt = root->mnt;
    struct vfsmount *mnt = at->mnt;
    w->top = BPF_CORE_READ(mnt, mnt_root);
    w->start = WALK_BYTES;
    w->whole = 0;
    bpf_loop(WALK_NAMES_MAX, walk_step, &w, 0);
}
