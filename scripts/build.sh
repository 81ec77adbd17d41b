# shellcheck shell=bash
# Sourced by ./carillon and ./test, after toolchain.sh and with `home` set: compiles the server and bundles the pages,
# each only if a hash over the content of its sources differs from the one that its last whole build wrote.
#
# The hash is taken before the build and written after it, as its very last act. So a build that was interrupted, or
# whose sources changed under it, is stale. All of it happens under one lock, so that two starts don't trample each
# other; whoever comes second finds everything fresh.

# The callers set `home`.
# shellcheck disable=SC2154
readonly built="$home/.build" class_path="$home/.build/classpath" pages="$home/web/home/dist" app_pages="$home/web/apps/dist"

# How the server's virtual machine is started. Netty takes Unsafe away from itself on JDK 25 unless told otherwise, which
# makes each access to a buffer dearer (docs/adr/0003). What it keeps of a start is only good for the flags it was made with.
# shellcheck disable=SC2034
readonly -a java_flags=(
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.noUnsafe=false
    -XX:+UseCompactObjectHeaders
)

# Over names and contents of all files in the given files and folders (relative to `home`), without what builds leave.
hash_of() {
    (
        cd -- "$home" || exit
        printf '%s\n' "$home"
        find "$@" \( -name node_modules -o -name dist -o -name target \) -prune -o -type f -print0 |
            LC_ALL=C sort -z | xargs -0 -r sha256sum
    ) | sha256sum | cut -d ' ' -f 1
}

# The bench and its suite are beside the server: neither is stale when only the other has changed.
server_hash() (
    cd -- "$home" || exit
    sources=()
    for pom in ./*/pom.xml; do
        room=${pom%/pom.xml}
        if [ "$room" != ./bench ] && [ "$room" != ./conformance ] && [ "$room" != ./simulation ]; then sources+=("$pom" "$room/src/main"); fi
    done
    hash_of scripts/build.sh .mvn pom.xml "${sources[@]}"
)

bench_hash() {
    hash_of scripts/build.sh .mvn pom.xml {bench,conformance,protocol,engine,websocket}/{pom.xml,src/main}
}

simulation_hash() {
    hash_of scripts/build.sh .mvn pom.xml {simulation,protocol,engine}/{pom.xml,src/main}
}

# The files beside the workspaces are package.json, the lock file and what they share, such as tsconfig.json.
pages_hash() (
    cd -- "$home" || exit
    shared=()
    for file in web/*; do
        if [ -f "$file" ]; then shared+=("$file"); fi
    done
    hash_of scripts/build.sh "${shared[@]}" web/protocol web/client web/documents web/look web/home web/apps
)

# Replaces a file as a whole: a reader sees the old content or the new.
write_whole() {
    cat >"$1.new"
    mv -f -- "$1.new" "$1"
}

is_fresh() { [ "$(cat -- "$built/$1.hash" 2>/dev/null)" = "$2" ]; }

# Held until the shell ends or lets go of `build_lock`. What a killed start leaves running still holds it, which is
# what the next start must wait for.
lock_the_build() {
    need_program flock flock 'apt-get install util-linux'
    mkdir -p -- "$built"
    exec {build_lock}>"$built/lock"
    if ! flock -w 1 "$build_lock"; then
        say 'waiting for another build to end…'
        flock "$build_lock"
    fi
}

# Runs a step with its output in a log, and says why if it fails. The shell doesn't stop at an error inside
# a step (it is a condition here), so the steps chain their commands.
logged() {
    local log="$built/$1.log"
    shift
    if "$@" >"$log" 2>&1 </dev/null; then return; fi
    show_why "$log"
    fail "that failed; the whole output is in $log"
}

build_what_is_stale() {
    build_server
    # A checkout without the pages serves all but them.
    if [ -f "$home/web/home/package.json" ]; then build_pages; fi
}

build_server() {
    local hash
    hash=$(server_hash)
    if is_fresh server "$hash" && [ -f "$class_path" ] && jars_are_there; then return; fi
    # The separator of a class path can't be escaped.
    case "$home" in *:*) fail "Java can't run from a folder with a colon in its name: $home" ;; esac
    need_maven
    say 'compiling the server (Maven)…'
    rm -f -- "$built/server.hash"
    logged server compile_room apps
    keep_jars
    printf '%s\n' "$hash" | write_whole "$built/server.hash"
}

jars_are_there() {
    local first
    first=$(<"$class_path")
    [ -f "${first%%:*}" ]
}

# Up to test-compile and not compile, with the tests left out: the class path's goal resolves the test scope whatever
# it is asked for, and only from that phase on does Maven 3 find a room's test jar inside the reactor.
compile_room() (
    cd -- "$home" || exit
    maven -pl "$1" -am -Dmaven.test.skip=true test-compile org.apache.maven.plugins:maven-jar-plugin:jar \
        org.apache.maven.plugins:maven-dependency-plugin:build-classpath \
        -DincludeScope=runtime -Dmdep.outputFile=target/runtime.classpath
)

# Copies the jars to a folder of this build's own and writes their class path, in Maven's order: the server's and what it
# stands on, and the apps', which stand on nothing else. A virtual machine
# opens its jars as it first needs them, so a running server's are never touched: its folder stays until it has ended.
keep_jars() {
    local jars jar path=""
    local -a from
    mkdir -p -- "$built/lib"
    jars=$(mktemp -d -- "$built/lib/XXXXXX")
    IFS=: read -r -a from <"$home/server/target/runtime.classpath" || true
    for jar in "$home"/{server,apps}/target/carillon-*.jar "${from[@]}"; do
        cp -- "$jar" "$jars/"
        path+="${path:+:}$jars/${jar##*/}"
    done
    keep_a_start "$jars" "$path" || true
    printf '%s\n' "$path" | write_whole "$class_path"
    drop_other_jars "$jars"
}

