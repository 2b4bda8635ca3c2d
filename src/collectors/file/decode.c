#include "collectors/file/decode.h"

#include "base/clock.h"
#include "collectors/file/file.h"
#include "collectors/file/words.h"
#include "collectors/sink.h"

#include <stdio.h>
#include <string.h>

enum { FLAG_CREATE = 0100, FLAG_TMPFILE = 020000000 };

struct op_view { /* a record whose lengths were checked */
    const struct file_op *e;
    struct str path, path2; /* p NULL: unknown */
};

static struct str text_at(const char *bytes, size_t size)
{
    return size ? (struct str){bytes, (uint32_t)size - 1} : (struct str){0};
}

static bool view_op(struct op_view *v, const void *bytes, size_t size)
{
    const struct file_op *e = bytes;
    size_t fixed = offsetof(struct file_op, text);
    if (size < fixed || e->h.size != size || e->h.kind != FILE_OP || (size_t)e->path_size + e->path2_size > size - fixed)
        return false;
    v->e = e;
    v->path = text_at(e->text, e->path_size);
    v->path2 = text_at(e->text + e->path_size, e->path2_size);
    return true;
}

/* The path as rows show it; borrowed from the record or from the state's scratch text, until the next call. */
static struct str shown_path(struct file_state *s, struct str raw, bool cut)
{
    bool absolute = raw.n && raw.p[0] == '/';
    if (!absolute || (!cut && path_is_normal(raw.p, raw.n)))
        return raw;
    text_clear(&s->text);
    if (cut)
        text_adds(&s->text, "...");
    path_normalise(raw.p, raw.n, &s->text);
    return (struct str){s->text.bytes, (uint32_t)s->text.length};
}

static bool rules_pass(struct file_state *s, struct str raw, bool cut)
{
    if (!raw.p)
        return false;
    struct str path = shown_path(s, raw, cut);
    return path_rules_pass(&s->rules, path.p, path.n);
}

/* The second path of a symlink and a mount is a text, no path of this process. */
static bool has_new_path(const struct file_op *e)
{
    return e->op == OP_RENAME || e->op == OP_LINK;
}

static bool is_left_out(struct file_state *s, const struct op_view *v)
{
    if (!(v->e->marks & FILE_UNDECIDED))
        return false;
    return !rules_pass(s, v->path, v->e->marks & FILE_PATH_CUT) &&
           !(has_new_path(v->e) && rules_pass(s, v->path2, v->e->marks & FILE_PATH2_CUT));
}

static void set_path(struct batch *b, size_t column, struct file_state *s, struct str raw, bool as_it_is, bool cut)
{
    if (!raw.p)
        return;
    struct str path = as_it_is ? raw : shown_path(s, raw, cut);
    batch_set_text(b, column, path.p, path.n);
}

static void set_flags(struct batch *b, struct file_state *s, const struct file_op *e)
{
    if (!(e->marks & FILE_HAS_FLAGS))
        return;
    if (!s->flag_words.bytes || s->flags != e->flags || s->flags_op != e->op) {
        text_clear(&s->flag_words);
        file_add_flags(&s->flag_words, e->op, e->flags);
        s->flags = e->flags;
        s->flags_op = e->op;
    }
    if (s->flag_words.length)
        batch_set_text(b, FILE_OP_FLAGS, s->flag_words.bytes, s->flag_words.length);
}

static void set_mode(struct batch *b, uint64_t mode)
{
    char words[16];
    int n = snprintf(words, sizeof words, "%04o", (unsigned)mode & 0177777);
    batch_set_text(b, FILE_OP_MODE, words, (size_t)n);
}

static void set_owner(struct batch *b, uint64_t value)
{
    char words[32];
    uint32_t uid = (uint32_t)value, gid = (uint32_t)(value >> 32);
    int n =
        snprintf(words, sizeof words, "%lld:%lld", uid == UINT32_MAX ? -1LL : (long long)uid, gid == UINT32_MAX ? -1LL : (long long)gid);
    batch_set_text(b, FILE_OP_OWNER, words, (size_t)n);
}

static void set_value(struct batch *b, const struct file_op *e)
{
    switch (e->op) {
    case OP_OPEN:
    case OP_CREATE:
        if (e->flags & (FLAG_CREATE | FLAG_TMPFILE))
            set_mode(b, e->value);
        if (e->result >= 0)
            batch_set_i32(b, FILE_OP_FD, (int32_t)e->result);
        break;
    case OP_MKDIR:
    case OP_MKNOD:
    case OP_CHMOD: set_mode(b, e->value); break;
    case OP_CHOWN: set_owner(b, e->value); break;
    case OP_TRUNCATE: batch_set_i64(b, FILE_OP_SIZE, (int64_t)e->value); break;
    default: break;
    }
}

static void set_error(struct batch *b, int64_t result)
{
    if (result >= 0)
        return;
    const char *word = file_error_word(-result);
    batch_set_static(b, FILE_OP_ERROR, word ? word : "unknown");
}

static void fill_op(struct batch *b, struct collector_ctx *ctx, const struct op_view *v)
{
    struct file_state *s = ctx->state;
    const struct file_op *e = v->e;
    batch_set_time(b, FILE_OP_TIME, clock_boot_to_utc((int64_t)e->h.boot_ns));
    identity_fill_named(ctx->identity, b, FILE_OP_PID, e->h.pid, e->h.start_ns, e->comm);
    batch_set_u32(b, FILE_OP_TID, e->h.tid);
    const char *word = file_op_word(e->op);
    batch_set_static(b, FILE_OP_OP, word ? word : "unknown");
    set_path(b, FILE_OP_PATH, s, v->path, false, e->marks & FILE_PATH_CUT);
    set_path(b, FILE_OP_NEW_PATH, s, v->path2, !has_new_path(e), e->marks & FILE_PATH2_CUT);
    set_flags(b, s, e);
    set_value(b, e);
    set_error(b, e->result);
    batch_set_i64(b, FILE_OP_RESULT, e->result);
    batch_set_u64(b, FILE_OP_LATENCY, e->latency_ns);
}

bool file_take_record(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    struct op_view v;
    if (!view_op(&v, bytes, size))
        return false;
    if (is_left_out(ctx->state, &v))
        return true;
    struct batch *b = sink_row(ctx->sink, &table_file_ops);
    if (b)
        fill_op(b, ctx, &v);
    return true;
}
