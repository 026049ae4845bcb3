# shellcheck shell=bash
# Strapi: a runtime copy of strapi-project under a supervisor, because Strapi 5 ends itself when
# PostgreSQL is away under load.

strapi_port() { echo "${STRAPI_URL##*:}"; }

# The project may change between two starts; what Strapi wrote (uploads) stays. Strapi 4 does not start
# without public/.
copy_project() {
    local runtime=$STACK_DIR/strapi
    mkdir -p "$runtime/public/uploads" "$runtime/database/migrations"
    rm -rf "$runtime/src" "$runtime/config"
    cp -r "$ROOT/strapi-project/src" "$ROOT/strapi-project/config" "$runtime/"
    shape_project "$runtime"
    # What a test has put there (content types, a configuration) lies over it.
    [[ ! -d $STACK_DIR/overlay ]] || cp -r "$STACK_DIR/overlay/." "$runtime/"
}

# The supervisor's environment; the secrets only have to differ and to stay the same.
strapi_environment() {
    export NODE_ENV=production STRAPI_TELEMETRY_DISABLED=true
    export HOST=127.0.0.1 STRAPI_TOKEN
    export INGEST_PLUGIN=false
    [[ $STACK_PLUGIN == off ]] || INGEST_PLUGIN=true
    PORT=$(strapi_port)
    export PORT
    export DATABASE_HOST=$PGHOST DATABASE_PORT=$PGPORT DATABASE_NAME=$PGDATABASE
    export DATABASE_USERNAME=$PGUSER DATABASE_PASSWORD=$PGPASSWORD
    export APP_KEYS=keys-$STACK_SECRET API_TOKEN_SALT=salt-$STACK_SECRET ADMIN_JWT_SECRET=jwt-$STACK_SECRET
    export TRANSFER_TOKEN_SALT=transfer-$STACK_SECRET ENCRYPTION_KEY=encryption-$STACK_SECRET
}

# With the token, through a file: a command line is visible to every user. Any answer of /_health says
# nothing about the database or the token, so a product is asked for.
strapi_answers() {
    curl -sf -m 5 -o /dev/null -H "@$STACK_DIR/run/authorization" \
        "$STRAPI_URL/api/products?pagination%5BpageSize%5D=1"
}

write_authorization() {
    (umask 077; echo "Authorization: Bearer $STRAPI_TOKEN" >"$STACK_DIR/run/authorization")
}

start_strapi() {
    local node
    node=$(find_node)
    create_database
    copy_project
    write_authorization
    (
        strapi_environment
        launch strapi bash "$ROOT/scripts/stack.d/supervise" "$STACK_DIR/run/strapi-node.pid" "$STACK_DIR/strapi" \
            "$node" node_modules/@strapi/strapi/bin/strapi.js start
    )
    await strapi 90 strapi_answers
}

stop_strapi() { end_process strapi TERM 30; }

# First the supervisor, or it would start another one.
kill_strapi() {
    end_process strapi KILL 10
    end_process strapi-node KILL 10
}
