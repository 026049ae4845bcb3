#include "feed/dialect.h"

#include <string.h>

#include "feed/json_scan.h"

#define UTF16_ADVICE(name) "UTF-16 text without a byte order mark: --encoding " name

struct signature {
    const char *bytes;
    size_t len;
    const char *seems;
};

#define SIGNATURE(text, what)                                                                      \
    {                                                                                              \
        text, sizeof(text) - 1, what                                                               \
    }

static const struct signature signatures[] = {
    SIGNATURE("PK\x03\x04", "a zip file (an Excel workbook? save it as CSV)"),
    SIGNATURE("\xD0\xCF\x11\xE0", "an old Excel workbook: save it as CSV"),
    SIGNATURE("\x1F\x8B", "a gzip file inside a gzip file: unpack it once"),
    SIGNATURE("BZh91AY", "a bzip2 file: unpack it first"),
    SIGNATURE("\xFD"
              "7zXZ",
              "an xz file: unpack it first"),
    SIGNATURE("\x28\xB5\x2F\xFD", "a zstd file: unpack it first"),
    SIGNATURE("%PDF-", "a PDF document"),
    SIGNATURE("\x89PNG", "a PNG image"),
    SIGNATURE("\xFF\xD8\xFF", "a JPEG image"),
};

static const char *signature_of(const char *bytes, size_t len)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        const struct signature *known = &signatures[i];
        if (len >= known->len && memcmp(bytes, known->bytes, known->len) == 0)
            return known->seems;
    }
    return NULL;
}

struct nuls {
    size_t even, odd; /* by place: UTF-16 has them on one side */
    bool in_first_line;
};

static struct nuls count_nuls(const char *bytes, size_t len)
{
    struct nuls nuls = {0};
    bool first_line = true;
    for (size_t i = 0; i < len; i++) {
        first_line = first_line && bytes[i] != '\n' && bytes[i] != '\r';
        if (bytes[i] != '\0')
            continue;
        nuls.in_first_line |= first_line;
        nuls.even += i % 2 == 0;
        nuls.odd += i % 2 == 1;
    }
    return nuls;
}

/* A NUL in some row of a text is that row's fault (nul_byte). A file is binary when its first line
 * has one, or when they are no accident: some, and more than one byte in 16. */
#define NULS_BY_ACCIDENT 8

static const char *binary_by_nuls(const char *bytes, size_t len)
{
    struct nuls nuls = count_nuls(bytes, len);
    size_t all = nuls.even + nuls.odd;
    if (!nuls.in_first_line && all <= NULS_BY_ACCIDENT + len / 16)
        return NULL;
    if (all <= len / 3 || (nuls.even > 0 && nuls.odd > 0))
        return "a binary file";
    return nuls.even == 0 ? UTF16_ADVICE("utf-16le") : UTF16_ADVICE("utf-16be");
}

int dialect_sniff(const char *bytes, size_t len, bool wide, struct failure *failure)
{
    const char *seems = signature_of(bytes, len);
    if (seems == NULL && !wide)
        seems = binary_by_nuls(bytes, len);
    if (seems == NULL)
        return 0;
    failure_set(failure, ERROR_NOT_TEXT, NULL, NULL, 0, "not a text; it seems to be %s", seems);
    return -1;
}

bool dialect_is_json(const char *text, size_t len)
{
    size_t blanks = json_blanks(text, len);
    return blanks < len && (text[blanks] == '[' || text[blanks] == '{');
}

const char *dialect_delimiter_name(char delimiter)
{
    switch (delimiter) {
    case ',':
        return "comma";
    case ';':
        return "semicolon";
    case '\t':
        return "tab";
    case '|':
        return "bar";
    default:
        return "delimiter";
    }
}
