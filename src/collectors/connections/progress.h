/* What the rows of each open connection have told so far, so that the next row tells only what is new.
 *
 * The kernel side reports totals; differences are made here, by the one thread that makes the rows, so no count is told twice or
 * never, however a pass over the connections and an end on another CPU fall together. Only connections that had a row before
 * their last are kept. */
#pragma once
#include "base/map.h"
#include "collectors/connections/connections.wire.h"

#include <stdbool.h>

enum { PROGRESS_MAX = 262144 }; /* connections; about 100 bytes each */

struct progress {
    struct map connections; /* by connection key */
    size_t sweep_at;
};

/* What one row tells. */
struct progress_step {
    struct traffic traffic; /* since the row before */
    uint64_t interval_ns;
    int64_t opened_utc_ns; /* the same in every row, however the system clock is corrected meanwhile */
};

/* A zeroed struct progress is ready for use. The step of a live row; false when there is no room: make no row, what it would
 * have told is told by a later one. */
bool progress_live(struct progress *p, uint64_t key, const struct connection_record *r, struct progress_step *step);
/* The last step of a connection, which is then forgotten. */
void progress_end(struct progress *p, uint64_t key, const struct connection_record *r, struct progress_step *step);
/* Forgets connections whose end was lost (a full ring): a few at each call, once a second. `gone` is asked twice, a call
 * apart, since an end may be on its way. */
void progress_sweep(struct progress *p, bool (*gone)(void *arg, uint8_t protocol, uint64_t id, uint64_t opened_ns, uint64_t last_ns),
                    void *arg);
void progress_free(struct progress *p);
