/* The graph node: the one thread that touches the AVFilterGraph. It never waits inside: it polls each
 * segment's sink, moves what comes to the next seam if there is room, feeds sources that are hungry, and
 * sleeps on its bell when nothing moved. */
#include "core/clock.h"
#include "core/status.h"
#include "pipeline/job.h"

struct port {
    struct vh_queue *from, *to;
    AVFrame *waiting;    /* came out of the sink and does not fit into `to` yet */
    bool fed_eof, ended; /* the source got its end; the sink gave its end */
};

/* Hands `port->waiting` on. VH_OK when it went, VH_AGAIN when full. */
static int flush_waiting(struct port *port)
{
    if (!port->waiting)
        return VH_OK;
    int status = vh_queue_try_send(port->to, port->waiting, vh_frame_bytes(port->waiting));
    if (status == VH_OK)
        port->waiting = NULL;
    return status;
}

/* Feeds the source once. VH_OK when something went in, VH_AGAIN when nothing is there. */
static int feed_source(struct vh_job *job, struct port *port, int graph_segment)
{
    void *item = NULL;
    if (port->fed_eof)
        return VH_AGAIN;
    int status = vh_queue_try_receive(port->from, &item);
    if (status == VH_AGAIN)
        return VH_AGAIN;
    if (status == VH_EOF) {
        port->fed_eof = true;
        return vh_graph_push(job->graph, graph_segment, NULL);
    }
    AVFrame *frame = item;
    status = vh_graph_push(job->graph, graph_segment, frame);
    vh_frame_free(&frame);
    return status;
}

/* One round for one segment. *moved is set when anything changed. */
static int serve(struct vh_job *job, struct port *port, int graph_segment, bool *moved)
{
    int status = flush_waiting(port);
    if (status == VH_AGAIN)
        return VH_OK;
    if (status != VH_OK)
        return status;
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return VH_ERR_RESOURCE;
    status = vh_graph_poll(job->graph, graph_segment, frame);
    if (status == VH_OK) {
        port->waiting = frame;
        *moved = true;
        atomic_fetch_add(&job->work_graph.n_frames, 1);
        status = flush_waiting(port);
        return status == VH_AGAIN ? VH_OK : status;
    }
    vh_frame_free(&frame);
    if (status == VH_EOF) {
        port->ended = true;
        *moved = true;
        vh_queue_close(port->from);
        vh_queue_finish(port->to);
        return VH_OK;
    }
    if (status != VH_AGAIN)
        return status;
    status = feed_source(job, port, graph_segment);
    *moved |= status == VH_OK;
    return status == VH_AGAIN ? VH_OK : status;
}

static int run_ports(struct vh_job *job, struct port *port, int n)
{
    for (;;) {
        bool moved = false, all_ended = true;
        int64_t since = vh_clock_ns();
        for (int i = 0; i < n; i++) {
            if (port[i].ended)
                continue;
            all_ended = false;
            int status = serve(job, &port[i], i, &moved);
            if (status != VH_OK)
                return status;
        }
        if (all_ended)
            return VH_OK;
        if (moved)
            atomic_fetch_add(&job->work_graph.busy_ns, vh_clock_ns() - since);
        else
            vh_bell_wait(job->bell);
    }
}

int vh_node_graph(void *opaque)
{
    struct vh_job *job = opaque;
    struct port port[VH_PLAN_SEGMENTS] = {0};
    int n = 0;
    for (int i = 0; i < job->plan->n_segments; i++)
        if (!job->plan->segment[i].native)
            port[n++] = (struct port){.from = job->seam[i], .to = job->seam[i + 1]};
    int status = run_ports(job, port, n);
    for (int i = 0; i < n; i++) {
        vh_frame_free(&port[i].waiting);
        vh_queue_close(port[i].from);
        vh_queue_finish(port[i].to);
    }
    return status;
}
