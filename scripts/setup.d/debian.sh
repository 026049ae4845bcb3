# shellcheck shell=bash
# Debian packages, only the missing ones.

BASE_PACKAGES=(
    gcc libc6-dev cmake ninja-build pkg-config
    librdkafka-dev libcurl4-openssl-dev libjansson-dev libcsv-dev uthash-dev
    libunistring-dev libssl-dev zlib1g-dev
    jq kcat curl procps python3 python3-confluent-kafka
)
TEST_PACKAGES=(
    libcmocka-dev clang clang-tidy clang-format libclang-rt-14-dev
    python3-pytest python3-pytest-xdist python3-psycopg2 python3-requests docker-compose shellcheck
)

# Packages that another source may already have brought under another name: look for the program.
missing_programs() {
    java_is_accepted || echo openjdk-17-jre-headless
    command -v mvn >/dev/null || echo maven
    find_postgres >/dev/null || echo postgresql
    # npm brings Debian's node, which npm itself runs on when there is no other.
    command -v npm >/dev/null || echo npm
}

missing_packages() {
    local package
    for package in "${BASE_PACKAGES[@]}" "${EXTRA_PACKAGES[@]}"; do
        is_installed "$package" || echo "$package"
    done
    missing_programs
}

is_installed() {
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

debian_ready() { [[ -z $(missing_packages) ]]; }

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

# Asked before the step starts, because inside it there is no terminal for a password.
need_root() {
    ((EUID == 0)) && return
    local why='Debian packages have to be installed and there is neither root nor sudo. As root: '
    command -v sudo >/dev/null || die "${why}apt-get install $(missing_packages | tr '\n' ' ')"
    sudo -v || die "${why}apt-get install $(missing_packages | tr '\n' ' ')"
}

install_debian() {
    local packages guard=/etc/postgresql-common/createcluster.d/strapi-feeds.conf
    mapfile -t packages < <(missing_packages)
    echo "missing: ${packages[*]}"
    as_root apt-get update
    # Debian starts a server of its own on port 5432 when PostgreSQL is installed. Nobody asked for it.
    if [[ " ${packages[*]} " == *' postgresql '* ]]; then
        as_root mkdir -p "${guard%/*}"
        echo 'create_main_cluster = false' | as_root tee "$guard" >/dev/null
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}"
    as_root rm -f "$guard"
    debian_ready || { echo "still missing: $(missing_packages | tr '\n' ' ')"; return 1; }
}

setup_debian() {
    command -v dpkg-query >/dev/null || die 'this is no Debian: see README.md for what has to be installed by hand'
    debian_ready || need_root
    step 'Debian packages' debian_ready install_debian
}
