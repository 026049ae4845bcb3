/* A secret from the environment or a file, read again when the other side no longer takes it. It is
 * never logged, and wiped when freed. */
#ifndef FEEDS_SERVICE_SECRET_H
#define FEEDS_SERVICE_SECRET_H

#include <stdbool.h>

#include "core/reason.h"

struct secret;

/* value (may be NULL or "") or file (may be NULL or ""); exactly one must be given, or -1. White
 * space around the file's content is dropped. */
struct secret *secret_new(const char *value, const char *file, struct reason *reason);
const char *secret_text(const struct secret *secret);
/* Reads the file again; true if the secret changed. */
bool secret_refresh(struct secret *secret);
void secret_free(struct secret *secret);

#endif
