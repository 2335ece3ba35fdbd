#!/bin/sh
# The container's health check: does nginx answer on the inside port that needs no service?
# Alpine brings busybox's wget, Debian-based images bash.

if command -v wget >/dev/null; then
  exec wget -q -O /dev/null -T 2 http://127.0.0.1:8081/
fi
exec timeout 2 bash -c '
  exec 3<>/dev/tcp/127.0.0.1/8081
  printf "GET / HTTP/1.0\r\n\r\n" >&3
  read -r _ status _ <&3 && [ "$status" = 200 ]'
