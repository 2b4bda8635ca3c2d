/* uprobe, uretprobe: functions of programs and libraries. */
#include "trace/probes/providers.h"

void expand_uprobe(struct expansion *e)
{
    complain(e->complaints, e->point->place, "%s probes are not there yet", provider_name(e->provider));
}
