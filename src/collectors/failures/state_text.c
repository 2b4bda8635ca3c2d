#include "collectors/failures/state_text.h"

#include <stddef.h>
#include <stdint.h>

/* By bit, of linux/capability.h. */
static const char *const capabilities[] = {
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
};
enum { CAPABILITIES = sizeof capabilities / sizeof capabilities[0] };

static const char *const namespaces[NS_COUNT] = {
    [NS_USER] = "user", [NS_MNT] = "mnt", [NS_PID] = "pid",       [NS_NET] = "net",
    [NS_UTS] = "uts",   [NS_IPC] = "ipc", [NS_CGROUP] = "cgroup", [NS_TIME] = "time",
};

static void add_names(struct text *out, uint64_t mask, const char *between)
{
    for (unsigned bit = 0; bit < CAPABILITIES; bit++) {
        if (!(mask >> bit & 1))
            continue;
        text_adds(out, between);
        text_adds(out, capabilities[bit]);
        if (!*between)
            between = ",";
    }
}

void state_add_capabilities(struct text *out, uint64_t mask)
{
    const uint64_t all = (1ULL << CAPABILITIES) - 1, missing = all & ~mask;
    if (!(mask & all)) {
        text_adds(out, "none");
    } else if (__builtin_popcountll(missing) < CAPABILITIES / 2) {
        text_adds(out, "all");
        add_names(out, missing, ",-");
    } else {
        add_names(out, mask, "");
    }
}

static void add_number(struct text *out, size_t start, const char *name, uint32_t value)
{
    if (out->length > start)
        text_addc(out, ' ');
    text_addf(out, "%s=%u", name, value);
}

struct ids {
    uint32_t real, effective, saved, filesystem;
};

static void add_ids(struct text *out, size_t start, const char *const names[4], struct ids ids)
{
    add_number(out, start, names[0], ids.real);
    if (ids.effective != ids.real)
        add_number(out, start, names[1], ids.effective);
    if (ids.saved != ids.effective)
        add_number(out, start, names[2], ids.saved);
    if (ids.filesystem != ids.effective)
        add_number(out, start, names[3], ids.filesystem);
}

void state_add_credentials(struct text *out, const struct task_state *s, const struct task_state *other)
{
    static const char *const users[4] = {"uid", "euid", "suid", "fsuid"}, *const groups[4] = {"gid", "egid", "sgid", "fsgid"};
    size_t start = out->length;
    if (!s->namespaces[NS_USER])
        return;
    add_ids(out, start, users, (struct ids){s->uid, s->euid, s->suid, s->fsuid});
    add_ids(out, start, groups, (struct ids){s->gid, s->egid, s->sgid, s->fsgid});
    text_adds(out, " caps=");
    state_add_capabilities(out, s->effective);
    if (s->permitted != s->effective) {
        text_adds(out, " permitted=");
        state_add_capabilities(out, s->permitted);
    }
    if (s->namespaces[NS_USER] != other->namespaces[NS_USER])
        add_number(out, start, "userns", s->namespaces[NS_USER]);
}

void state_add_namespaces(struct text *out, const struct task_state *s, const struct task_state *other)
{
    size_t start = out->length;
    for (size_t i = 0; i < NS_COUNT; i++)
        if (s->namespaces[i] != other->namespaces[i])
            add_number(out, start, namespaces[i], s->namespaces[i]);
}
