#include "core/lanes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* uthash calls exit() when out of memory unless told otherwise; a library must not. */
#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(lane) ((lane)->lost = true)
#include <uthash.h>

/* Where a lane's head stands. A lane is on the list of its place; a busy one, whose head was taken,
 * is on none. */
enum lane_place { LANE_READY, LANE_DELAYED, LANE_PARKED, LANE_PLACES, LANE_BUSY = LANE_PLACES };

struct lane {
    UT_hash_handle hh;
    TAILQ_ENTRY(lane) link;
    enum lane_place place;
    bool lost; /* could not be hashed */
    struct message *head, *tail;
    size_t key_len;
    char key[];
};

TAILQ_HEAD(lane_list, lane);

struct lanes {
    struct lane *by_key;
    struct lane_list at[LANE_PLACES]; /* the delayed ones in the order of their heads' due_ms */
    size_t count;
};

struct lanes *lanes_new(void)
{
    struct lanes *lanes = calloc(1, sizeof *lanes);

    if (!lanes)
        return NULL;
    for (int place = 0; place < LANE_PLACES; place++)
        TAILQ_INIT(&lanes->at[place]);
    return lanes;
}

void lanes_free(struct lanes *lanes)
{
    struct lane *lane, *next;

    if (!lanes)
        return;
    HASH_ITER (hh, lanes->by_key, lane, next) {
        HASH_DEL(lanes->by_key, lane);
        free(lane);
    }
    free(lanes);
}

static struct lane *find(const struct lanes *lanes, const char *key, size_t len)
{
    struct lane *lane;

    HASH_FIND(hh, lanes->by_key, key, len, lane);
    return lane;
}

static struct lane *open_lane(struct lanes *lanes, const char *key, size_t len)
{
    struct lane *lane = calloc(1, sizeof *lane + len);

    if (!lane)
        return NULL;
    memcpy(lane->key, key, len);
    lane->key_len = len;
    lane->place = LANE_BUSY;
    HASH_ADD_KEYPTR(hh, lanes->by_key, lane->key, len, lane);
    if (lane->lost) {
        free(lane);
        return NULL;
    }
    return lane;
}

static void unlink_lane(struct lanes *lanes, struct lane *lane)
{
    if (lane->place != LANE_BUSY)
        TAILQ_REMOVE(&lanes->at[lane->place], lane, link);
    lane->place = LANE_BUSY;
}

static void close_lane(struct lanes *lanes, struct lane *lane)
{
    unlink_lane(lanes, lane);
    HASH_DEL(lanes->by_key, lane);
    free(lane);
}

/* Delays grow with the time, so the place in the list is nearly always at its end. */
static void delay(struct lanes *lanes, struct lane *lane)
{
    struct lane_list *delayed = &lanes->at[LANE_DELAYED];
    struct lane *before = TAILQ_LAST(delayed, lane_list);

    while (before && before->head->due_ms > lane->head->due_ms)
        before = TAILQ_PREV(before, lane_list, link);
    if (before)
        TAILQ_INSERT_AFTER(delayed, before, lane, link);
    else
        TAILQ_INSERT_HEAD(delayed, lane, link);
}

/* Puts a lane where its head belongs. */
static void offer(struct lanes *lanes, struct lane *lane)
{
    if (lane->head->parked_on != NO_ROUTE)
        lane->place = LANE_PARKED;
    else
        lane->place = lane->head->due_ms ? LANE_DELAYED : LANE_READY;

    if (lane->place == LANE_DELAYED)
        delay(lanes, lane);
    else
        TAILQ_INSERT_TAIL(&lanes->at[lane->place], lane, link);
}

int lanes_put(struct lanes *lanes, const char *key, size_t len, struct message *message)
{
    struct lane *lane = find(lanes, key, len);

    if (!lane && !(lane = open_lane(lanes, key, len)))
        return -1;
    message->next = NULL;
    message->lane = lane;
    lanes->count++;
    if (lane->head) {
        lane->tail->next = message;
        lane->tail = message;
        return 0;
    }
    lane->head = lane->tail = message;
    offer(lanes, lane);
    return 0;
}

