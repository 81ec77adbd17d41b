# shellcheck shell=bash
# Sourced by ./carillon and ./test: finds the JDK and asks for the programs that a person must install.

readonly jdk_needed=25 node_needed=20

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# The version that a JDK's compiler gives itself, such as 25.0.1; empty if it doesn't run. JAVA_TOOL_OPTIONS may add
# lines of its own, and old compilers answer on stderr.
javac_version() { "$1/bin/javac" -version 2>&1 | sed -n 's/^javac //p' | head -n 1; }

jdk_candidates() {
    if [ -n "${JAVA_HOME:-}" ]; then printf '%s\n' "$JAVA_HOME"; fi
    local javac
    if javac=$(command -v javac); then
        javac=$(readlink -f -- "$javac")
        printf '%s\n' "${javac%/bin/javac}"
    fi
    local folder
    for folder in /usr/lib/jvm/*; do
        # What has no compiler there is a runtime or a folder of settings, and no candidate.
        if [ -x "$folder/bin/javac" ]; then printf '%s\n' "$folder"; fi
    done
}

# Sets and exports JAVA_HOME, for Maven too: the first candidate whose compiler is new enough. Asking a compiler costs
# a third of a second, so each is asked once however many names it goes by.
find_jdk() {
    local candidate real version major asked=:
    while IFS= read -r candidate; do
        real=$(readlink -f -- "$candidate" || printf '%s' "$candidate")
        case "$asked" in *":$real:"*) continue ;; esac
        asked+="$real:"
        version=$(javac_version "$candidate" || true)
        major=${version%%[!0-9]*}
        if [ -n "$major" ] && [ "$major" -ge "$jdk_needed" ]; then
            export JAVA_HOME="$candidate"
            return
        fi
        say "passing over $candidate (${version:+javac }${version:-no javac}; Carillon needs $jdk_needed or later)"
    done < <(jdk_candidates)
    fail "Carillon needs JDK $jdk_needed or later: install one (such as openjdk-$jdk_needed-jdk or Temurin $jdk_needed) or set JAVA_HOME to it."
}

need_program() { command -v "$1" >/dev/null || fail "Carillon needs $2: install it (Debian and Ubuntu: $3)."; }

need_maven() { need_program mvn Maven 'apt-get install maven'; }

need_node() {
    need_program node "Node $node_needed or later" "https://nodejs.org, or apt-get install nodejs npm where that is $node_needed or later"
    need_program npm npm 'comes with Node, or apt-get install npm'
    local version major
    version=$(node --version)
    major=${version#v}
    major=${major%%.*}
    [ "$major" -ge "$node_needed" ] || fail "Carillon needs Node $node_needed or later; $(command -v node) is $version: install a later one from https://nodejs.org."
}

# Shows why a step failed: what Maven marked as errors, without its general advice, or else the end of the log.
show_why() {
    local errors advice='Help 1|-e switch|-X switch|For more information|After correcting|mvn <args>'
    errors=$(grep -a '^\[ERROR\] .' -- "$1" | grep -vE "$advice" | head -n 30) || true
    if [ -n "$errors" ]; then say "$errors"; else tail -n 30 -- "$1" >&2; fi
}

# What JDK 25 would warn about in Maven's own libraries. These stand here and not in .mvn/jvm.config because JDK 17
# doesn't know them, and a plain `mvn` there must come far enough to say what it needs.
maven() {
    MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}" \
        mvn -B -ntp -Dstyle.color=never "$@"
}
