"""Runs inside the stack: what each replica of the named services says at /readyz, as JSON."""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from itertools import repeat
from typing import Any

PORT = 5000
SECONDS = 5


def ask(service: str, address: str) -> dict[str, Any]:
    connection = HTTPConnection(address, PORT, timeout=SECONDS)
    known: dict[str, Any] = {"service": service, "address": address, "status": 0}
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        return {**known, "status": answer.status, "reason": body.get("reason", "")}
    except (OSError, ValueError, HTTPException) as error:
        return {**known, "reason": f"no answer: {error}"}
    finally:
        connection.close()


def ask_all(service: str) -> list[dict[str, Any]]:
    """Ask all replicas of a service at the same time, since each may be slow to answer."""
    try:
        addresses = sorted(socket.gethostbyname_ex(f"tasks.{service}")[2])
    except OSError as error:
        return [{"service": service, "address": "?", "status": 0, "reason": str(error)}]
    with ThreadPoolExecutor(len(addresses)) as pool:
        return list(pool.map(ask, repeat(service), addresses))


def main() -> None:
    services = sys.argv[1:]
    with ThreadPoolExecutor(len(services)) as pool:
        found = [each for answers in pool.map(ask_all, services) for each in answers]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
