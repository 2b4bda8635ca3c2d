/* Words for values that only the machine knows: what a run time's struct print_names can be made of. */
#pragma once
#include "base/text.h"

#include <stdint.h>

enum print_clock { CLOCK_OF_BOOT, CLOCK_OF_MONOTONIC, CLOCK_OF_UTC }; /* value_timestamp.mode */

/* A time in local time, by strftime(3)'s format, in which %f is the microseconds with six digits. Boot and monotonic times are turned into
 * the time of day by what the clocks say now. A result above TIMESTAMP_MAX bytes is left out. */
enum { TIMESTAMP_MAX = 4096 };
void name_timestamp(const char *format, uint64_t ns, enum print_clock clock, struct text *out);

/* "unified:/user.slice,pids:/a": the cgroups of that id in each mounted hierarchy whose name fits the glob (NULL: any), the second
 * version's first, then by name. Nothing: there is none, or this process may not look (CAP_DAC_READ_SEARCH). */
void name_cgroup_path(uint64_t id, const char *glob, struct text *out);

/* Words that were looked up lately, by number: files and mounts are not read anew for each event. A zeroed struct is empty. */
enum { NAME_MEMO_SLOTS = 64 };
struct name_memo {
    struct name_memo_slot {
        uint64_t number;
        uint32_t kind; /* any second number */
        bool is_set;
        struct text words;
    } slots[NAME_MEMO_SLOTS];
};
/* Appends the words. False: not known. */
bool name_memo_find(const struct name_memo *m, uint64_t number, uint32_t kind, struct text *out);
void name_memo_keep(struct name_memo *m, uint64_t number, uint32_t kind, const char *words, size_t n);
void name_memo_free(struct name_memo *m); /* empty again */
