#include "core/lanes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* uthash calls exit() when out of memory unless told otherwise; a library must not. */
#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(lane) ((lane)->lost = true)
#include <uthash.h>

/* Where a lane's head stands. A lane is on the list of its place; a closed one, of which messages are
 * out, is on none. */
enum lane_place { LANE_READY, LANE_DELAYED, LANE_PARKED, LANE_PLACES, LANE_CLOSED = LANE_PLACES };

struct lane {
    UT_hash_handle hh;
    TAILQ_ENTRY(lane) link;
    enum lane_place place;
    bool lost; /* could not be hashed */
    /* Those that are out are the first ones; none of them, when all have left. */
    struct message *head, *tail;
    size_t out;      /* those, and who has left and keeps it closed */
    int64_t rest_ms; /* the latest due_ms of those that came back; 0: at once */
    size_t key_len;
    char key[];
};

TAILQ_HEAD(lane_list, lane);

struct lanes {
    struct lane *by_key;
    struct lane_list at[LANE_PLACES]; /* the delayed ones in the order of their rest_ms */
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
    lane->place = LANE_CLOSED;
    HASH_ADD_KEYPTR(hh, lanes->by_key, lane->key, len, lane);
    if (lane->lost) {
        free(lane);
        return NULL;
    }
    return lane;
}

static void unlink_lane(struct lanes *lanes, struct lane *lane)
{
    if (lane->place != LANE_CLOSED)
        TAILQ_REMOVE(&lanes->at[lane->place], lane, link);
    lane->place = LANE_CLOSED;
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

    while (before && before->rest_ms > lane->rest_ms)
        before = TAILQ_PREV(before, lane_list, link);
    if (before)
        TAILQ_INSERT_AFTER(delayed, before, lane, link);
    else
        TAILQ_INSERT_HEAD(delayed, lane, link);
}

/* Puts a lane where its head belongs, unless messages of it are out. */
static void offer(struct lanes *lanes, struct lane *lane)
{
    if (lane->out > 0)
        return;
    if (!lane->head) {
        close_lane(lanes, lane);
        return;
    }
    lane->head->due_ms = lane->rest_ms;
    if (lane->head->parked_on != NO_ROUTE)
        lane->place = LANE_PARKED;
    else
        lane->place = lane->rest_ms ? LANE_DELAYED : LANE_READY;

    if (lane->place == LANE_DELAYED)
        delay(lanes, lane);
    else
        TAILQ_INSERT_TAIL(&lanes->at[lane->place], lane, link);
}

static void append(struct lanes *lanes, struct lane *lane, struct message *message)
{
    message->next = NULL;
    message->lane = lane;
    message->out = false;
    lanes->count++;
    if (lane->head) {
        message->parked_on = NO_ROUTE;
        lane->tail->next = message;
        lane->tail = message;
        return;
    }
    lane->head = lane->tail = message;
    if (message->due_ms > lane->rest_ms)
        lane->rest_ms = message->due_ms;
    offer(lanes, lane);
}

static struct lane *lane_of(struct lanes *lanes, const char *key, size_t len)
{
    struct lane *lane = find(lanes, key, len);

    return lane ? lane : open_lane(lanes, key, len);
}

int lanes_put(struct lanes *lanes, const char *key, size_t len, struct message *message)
{
    struct lane *lane = lane_of(lanes, key, len);

    if (!lane)
        return -1;
    append(lanes, lane, message);
    return 0;
}

static struct message *take_out(struct lane *lane, struct message *message)
{
    lane->out++;
    message->out = true;
    message->due_ms = 0;
    return message;
}

static struct message *take_head(struct lanes *lanes, struct lane *lane)
{
    unlink_lane(lanes, lane);
    lane->rest_ms = 0;
    lane->head->parked_on = NO_ROUTE;
    return take_out(lane, lane->head);
}

struct message *lanes_take(struct lanes *lanes, int64_t now_ms)
{
    struct lane *lane = TAILQ_FIRST(&lanes->at[LANE_DELAYED]);

