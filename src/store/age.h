/* How old rows are when the system clock is set while the agent runs.
 *
 * Rows carry the time of the system clock. When it is set forward, rows that are minutes old look older by the step, and a goal of a
 * day would remove all of them at once. So the step is taken off again, until rows from before it have had the time that they were to
 * be kept, by a clock that nobody sets. When it is set back, rows that were already written are dated ahead of it: they are kept for the
 * time goal from when that was seen, and then go. At the start, whatever the clock says then is believed. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct age { /* zeroed: nothing is known yet */
    bool known;
    int64_t offset_ns;       /* system clock minus boot clock at the last look */
    int64_t steps_ns;        /* by how much it was set since `stepped_boot_ns` minus the goal; positive: forward */
    int64_t stepped_boot_ns; /* boot clock of the last step */
    int64_t utc_ns, boot_ns; /* at the last look */
    int64_t ahead_boot_ns;   /* boot clock when rows dated ahead were first seen; 0: none are known */
    bool ahead;              /* some were seen since the last look */
    uint64_t goal_ns;
};

/* Once before a round of age_expired. Both clocks now, and how long rows are kept. */
void age_look(struct age *a, int64_t utc_ns, int64_t boot_ns, uint64_t goal_ns);
/* Whether rows of these times (the newest, and the start of their part) are older than the goal. */
bool age_expired(struct age *a, int64_t newest_ns, int64_t start_ns);
