# shellcheck shell=bash
# The C programs, by a CMake preset, into build/<preset>/bin.

# Ninja alone knows whether there is work, so it is always asked: a build step is no step() with a check.
setup_build() {
    local preset=$1 start log title="C programs ($1)"
    start=$(now_ms)
    log=$(log_of "$title")
    (build_preset "$preset") >"$log" 2>&1 </dev/null || fail_with_log "$title" "$log"
    if ! tail -n 1 "$log" | grep -q 'no work to do'; then
        say "$title … $(seconds_since "$start")"
    elif [[ $QUIET == no ]]; then
        say "$title … already there"
    fi
}

build_preset() {
    cd "$ROOT" || return
    if [[ ! -f build/$1/build.ninja ]]; then
        cmake --preset "$1" || return
    fi
    cmake --build --preset "$1"
}
