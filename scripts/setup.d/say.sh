# shellcheck shell=bash
# How setup and the stack speak: one line a step, with what it took; the whole output of a failure.

TAG=${TAG:-setup}
QUIET=${QUIET:-no}

say() { printf '[%s] %s\n' "$TAG" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# Milliseconds since some start; bash has no float arithmetic.
now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    echo $((now / 1000))
}

seconds_since() {
    local ms=$(($(now_ms) - $1))
    printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# step TITLE READY-CHECK COMMAND...: runs COMMAND into a log unless READY-CHECK says it is done.
step() {
    local title=$1 ready=$2 start log
    shift 2
    if "$ready"; then
        [[ $QUIET == yes ]] || say "$title … already there"
        return
    fi
    start=$(now_ms)
    log=$(log_of "$title")
    say "$title …"
    # A subshell with its own -e: called behind `||` a function would go on after a failed command.
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    local status=$?
    set -e
    ((status == 0)) || fail_with_log "$title" "$log"
    say "$title … $(seconds_since "$start")"
}

log_of() {
    mkdir -p "$CACHE/logs" || die "the cache folder $CACHE cannot be made: set XDG_CACHE_HOME to another one"
    local name=${1//[^a-zA-Z0-9]/-}
    echo "$CACHE/logs/$name.log"
}

fail_with_log() {
    tail -n 25 "$2" >&2
    say "$1 failed. $(reason_in "$2") The whole output: $2"
    exit 1
}

# The few reasons that a person can do something about, in a sentence.
reason_in() {
    local network='Could not resolve|Temporary failure resolving|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|Unknown host|Could not connect|Could not transfer artifact|No plugin found for prefix|Unknown host|could not be resolved|Network is unreachable|Failed to fetch'
    if grep -qE 'No space left|ENOSPC|not enough free space' "$1"; then
        echo 'The disk is full.'
    elif grep -qE 'PKIX path|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|certificate verify failed' "$1"; then
        echo 'The certificate of the registry is not trusted here: does a proxy stand in between?'
    elif grep -qE "$network" "$1"; then
        echo 'The registry cannot be reached: is there a network, or a proxy to be set?'
    elif grep -qE 'Permission denied|EACCES' "$1"; then
        echo 'A file could not be written: who owns it?'
    fi
}
