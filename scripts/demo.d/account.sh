# shellcheck shell=bash
# What became of the rows: what is in Strapi, what was refused, and whether the numbers agree.

declare -A IN_STRAPI=() # entries by name

# number FILE MEMBER: the summary is the last JSON object that has it; other lines may stand in front.
number() {
    jq -sr --arg name "$2" 'map(select(type == "object" and has($name))) | last[$name] // 0' "$WORK/$1"
}

# With the token, through the file that the stack keeps: a command line is visible to every user.
ask_strapi() {
    curl -sSf -m 30 -H "@$STACK_DIR/run/authorization" "$STRAPI_URL/api/$1"
}

# show COLLECTION JQ: how many there are, and the first of them, a line each. Leaves the number in COUNT.
show() {
    ask_strapi "$1?pagination%5BpageSize%5D=4&sort=id" >"$WORK/shown"
    COUNT=$(jq .meta.pagination.total "$WORK/shown")
    if ((COUNT == 1)); then echo "1 ${1%s}:"; else echo "$COUNT $1, the first of them:"; fi
    jq -r ".data[] | $2" "$WORK/shown"
}

show_strapi() {
    title "In Strapi now ($STRAPI_URL)"
    show products '"  \(.barcode)  \(.name | .[0:40] | tojson)  stock \(.stock_available)  \(.status)"'
    IN_STRAPI[product]=$COUNT
    has_feed event || return 0
    show events '"  \(.value | .[0:60] | tojson)  \(.metadata | tojson | .[0:40])"'
    IN_STRAPI[event]=$COUNT
}

show_failures() {
    title 'error-monitor: what was refused, and why'
    "$BIN/error-monitor" --until-end --summary
    "$BIN/error-monitor" --until-end --json >"$WORK/failures"
    # A record written twice after a crash has the same id twice: it is one failure.
    FAILURES=$(jq -s 'map(.id) | unique | length' "$WORK/failures")
}

check() {
    if (($2 == $3)); then
        printf '  %-72s ok\n' "$1"
    else
        printf '  %-72s NOT SO: %d and %d\n' "$1" "$2" "$3"
        ACCOUNTED=no
    fi
}

# What a consumer's summary counts besides what it refused.
declare -rA EFFECTS=([product]='created updated unchanged' [event]='created unchanged'
    [stock]='applied unchanged')

# Adds to REFUSED what both programs refused.
account_for() {
    local rows sent refused rejected effect count sum words=
    rows=$(number "$1.sent" rows) sent=$(number "$1.sent" sent) refused=$(number "$1.sent" rejected)
    rejected=$(number "$1.delivered" rejected) sum=$rejected
    for effect in ${EFFECTS[$1]}; do
        count=$(number "$1.delivered" "$effect")
        words+="$effect $count + " sum=$((sum + count))
    done
    check "$1: rows read $rows = sent $sent + refused $refused" "$rows" $((sent + refused))
    check "$1: sent $sent = ${words}refused $rejected" "$sent" "$sum"
    REFUSED=$((REFUSED + refused + rejected))
    [[ $1 == stock ]] && return
    count=$(number "$1.delivered" created)
    check "$1: in Strapi ${IN_STRAPI[$1]} = created $count" "${IN_STRAPI[$1]}" "$count"
}

# The stock of every product, and every refusal, as a recomputation in the order of the feed has them.
account_for_stock() {
    local recount=$WORK/recount stock recomputed movements refused wrong differing
    /usr/bin/python3 "$HERE/demo.d/recount.py" "$STACK_DIR" >"$recount"
    stock=$(jq .stock "$recount") recomputed=$(jq .recomputed "$recount")
    movements=$(jq .movements "$recount") refused=$(jq .refused "$recount")
    wrong=$(jq .wrong_stocks "$recount") differing=$(jq .wrong_refusals "$recount")
    check "sum of all stock $stock = $recomputed, recomputed from the feeds" "$stock" "$recomputed"
    check "products whose stock is not the recomputed one: $wrong" "$wrong" 0
    check "$refused of $movements movements refused, as recomputed; differing: $differing" "$differing" 0
    jq -r '.examples | to_entries[] | "    \(.key): expected \(.value[0]), found \(.value[1])"' "$recount"
}

account() {
    local name
    ACCOUNTED=yes REFUSED=0
    title 'Every row accounted for?'
    for name in "${NAMES[@]}"; do account_for "$name"; done
    check "error records $FAILURES = refused $REFUSED" "$FAILURES" "$REFUSED"
    if has_feed stock; then account_for_stock; fi
}
