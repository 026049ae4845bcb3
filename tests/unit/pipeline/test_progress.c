/* The producer's lines about how far it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "pipeline/progress.h"
#include "service/log.h"

/* What the log says after 5 s, with 30 of the feed's 40 bytes read. */
static void say(const struct ingest_summary *summary, char said[512])
{
    struct progress progress;
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    assert_true(file != NULL && kept >= 0);
    dup2(fileno(file), STDERR_FILENO);
    progress_start(&progress, 40, 1000);
    progress_tick(&progress, summary, 30, 6000);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    said[fread(said, 1, 511, file)] = '\0';
    fclose(file);
}

static void it_is_as_far_as_it_has_read(void **state)
{
    (void)state;
    char said[512];
    const struct ingest_summary summary = {.feed = "a.csv", .rows = 50, .sent = 20, .rejected = 1};
    say(&summary, said);
    assert_non_null(strstr(said, "event=progress feed=a.csv done=75% rows=50 sent=20 rejected=1 "
                                 "rows_per_second=10"));
}

/* A small feed is read at once, and then waits for Kafka in front of its first row. */
static void nothing_is_done_before_the_first_row(void **state)
{
    (void)state;
    char said[512];
    say(&(struct ingest_summary){.feed = "a.csv"}, said);
    assert_non_null(strstr(said, "done=0% rows=0 sent=0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_far_as_it_has_read),
        cmocka_unit_test(nothing_is_done_before_the_first_row),
    };
    log_setup("test", LOG_INFO_LEVEL, false);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
