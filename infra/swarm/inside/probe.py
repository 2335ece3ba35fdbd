"""Runs inside the stack: what each replica of the named services says at /readyz, as JSON."""

import json
import socket
import sys
from http.client import HTTPConnection
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
    except (OSError, ValueError) as error:
        return {**known, "reason": f"no answer: {error}"}
    finally:
        connection.close()


def main() -> None:
    found = []
    for service in sys.argv[1:]:
        try:
            addresses = socket.gethostbyname_ex(f"tasks.{service}")[2]
        except OSError as error:
            found.append({"service": service, "address": "?", "status": 0, "reason": str(error)})
            continue
        found += [ask(service, address) for address in sorted(addresses)]
    print(json.dumps(found))


main()
