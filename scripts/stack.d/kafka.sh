# shellcheck shell=bash
# The broker: one KRaft node that is its own controller.

kafka_port() { echo "${BROKERS##*:}"; }

# The command as an array, so that it can be launched without a shell between it and its recorded pid.
kafka_command() {
    KAFKA_COMMAND=(
        java -Xms128m -Xmx512m -XX:+UseSerialGC -cp "$(kafka_home)/libs/*"
        -Dorg.slf4j.simpleLogger.showDateTime=true
        -Dorg.slf4j.simpleLogger.dateTimeFormat="yyyy-MM-dd'T'HH:mm:ss.SSS"
        "$@"
    )
}

# The internal topics have few partitions: fifty of each, Kafka's default, only cost time to load. After a
# kill the broker may come back only when its last session has run out, by default 9 s later. Everybody may
# do everything, until somebody says otherwise of a topic (kafka-acls).
write_kafka_config() {
    cat >"$STACK_DIR/kafka/server.properties" <<CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$STACK_CONTROLLER_PORT
listeners=PLAINTEXT://127.0.0.1:$(kafka_port),CONTROLLER://127.0.0.1:$STACK_CONTROLLER_PORT
advertised.listeners=PLAINTEXT://127.0.0.1:$(kafka_port)
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$STACK_DIR/kafka/data
num.partitions=3
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
log.cleaner.dedupe.buffer.size=16777216
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
CONFIG
}

# The mark is made last: an interrupted formatting is begun anew.
format_kafka() {
    [[ ! -f $STACK_DIR/kafka/formatted ]] || return 0
    rm -rf "$STACK_DIR/kafka/data"
    kafka_command kafka.tools.StorageTool format -t "$STACK_CLUSTER_ID" -c "$STACK_DIR/kafka/server.properties"
    "${KAFKA_COMMAND[@]}" >>"$STACK_DIR/log/kafka.log" 2>&1 || {
        tail -n 20 "$STACK_DIR/log/kafka.log" >&2
        die "the folder of the broker could not be formatted"
    }
    touch "$STACK_DIR/kafka/formatted"
}

kafka_answers() {
    port_is_open "$(kafka_port)" && kcat -b "$BROKERS" -L -m 2 >/dev/null 2>&1
}

start_kafka() {
    mkdir -p "$STACK_DIR/kafka"
    write_kafka_config
    format_kafka
    kafka_command kafka.Kafka "$STACK_DIR/kafka/server.properties"
    launch kafka "${KAFKA_COMMAND[@]}"
    await kafka 60 kafka_answers
}

stop_kafka() { end_process kafka TERM 30; }
kill_kafka() { end_process kafka KILL 10; }
