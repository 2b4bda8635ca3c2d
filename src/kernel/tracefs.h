/* Perf tracepoints are named in tracefs, which is not mounted on every host. */
#pragma once

/* Mounts tracefs where it belongs, in a mount namespace of this process alone, when it is not there: the host sees no mount.
 * Failure is quiet: the ways that need tracefs then say so. */
void tracefs_ensure(void);
