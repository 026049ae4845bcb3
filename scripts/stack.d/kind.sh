# shellcheck shell=bash
# What kind of Strapi a stack has: version, schema, Draft & Publish. It is settled when the stack is made
# (STACK_KIND in its env), because another kind would need another database.

KIND_STRAPI=5
KIND_SCHEMA=full
KIND_DRAFTS=no
KIND_GIVEN=no

read_kind() {
    while (($# > 0)); do
        KIND_GIVEN=yes
        case $1=${2:-} in
            --strapi=[45]) KIND_STRAPI=$2; shift ;;
            --schema=full | --schema=bare) KIND_SCHEMA=$2; shift ;;
            --drafts=*) KIND_DRAFTS=yes ;;
            *) usage >&2; exit 64 ;;
        esac
        shift
    done
}

kind_given() { echo "$KIND_STRAPI $KIND_SCHEMA $KIND_DRAFTS"; }

check_kind() {
    [[ $KIND_GIVEN == no || $STACK_KIND == "$(kind_given)" ]] ||
        die "this stack is of another kind ($STACK_KIND): scripts/stack $(stack_options) down --delete first"
    [[ -d $(strapi_home "${STACK_KIND%% *}") ]] || die "Strapi ${STACK_KIND%% *} is missing: run scripts/setup$(
        [[ $STACK_KIND == 5* ]] || echo ' --tests'
    ) first"
}

# edit_schemas FILTER: by jq, in the runtime copy.
edit_schemas() {
    local schema
    for schema in "$STACK_DIR"/strapi/src/api/*/content-types/*/schema.json; do
        jq "$1" "$schema" >"$schema.new"
        mv "$schema.new" "$schema"
    done
}

# The one strapi-project, as a project of this kind.
shape_project() {
    local runtime=$1 version schema drafts
    read -r version schema drafts <<<"$STACK_KIND"
    cp "$(strapi_package "$version")" "$runtime/package.json"
    ln -sfn "$(strapi_home "$version")/node_modules" "$runtime/node_modules"
    if [[ $schema == bare ]]; then
        edit_schemas 'del(.attributes[].column, .attributes.ingest_id, .attributes.stock_ledger)'
    fi
    if [[ $drafts == yes ]]; then edit_schemas '.options.draftAndPublish = true'; fi
    # There a draft and its published version are two rows with one key: an index would let nothing be
    # published.
    if [[ $version == 5 && $drafts == yes ]]; then edit_schemas 'del(.attributes[].column)'; fi
}
