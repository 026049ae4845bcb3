#include "feed/json_scan.h"

#include <string.h>

void json_scan_start(struct json_scan *scan)
{
    scan->begun = scan->scalar = scan->in_text = scan->escaped = false;
    scan->depth = 0;
    scan->why = NULL;
}

static void open_bracket(struct json_scan *scan, bool square)
{
    if (scan->depth < JSON_SCAN_DEPTH) {
        uint8_t bit = (uint8_t)(1U << (scan->depth % 8));
        uint8_t *kinds = &scan->kinds[scan->depth / 8];
        *kinds = (uint8_t)(square ? *kinds | bit : *kinds & ~bit);
    }
    scan->depth++;
}

static enum scan_state close_bracket(struct json_scan *scan, bool square)
{
    size_t place = scan->depth - 1;
    bool opened_square =
        place < JSON_SCAN_DEPTH && (scan->kinds[place / 8] & (1U << (place % 8))) != 0;
    if (place < JSON_SCAN_DEPTH && opened_square != square) {
        scan->why = square ? "a ] stands where a } is missing" : "a } stands where a ] is missing";
        return SCAN_BROKEN;
    }
    scan->depth--;
    return scan->depth == 0 ? SCAN_CLOSED : SCAN_OPEN;
}

static enum scan_state scan_text(struct json_scan *scan, char byte)
{
    if (byte == '\n' || byte == '\r') {
        scan->why = "a text is not closed at the end of its line";
        return SCAN_BROKEN;
    }
    if (scan->escaped || byte == '\\') {
        scan->escaped = !scan->escaped;
        return SCAN_OPEN;
    }
    scan->in_text = byte != '"';
    return !scan->in_text && scan->depth == 0 ? SCAN_CLOSED : SCAN_OPEN;
}

static enum scan_state scan_byte(struct json_scan *scan, char byte)
{
    if (scan->in_text)
        return scan_text(scan, byte);
    bool first = !scan->begun;
    scan->begun = true;
    switch (byte) {
    case '"':
        scan->in_text = true;
        return SCAN_OPEN;
    case '{':
    case '[':
        open_bracket(scan, byte == '[');
        return SCAN_OPEN;
    case '}':
    case ']':
        if (scan->depth > 0)
            return close_bracket(scan, byte == ']');
        break;
    default:
        break;
    }
    scan->scalar = first || scan->scalar;
    return SCAN_OPEN;
}

/* A number, a word or rubbish ends where something else begins. */
static bool ends_scalar(const struct json_scan *scan, char byte)
{
    return scan->scalar && scan->depth == 0 && !scan->in_text &&
           (byte == '\0' || strchr(",]} \t\r\n", byte) != NULL);
}

size_t json_scan_run(struct json_scan *scan, const char *bytes, size_t len, enum scan_state *state)
{
    size_t used = 0;
    *state = SCAN_OPEN;
    while (used < len && *state == SCAN_OPEN) {
        if (ends_scalar(scan, bytes[used])) {
            *state = SCAN_CLOSED;
            break;
        }
        *state = scan_byte(scan, bytes[used]);
        used += *state != SCAN_BROKEN;
    }
    return used;
}

bool json_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

size_t json_blanks(const char *bytes, size_t len)
{
    size_t count = 0;
    while (count < len && json_is_blank(bytes[count]))
        count++;
    return count;
}
