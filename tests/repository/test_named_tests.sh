#!/usr/bin/env bash
# Every test that a document names exists.
# usage: test_named_tests.sh ROOT
set -euo pipefail

cd "$1"
FAILED=0

missing() {
    echo "$1 names $2, which does not exist"
    FAILED=1
}

# Files: test_NAME.py, test_NAME.c, test_NAME.sh, NAME.test.js. Without a folder they are in tests/faults.
files_in() { grep -oE '[A-Za-z0-9_./-]*(test_[a-z0-9_]+\.(py|c|sh)|[a-z0-9_]+\.test\.js)' "$1" | sort -u; }

check_files() {
    local document=$1 name
    while read -r name; do
        [[ $name == */* ]] || name=tests/faults/$name
        [[ -f $name ]] || missing "$document" "$name"
    done < <(files_in "$document")
}

# Cases of the fault suite: `test_module`, `test_module::test_the_beginning_of_its_name…`
cases_in() { grep -oE '`test_[a-z_]+(::test_[a-z_]+)?' "$1" | tr -d '`' | sort -u; }

check_cases() {
    local document=$1 name module
    while read -r name; do
        module=tests/faults/${name%%::*}.py
        if [[ ! -f $module ]]; then
            missing "$document" "$module"
        elif [[ $name == *::* ]] && ! grep -q "^def ${name#*::}" "$module"; then
            missing "$document" "$name"
        fi
    done < <(cases_in "$document")
}

(($(files_in docs/guarantees.md | wc -l) > 15)) || { echo 'docs/guarantees.md names no tests'; exit 1; }
for document in docs/*.md CONTRIBUTING.md; do check_files "$document"; done
(($(cases_in tests/faults/README.md | wc -l) > 10)) || { echo 'tests/faults/README.md names no cases'; exit 1; }
check_cases tests/faults/README.md
exit "$FAILED"
