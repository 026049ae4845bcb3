# shellcheck shell=bash
# The state folder of a stack: $STACK_DIR/env says where everything is, run/ has the pids, log/ the logs.

# The stack beside whose broker and PostgreSQL this one is; empty for one that has its own.
BESIDE_DIR=
BESIDE_NAME=

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

# The Strapi of every stack: where it answers, its secrets, its database, its kind.
print_strapi_env() {
    printf 'STACK_DIR=%q\n' "$STACK_DIR"
    echo "STRAPI_URL=http://127.0.0.1:$1"
    echo "STRAPI_TOKEN=$(random_word)"
    echo "PGDATABASE=$2"
    echo "STACK_SECRET=$(random_word)"
    echo "STACK_KIND='$(kind_given)'"
    echo "STACK_PLUGIN=$(plugin_given)"
}

print_new_env() {
    local broker controller postgres strapi
    read -r broker controller postgres strapi < <(free_ports 4)
    print_strapi_env "$strapi" strapi
    echo "BROKERS=127.0.0.1:$broker"
    echo "PGHOST=127.0.0.1"
    echo "PGPORT=$postgres"
    echo "PGUSER=strapi"
    echo "PGPASSWORD=$(random_word)"
    echo "STACK_CONTROLLER_PORT=$controller"
    echo "STACK_CLUSTER_ID=$(random_cluster_id)"
    printf 'STACK_POSTGRES_DATA=%q\n' "$(choose_postgres_data)"
    echo 'STACK_BESIDE=no'
}

# Beside another stack: its broker and PostgreSQL.
print_beside_env() {
    print_strapi_env "$(free_ports 1)" "strapi_$BESIDE_NAME"
    grep -E '^(BROKERS|PGHOST|PGPORT|PGUSER|PGPASSWORD)=' "$BESIDE_DIR/env"
    echo 'STACK_BESIDE=yes'
}

write_env() {
    (
        umask 077
        if [[ -n $BESIDE_DIR ]]; then print_beside_env; else print_new_env; fi >"$STACK_DIR/env.new"
    )
    mv "$STACK_DIR/env.new" "$STACK_DIR/env"
}

# The stack of that name inside the stack in STACK_DIR is meant.
go_beside() {
    [[ $1 =~ ^[a-z0-9_]{1,40}$ ]] || die "not a name of small letters, digits and _: $1"
    has_state || die "there is no stack in $STACK_DIR: scripts/stack --dir $STACK_DIR up"
    BESIDE_NAME=$1
    BESIDE_DIR=$STACK_DIR
    STACK_DIR=$STACK_DIR/beside/$1
}

# How a person names this stack on the command line.
stack_options() {
    if [[ -n $BESIDE_DIR ]]; then
        printf -- '--dir %q --beside %s\n' "$BESIDE_DIR" "$BESIDE_NAME"
    else
        printf -- '--dir %q\n' "$STACK_DIR"
    fi
}

has_state() { [[ -f $STACK_DIR/env ]]; }

load_env() {
    has_state || die "there is no stack in $STACK_DIR: scripts/stack $(stack_options) up"
    # The folder may have been moved since: where it is now counts.
    local here=$STACK_DIR
    # What a stack has that was made before there were others.
    STACK_KIND='5 full no' STACK_BESIDE=no STACK_PLUGIN=on
    # shellcheck disable=SC1091
    source "$STACK_DIR/env"
    STACK_DIR=$here
    # A folder: each consumer keeps a file there, and `status` reads them.
    HEALTH_FILE=$STACK_DIR/run/health/
    [[ $STACK_BESIDE == no ]] || PARTS=(strapi)
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
    rm -rf "$STACK_DIR/kafka" "$STACK_DIR/strapi" "$STACK_DIR/run" "$STACK_DIR/log"
    if [[ $STACK_BESIDE == yes ]]; then drop_database; else rm -rf "$STACK_POSTGRES_DATA"; fi
}
