# shellcheck shell=bash
# Servers that outlive the shell that started them, and are only ever ended by their recorded pid.

pid_file() { echo "$STACK_DIR/run/$1.pid"; }

# Field 22 of stat; the name in field 2 may hold blanks, so count from its closing parenthesis.
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    read -r -a stat <<<"${stat##*) }"
    # A zombie has ended, whoever may not have waited for it.
    [[ ${stat[0]} != Z ]] && echo "${stat[19]}"
}

record_pid() {
    local started
    started=$(start_time "$2") || return 0
    echo "$2 $started" >"$(pid_file "$1").new"
    mv "$(pid_file "$1").new" "$(pid_file "$1")"
}

# Prints the pid while the process is the one that was recorded. A pid that was given to somebody else
# since (after a reboot, say) has another start time.
pid_of() {
    local pid started
    read -r pid started 2>/dev/null <"$(pid_file "$1")" || return 1
    [[ $(start_time "$pid") == "$started" ]] && echo "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

# A server that inherits a caller's pipe keeps `scripts/demo | cat` waiting for ever, and one that
# inherits the lock keeps the lock.
close_inherited() {
    local fd
    for fd in /proc/"$BASHPID"/fd/*; do
        fd=${fd##*/}
        ((fd <= 2)) || eval "exec $fd>&-"
    done
}

# launch NAME COMMAND...: in a session of its own, with its own log.
launch() {
    local name=$1
    shift
    (
        close_inherited
        cd "$STACK_DIR" || exit
        exec setsid "$@"
    ) </dev/null >>"$STACK_DIR/log/$name.log" 2>&1 &
    record_pid "$name" $!
    disown
}

# wait_until SECONDS CONDITION...
wait_until() {
    local deadline=$(($(now_ms) + $1 * 1000))
    shift
    until "$@"; do
        (($(now_ms) < deadline)) || return 1
        sleep 0.1
    done
}

has_ended() { ! is_running "$1"; }

# is_up_or_dead NAME READY-CHECK: also true when the process is gone, so that nobody waits for a dead one.
is_up_or_dead() { has_ended "$1" || "$2"; }

# await NAME SECONDS READY-CHECK: the log's end is the best explanation of a failure.
await() {
    local log=$STACK_DIR/log/$1.log why="is not ready after $2 s"
    if wait_until "$2" is_up_or_dead "$1" "$3" && is_running "$1"; then
        return
    fi
    is_running "$1" || why='has ended'
    say "$1 $why. The end of $log:"
    tail -n 20 "$log" >&2
    return 1
}

# end_process NAME SIGNAL SECONDS: SIGKILL when it takes longer.
end_process() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill "-$2" "$pid" 2>/dev/null || true
    if ! wait_until "$3" has_ended "$1"; then
        say "$1 did not stop within $3 s: killed"
        kill -KILL "$pid" 2>/dev/null || true
        wait_until 10 has_ended "$1" || die "$1 (pid $pid) cannot be ended"
    fi
    rm -f "$(pid_file "$1")"
}

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
