"""Runs in a container of its own: writes numbered lines, or one line of each kind to be found.

python writer.py COUNT PER_SECOND DATASET      documents whose process.pid is 1, 2 … COUNT
python writer.py samples                       some for each saved search, a misfit, a text
"""

import json
import sys
import time
from datetime import UTC, datetime

REQUEST = {"http.request.id": "0" * 32, "http.request.method": "GET", "url.path": "/public"}
LOGIN = {"event.dataset": "gateway.access", "http.request.method": "POST", "url.path": "/login"}
SAMPLES = (
    {**REQUEST, "http.response.status_code": 200, "event.duration": 1_000_000},
    {**REQUEST, "http.response.status_code": 503, "event.duration": 900_000_000},
    {"log.level": "error", "error.type": "ValueError", "error.message": "a sample"},
    {"event.action": "login-failed", "event.category": ["authentication"], "event.reason": "name"},
    {**REQUEST, **LOGIN, "client.ip": "192.0.2.1"},
    {"minitwit.simulator.action": "tweet", "minitwit.simulator.kind": "unknown-user"},
    {"event.action": "started", "service.version": "1.2.3", "minitwit.commit": "abc"},
)
# A text where a number belongs.
MISFIT = {"http.response.status_code": "many"}


def document(message: str, **fields: object) -> str:
    always = {
        "@timestamp": datetime.now(UTC).isoformat(timespec="microseconds"),
        "log.level": "info",
        "message": message,
        "ecs.version": "9.2.0",
        "service.name": "proof",
        "service.environment": "test",
    }
    return json.dumps(always | fields)


def numbered(count: int, per_second: int, dataset: str) -> None:
    start = time.monotonic()
    for number in range(1, count + 1):
        fields = {"process.pid": number, "event.dataset": dataset}
        print(document(f"line {number}", **fields), flush=True)
        time.sleep(max(0.0, start + number / per_second - time.monotonic()))


def samples() -> None:
    for fields in (*SAMPLES, MISFIT):
        print(document("a sample", **{"event.dataset": "proof.samples", **fields}), flush=True)
    print("a line in no form of ours", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["samples"]:
        samples()
    else:
        numbered(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
