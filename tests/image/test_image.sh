#!/usr/bin/env bash
# The container image without a container engine: the Dockerfile's own steps into a scratch folder, and
# then what its services need is tried out on the result. Asks for no network.
# shellcheck source-path=SCRIPTDIR/../..
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PRODUCERS=(product-producer event-producer stock-producer)
CONSUMERS=(product-consumer event-consumer stock-consumer)
PROGRAMS=("${PRODUCERS[@]}" "${CONSUMERS[@]}" error-monitor)
PASSED=0
FAILED=0

source "$ROOT/scripts/setup.d/places.sh"

# check WHAT COMMAND...: one line each; what the command said is shown when it fails.
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "ok      $what"
        PASSED=$((PASSED + 1))
    else
        printf 'NOT OK  %s\n%s\n' "$what" "$said"
        FAILED=$((FAILED + 1))
    fi
}

# refuses EXIT-CODE WORDS COMMAND...
refuses() {
    local code=$1 words=$2 said status=0
    shift 2
    said=$("$@" 2>&1) || status=$?
    echo "$said (exit code $status)"
    ((status == code)) && [[ $said == *"$words"* ]]
}

# What COPY lines of a Dockerfile take out of the repository.
copied() { sed -nE '/--from/!s/^COPY (.*) [^ ]+$/\1/p' "$1" | tr ' ' '\n'; }

# The packages that the n-th stage of the Dockerfile installs.
packages_of_stage() {
    sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$ROOT/Dockerfile" |
        awk -v stage="$1" '/^FROM/ {n++} n == stage' |
        sed -nE 's/.*--no-install-recommends([^&]*)&&.*/\1/p' | tr -s ' ' '\n' | grep .
}

# A folder with nothing but what is copied: a file that is missing in a COPY line is missing here.
build_image_tree() {
    local path
    mkdir -p "$WORK/src" "$WORK/out"
    for path in $(copied "$ROOT/Dockerfile"); do
        mkdir -p "$WORK/src/$(dirname "$path")"
        cp -r "$ROOT/$path" "$WORK/src/$path"
    done
    "$WORK/src/scripts/image/build" "$WORK/out"
}

copied_files_are_sent() {
    local path
    for path in $(copied "$ROOT/Dockerfile"); do
        grep -qx "!$path" "$ROOT/.dockerignore" || { echo "$path is not in .dockerignore"; return 1; }
    done
    for path in $(copied "$ROOT/strapi-project/Dockerfile"); do
        grep -qx "!$path" "$ROOT/strapi-project/.dockerignore" || { echo "strapi: $path"; return 1; }
        [[ -e $ROOT/strapi-project/$path ]] || { echo "strapi: there is no $path"; return 1; }
    done
}

libraries_resolve() {
    local program
    for program in "${PROGRAMS[@]}"; do
        ! ldd "$BIN/$program" | grep 'not found' || return 1
    done
}

# Packages of the shared libraries that the programs themselves ask for; apt brings the libraries' own.
needed_packages() {
    local program library
    for program in "${PROGRAMS[@]}"; do
        for library in $(objdump -p "$BIN/$program" | awk '$1 == "NEEDED" {print $2}'); do
            ldd "$BIN/$program" | awk -v name="$library" '$1 == name {print $3}'
        done
    done | sort -u | while read -r library; do
        # dpkg may know the file by its path from before /lib became /usr/lib.
        dpkg -S "$library" 2>/dev/null || dpkg -S "${library#/usr}" || dpkg -S "/usr$library"
    done | cut -d : -f 1 | sort -u
}

packages_are_complete() {
    local missing
    missing=$(comm -23 <(needed_packages | grep -vx libc6) <(packages_of_stage 2 | sort))
    [[ -z $missing ]] || { echo "not installed by the Dockerfile: $missing"; return 1; }
}

build_packages_are_those_of_setup() {
    local extra
    # shellcheck source=scripts/setup.d/debian.sh
    source "$ROOT/scripts/setup.d/debian.sh"
    extra=$(comm -23 <(packages_of_stage 1 | sort) <(printf '%s\n' "${BASE_PACKAGES[@]}" | sort))
    [[ -z $extra ]] || { echo "scripts/setup does not know: $extra"; return 1; }
}

