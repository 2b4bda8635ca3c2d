/* Values that user space knows the words for: symbols, addresses of the network, users, errors, times. */
#include "base/signal_name.h"
#include "kernel/syscall_names.h"
#include "trace/print/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static void address_or(struct text *out, size_t before, uint64_t address)
{
    if (out->length == before)
        text_addf(out, "0x%llx", (unsigned long long)address);
}

static void kernel_symbol(const struct print_names *names, uint64_t address, bool with_offset, struct text *out)
{
    size_t before = out->length;
    if (names && names->kernel_symbol)
        names->kernel_symbol(names->arg, address, with_offset, out);
    address_or(out, before, address);
}

static void user_symbol(const struct print_names *names, const struct value_usym *u, bool with_offset, struct text *out)
{
    size_t before = out->length;
    if (names && names->user_symbol)
        names->user_symbol(names->arg, u->address, u->pid, u->probe, with_offset, out);
    address_or(out, before, u->address);
}

static void user_module(const struct print_names *names, const struct value_usym *u, struct text *out)
{
    text_adds(out, " (");
    size_t before = out->length;
    if (names && names->user_module)
        names->user_module(names->arg, u->address, u->pid, u->probe, out);
    if (out->length == before)
        text_adds(out, "[unknown]");
    text_addc(out, ')');
}

/* One frame on a line: "    vfs_read+5", in perf's form "\tffffffff81442b25 vfs_read+5" and, of processes, " (/usr/bin/file)" behind it. */
static void frame(struct printer *p, bool user, int64_t mode, const struct value_usym *u, struct text *out)
{
    const struct print_names *names = p->style->names;
    if (mode == STACK_PERF)
        text_addf(out, "\t%llx ", (unsigned long long)u->address);
    else
        text_addf(out, "%*s", p->indent, "");
    if (mode == STACK_RAW || mode == STACK_BUILD_ID)
        text_addf(out, "%llx", (unsigned long long)u->address);
    else if (user)
        user_symbol(names, u, true, out);
    else
        kernel_symbol(names, u->address, true, out);
    if (user && mode == STACK_PERF)
        user_module(names, u, out);
    text_addc(out, '\n');
}

static void lost(struct printer *p, const char *why, struct text *out)
{
    text_addf(out, "\n%*s[lost: %s]\n", p->indent, "", why);
}

/* Where there is no stack (a kernel thread has none of a user, a process on its own CPU none of the kernel) nothing is printed, as in
 * bpftrace. A stack that was there and could not be kept says so. */
static void no_stack(struct printer *p, int error, struct text *out)
{
    if (error == -EEXIST)
        lost(p, "stack map is full", out);
    else if (error == -ENOMEM)
        lost(p, "no memory for the stack", out);
}

/* The limit of kstack(limit), which the value or its type has; the least of them. */
static uint32_t frames_wanted(const struct value_type *type, const struct value_stack *s)
{
    uint32_t most = STACK_FRAMES_MAX;
    if (type->parameters[1] > 0 && type->parameters[1] < most)
        most = (uint32_t)type->parameters[1];
    return s->frames && s->frames < most ? s->frames : most;
}

void name_stack(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    const struct print_names *names = p->style->names;
    struct value_stack s;
    memcpy(&s, bytes, sizeof s);
    if (s.id < 0) {
        no_stack(p, s.id, out);
        return;
    }
    if (!names || !names->stack) {
        text_add_i64(out, s.id);
        return;
    }
    uint64_t frames[STACK_FRAMES_MAX];
    uint32_t most = frames_wanted(type, &s);
    bool user = type->kind == VALUE_USTACK;
    int n = names->stack(names->arg, user, &s, frames, most);
    if (n < 0)
        lost(p, "its frames are no longer in the stack map", out);
    if (n <= 0)
        return;
    text_addc(out, '\n');
    for (int i = 0; i < n && i < (int)most; i++) {
        struct value_usym u = {.address = frames[i], .pid = s.pid, .probe = s.probe};
        frame(p, user, type->parameters[0], &u, out);
    }
}

static void usym(const struct print_names *names, const void *bytes, struct text *out)
{
    struct value_usym u;
    memcpy(&u, bytes, sizeof u);
    user_symbol(names, &u, false, out);
}

