/* What runs now, so that it can be cancelled by name and ended when the agent stops. */
#include "inside.h"

#include <string.h>

static struct api_job *find(struct api *api, const char *id)
{
    for (struct api_job *job = *id ? api->jobs : NULL; job; job = job->next)
        if (!strcmp(job->id, id))
            return job;
    return NULL;
}

bool job_add(struct api *api, struct api_job *job)
{
    pthread_mutex_lock(&api->lock);
    bool fits = !atomic_load(&api->stopping) && !find(api, job->id);
    if (fits) {
        job->next = api->jobs;
        api->jobs = job;
    }
    pthread_mutex_unlock(&api->lock);
    return fits;
}

void job_remove(struct api *api, struct api_job *job)
{
    pthread_mutex_lock(&api->lock);
    for (struct api_job **at = &api->jobs; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            break;
        }
    pthread_mutex_unlock(&api->lock);
}

bool job_end(struct api *api, const char *id)
{
    pthread_mutex_lock(&api->lock);
    struct api_job *job = find(api, id);
    if (job)
        job->end(job->arg);
    pthread_mutex_unlock(&api->lock);
    return job;
}

void job_end_all(struct api *api)
{
    pthread_mutex_lock(&api->lock);
    atomic_store(&api->stopping, true);
    for (struct api_job *job = api->jobs; job; job = job->next)
        job->end(job->arg);
    pthread_mutex_unlock(&api->lock);
}
