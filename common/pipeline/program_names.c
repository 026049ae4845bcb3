/* Names of topics: which Kafka takes, and which must differ. */
#include <string.h>

#include "core/text.h"
#include "pipeline/program.h"

/* Kafka's rule. */
#define TOPIC_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define TOPIC_MAX     249
/* Of a wrong name. */
#define SHOWN_MAX 120

static int check_topic_name(const char *variable, const char *name, struct reason *reason)
{
    char shown[SHOWN_MAX];
    size_t len = strlen(name);
    if (len > 0 && len <= TOPIC_MAX && strspn(name, TOPIC_LETTERS) == len &&
        strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
        return 0;
    text_show(name, len, shown, sizeof shown);
    reason_set(reason,
               "%s: \"%s\" is no name of a topic; Kafka takes 1 to %d letters a to z and A to Z, "
               "digits, \".\", \"_\" and \"-\", but neither \".\" nor \"..\"",
               variable, shown, TOPIC_MAX);
    return -1;
}

int program_check_topic(const struct program *program, const char *topic, struct reason *reason)
{
    const char *error_topic = program->settings->error_topic;
    if (check_topic_name("ERROR_TOPIC", error_topic, reason) != 0)
        return -1;
    if (topic == NULL)
        return 0;
    if (check_topic_name("TOPIC", topic, reason) != 0)
        return -1;
    if (strcmp(topic, error_topic) != 0)
        return 0;
    reason_set(reason, "TOPIC and ERROR_TOPIC are both \"%s\": they must differ", topic);
    return -1;
}

int program_check_other_topic(const struct program *program, const char *topic,
                              const char *variable, const char *name, struct reason *reason)
{
    const char *error_topic = program->settings->error_topic;
    if (check_topic_name(variable, name, reason) != 0)
        return -1;
    if (strcmp(name, topic) != 0 && strcmp(name, error_topic) != 0)
        return 0;
    reason_set(reason, "%s and %s are both \"%s\": they must differ",
               strcmp(name, topic) == 0 ? "TOPIC" : "ERROR_TOPIC", variable, name);
    return -1;
}
