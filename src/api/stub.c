#include "api/api.h"
#include "api/live.h"
struct live *live_create(void){ return (struct live*)1; }
void live_destroy(struct live *l){(void)l;}
void live_publish(struct live *l, struct batch *b){(void)l;(void)b;}
struct api *api_start(const struct api_options *o, struct err *why){(void)o;(void)why; return (struct api*)1;}
void api_stop(struct api *a){(void)a;}
