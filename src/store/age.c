#include "store/age.h"

#include "base/clock.h"

enum { LEAST_STEP_NS = NS_PER_S }; /* corrections below it do not matter to retention */

static void note_step(struct age *a, int64_t step_ns)
{
    if (step_ns > LEAST_STEP_NS || step_ns < -LEAST_STEP_NS) {
        a->steps_ns += step_ns;
        a->stepped_boot_ns = a->boot_ns;
    } else if (a->steps_ns && (uint64_t)(a->boot_ns - a->stepped_boot_ns) > a->goal_ns) {
        a->steps_ns = 0;
    }
}

void age_look(struct age *a, int64_t utc_ns, int64_t boot_ns, uint64_t goal_ns)
{
    int64_t offset_ns = utc_ns - boot_ns;
    a->utc_ns = utc_ns;
    a->boot_ns = boot_ns;
    a->goal_ns = goal_ns;
    if (a->known)
        note_step(a, offset_ns - a->offset_ns);
    a->known = true;
    a->offset_ns = offset_ns;
    if (!a->ahead)
        a->ahead_boot_ns = 0;
    a->ahead = false;
}

/* Dated ahead of the clock as a whole: no goal would ever be reached by its date. */
static bool ahead_too_long(struct age *a)
{
    a->ahead = true;
    if (!a->ahead_boot_ns)
        a->ahead_boot_ns = a->boot_ns;
    return (uint64_t)(a->boot_ns - a->ahead_boot_ns) > a->goal_ns;
}

bool age_expired(struct age *a, int64_t newest_ns, int64_t start_ns)
{
    if (start_ns > a->utc_ns)
        return ahead_too_long(a);
    int64_t now = a->steps_ns > 0 ? a->utc_ns - a->steps_ns : a->utc_ns;
    int64_t newest = newest_ns <= a->utc_ns ? newest_ns : start_ns; /* ahead in part: as old as its beginning */
    return newest < now && (uint64_t)(now - newest) > a->goal_ns;
}
