#!/bin/sh
# run.sh nginx|postgres COMMAND…: a container's process, its log turned into JSON lines.
# Signals reach COMMAND, its status is the container's, and the log is complete at the end.

kind=$1
shift
FIFO=$(mktemp -d)/$kind
export FIFO
mkfifo "$FIFO"
sh "$(dirname "$0")/relay.sh" "$kind" <"$FIFO" &
relay=$!
case $kind in
    postgres) "$@" >"$FIFO" 2>&1 & ;; # the image's scripts talk on standard output
    *) "$@" 2>"$FIFO" & ;;            # standard output is JSON already
esac
child=$!
told=
for signal in HUP INT QUIT TERM USR1 USR2 WINCH; do
    # shellcheck disable=SC2064 # these are known now
    trap "told=yes; kill -s $signal $child" "$signal"
done
# A signal also ends `wait`, with a status that stands for the signal.
while
    wait "$child"
    status=$?
    kill -0 "$child" 2>/dev/null
do :; done
if [ "$told" ]; then
    wait "$child"
    last=$?
    [ "$last" = 127 ] || status=$last # 127: it was told already
fi
wait "$relay"
exit "$status"