    /* A delay that is over goes in front of fresh work: the message is older than all of it. */
    if (!lane || lane->rest_ms > now_ms)
        lane = TAILQ_FIRST(&lanes->at[LANE_READY]);
    return lane ? take_head(lanes, lane) : NULL;
}

struct message *lanes_behind(const struct message *last)
{
    return last->next;
}

void lanes_take_behind(struct message *message)
{
    take_out(message->lane, message);
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

    return message ? take_head(lanes, message->lane) : NULL;
}

static void come_back(struct lanes *lanes, struct message *message)
{
    struct lane *lane = message->lane;

    lane->out--;
    message->out = false;
    offer(lanes, lane);
}

void lanes_put_back(struct lanes *lanes, struct message *message)
{
    struct lane *lane = message->lane;

    if (message->due_ms > lane->rest_ms)
        lane->rest_ms = message->due_ms;
    if (!lanes_leads(message))
        message->parked_on = NO_ROUTE;
    come_back(lanes, message);
}

/* What stands in front of it is of the same run: not many. */
static void unlink_message(struct lane *lane, struct message *message)
{
    struct message *before = NULL;

    if (lane->head == message) {
        lane->head = message->next;
    } else {
        for (before = lane->head; before->next != message; before = before->next)
            ;
        before->next = message->next;
    }
    if (lane->tail == message)
        lane->tail = before;
    message->next = NULL;
}

void lanes_leave(struct lanes *lanes, struct message *message)
{
    unlink_message(message->lane, message);
    lanes->count--;
}

void lanes_open(struct lanes *lanes, struct message *message)
{
    come_back(lanes, message);
    message->lane = NULL;
}

void lanes_done(struct lanes *lanes, struct message *message)
{
    lanes_leave(lanes, message);
    lanes_open(lanes, message);
}

int lanes_move(struct lanes *lanes, const char *key, size_t len, struct message *message)
{
    struct lane *to = lane_of(lanes, key, len);

    if (!to)
        return -1;
    if (to == message->lane) {
        lanes_put_back(lanes, message);
        return 0;
    }
    lanes_done(lanes, message);
    append(lanes, to, message);
    return 0;
}

bool lanes_leads(const struct message *message)
{
    return message->lane->head == message;
}

bool lanes_elsewhere(const struct lanes *lanes, const char *key, size_t len,
                     const struct message *message)
{
    const struct lane *lane = find(lanes, key, len);

    return lane && lane->head && lane != message->lane;
}

void lanes_hurry(struct lanes *lanes, const char *key, size_t len)
{
    struct lane *lane = find(lanes, key, len);

    if (!lane || lane->place != LANE_DELAYED)
        return;
    unlink_lane(lanes, lane);
    lane->rest_ms = 0;
    offer(lanes, lane);
}

void lanes_release(struct lanes *lanes, int route)
{
    struct lane *lane, *next;

    /* Also of those that are closed: the head may have come back already, before the others. */
    HASH_ITER (hh, lanes->by_key, lane, next) {
        if (!lane->head || lane->head->parked_on != route)
            continue;
        lane->head->parked_on = NO_ROUTE;
        unlink_lane(lanes, lane);
        offer(lanes, lane);
    }
}

int64_t lanes_next_due(const struct lanes *lanes)
{
    struct lane *lane = TAILQ_FIRST(&lanes->at[LANE_DELAYED]);

    if (TAILQ_FIRST(&lanes->at[LANE_READY]))
        return 0;
    return lane ? lane->rest_ms : INT64_MAX;
}

/* Takes the partition's messages out of one lane; those that are out stay. */
static void drop_from(struct lanes *lanes, struct lane *lane, int32_t partition,
                      void (*drop)(void *, struct message *), void *arg)
{
    struct message **end = &lane->head, *message = lane->head, *next;

    lane->tail = NULL;
    for (; message; message = next) {
        next = message->next;
        if (message->out || message->partition != partition) {
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

static bool has_of(const struct lane *lane, int32_t partition)
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
        if (!has_of(lane, partition))
            continue;
        unlink_lane(lanes, lane);
        drop_from(lanes, lane, partition, drop, arg);
        offer(lanes, lane);
    }
}

size_t lanes_count(const struct lanes *lanes)
{
    return lanes->count;
}
