#!/bin/sh
# Puts the configuration together, then becomes the server, so that signals and the exit code are the server's. What may be
# read by everybody and what may not lie in two folders (a ConfigMap and a Secret, say); each file has keys of its own, for
# the server refuses a key that is there twice.
#
#   CARILLON_HOME         where the jars are
#   CARILLON_CONFIG       the folder with `plain` and `secret`
#   CARILLON_RUN          where the whole configuration is written, for this user's eyes only; best in memory
#   CARILLON_JAVA_OPTS    further flags for the Java virtual machine
set -eu

home=${CARILLON_HOME:-/opt/carillon}
config=${CARILLON_CONFIG:-/etc/carillon}
run=${CARILLON_RUN:-/run/carillon}

umask 077
for file in "$config"/plain/*.yaml "$config"/secret/*.yaml; do
    if [ -f "$file" ]; then
        cat -- "$file"
        echo
    fi
done >"$run/carillon.yaml"

# Words, on purpose: the flags are many.
# shellcheck disable=SC2086
exec java \
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.noUnsafe=false \
    -XX:+UseCompactObjectHeaders ${CARILLON_JAVA_OPTS:-} \
    -cp "$(cat -- "$home/.build/classpath")" dev.carillon.server.Main serve --config "$run/carillon.yaml" "$@"
