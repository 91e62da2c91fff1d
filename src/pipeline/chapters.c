/* Times of sections are the source's; chapters stand in the output's time, which the timeline knows. */
#include "pipeline/chapters.h"

#include "analyze/recordings.h"
#include "core/status.h"

#include <math.h>
#include <stdio.h>

/* Output time of a source time. */
static int64_t output_us(const struct vh_job *job, double source_s)
{
    double packet_s = source_s - (double)vh_input_start_us(job->input) * 1e-6;
    double begins_s = (double)job->offset_us * 1e-6, file_s = packet_s - begins_s;
    if (job->plan->follows_time)
        file_s = vh_timeline_tape_s(job->timeline, file_s);
    return llrint((begins_s + file_s) * 1e6);
}

int vh_job_add_chapters(struct vh_job *job)
{
    struct vh_profile *found = NULL;
    int n = 0;
    if (!job->editor || !job->request->time.chapters || job->plan->info->n_chapters)
        return VH_OK;
    double start_s = (double)(vh_input_start_us(job->input) + job->offset_us) * 1e-6;
    double end_s = start_s + (double)atomic_load(&job->done_us) * 1e-6;
    int status = vh_profile_create(&found);
    if (status == VH_OK)
        status = vh_profile_copy(found, vh_time_editor_found(job->editor));
    if (status == VH_OK)
        status = vh_recordings_find(found, start_s, end_s, &n);
    for (int i = 0; i < n && n > 1 && status == VH_OK; i++) {
        const struct vh_section *recording = vh_recording_get(found, i);
        char title[32];
        snprintf(title, sizeof title, "Recording %d", i + 1);
        status = vh_output_add_chapter(
            job->output, output_us(job, recording->start_s), output_us(job, recording->end_s), title);
    }
    if (status == VH_OK && n > 1)
        vh_info(job->log, "%d recordings: a chapter at the beginning of each", n);
    vh_profile_destroy(&found);
    return status;
}
