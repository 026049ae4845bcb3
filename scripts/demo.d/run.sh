# shellcheck shell=bash
# All services at once: each feed's producer and consumer, none of them waiting for another.

declare -A CONSUMERS=() # process ids by name

# The programs tell people on stderr, and us in JSON on stdout.
start_consumers() {
    local name
    for name in "${NAMES[@]}"; do
        # Nobody waits for a movement's product longer than this once all products are in.
        PRODUCT_GRACE=10s "$BIN/$name-consumer" --summary json >"$WORK/$name.delivered" &
        CONSUMERS[$name]=$!
    done
}

send_feeds() {
    local name pids=()
    for name in "${NAMES[@]}"; do
        "$BIN/$name-producer" --summary json "${FEEDS[$name]}" >"$WORK/$name.sent" &
        pids+=("$name-producer:$!")
    done
    for name in "${pids[@]}"; do
        ended_with 0 "${name%:*}" "${name#*:}"
    done
}

# ended_with STATUS NAME PID
ended_with() {
    local status=0
    wait "$3" || status=$?
    ((status == $1)) || { say "$2 ended with status $status"; exit "$((status == 0 ? 1 : status))"; }
}

everything_is_done() {
    [[ $(/usr/bin/python3 "$HERE/stack.d/topics.py" "$BROKERS" --left) == 0 ]]
}

# Until the groups have committed the ends of their topics. A consumer that ends before is a failure.
await_consumers() {
    local name
    until everything_is_done; do
        for name in "${NAMES[@]}"; do
            kill -0 "${CONSUMERS[$name]}" 2>/dev/null || ended_with 75 "$name-consumer" "${CONSUMERS[$name]}"
        done
        sleep 0.5
    done
}

# 75: stopped by a signal. They print their counts then.
stop_consumers() {
    local name
    kill "${CONSUMERS[@]}"
    for name in "${NAMES[@]}"; do ended_with 75 "$name-consumer" "${CONSUMERS[$name]}"; done
    CONSUMERS=()
}

# However the demo ends, no consumer is left behind.
leave() {
    local pid
    for pid in "${CONSUMERS[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$WORK"
    say_how_to_stop
}

run_all() {
    title "Producers → Kafka → consumers → Strapi, all at once (${NAMES[*]})"
    start_consumers
    send_feeds
    await_consumers
    stop_consumers
}
