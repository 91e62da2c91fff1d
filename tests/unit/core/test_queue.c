/* Bounded queue: order, both limits, end of stream both ways, ownership, watching, several senders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/queue.h"
#include "core/status.h"

#include <pthread.h>
#include <stdatomic.h>

static atomic_int n_freed;

static void count_free(void *item)
{
    (void)item;
    atomic_fetch_add(&n_freed, 1);
}

static void count_call(void *opaque)
{
    atomic_fetch_add((atomic_int *)opaque, 1);
}

static int values[1000];

static struct vh_queue *make(int max_items, size_t max_bytes)
{
    struct vh_queue *queue;
    n_freed = 0;
    assert_int_equal(vh_queue_create(&queue, max_items, max_bytes, count_free), VH_OK);
    return queue;
}

static void limits_by_items_and_bytes(void **state)
{
    (void)state;
    struct vh_queue *queue = make(3, 100);
    void *item;
    assert_int_equal(vh_queue_try_receive(queue, &item), VH_AGAIN);
    assert_int_equal(vh_queue_try_send(queue, &values[0], 500), VH_OK); /* one is always let in */
    assert_int_equal(vh_queue_try_send(queue, &values[1], 1), VH_AGAIN);
    assert_int_equal(vh_queue_try_receive(queue, &item), VH_OK);
    assert_ptr_equal(item, &values[0]);
    assert_int_equal(vh_queue_try_send(queue, &values[1], 60), VH_OK);
    assert_int_equal(vh_queue_try_send(queue, &values[2], 41), VH_AGAIN);
    assert_int_equal(vh_queue_try_send(queue, &values[2], 40), VH_OK);
    assert_int_equal(vh_queue_try_send(queue, &values[3], 0), VH_OK);
    assert_int_equal(vh_queue_try_send(queue, &values[4], 0), VH_AGAIN); /* three items */
    vh_queue_limit(queue, 5, 100);
    assert_int_equal(vh_queue_try_send(queue, &values[4], 0), VH_OK);
    struct vh_queue_state now;
    vh_queue_get_state(queue, &now);
    assert_int_equal(now.n_items, 4);
    assert_int_equal(now.n_bytes, 100);
    for (int i = 1; i <= 4; i++) {
        assert_int_equal(vh_queue_receive(queue, &item), VH_OK);
        assert_ptr_equal(item, &values[i]);
    }
    vh_queue_destroy(&queue);
    assert_null(queue);
    assert_int_equal(n_freed, 0);
}

static void finish_lets_the_rest_through(void **state)
{
    (void)state;
    struct vh_queue *queue = make(4, 0);
    void *item;
    assert_int_equal(vh_queue_send(queue, &values[0], 1), VH_OK);
    vh_queue_finish(queue);
    vh_queue_finish(queue);
    assert_int_equal(vh_queue_send(queue, &values[1], 1), VH_EOF);
    assert_int_equal(vh_queue_receive(queue, &item), VH_OK);
    assert_int_equal(vh_queue_receive(queue, &item), VH_EOF);
    assert_null(item);
    vh_queue_destroy(&queue);
    assert_int_equal(n_freed, 0);
}

static void close_frees_and_refuses(void **state)
{
    (void)state;
    struct vh_queue *queue = make(4, 0);
    void *item;
    vh_queue_send(queue, &values[0], 1);
    vh_queue_send(queue, &values[1], 1);
    vh_queue_close(queue);
    assert_int_equal(n_freed, 2);
    assert_int_equal(vh_queue_send(queue, &values[2], 1), VH_EOF);
    assert_int_equal(vh_queue_receive(queue, &item), VH_EOF);
    vh_queue_destroy(&queue);
    assert_int_equal(n_freed, 2);
}

static void destroy_frees_what_is_left(void **state)
{
    (void)state;
    struct vh_queue *queue = make(4, 0);
    vh_queue_send(queue, &values[0], 1);
    vh_queue_destroy(&queue);
    assert_int_equal(n_freed, 1);
    vh_queue_destroy(&queue);
}

static void watcher_hears_each_change(void **state)
{
    (void)state;
    struct vh_queue *queue = make(2, 100);
    atomic_int calls = 0;
    void *item;
    vh_queue_watch(queue, count_call, &calls);
    vh_queue_try_send(queue, &values[0], 90); /* empty to not empty */
    assert_int_equal(calls, 1);
    vh_queue_try_send(queue, &values[1], 5);
    assert_int_equal(calls, 1);
    vh_queue_try_receive(queue, &item); /* full to not full */
    assert_int_equal(calls, 2);
    assert_int_equal(vh_queue_try_send(queue, &values[2], 99), VH_AGAIN); /* refused for its bytes */
    vh_queue_try_receive(queue, &item);
    assert_int_equal(calls, 3);
    vh_queue_finish(queue);
    assert_int_equal(calls, 4);
    vh_queue_close(queue);
    assert_int_equal(calls, 5);
    vh_queue_close(queue);
    assert_int_equal(calls, 5);
    vh_queue_destroy(&queue);
}

static void *send_many(void *arg)
{
    for (int i = 0; i < 500; i++)
        if (vh_queue_send(arg, &values[i], 10) != VH_OK)
            return arg;
    return NULL;
}

static void threads_move_everything(void **state)
{
    (void)state;
    struct vh_queue *queue = make(3, 25);
    pthread_t sender[3];
    void *failed, *item;
    int n = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&sender[i], NULL, send_many, queue), 0);
    for (; n < 1500; n++)
        assert_int_equal(vh_queue_receive(queue, &item), VH_OK);
    for (int i = 0; i < 3; i++) {
        pthread_join(sender[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(vh_queue_try_receive(queue, &item), VH_AGAIN);
    vh_queue_destroy(&queue);
    assert_int_equal(n_freed, 0);
}

static void close_wakes_a_waiting_sender(void **state)
{
    (void)state;
    struct vh_queue *queue = make(1, 0);
    pthread_t sender;
    void *failed, *item;
    assert_int_equal(pthread_create(&sender, NULL, send_many, queue), 0);
    assert_int_equal(vh_queue_receive(queue, &item), VH_OK);
    vh_queue_close(queue);
    pthread_join(sender, &failed);
    assert_ptr_equal(failed, queue);
    vh_queue_destroy(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_by_items_and_bytes),
        cmocka_unit_test(finish_lets_the_rest_through),
        cmocka_unit_test(close_frees_and_refuses),
        cmocka_unit_test(destroy_frees_what_is_left),
        cmocka_unit_test(watcher_hears_each_change),
        cmocka_unit_test(threads_move_everything),
        cmocka_unit_test(close_wakes_a_waiting_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
