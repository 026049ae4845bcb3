# shellcheck shell=bash
# PostgreSQL: a private cluster on TCP only, with a password, because a port is open to every user here.

# What a command begins with to run as the server's user: as root that is postgres, who owns nothing but the
# data folder. It ends in exec all the way down, so that a recorded pid is the server's.
AS_POSTGRES=()
if ((EUID == 0)); then
    AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --init-groups -- env --chdir=/ HOME=/)
fi

postgres_config() {
    cat <<CONFIG
listen_addresses = '127.0.0.1'
port = $PGPORT
unix_socket_directories = ''
max_connections = 60
shared_buffers = 64MB
log_line_prefix = '%m [%p] '
CONFIG
}

create_cluster() {
    local bin
    bin=$(find_postgres)
    [[ ! -f $STACK_POSTGRES_DATA/complete ]] || return 0
    rm -rf "$STACK_POSTGRES_DATA"
    mkdir -m 700 "$STACK_POSTGRES_DATA"
    ((EUID != 0)) || chown postgres: "$STACK_POSTGRES_DATA"
    (initialize_cluster "$bin") >>"$STACK_DIR/log/postgres.log" 2>&1 || {
        tail -n 20 "$STACK_DIR/log/postgres.log" >&2
        die 'initdb failed'
    }
    postgres_config >>"$STACK_POSTGRES_DATA/postgresql.conf"
    touch "$STACK_POSTGRES_DATA/complete"
}

# The password goes through a file: a command line is visible to every user.
initialize_cluster() {
    local secret
    secret=$(mktemp /var/tmp/strapi-feeds-password.XXXXXX)
    # shellcheck disable=SC2064
    trap "rm -f '$secret'" EXIT
    echo "$PGPASSWORD" >"$secret"
    ((EUID != 0)) || chown postgres: "$secret"
    "${AS_POSTGRES[@]}" "$1/initdb" -D "$STACK_POSTGRES_DATA" -U "$PGUSER" -A scram-sha-256 --pwfile="$secret" \
        -E UTF8 --locale=C.UTF-8 --no-sync
}

query() {
    PGHOST=$PGHOST PGPORT=$PGPORT PGUSER=$PGUSER PGPASSWORD=$PGPASSWORD PGCONNECT_TIMEOUT=2 \
        psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres "$@"
}

postgres_answers() { query -c 'SELECT 1' >/dev/null 2>&1; }

create_database() {
    local found
    found=$(query -c "SELECT 1 FROM pg_database WHERE datname = '$PGDATABASE'")
    [[ -n $found ]] || query -c "CREATE DATABASE \"$PGDATABASE\""
}

# Gone with its server, if that is stopped.
drop_database() {
    ! postgres_answers || query -c "DROP DATABASE IF EXISTS \"$PGDATABASE\" WITH (FORCE)"
}

start_postgres() {
    local bin
    bin=$(find_postgres)
    create_cluster
    launch postgres "${AS_POSTGRES[@]}" "$bin/postgres" -D "$STACK_POSTGRES_DATA"
    await postgres 60 postgres_answers
}

# SIGINT is PostgreSQL's "fast": sessions are ended, everything is written.
stop_postgres() { end_process postgres INT 30; }

# The sessions are processes of their own, and a new server does not start before the last has gone.
kill_postgres() {
    local pid children=()
    pid=$(pid_of postgres) || return 0
    kill -STOP "$pid"
    mapfile -t children < <(ps -o pid= --ppid "$pid" | tr -d ' ')
    kill -KILL "$pid" "${children[@]}" 2>/dev/null || true
    wait_until 10 all_gone "$pid" "${children[@]}" || die 'PostgreSQL cannot be ended'
    # Its lock is void, but while the pid is still a zombie (in a container nobody may ever collect it) a
    # new server would believe in it.
    rm -f "$(pid_file postgres)" "$STACK_POSTGRES_DATA/postmaster.pid"
}

all_gone() {
    local pid
    for pid in "$@"; do
        [[ -z $(start_time "$pid") ]] || return 1
    done
}