static void inet(const void *bytes, struct text *out)
{
    struct value_inet v;
    char words[INET6_ADDRSTRLEN];
    memcpy(&v, bytes, sizeof v);
    if ((v.family == AF_INET || v.family == AF_INET6) && inet_ntop((int)v.family, v.bytes, words, sizeof words))
        text_adds(out, words);
    else
        text_addf(out, "address of family %u", v.family);
}

static void mac(const void *bytes, struct text *out)
{
    const uint8_t *b = bytes;
    text_addf(out, "%02X:%02X:%02X:%02X:%02X:%02X", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static void error_words(uint64_t number, struct text *out)
{
    char room[128];
    text_adds(out, strerror_r((int)number, room, sizeof room)); /* GNU's */
}

static void signal_words(uint64_t number, struct text *out)
{
    char name[SIGNAL_NAME_SIZE];
    signal_name((int)number, name);
    text_adds(out, name);
}

static void syscall_words(uint64_t number, struct text *out)
{
    const char *name = number <= INT32_MAX ? syscall_name((long)number) : NULL;
    if (name)
        text_adds(out, name);
    else
        text_add_i64(out, (int64_t)number);
}

static void timestamp(const struct print_names *names, const void *bytes, struct text *out)
{
    struct value_timestamp t;
    memcpy(&t, bytes, sizeof t);
    if (names && names->timestamp)
        names->timestamp(names->arg, &t, out);
    else
        text_add_u64(out, t.ns);
}

static void cgroup_path(const struct print_names *names, const void *bytes, struct text *out)
{
    struct value_cgroup_path c;
    memcpy(&c, bytes, sizeof c);
    if (names && names->cgroup_path)
        names->cgroup_path(names->arg, &c, out);
    else
        text_add_u64(out, c.id);
}

static void user_name(const struct print_names *names, uint64_t uid, struct text *out)
{
    if (names && names->user_name)
        names->user_name(names->arg, (uint32_t)uid, out);
    else
        text_add_u64(out, uid);
}

static void probe_name(const struct print_names *names, uint64_t index, struct text *out)
{
    if (names && names->probe_name)
        names->probe_name(names->arg, index, out);
    else
        text_add_u64(out, index);
}

static uint64_t least_size(enum value_kind kind)
{
    switch (kind) {
    case VALUE_KSTACK:
    case VALUE_USTACK: return sizeof(struct value_stack);
    case VALUE_USYM: return sizeof(struct value_usym);
    case VALUE_INET: return sizeof(struct value_inet);
    case VALUE_MAC: return 6;
    case VALUE_TIMESTAMP: return sizeof(struct value_timestamp);
    case VALUE_CGROUP_PATH: return sizeof(struct value_cgroup_path);
    default: return 0; /* a number */
    }
}

bool name_text(struct printer *p, const struct value_type *type, const void *bytes, struct text *out)
{
    const struct print_names *names = p->style->names;
    if (type->size < least_size(type->kind))
        return false;
    switch (type->kind) {
    case VALUE_KSTACK:
    case VALUE_USTACK: name_stack(p, type, bytes, out); return true;
    case VALUE_KSYM: kernel_symbol(names, number_read(type, bytes), false, out); return true;
    case VALUE_USYM: usym(names, bytes, out); return true;
    case VALUE_INET: inet(bytes, out); return true;
    case VALUE_MAC: mac(bytes, out); return true;
    case VALUE_USERNAME: user_name(names, number_read(type, bytes), out); return true;
    case VALUE_PROBE_NAME: probe_name(names, number_read(type, bytes), out); return true;
    case VALUE_TIMESTAMP: timestamp(names, bytes, out); return true;
    case VALUE_STRERROR: error_words(number_read(type, bytes), out); return true;
    case VALUE_SIGNAL_NAME: signal_words(number_read(type, bytes), out); return true;
    case VALUE_SYSCALL_NAME: syscall_words(number_read(type, bytes), out); return true;
    case VALUE_CGROUP_PATH: cgroup_path(names, bytes, out); return true;
    default: return false;
    }
}