no_compiler() { ! packages_of_stage 2 | grep -E -- '-dev$|gcc|cmake|ninja'; }

# As in the container: nothing can be written but /tmp, no root, no rights. (Without root, in a user
# namespace, where one is root of nothing.)
in_container() {
    local spaces=(--mount)
    ((EUID == 0)) || spaces=(--mount --map-root-user)
    WORK=$WORK unshare "${spaces[@]}" "$ROOT/tests/image/contained" "$@"
}

nothing_else_is_writable() {
    # shellcheck disable=SC2016 # the inner shell's variable
    in_container bash -c '! touch /var/tmp/x 2>/dev/null && ! touch "$HOME/x" 2>/dev/null && touch /tmp/x'
}

programs_run() {
    local program
    for program in "${PROGRAMS[@]}"; do
        in_container "$program" --version | grep -F "$(sed -nE 's/^project\(.* VERSION ([0-9.]+).*/\1/p' "$ROOT/CMakeLists.txt")" ||
            return 1
    done
}

consumer() { in_container env STRAPI_TOKEN=t product-consumer "$@"; }
healthcheck() { in_container env HEALTH_FILE="$WORK/health" product-consumer --healthcheck; }
write_health() { echo "$(($(date +%s%3N) - $1)) running" >"$WORK/health"; }

health_missing() {
    rm -f "$WORK/health"
    refuses 1 'No such file' healthcheck
}

health_stale() {
    write_health 40000
    refuses 1 '40 s ago' healthcheck
}

health_fresh() {
    write_health 1000
    healthcheck
}

feeds_are_read() {
    local entity
    cp "$ROOT"/data/{products,events,stock}.csv "$WORK/"
    for entity in product:products.csv event:events.csv stock:stock.csv; do
        in_container env FILE_NAME="$WORK/${entity#*:}" "${entity%:*}-producer" --dry-run | grep 'rows read =' || return 1
    done
}

# Nothing is sent: there is no file, and no Kafka. What REPORT_DIR has stays in the container.
folders_are_watched() {
    local entity
    for entity in product event stock; do
        mkdir -p "$WORK/incoming/$entity"
        in_container "$entity-producer" --watch "$WORK/incoming/$entity" --report-dir /tmp/reports --until-idle || return 1
    done
}

a_folder_that_may_not_be_written_is_told() {
    refuses 78 'set REPORT_DIR' in_container product-producer --watch "$WORK/incoming/product" --until-idle
}

# project FOLDER: what docker-compose looks for, and no .env but one that the test writes.
make_project() {
    mkdir -p "$1/strapi-project"
    cp "$ROOT/docker-compose.yml" "$ROOT/Dockerfile" "$1"
}

# compose_in FOLDER...: the variables of whoever runs the tests are not the file's.
compose_in() {
    local folder=$1
    shift
    (
        cd "$folder"
        unset STRAPI_URL STRAPI_TOKEN BROKERS DATA_DIR FEEDS_USER {PRODUCT,EVENT,STOCK}_OPTIONS PRODUCT_{TOPIC,GROUP}
        docker-compose "$@"
    )
}

compose() { compose_in "$WORK/project" "$@"; }

# The value of the service's environment variable in the file that is in force.
compose_value() {
    compose --profile demo config | /usr/bin/python3 "$ROOT/tests/image/compose_value.py" "$@"
}

own_strapi_from_env_file() {
    make_project "$WORK/own"
    sed 's/^STRAPI_TOKEN=$/STRAPI_TOKEN=mine/' "$ROOT/.env.example" >"$WORK/own/.env"
    compose_in "$WORK/own" config | grep -A 30 'product-consumer:' >"$WORK/own/config"
    grep -q 'STRAPI_URL: http://host.docker.internal:1337' "$WORK/own/config" &&
        grep -q 'STRAPI_TOKEN: mine' "$WORK/own/config"
}

