/* The process tree. One map from pid to the newest process of that pid; those that had the pid before hang behind it. */
#include "identity/internal.h"

#include <stdlib.h>
#include <string.h>

static struct process_node *node_of(struct process *p)
{
    return (struct process_node *)p;
}

/* /proc gives start times in whole ticks, the kernel's events in ns: a whole number of ticks stands for any time within. */
static bool same_start(uint64_t a, uint64_t b)
{
    if (a == b)
        return true;
    return a / TICK_NS == b / TICK_NS && (a % TICK_NS == 0 || b % TICK_NS == 0);
}

struct process *identity_newest(struct identity *id, uint32_t pid)
{
    return map_get(&id->tree.newest, pid);
}

struct process *identity_find(struct identity *id, uint32_t pid, uint64_t start_ns)
{
    struct process_node *n = map_get(&id->tree.newest, pid);
    while (n && !same_start(n->p.start_ns, start_ns))
        n = n->older;
    return (struct process *)n;
}

static void remember_exit(struct process_tree *t, struct process_node *n, int64_t boot_ns)
{
    n->p.exit_boot_ns = boot_ns ? boot_ns : 1;
    if (t->exited_last)
        t->exited_last->next_exited = n;
    else
        t->exited = n;
    t->exited_last = n;
    if (!t->untrimmed)
        t->untrimmed = n;
    t->n_live--;
    t->n_exited++;
}

void identity_exit(struct identity *id, struct process *p, int64_t boot_ns)
{
    if (p->exit_boot_ns)
        p->exit_boot_ns = boot_ns ? boot_ns : p->exit_boot_ns; /* it was only presumed to have ended */
    else
        remember_exit(&id->tree, node_of(p), boot_ns);
}

/* Puts a new node where its start time says. Whoever had the pid before has ended, even if nobody told. */
static bool chain_insert(struct process_tree *t, struct process_node *n)
{
    struct process_node *head = map_get(&t->newest, n->p.pid);
    if (!head || n->p.start_ns > head->p.start_ns) {
        int failed = 0;
        map_put(&t->newest, n->p.pid, n, &failed);
        if (failed)
            return false;
        n->older = head;
        t->n_live++;
        if (head && !head->p.exit_boot_ns)
            remember_exit(t, head, (int64_t)n->p.start_ns);
        return true;
    }
    while (head->older && head->older->p.start_ns > n->p.start_ns)
        head = head->older;
    n->older = head->older;
    head->older = n;
    t->n_live++;
    remember_exit(t, n, (int64_t)head->p.start_ns);
    return true;
}

struct process *identity_add(struct identity *id, uint32_t pid, uint64_t start_ns)
{
    struct process *known = identity_find(id, pid, start_ns);
    if (known)
        return known;
    struct process_tree *t = &id->tree;
    struct process_node *n = t->n_live + t->n_exited < MAX_PROCESSES ? calloc(1, sizeof *n) : NULL;
    if (n) {
        n->p = (struct process){.pid = pid, .start_ns = start_ns, .key = identity_key(pid, start_ns), .uid = UINT32_MAX, .gid = UINT32_MAX};
        if (chain_insert(t, n))
            return &n->p;
        free(n);
    }
    t->refused++;
    return NULL;
}

void identity_set_text(char **slot, uint32_t *length, const char *bytes, size_t n)
{
    if (n > MAX_TEXT_BYTES)
        n = MAX_TEXT_BYTES;
    if (bytes && *slot && strlen(*slot) == n && !memcmp(*slot, bytes, n))
        return;
    char *copy = bytes ? malloc(n + 1) : NULL;
    if (copy) {
        memcpy(copy, bytes, n);
        copy[n] = '\0';
    }
    free(*slot);
    *slot = copy;
    if (length)
        *length = copy ? (uint32_t)n : 0;
}

static void node_free(struct process_node *n)
{
    free(n->p.exe);
    free(n->p.cwd);
    free(n->p.args);
    free(n->p.tty);
    free(n);
}

static void chain_remove(struct process_tree *t, struct process_node *n)
{
    struct process_node *head = map_get(&t->newest, n->p.pid);
    if (head == n) {
        if (n->older)
            map_put(&t->newest, n->p.pid, n->older, NULL);
        else
            map_take(&t->newest, n->p.pid);
        return;
    }
    while (head->older != n)
        head = head->older;
    head->older = n->older;
}

static void forget_oldest(struct process_tree *t)
{
    struct process_node *n = t->exited;
    chain_remove(t, n);
    t->exited = n->next_exited;
    if (!t->exited)
        t->exited_last = NULL;
    if (t->untrimmed == n)
        t->untrimmed = n->next_exited;
    t->n_exited--;
    node_free(n);
}

/* Long strings of those that ended: late events need the name of the program, not its arguments. */
static void trim(struct process_tree *t, int64_t now_boot_ns)
{
    for (struct process_node *n; (n = t->untrimmed) && now_boot_ns - n->p.exit_boot_ns > KEEP_ARGS_NS; t->untrimmed = n->next_exited) {
        identity_set_text(&n->p.args, &n->p.args_length, NULL, 0);
        identity_set_text(&n->p.cwd, &n->p.cwd_length, NULL, 0);
    }
}

void identity_expire(struct identity *id, int64_t now_boot_ns)
{
    struct process_tree *t = &id->tree;
    while (t->exited && (t->n_exited > MAX_EXITED || now_boot_ns - t->exited->p.exit_boot_ns > REMEMBER_EXITED_NS))
        forget_oldest(t);
    trim(t, now_boot_ns);
}

void identity_sweep(struct identity *id, bool (*alive)(uint32_t pid, uint64_t start_ns), int64_t now_boot_ns, unsigned count)
{
    struct process_tree *t = &id->tree;
    uint64_t pid;
    void *value;
    while (count--) {
        if (!map_next(&t->newest, &t->sweep_at, &pid, &value)) {
            t->sweep_at = 0;
            return;
        }
        struct process_node *n = value;
        if (!n->p.exit_boot_ns && !alive(n->p.pid, n->p.start_ns))
            remember_exit(t, n, now_boot_ns);
    }
}

size_t identity_count(const struct identity *id)
{
    return id->tree.n_live;
}

uint64_t identity_refused(const struct identity *id)
{
    return id->tree.refused;
}

void tree_finish(struct process_tree *t)
{
    size_t at = 0;
    uint64_t pid;
    void *value;
    while (map_next(&t->newest, &at, &pid, &value))
        for (struct process_node *n = value, *older; n; n = older) {
            older = n->older;
            node_free(n);
        }
    map_free(&t->newest);
}
