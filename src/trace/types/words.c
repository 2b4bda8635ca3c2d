/* Type names that need no kernel: the language's own, and C's as the x86-64 ABI fixes them. */
#include "trace/types/inside.h"

#include <string.h>

struct word {
    const char *name;
    enum value_kind kind;
    uint8_t size;
    bool is_signed;
};

#define SIGNED(bytes)   VALUE_INT, bytes, true
#define UNSIGNED(bytes) VALUE_INT, bytes, false

/* Sorted by weight for people: those first are the likeliest hints. */
static const struct word words[] = {
    {"int8", SIGNED(1)},
    {"int16", SIGNED(2)},
    {"int32", SIGNED(4)},
    {"int64", SIGNED(8)},
    {"uint8", UNSIGNED(1)},
    {"uint16", UNSIGNED(2)},
    {"uint32", UNSIGNED(4)},
    {"uint64", UNSIGNED(8)},
    {"bool", VALUE_BOOL, 1},
    {"_Bool", VALUE_BOOL, 1},
    {"void", VALUE_NONE},
    {"u8", UNSIGNED(1)},
    {"u16", UNSIGNED(2)},
    {"u32", UNSIGNED(4)},
    {"u64", UNSIGNED(8)},
    {"s8", SIGNED(1)},
    {"s16", SIGNED(2)},
    {"s32", SIGNED(4)},
    {"s64", SIGNED(8)},
    {"__u8", UNSIGNED(1)},
    {"__u16", UNSIGNED(2)},
    {"__u32", UNSIGNED(4)},
    {"__u64", UNSIGNED(8)},
    {"__s8", SIGNED(1)},
    {"__s16", SIGNED(2)},
    {"__s32", SIGNED(4)},
    {"__s64", SIGNED(8)},
    {"__be16", UNSIGNED(2)},
    {"__be32", UNSIGNED(4)},
    {"__be64", UNSIGNED(8)},
    {"__le16", UNSIGNED(2)},
    {"__le32", UNSIGNED(4)},
    {"__le64", UNSIGNED(8)},
    {"int8_t", SIGNED(1)},
    {"int16_t", SIGNED(2)},
    {"int32_t", SIGNED(4)},
    {"int64_t", SIGNED(8)},
    {"uint8_t", UNSIGNED(1)},
    {"uint16_t", UNSIGNED(2)},
    {"uint32_t", UNSIGNED(4)},
    {"uint64_t", UNSIGNED(8)},
    {"u_int8_t", UNSIGNED(1)},
    {"u_int16_t", UNSIGNED(2)},
    {"u_int32_t", UNSIGNED(4)},
    {"u_int64_t", UNSIGNED(8)},
    {"uchar", UNSIGNED(1)},
    {"u_char", UNSIGNED(1)},
    {"ushort", UNSIGNED(2)},
    {"u_short", UNSIGNED(2)},
    {"uint", UNSIGNED(4)},
    {"u_int", UNSIGNED(4)},
    {"ulong", UNSIGNED(8)},
    {"u_long", UNSIGNED(8)},
    {"size_t", UNSIGNED(8)},
    {"ssize_t", SIGNED(8)},
    {"ptrdiff_t", SIGNED(8)},
    {"intptr_t", SIGNED(8)},
    {"uintptr_t", UNSIGNED(8)},
    {"wchar_t", SIGNED(4)},
    {"pid_t", SIGNED(4)},
    {"uid_t", UNSIGNED(4)},
    {"gid_t", UNSIGNED(4)},
    {"dev_t", UNSIGNED(4)},
    {"ino_t", UNSIGNED(8)},
    {"mode_t", UNSIGNED(4)},
    {"umode_t", UNSIGNED(2)},
    {"off_t", SIGNED(8)},
    {"loff_t", SIGNED(8)},
    {"off64_t", SIGNED(8)},
    {"time_t", SIGNED(8)},
    {"time64_t", SIGNED(8)},
    {"clock_t", SIGNED(8)},
    {"clockid_t", SIGNED(4)},
    {"timer_t", SIGNED(4)},
    {"key_t", SIGNED(4)},
    {"mqd_t", SIGNED(4)},
    {"rwf_t", SIGNED(4)},
    {"qid_t", UNSIGNED(4)},
    {"aio_context_t", UNSIGNED(8)},
    {"sector_t", UNSIGNED(8)},
    {"blkcnt_t", UNSIGNED(8)},
    {"gfp_t", UNSIGNED(4)},
    {"socklen_t", UNSIGNED(4)},
    {"sa_family_t", UNSIGNED(2)},
    {"in_addr_t", UNSIGNED(4)},
    {"in_port_t", UNSIGNED(2)},
};

/* The parts of C's own integers, in any order: "long unsigned int". */
struct parts {
    uint32_t chars, shorts, ints, longs, signeds, unsigneds, floats, doubles, others;
};

static void parts_count(struct parts *p, const char *word, size_t n)
{
    static const struct {
        const char *name;
        size_t at;
    } known[] = {
        {"char", offsetof(struct parts, chars)},       {"short", offsetof(struct parts, shorts)},
        {"int", offsetof(struct parts, ints)},         {"long", offsetof(struct parts, longs)},
        {"signed", offsetof(struct parts, signeds)},   {"unsigned", offsetof(struct parts, unsigneds)},
        {"__signed", offsetof(struct parts, signeds)}, {"__signed__", offsetof(struct parts, signeds)},
        {"float", offsetof(struct parts, floats)},     {"double", offsetof(struct parts, doubles)},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == n && memcmp(known[i].name, word, n) == 0) {
            ++*(uint32_t *)((char *)p + known[i].at);
            return;
        }
    p->others++;
}

static bool parts_contradict(const struct parts *p)
{
    return p->others || p->chars > 1 || p->shorts > 1 || p->ints > 1 || p->longs > 2 || p->floats > 1 || p->doubles > 1 ||
           p->signeds + p->unsigneds > 1 || p->chars + p->shorts + (p->longs > 0) + p->floats > 1 || (p->chars && p->ints) ||
           ((p->floats || p->doubles) && (p->ints || p->signeds || p->unsigneds || p->chars || p->shorts));
}

static const struct value_type *c_integer(struct types *t, const char *name)
{
    struct parts p = {0};
    for (const char *at = name; *at;) {
        size_t n = strcspn(at, " ");
        parts_count(&p, at, n);
        at += n;
        at += strspn(at, " ");
    }
    if (!*name || parts_contradict(&p))
        return NULL;
    if (p.floats || p.doubles)
        return type_float(t, p.floats ? 4 : p.longs ? 16 : 8);
    if (p.chars && !p.signeds && !p.unsigneds)
        return type_char(t);
    uint32_t size = p.chars ? 1 : p.shorts ? 2 : p.longs ? 8 : 4;
    return type_int(t, size, !p.unsigneds);
}

const struct value_type *words_find(struct types *t, const char *name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].kind == VALUE_NONE   ? type_none(t)
                   : words[i].kind == VALUE_BOOL ? type_bool(t)
                                                 : type_int(t, words[i].size, words[i].is_signed);
    return c_integer(t, name);
}

const char *words_at(const void *arg, size_t i)
{
    (void)arg;
    return i < sizeof words / sizeof *words ? words[i].name : NULL;
}
