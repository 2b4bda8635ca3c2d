/* Ctrl-C and a polite kill, as something to wait for. */
#pragma once

/* Catches SIGINT and SIGTERM, ignores SIGPIPE. System calls that block end with EINTR. */
void interrupt_catch(void);
int interrupt_fd(void);         /* readable after a signal, until interrupt_count is called; -1 before interrupt_catch */
unsigned interrupt_count(void); /* signals so far */
int interrupt_exit(void);       /* the exit code that says which came first: 128 + its number, as shells have it */
/* A signal that was answered: count from 0 again. */
void interrupt_forget(void);
