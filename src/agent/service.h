/* What the privileged half does for the worker, on a thread of its own: the kernel may check programs for seconds, and a signal
 * must be heard meanwhile. */
#pragma once
#include "agent/options.h"
#include "kernel/server.h"

struct service;

/* Loads what the collectors want, then answers requests until the worker's end of the pair is closed. NULL with words. */
struct service *service_start(struct broker_server *server, const struct agent_config *config, struct err *why);
/* Readable when there may be news: everything is loaded, or the service ended. */
int service_fd(const struct service *s);
/* Takes note of the news. */
void service_heard(struct service *s);
bool service_loaded(const struct service *s);
bool service_ended(const struct service *s);
/* Waits for its end, at most so long (-1: for ever), and frees it. False: it is still inside the kernel, and only the end of the
 * process will end it. NULL is fine. */
bool service_join(struct service *s, int timeout_ms);
