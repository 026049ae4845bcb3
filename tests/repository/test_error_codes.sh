#!/usr/bin/env bash
# docs/errors.md has a heading for each code of the table, with its sentence, and no other.
# usage: test_error_codes.sh BIN ROOT
set -euo pipefail

BIN=$1
ROOT=$2

# "code sentence" a line; no_code is the monitor's own word for records of others.
in_program() { "$BIN/error-monitor" --help | sed -n '/^Codes:/,/^$/s/^  \([a-z_]*\)  *\(.*\)/\1 \2/p' | grep -v '^no_code '; }
# "### code", an empty line, the sentence in italics.
# shellcheck disable=SC2016 # Markdown's quotes
in_document() { sed -nE '/^### `/{s/^### `([a-z_]+)`$/\1/;N;N;s/\n\n\*(.*)\*$/ \1/;p}' "$ROOT/docs/errors.md"; }

(($(in_program | wc -l) > 20)) || { echo 'error-monitor --help lists no codes'; exit 1; }
diff <(in_program | sort) <(in_document | sort) || { echo 'docs/errors.md and the table differ'; exit 1; }