struct message *lanes_take(struct lanes *lanes, int64_t now_ms)
{
    struct lane *lane = TAILQ_FIRST(&lanes->at[LANE_DELAYED]);

    /* A delay that is over goes in front of fresh work: the message is older than all of it. */
    if (!lane || lane->head->due_ms > now_ms)
        lane = TAILQ_FIRST(&lanes->at[LANE_READY]);
    if (!lane)
        return NULL;
    unlink_lane(lanes, lane);
    return lane->head;
}

struct message *lanes_find(const struct lanes *lanes,
                           bool (*wanted)(void *, const struct message *), void *arg)
{
    struct lane *lane;

    for (int place = 0; place < LANE_PLACES; place++)
        TAILQ_FOREACH (lane, &lanes->at[place], link)
            if (wanted(arg, lane->head))
                return lane->head;
    return NULL;
}

struct message *lanes_pick(struct lanes *lanes, bool (*wanted)(void *, const struct message *),
                           void *arg)
{
    struct message *message = lanes_find(lanes, wanted, arg);

    if (!message)
        return NULL;
    unlink_lane(lanes, message->lane);
    message->parked_on = NO_ROUTE;
    return message;
}

void lanes_put_back(struct lanes *lanes, struct message *message)
{
    offer(lanes, message->lane);
}

void lanes_done(struct lanes *lanes, struct message *message)
{
    struct lane *lane = message->lane;

    lane->head = message->next;
    message->next = NULL;
    message->lane = NULL;
    lanes->count--;
    if (lane->head)
        offer(lanes, lane);
    else
        close_lane(lanes, lane);
}

void lanes_release(struct lanes *lanes, int route)
{
    struct lane *lane = TAILQ_FIRST(&lanes->at[LANE_PARKED]), *next;

    for (; lane; lane = next) {
        next = TAILQ_NEXT(lane, link);
        if (lane->head->parked_on != route)
            continue;
        unlink_lane(lanes, lane);
        lane->head->parked_on = NO_ROUTE;
        offer(lanes, lane);
    }
}

int64_t lanes_next_due(const struct lanes *lanes)
{
    struct lane *lane = TAILQ_FIRST(&lanes->at[LANE_DELAYED]);

    if (TAILQ_FIRST(&lanes->at[LANE_READY]))
        return 0;
    return lane ? lane->head->due_ms : INT64_MAX;
}

/* Takes the partition's messages out of one lane; a head that the sink has stays. */
static void drop_from(struct lanes *lanes, struct lane *lane, bool head_taken, int32_t partition,
                      void (*drop)(void *, struct message *), void *arg)
{
    struct message **end = &lane->head, *message = lane->head, *next;

    lane->tail = NULL;
    for (; message; message = next) {
        next = message->next;
        if ((head_taken && message == lane->head) || message->partition != partition) {
            *end = lane->tail = message;
            end = &message->next;
            continue;
        }
        message->next = NULL;
        message->lane = NULL;
        lanes->count--;
        drop(arg, message);
    }
    *end = NULL;
}

static bool holds(const struct lane *lane, int32_t partition)
{
    const struct message *message = lane->head;

    while (message && message->partition != partition)
        message = message->next;
    return message != NULL;
}

void lanes_drop(struct lanes *lanes, int32_t partition, void (*drop)(void *, struct message *),
                void *arg)
{
    struct lane *lane, *next;

    HASH_ITER (hh, lanes->by_key, lane, next) {
        bool head_taken = lane->place == LANE_BUSY;

        if (!holds(lane, partition))
            continue;
        unlink_lane(lanes, lane);
        drop_from(lanes, lane, head_taken, partition, drop, arg);
        if (!lane->head)
            close_lane(lanes, lane);
        else if (!head_taken)
            offer(lanes, lane);
    }
}

size_t lanes_count(const struct lanes *lanes)
{
    return lanes->count;
}
