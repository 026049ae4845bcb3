# shellcheck shell=bash
# Which feeds are sent, and whether their producers can do anything with them.

# What the producers are told about a feed, by the environment.
readonly FEED_OPTIONS=(FORMAT ENCODING MAP SET DECIMAL_COMMA DELIMITER MAX_ROW_BYTES)

# add_feed ENTITY FILE
add_feed() {
    has_feed "$1" || NAMES+=("$1")
    FEEDS[$1]=$2
    [[ -r $2 ]] || { say "there is no file $2 that can be read"; exit 66; }
}

has_feed() { [[ -n ${FEEDS[$1]:-} ]]; }

# Before anything is emptied or started. A pipe can be read only once: it is not tried.
try_feeds() {
    local name status
    for name in "${NAMES[@]}"; do
        [[ -f ${FEEDS[$name]} || -d ${FEEDS[$name]} ]] || continue
        status=0
        "$BIN/$name-producer" --dry-run "${FEEDS[$name]}" >"$WORK/tried" 2>&1 || status=$?
        ((status == 0)) || unusable "$name" "$status"
    done
}

# unusable ENTITY STATUS: in the producer's words.
unusable() {
    cat "$WORK/tried" >&2
    say "$1-producer cannot send ${FEEDS[$1]}; nothing was started or emptied"
    say "flags that it names are given here as variables: MAP=… ENCODING=… scripts/demo FILE (--help has them)"
    exit "$2"
}
