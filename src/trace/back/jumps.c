#include "trace/back/jumps.h"

#include "base/arena.h"

#include <errno.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, WAIT_MAX = 30000, WAIT_SHARED = 15000 }; /* instructions: when relays are written, and for which jumps too */

int jumps_init(struct jumps *j, struct arena *arena, uint32_t labels)
{
    *j = (struct jumps){.arena = arena,
                        .label_at = arena_alloc(arena, labels * sizeof *j->label_at),
                        .relay_at = arena_alloc(arena, labels * sizeof *j->relay_at)};
    if (!j->label_at || !j->relay_at)
        return -ENOMEM;
    memset(j->label_at, 0, labels * sizeof *j->label_at);
    memset(j->relay_at, 0, labels * sizeof *j->relay_at);
    return 0;
}

static void add_at(struct jumps *j, uint32_t insn, ir_label label)
{
    if (j->count == j->capacity) {
        uint32_t wanted = j->capacity ? j->capacity * 2 : FIRST_CAPACITY;
        struct jump *list = arena_alloc(j->arena, wanted * sizeof *list);
        if (!list) {
            j->out_of_memory = true;
            return;
        }
        if (j->count)
            memcpy(list, j->list, j->count * sizeof *list);
        j->list = list;
        j->capacity = wanted;
    }
    j->list[j->count++] = (struct jump){insn, label};
}

void jumps_add(struct jumps *j, const struct writer *w, ir_label label)
{
    add_at(j, w->code->count - 1, label);
}

void jumps_place(struct jumps *j, const struct writer *w, ir_label label)
{
    j->label_at[label] = w->code->count + 1;
}

static bool waits(const struct jumps *j, uint32_t n)
{
    return j->list[n].label && !j->label_at[j->list[n].label];
}

/* A jump to the label, here, unless this island has one. */
static void write_relay(struct jumps *j, struct writer *w, uint32_t n, uint32_t island)
{
    ir_label label = j->list[n].label;
    if (j->relay_at[label] <= island) {
        write_insn(w, BPF_JMP | BPF_JA, 0, 0, 0, 0);
        j->relay_at[label] = w->code->count;
        add_at(j, w->code->count - 1, label);
    }
    w->code->insns[j->list[n].insn].off = (int16_t)(j->relay_at[label] - 1 - j->list[n].insn - 1);
    j->list[n].label = 0;
}

static bool falls_here(const struct writer *w)
{
    uint8_t code = w->code->insns[w->code->count - 1].code;
    return code != (BPF_JMP | BPF_JA) && code != (BPF_JMP | BPF_EXIT);
}

void jumps_relay(struct jumps *j, struct writer *w)
{
    while (j->oldest < j->count && !waits(j, j->oldest))
        j->oldest++;
    if (j->oldest == j->count || w->code->count - j->list[j->oldest].insn < WAIT_MAX || w->out_of_memory)
        return;
    bool is_entered = falls_here(w);
    uint32_t start = w->code->count, many = j->count;
    if (is_entered)
        write_insn(w, BPF_JMP | BPF_JA, 0, 0, 0, 0);
    for (uint32_t n = j->oldest; n < many && start - j->list[n].insn > WAIT_SHARED; n++)
        if (waits(j, n))
            write_relay(j, w, n, start);
    if (is_entered)
        w->code->insns[start].off = (int16_t)(w->code->count - start - 1);
}

int jumps_fill(const struct jumps *j, struct writer *w)
{
    for (uint32_t n = 0; n < j->count; n++) {
        if (!j->list[n].label)
            continue;
        int64_t distance = (int64_t)j->label_at[j->list[n].label] - 1 - j->list[n].insn - 1;
        if (distance != (int16_t)distance)
            return -E2BIG;
        w->code->insns[j->list[n].insn].off = (int16_t)distance;
    }
    return 0;
}
