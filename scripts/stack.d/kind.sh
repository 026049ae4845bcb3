# shellcheck shell=bash
# What kind of Strapi a stack has: version, schema, Draft & Publish. It is settled when the stack is made
# (STACK_KIND in its env), because another kind would need another database. Whether it has the ingest
# plugin (STACK_PLUGIN) may change.

KIND_STRAPI=5
KIND_SCHEMA=full
KIND_DRAFTS=no
KIND_PLUGIN=on
KIND_GIVEN=no

read_kind() {
    while (($# > 0)); do
        KIND_GIVEN=yes
        case $1=${2:-} in
            --strapi=[45]) KIND_STRAPI=$2; shift ;;
            --schema=full | --schema=bare) KIND_SCHEMA=$2; shift ;;
            --drafts=*) KIND_DRAFTS=yes ;;
            --without-plugin=*) KIND_PLUGIN=off ;;
            *) usage >&2; exit 64 ;;
        esac
        shift
    done
}

kind_given() { echo "$KIND_STRAPI $KIND_SCHEMA $KIND_DRAFTS"; }

# A bare one is what somebody has who has done nothing for us.
plugin_given() { [[ $KIND_SCHEMA == bare ]] && echo off || echo "$KIND_PLUGIN"; }

check_kind() {
    [[ $KIND_GIVEN == no || $STACK_KIND == "$(kind_given)" ]] ||
        die "this stack is of another kind ($STACK_KIND): scripts/stack $(stack_options) down --delete first"
    [[ $KIND_PLUGIN == on || $STACK_PLUGIN == off ]] ||
        die "this stack has the plugin: scripts/stack $(stack_options) plugin off, with Strapi stopped"
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

# The running Strapi has read its configuration; so this is for one that is stopped.
switch_plugin() {
    load_env
    [[ $1 == on || $1 == off ]] || { usage >&2; exit 64; }
    ! is_running strapi || die "stop Strapi first: scripts/stack $(stack_options) stop strapi"
    (umask 077; grep -v '^STACK_PLUGIN=' "$STACK_DIR/env" >"$STACK_DIR/env.new")
    echo "STACK_PLUGIN=$1" >>"$STACK_DIR/env.new"
    mv "$STACK_DIR/env.new" "$STACK_DIR/env"
}
