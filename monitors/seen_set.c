#include "monitors/seen_set.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* An entry less is no reason to die: uthash then leaves the table as it was. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct seen {
    uint64_t hash;
    UT_hash_handle hh;
};

struct seen_set {
    struct seen *table; /* uthash keeps the order of insertion: its head is the oldest */
    size_t max;
};

struct seen_set *seen_set_new(size_t max)
{
    struct seen_set *set = calloc(1, sizeof *set);
    if (set != NULL)
        set->max = max;
    return set;
}

/* Cryptographic, because ids come from anybody: with a weak hash a forged record could be made that
 * hides a real one. */
static bool hash_id(const char *id, size_t len, uint64_t *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    if (EVP_Digest(id, len, digest, &size, EVP_sha256(), NULL) != 1)
        return false;
    memcpy(hash, digest, sizeof *hash);
    return true;
}

static void forget_oldest(struct seen_set *set)
{
    struct seen *oldest = set->table;
    HASH_DEL(set->table, oldest);
    free(oldest);
}

bool seen_set_add(struct seen_set *set, const char *id, size_t len)
{
    uint64_t hash;
    struct seen *seen = NULL;
    if (!hash_id(id, len, &hash))
        return false;
    HASH_FIND(hh, set->table, &hash, sizeof hash, seen);
    if (seen != NULL)
        return true;
    if (HASH_COUNT(set->table) >= set->max)
        forget_oldest(set);
    seen = calloc(1, sizeof *seen);
    if (seen == NULL)
        return false;
    seen->hash = hash;
    HASH_ADD(hh, set->table, hash, sizeof hash, seen);
    if (seen->hh.tbl == NULL)
        free(seen);
    return false;
}

void seen_set_free(struct seen_set *set)
{
    if (set == NULL)
        return;
    while (set->table != NULL)
        forget_oldest(set);
    free(set);
}
