# shellcheck shell=bash
# What a person wants to know about a stack.

part_status() {
    local name=$1 address=$2 pid
    if pid=$(pid_of "$name"); then
        printf '  %-9s running  %s  pid %s\n' "$name" "$address" "$pid"
    else
        printf '  %-9s stopped  %s\n' "$name" "$address"
    fi
}

strapi_status() {
    local state='is starting, or cannot reach its database'
    part_status strapi "$STRAPI_URL"
    is_running strapi || return 0
    strapi_answers || printf '  %-9s %s: %s\n' '' "$state" "$STACK_DIR/log/strapi.log"
}

status() {
    load_env
    echo "stack in $STACK_DIR"
    strapi_status
    # The rest is of the stack that this one is beside.
    [[ $STACK_BESIDE == no ]] || return 0
    part_status kafka "$BROKERS"
    part_status postgres "$PGHOST:$PGPORT"
    echo 'topics'
    if is_running kafka; then
        /usr/bin/python3 "$ROOT/scripts/stack.d/topics.py" "$BROKERS" "$HEALTH_FILE"
    else
        echo '  the broker is stopped'
    fi
}
