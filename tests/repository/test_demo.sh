#!/usr/bin/env bash
# Which stack scripts/demo takes, and when: its own, never one from the environment, and none at all for
# a feed that no producer can read. The stack here only writes down that it was asked.
# usage: test_demo.sh BIN ROOT
set -euo pipefail

BIN=$1
ROOT=$2
FAILED=no
TREE=$(mktemp -d)
trap 'rm -rf "$TREE"' EXIT

make_tree() {
    mkdir -p "$TREE/build/release" "$TREE/scripts" "$TREE/data"
    ln -s "$BIN" "$TREE/build/release/bin"
    cp -r "$ROOT/scripts/demo" "$ROOT/scripts/demo.d" "$ROOT/scripts/setup.d" "$TREE/scripts"
    printf '#!/bin/sh\n' >"$TREE/scripts/setup"
    # shellcheck disable=SC2016 # for the stack to expand
    printf '#!/bin/sh\necho "$STACK_DIR $*" >>%q\nexit 3\n' "$TREE/asked" >"$TREE/scripts/stack"
    chmod +x "$TREE/scripts/setup" "$TREE/scripts/stack"
    printf 'name,barcode\nA,1\n' >"$TREE/good.csv"
    printf 'Artikel,EAN\nA,1\n' >"$TREE/other-names.csv"
}

demo() {
    STATUS=0
    rm -f "$TREE/asked"
    (cd "$TREE" && env "$@" 2>"$TREE/said") >/dev/null || STATUS=$?
}

asked() { cat "$TREE/asked" 2>/dev/null || true; }

expect() {
    [[ $2 == "$3" ]] || { echo "$1: expected $2, found $3"; cat "$TREE/said"; FAILED=yes; }
}

says() {
    grep -qF -- "$2" "$TREE/said" || { echo "$1: nothing is said of: $2"; cat "$TREE/said"; FAILED=yes; }
}

make_tree
demo STACK_DIR="$TREE/work" scripts/demo good.csv
expect 'STACK_DIR is not taken' "$TREE/.stack/demo reset" "$(asked)"
expect 'the status is that of the stack' 3 "$STATUS"
says 'how to stop it' 'scripts/stack --dir .stack/demo down --delete'

demo scripts/demo --dir other good.csv
expect '--dir is taken' "$TREE/other reset" "$(asked)"

demo scripts/demo other-names.csv
expect 'an unusable feed starts nothing' '' "$(asked)"
expect 'the status is that of the producer' 65 "$STATUS"
says 'the words are those of the producer' '--map name=Artikel,barcode=EAN'

demo MAP=name=Artikel,barcode=EAN scripts/demo other-names.csv
expect 'MAP comes from the environment' "$TREE/.stack/demo reset" "$(asked)"

demo scripts/demo --event missing.csv
expect 'a missing feed starts nothing' '66 ' "$STATUS $(asked)"

[[ $FAILED == no ]]
