# shellcheck shell=bash
# What to do with what the demo leaves behind, as commands that can be pasted.

# The folder as it is named from here.
shown_dir() { printf '%q' "${STACK_DIR#"$PWD"/}"; }

# What the producers were told by the environment, to stand in front of a command.
feed_options() {
    local option
    for option in "${FEED_OPTIONS[@]}"; do
        [[ -z ${!option:-} ]] || printf '%s=%q ' "$option" "${!option}"
    done
}

# rejected_file FEED: git ignores these names. The refused rows of JSON are one object a line.
rejected_file() {
    local name=${1##*/}
    name=${name%.gz}
    case $name in
        *.json | *.jsonl | *.ndjson) echo "${name%.*}.rejected.ndjson" ;;
        *) echo "${name%.*}.rejected.csv" ;;
    esac
}

was_refused() { jq -es --arg topic "$1" 'any(.topic == $topic and .row)' "$WORK/failures" >/dev/null; }

# correction_steps ENTITY
correction_steps() {
    local feed file
    feed=$(printf '%q' "${FEEDS[$1]##*/}") file=$(printf '%q' "$(rejected_file "${FEEDS[$1]}")")
    cat <<TEXT
  the refused rows of $feed, to correct in $file, and to send:
    build/release/bin/error-monitor --rejected-csv --topic $1 --feed $feed > $file
    $(feed_options)build/release/bin/$1-producer $file && build/release/bin/$1-consumer --until-end
TEXT
}

next_steps() {
    local name where
    where="--dir $(shown_dir)"
    title 'Next'
    cat <<TEXT
  the stack goes on running; its settings, which the other commands need, too:
    eval "\$(scripts/stack $where env)"
  each failure in a line:
    build/release/bin/error-monitor --until-end
TEXT
    for name in "${NAMES[@]}"; do
        if was_refused "$name"; then correction_steps "$name"; fi
    done
    cat <<TEXT
  what runs, what is in the topics:
    scripts/stack $where status
  stop it, and delete its data:
    scripts/stack $where down --delete
TEXT
    TOUCHED=no
}

# However the demo ends: what runs on does not do so without a word.
say_how_to_stop() {
    [[ $TOUCHED == no ]] || say "what was started may run on; stop it, and delete its data: scripts/stack --dir $(shown_dir) down --delete"
}
