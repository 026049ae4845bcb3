# shellcheck shell=bash
# The C programs, by a CMake preset, into build/<preset>/bin.

is_configured() { [[ -f $ROOT/build/$1/build.ninja ]]; }

# Ninja knows whether there is work: a dry run is quicker than any check of our own.
build_ready() {
    is_configured "$PRESET" && ninja -C "$ROOT/build/$PRESET" -n 2>/dev/null | grep -q 'no work to do'
}

build_preset() {
    cd "$ROOT"
    is_configured "$PRESET" || cmake --preset "$PRESET"
    cmake --build --preset "$PRESET"
}

setup_build() {
    PRESET=$1
    step "C programs ($PRESET)" build_ready build_preset
}
