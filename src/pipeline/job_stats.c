/* From nodes and events to the files of --stats and --metrics. Without them nothing is collected. */
#include "pipeline/job_stats.h"

#include "core/clock.h"
#include "core/status.h"
#include "pipeline/side_files.h"

void vh_node_work_add(struct vh_node_work *work, int64_t since_ns)
{
    int64_t busy = vh_clock_ns() - since_ns;
    atomic_fetch_add_explicit(&work->n_frames, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&work->busy_ns, busy, memory_order_relaxed);
    if (work->stats)
        vh_stats_add(work->stats, work->name, "frame_ms", (double)busy * 1e-6);
}

static void fan_out(void *opaque, const struct vh_event *event)
{
    struct vh_job *job = opaque;
    vh_event_send(job->context->events, event);
    vh_stats_event(job->stats, event);
}

int vh_job_start_stats(struct vh_job *job)
{
    const struct vh_run_options *run = &job->request->run;
    job->events = job->context->events;
    if (run->baseline) {
        int status = vh_side_files_read_baseline(run->baseline, &job->baseline, job->log);
        if (status != VH_OK)
            return status;
    }
    if (!run->stats && !run->metrics)
        return VH_OK;
    int status = vh_stats_create(&job->stats);
    job->sink = (struct vh_event_sink){.fn = fan_out, .opaque = job};
    job->events = &job->sink;
    return status;
}

/* Seconds a node was at work on frames (its calls, not its waits for others). */
static double busy_s(const struct vh_node_work *work)
{
    return (double)atomic_load(&work->busy_ns) * 1e-9;
}

static struct vh_record make_record(const struct vh_job *job, const struct vh_run_result *result)
{
    struct vh_record record = vh_record_none();
    record.preprocessing_time_sec = busy_s(&job->work_decode) + busy_s(&job->work_graph);
    for (int i = 0; i < job->plan->n_segments; i++)
        record.preprocessing_time_sec += busy_s(&job->segment[i].work);
    record.upscaling_time_sec = busy_s(&job->work_scale);
    record.encoding_time_sec = busy_s(&job->work_encode);
    record.total_time_sec = result->wall_s;
    record.peak_memory_mb = vh_record_peak_memory_mb();
    record.frames_per_second = result->wall_s > 0 ? (double)result->frames_out / result->wall_s : 0;
    record.cpu_time_sec = result->cpu_s;
    record.speed = result->wall_s > 0 ? result->duration_s / result->wall_s : 0;
    record.frames_in = (double)result->frames_in;
    record.frames_out = (double)result->frames_out;
    record.frames_damaged = (double)result->damaged;
    record.bytes_out = (double)result->bytes_out;
    return record;
}

int vh_job_write_stats(struct vh_job *job, const struct vh_run_result *result)
{
    const struct vh_run_options *run = &job->request->run;
    struct vh_record record = make_record(job, result);
    struct vh_text text = {0};
    int status = VH_OK;
    if (run->baseline)
        vh_record_compare(&record, &job->baseline, job->log);
    if (run->stats) {
        vh_stats_print_json(job->stats, &text);
        vh_record_print_json(&record, job->request->input, run->output, &text);
        status = vh_stats_append_file(run->stats, &text, job->log);
        vh_text_uninit(&text);
    }
    if (run->metrics && status == VH_OK) {
        vh_stats_print_prometheus(job->stats, &text);
        vh_record_print_prometheus(&record, &text);
        status = vh_stats_replace_file(run->metrics, &text, job->log);
        vh_text_uninit(&text);
    }
    return status;
}
