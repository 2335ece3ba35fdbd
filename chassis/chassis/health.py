"""A container's health check: does this process answer? `python -m chassis.health`."""

import http.client
import os
import sys

SECONDS = 2


def main() -> int:
    """0 when /healthz of the service bound at MINITWIT_BIND answers 200, otherwise 1."""
    port = int(os.environ.get("MINITWIT_BIND", "127.0.0.1:5000").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
