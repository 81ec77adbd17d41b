# shellcheck shell=bash
# Sourced by ./test, after toolchain.sh: installs the programs that the tests drive and that a machine may lack. Of
# their packages those of redis-server, nginx and haproxy start a service (6379 on loopback; 80; none); the tests start their
# own on other ports.

# The callers set `home`.
# shellcheck disable=SC2154

# What is still missing after install_programs.
missing_programs=()

programs_of() {
    case "$1" in
        unit) printf '%s\n' redis-server ;;
        process) printf '%s\n' strace curl openssl redis-server nginx haproxy ;;
        browser) printf '%s\n' chromium ;;
    esac
}

# Chromium goes by several names, and the tests must be told which.
find_chromium() {
    local name
    for name in "${CARILLON_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && name=$(command -v "$name"); then
            export CARILLON_CHROMIUM="$name"
            return 0
        fi
    done
    unset CARILLON_CHROMIUM
    return 1
}

# Servers lie where only root's PATH may lead.
has_program() { if [ "$1" = chromium ]; then find_chromium; else command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; fi; }

# Leaves in `missing_programs` those that the given suites need and that aren't there.
look_for_programs() {
    local suite program
    missing_programs=()
    for suite in "$@"; do
        while IFS= read -r program; do
            case " ${missing_programs[*]} " in *" $program "*) continue ;; esac
            if ! has_program "$program"; then missing_programs+=("$program"); fi
        done < <(programs_of "$suite")
    done
}

apt_get() {
    local -a as_root=()
    if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"
}

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

install_programs() {
    look_for_programs "$@"
    if [ ${#missing_programs[@]} = 0 ]; then return; fi
    if may_install; then
        # A package has the name of its program.
        say "installing ${missing_programs[*]} (apt)…"
        {
            apt_get update &&
                apt_get install --no-install-recommends "${missing_programs[@]}"
        } >"$home/.build/packages.log" 2>&1 </dev/null || say "that failed; the whole output is in $home/.build/packages.log"
        look_for_programs "$@"
    fi
    if [ ${#missing_programs[@]} != 0 ]; then
        say "missing: ${missing_programs[*]}. To install: sudo apt-get install --no-install-recommends ${missing_programs[*]}"
    fi
}
