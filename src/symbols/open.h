/* Opening what other processes see, without following them anywhere else. Used within symbols/ only.
 * Whatever is opened may be of any kind: a regular file is asked for with fstat before it is read. Nothing here waits for a pipe. */
#pragma once

/* A path below a root directory, as a process with that root would open it: links do not lead out of it. -1 with errno. */
int open_below(int root, const char *path);
/* The root directory of a process, to open below. -1 with errno. pid 0: this one's. */
int open_root(unsigned pid);
