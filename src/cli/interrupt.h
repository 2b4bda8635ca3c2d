/* Ctrl-C and a polite kill, as something to wait for. */
#pragma once

/* Catches SIGINT and SIGTERM, ignores SIGPIPE. System calls that block end with EINTR. */
void interrupt_catch(void);
int interrupt_fd(void);         /* readable after a signal, until interrupt_count is called; -1 before interrupt_catch */
unsigned interrupt_count(void); /* signals so far */
