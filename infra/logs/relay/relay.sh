#!/bin/sh
# relay.sh nginx|postgres: turn that program's own log on standard input into ECS JSON lines.
# FIFO, if set, names the named pipe that standard input is.

export LC_ALL=C TZ=UTC
# mawk would wait for a full buffer.
case $(awk -W version 2>&1 </dev/null) in mawk*) set -- "$1" -W interactive ;; esac
kind=$1 folder=$(dirname "$0")
shift
# An older mawk reads beyond a last line without a line end, so the input always gets one.
# If awk dies, plain lines are better than none, and than a program that waits for a reader.
{ cat; echo; } | { awk "$@" -f "$folder/ecs.awk" -f "$folder/$kind.awk" || cat; }