# Starts the server once and has the virtual machine keep what it loaded and linked for it (JEP 483, JEP 514): later starts
# take half as long. It lies beside the jars that it was made from; where it can't be made, starts are as long as they are.
# The server must not outlive this, or it would keep the lock of the build: it ends with the subshell, and after a minute
# where even that was killed.
keep_a_start() (
    say 'preparing fast starts…'
    exec {build_lock}>&-
    data=$(mktemp -d)
    timeout 60 "$JAVA_HOME/bin/java" "${java_flags[@]}" "-XX:AOTCacheOutput=$1/start.aot" -cp "$2" \
        dev.carillon.server.Main serve --port 0 --data "$data/data" >"$data/ready" 2>"$built/start.log" </dev/null &
    server=$!
    trap 'kill "$server" 2>/dev/null; wait "$server"; rm -rf -- "$data"' EXIT
    while ! grep -q ^ready "$data/ready" && kill -0 "$server" 2>/dev/null; do sleep 0.1; done
    speak_to "$data/ready" >>"$built/start.log" 2>&1 || true
)

# One subscription and one publication over a WebSocket, so that what they need is loaded too. Each frame is masked with
# zeros; the answer to a publication means that all of it was gone through.
speak_to() {
    local port message size line
    port=$(sed -n 's|^ready http://.*:\([0-9]*\)/*$|\1|p' "$1")
    exec {peer}<>"/dev/tcp/127.0.0.1/$port" || return
    printf '%s\r\n' 'GET /live HTTP/1.1' "Host: 127.0.0.1:$port" 'Connection: Upgrade' 'Upgrade: websocket' \
        'Sec-WebSocket-Version: 13' 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' '' >&"$peer"
    for message in '{"type":"subscribe","channel":"a"}' '{"type":"publish","id":1,"channel":"a","data":1}'; do
        printf -v size '\\x%x' $((128 + ${#message}))
        printf "\\x81$size\\0\\0\\0\\0%s" "$message" >&"$peer"
    done
    while read -r -t 10 -d '}' line <&"$peer"; do
        case "$line" in *published*) break ;; esac
    done
    exec {peer}>&-
}

drop_other_jars() {
    local folder
    for folder in "$built"/lib/*; do
        if [ "$folder" != "$1" ]; then flock -n "$folder" rm -rf -- "$folder" || true; fi
    done
}

# Takes a shared lock on the folder of the jars. It goes over to the server with the descriptor, and lasts as long.
use_jars() {
    local first
    first=$(<"$class_path")
    first=${first%%:*}
    exec {jars_lock}<"${first%/*}"
    flock -s "$jars_lock"
}

# Its jars are copied only so that a build beside a measurement doesn't take them away from it.
build_bench() {
    local hash
    hash=$(bench_hash)
    if is_fresh bench "$hash" && [ -d "$built/bench/lib" ]; then return; fi
    need_maven
    say 'compiling the bench (Maven)…'
    rm -rf -- "$built/bench.hash" "$built/bench/lib"
    logged bench compile_room bench
    mkdir -p -- "$built/bench/lib"
    local -a jars
    IFS=: read -r -a jars <"$home/bench/target/runtime.classpath" || true
    cp -t "$built/bench/lib" -- "$home"/bench/target/carillon-bench-*.jar "${jars[@]}"
    printf '%s\n' "$hash" | write_whole "$built/bench.hash"
}

build_simulation() {
    local hash
    hash=$(simulation_hash)
    if is_fresh simulation "$hash" && [ -d "$built/simulation/lib" ]; then return; fi
    need_maven
    say 'compiling the simulation (Maven)…'
    rm -rf -- "$built/simulation.hash" "$built/simulation/lib"
    logged simulation compile_room simulation
    mkdir -p -- "$built/simulation/lib"
    local -a jars
    IFS=: read -r -a jars <"$home/simulation/target/runtime.classpath" || true
    cp -t "$built/simulation/lib" -- "$home"/simulation/target/carillon-simulation-*.jar "${jars[@]}"
    printf '%s\n' "$hash" | write_whole "$built/simulation.hash"
}

build_pages() {
    local hash
    hash=$(pages_hash)
    if is_fresh pages "$hash" && [ -d "$pages" ] && [ -d "$app_pages" ]; then return; fi
    need_node
    say 'bundling the pages (npm)…'
    rm -f -- "$built/pages.hash"
    logged pages bundle_pages
    printf '%s\n' "$hash" | write_whole "$built/pages.hash"
}

bundle_pages() (
    install_packages pages && cd -- "$home/web" && npm run build "${with_pages[@]}"
)

readonly -a with_pages=(--workspace @carillon/home --workspace @carillon/apps)

# Installs what the `pages` need, or `all` that the workspaces do. npm ci begins by removing everything, so it is run
# only when what stands there is too little or of another lock file. The note about it lies among the packages: who
# removes them removes it too.
install_packages() {
    local hash note="$home/web/node_modules/.carillon"
    hash=$(cd -- "$home" && hash_of web/package-lock.json web/package.json web/*/package.json) || return
    case "$(cat -- "$note" 2>/dev/null)" in "all $hash" | "$1 $hash") return ;; esac
    local -a what=()
    if [ "$1" = pages ]; then what=("${with_pages[@]}"); fi
    # No package's own scripts are run: nothing that we bundle or test with needs them.
    (cd -- "$home/web" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline "${what[@]}") || return
    printf '%s\n' "$1 $hash" | write_whole "$note"
}
