# shellcheck shell=bash
# What comes from npm and Maven and is kept in the cache.

# fill FOLDER MAKER...: MAKER works in an empty folder beside FOLDER, which gets its name only when it is
# complete. An interrupted setup leaves a folder that nobody takes for the real one.
fill() {
    local target=$1 staging
    shift
    rm -rf "$target".making.*
    staging=$(mktemp -d "$target.making.XXXXXX")
    chmod 755 "$staging"
    (cd "$staging" && "$@")
    mv -T "$staging" "$target"
}

need_space() {
    local free
    free=$(df --output=avail -m "$CACHE" | tail -n 1)
    ((free >= $1)) || {
        echo "not enough free space in $CACHE: $free MB, $1 MB are needed"
        return 1
    }
}

SYSTEM_CERTIFICATES=/etc/ssl/certs/ca-certificates.crt

npm_install() {
    # A Node that is not Debian's knows only the authorities it was built with: add those of this machine.
    if [[ -z ${NODE_EXTRA_CA_CERTS:-} && -r $SYSTEM_CERTIFICATES ]]; then
        export NODE_EXTRA_CA_CERTS=$SYSTEM_CERTIFICATES
    fi
    # The packages need no install scripts; what a script would fetch besides is not wanted either.
    npm install --ignore-scripts --no-audit --no-fund --no-package-lock --omit=dev --loglevel=error "$@"
}

node_ready() { find_node >/dev/null; }
kafka_ready() { [[ -d $(kafka_home) ]]; }
strapi_ready() { [[ -d $(strapi_home 5) ]]; }
strapi_4_ready() { [[ -d $(strapi_home 4) ]]; }

# npm has every Node release as a package with nothing but the binary in it.
make_node() {
    local package
    package=$(node_package) || { echo "no Node package for $(uname -m)"; return 1; }
    npm_install "$package@$NODE_VERSION"
    node_is_accepted "node_modules/$package/bin/node"
}

make_kafka() {
    cp "$ROOT/scripts/setup.d/kafka-pom.xml" pom.xml
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory=libs \
        -Dmaven.repo.local="$PWD/downloads"
    rm -rf downloads
    compgen -G 'libs/kafka_2.13-*.jar' >/dev/null
}

# make_strapi VERSION
make_strapi() {
    local node
    node=$(find_node)
    need_space 1500
    cp "$(strapi_package "$1")" package.json
    PATH=$(dirname "$node"):$PATH npm_install
    [[ -f node_modules/@strapi/strapi/bin/strapi.js ]]
}

install_node() { fill "$CACHE/node-$NODE_VERSION" make_node; }
install_kafka() { fill "$(kafka_home)" make_kafka; }
install_strapi() { fill "$(strapi_home 5)" make_strapi 5; }
install_strapi_4() { fill "$(strapi_home 4)" make_strapi 4; }

setup_node() { step 'Node.js for Strapi' node_ready install_node; }
setup_kafka() { step 'Kafka' kafka_ready install_kafka; }
setup_strapi() {
    step 'Strapi' strapi_ready install_strapi
    [[ $TESTS == no ]] || step 'Strapi 4 for the tests' strapi_4_ready install_strapi_4
}
