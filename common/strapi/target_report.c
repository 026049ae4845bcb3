#include "strapi/target_report.h"

const char *target_drafts_word(const struct target *target)
{
    if (!target->drafts_known)
        return "unknown";
    return target->drafts ? "on" : "off";
}

const char *target_promise(const struct target *target)
{
    if (target->ingests)
        return "every message has its effect in Strapi once, or ends as an error record";
    if (target->adjustment != NULL)
        return target->ledger
                   ? "every message is applied to its entry, or an error record; exactly "
                     "once in every case only through the ingest plugin"
                   : "every message is applied to its entry, after a failure perhaps "
                     "twice, or an error record";
    if (target->entity->effect == EFFECT_APPEND && !target->identity)
        return "every message ends as an entry in Strapi, after a failure perhaps as two, or an "
               "error record";
    return "every message ends as an entry in Strapi or an error record";
}

static void tell_identity(const struct target *target, struct reason *warning)
{
    reason_set(warning,
               "%s has no field %s: what is sent again after a broken connection or a crash may be "
               "there twice. Add it in Strapi (Text, short) with a unique index",
               target->path, target->entity->identity);
}

static void tell_ledger(const struct target *target, struct reason *warning)
{
    reason_set(warning,
               "%s has no field %s: what comes again after a crash is applied again. Add it in "
               "Strapi (JSON)",
               target->path, target->adjustment->ledger);
}

static void tell_drafts(const struct target *target, struct reason *warning)
{
    if (target->version >= 5)
        reason_set(warning,
                   "Draft & Publish is on for %s: drafts are created and changed, and none is "
                   "published; what reads published entries sees nothing of it until they are",
                   target->path);
    else
        reason_set(warning,
                   "Draft & Publish is on for %s: new entries are drafts until somebody publishes "
                   "them; a change of a published one is seen at once",
                   target->path);
}

static const struct field *number_address(const struct entity *messages)
{
    for (size_t i = 0; i < messages->field_count; i++)
        if (messages->fields[i].address == ADDRESS_NUMBER)
            return &messages->fields[i];
    return NULL;
}

/* false: no message can name an entry by its number, or the numbers last. */
static bool tell_numbers(const struct target *target, const struct entity *messages,
                         struct reason *warning)
{
    const struct field *number = number_address(messages);

    if (number == NULL || !target_id_may_change(target, NULL))
        return false;
    reason_set(warning,
               "messages that name their entry by %s are refused (unstable_id): with Draft & "
               "Publish Strapi 5 gives an entry another one each time it is published",
               number->name);
    return true;
}

size_t target_warnings(const struct target *target, const struct entity *messages,
                       struct reason *warnings)
{
    size_t count = 0;

    /* The plugin's answers are exact, and what it does with drafts is its own configuration. */
    if (target->ingests)
        return 0;
    if (target->entity->effect == EFFECT_APPEND && target->entity->identity && !target->identity)
        tell_identity(target, &warnings[count++]);
    if (target->adjustment != NULL && target->adjustment->ledger != NULL && !target->ledger)
        tell_ledger(target, &warnings[count++]);
    if (target->drafts)
        tell_drafts(target, &warnings[count++]);
    if (tell_numbers(target, messages, &warnings[count]))
        count++;
    return count;
}
