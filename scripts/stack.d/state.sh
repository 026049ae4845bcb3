# shellcheck shell=bash
# The state folder of a stack: $STACK_DIR/env says where everything is, run/ has the pids, log/ the logs.

# Ports below the range that the kernel gives to outgoing connections: a client that knocks while a
# server is away must neither take the server's port nor connect to itself.
free_ports() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import random, socket, sys
low = int(open("/proc/sys/net/ipv4/ip_local_port_range").read().split()[0])
taken = []
while len(taken) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(10000, max(low, 12000))))
        taken.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in taken])
PYTHON
}

# Drops what is no letter or digit, so that the value needs no quoting anywhere.
random_word() { head -c 96 /dev/urandom | base64 -w 0 | tr -dc 'a-zA-Z0-9' | head -c 40; }

# Kafka wants a UUID's 16 bytes in base64 for URLs, not beginning with a dash.
random_cluster_id() { echo "S$(random_word | head -c 20)A"; }

# PostgreSQL refuses to run as root and then runs as postgres, who must be able to reach its data. A
# folder under /root or from mktemp -d does not let it through: then the data live in /var/tmp.
choose_postgres_data() {
    local inside=$STACK_DIR/postgres
    if "${AS_POSTGRES[@]}" test -x "$STACK_DIR"; then
        echo "$inside"
    else
        mktemp -d /var/tmp/strapi-feeds-postgres.XXXXXX
    fi
}

print_new_env() {
    local broker=$1 controller=$2 postgres=$3 strapi=$4
    printf 'STACK_DIR=%q\n' "$STACK_DIR"
    echo "BROKERS=127.0.0.1:$broker"
    echo "STRAPI_URL=http://127.0.0.1:$strapi"
    echo "STRAPI_TOKEN=$(random_word)"
    echo "PGHOST=127.0.0.1"
    echo "PGPORT=$postgres"
    echo "PGUSER=strapi"
    echo "PGPASSWORD=$(random_word)"
    echo "PGDATABASE=strapi"
    echo "STACK_CONTROLLER_PORT=$controller"
    echo "STACK_CLUSTER_ID=$(random_cluster_id)"
    echo "STACK_SECRET=$(random_word)"
    printf 'STACK_POSTGRES_DATA=%q\n' "$(choose_postgres_data)"
}

write_env() {
    local broker controller postgres strapi
    read -r broker controller postgres strapi < <(free_ports 4)
    (
        umask 077
        print_new_env "$broker" "$controller" "$postgres" "$strapi" >"$STACK_DIR/env.new"
    )
    mv "$STACK_DIR/env.new" "$STACK_DIR/env"
}

has_state() { [[ -f $STACK_DIR/env ]]; }

load_env() {
    has_state || die "there is no stack in $STACK_DIR: scripts/stack --dir $STACK_DIR up"
    # The folder may have been moved since: where it is now counts.
    local here=$STACK_DIR
    # shellcheck disable=SC1091
    source "$STACK_DIR/env"
    STACK_DIR=$here
    # A folder: each consumer keeps a file there, and `status` reads them.
    HEALTH_FILE=$STACK_DIR/run/health/
}

prepare_state() {
    mkdir -p "$STACK_DIR/run" "$STACK_DIR/log"
    has_state || write_env
    load_env
    mkdir -p "$HEALTH_FILE"
}

# Two commands on one stack at once would start everything twice.
lock_state() {
    mkdir -p "$STACK_DIR"
    exec 9>"$STACK_DIR/lock"
    flock -w 120 9 || die "another scripts/stack works on $STACK_DIR for two minutes now"
}

delete_data() {
    rm -rf "$STACK_DIR/kafka" "$STACK_DIR/strapi" "$STACK_DIR/run" "$STACK_DIR/log" "$STACK_POSTGRES_DATA"
}
