"""A container's health check: does this process answer? `python -m chassis.health`.

It runs every few seconds in every container, so it imports no more than it needs: with an
HTTP library it would cost twice as much.
"""

import os
import socket
import sys

SECONDS = 2
QUESTION = b"GET /healthz HTTP/1.0\r\n\r\n"


def main() -> int:
    """0 when /healthz at the port of MINITWIT_PROBE_BIND answers 200, otherwise 1."""
    port = int(os.environ["MINITWIT_PROBE_BIND"].rpartition(":")[2])
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
            connection.sendall(QUESTION)
            status = connection.makefile("rb").readline().split()[1:2]
    except OSError:
        return 1
    return 0 if status == [b"200"] else 1


if __name__ == "__main__":
    sys.exit(main())
