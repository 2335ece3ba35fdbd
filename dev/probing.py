"""One quick question to a process on this machine."""

import http.client

SECONDS = 1.0


def status(port: int, path: str) -> int | None:
    """The status of GET `path`, None without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