# What .env.example shows as a comment is taken, too.
examples_are_taken() {
    local line entity words
    grep -E '^#(PRODUCT|EVENT|STOCK)_OPTIONS=' "$ROOT/.env.example" >"$WORK/options"
    while IFS= read -r line; do
        entity=${line%%_*}
        mapfile -t words < <(xargs -n 1 <<<"${line#*=}")
        in_container "$(tr '[:upper:]' '[:lower:]' <<<"${entity#\#}")-producer" "${words[@]}" --check-config || return 1
    done <"$WORK/options"
    (($(wc -l <"$WORK/options") == ${#PRODUCERS[@]}))
}

one_token() {
    local token service
    token=$(compose_value strapi STRAPI_TOKEN)
    [[ -n $token ]] || return 1
    for service in "${CONSUMERS[@]}"; do
        [[ $token == "$(compose_value "$service" STRAPI_TOKEN)" ]] || return 1
    done
}

# Docker's limit for an orderly stop has to leave the consumer its own.
stop_period_is_long_enough() {
    local timeout grace
    timeout=$(compose_value product-consumer REQUEST_TIMEOUT)
    grace=$(compose config | sed -nE 's/ *stop_grace_period: ([0-9]+)s/\1/p' | sort -n | tail -n 1)
    echo "REQUEST_TIMEOUT $timeout, stop_grace_period $grace s"
    ((grace > ${timeout%s} + 2))
}

services_configuration_is_taken() {
    local service variables
    for service in "${CONSUMERS[@]}" "${PRODUCERS[@]}"; do
        mapfile -t variables < <(compose_value "$service")
        ((${#variables[@]} > 0)) && in_container env "${variables[@]}" "$service" --check-config || return 1
    done
}

# Kafka's image makes its server.properties of the KAFKA_ variables, and formats its folder, with this
# class of the broker's. (The healthcheck and the rest of Kafka's image cannot be tried here.)
kafka_configuration_is_taken() {
    local jars variables file
    jars="$(kafka_home)/libs/*"
    mkdir -p "$WORK/kafka/default" "$WORK/kafka/mounted" "$WORK/kafka/final"
    for file in server.properties log4j2.yaml tools-log4j2.yaml; do touch "$WORK/kafka/default/$file"; done
    mapfile -t variables < <(compose_value kafka)
    variables+=("KAFKA_LOG_DIRS=$WORK/kafka/data")
    env "${variables[@]}" java -cp "$jars" kafka.docker.KafkaDockerWrapper setup -D "$WORK/kafka/default" \
        -M "$WORK/kafka/mounted" -F "$WORK/kafka/final"
    cat "$WORK/kafka/final/server.properties"
    grep -qx 'auto.create.topics.enable=false' "$WORK/kafka/final/server.properties" &&
        grep -x "cluster.id=$(compose_value kafka CLUSTER_ID)" "$WORK/kafka/data/meta.properties"
}

main() {
    WORK=$(mktemp -d /var/tmp/image-test.XXXXXX)
    trap 'rm -rf "$WORK"' EXIT
    chmod 755 "$WORK"
    BIN=$WORK/out/usr/local/bin
    make_project "$WORK/project"
    check 'the copied files build' build_image_tree
    check 'what is copied is sent to the engine' copied_files_are_sent
    check 'every library is found' libraries_resolve
    check 'the final stage installs every library' packages_are_complete
    check 'the build stage installs what scripts/setup installs' build_packages_are_those_of_setup
    check 'the final stage has no compiler' no_compiler
    check 'nothing can be written but /tmp' nothing_else_is_writable
    check 'the programs run, without root' programs_run
    check 'the producers read their feeds, without root' feeds_are_read
    check 'the producers watch a folder, without root' folders_are_watched
    check 'a folder that may not be written is told' a_folder_that_may_not_be_written_is_told
    check 'unhealthy without a health file' health_missing
    check 'unhealthy with an old one' health_stale
    check 'healthy with a fresh one' health_fresh
    check 'docker-compose takes the file' compose config --quiet
    check 'docker-compose takes it with the demo' compose --profile demo config --quiet
    check '.env names one'\''s own Strapi' own_strapi_from_env_file
    check 'the producers take what .env.example shows' examples_are_taken
    check 'the demo has one token' one_token
    check 'the consumer is given the time to stop' stop_period_is_long_enough
    check 'the programs take the services'\'' settings' services_configuration_is_taken
    check 'Kafka takes its settings' kafka_configuration_is_taken
    echo "$PASSED passed, $FAILED failed"
    ((FAILED == 0))
}

main "$@"
