"""Whatever is asked for, Prometheus gets no more series to keep."""

from collections.abc import Iterator
from random import Random

import requests
from prometheus_client.parser import text_string_to_metric_families

from dev.services import NAMES
from tests.system import System

REQUESTS = 5_000
BUSY = {"503", "unavailable", "given-up", "minitwit_simulator_late_total"}
LETTERS = "abcdefghijklmnopqrstuvwxyzÆøå李💡 '\"%&<>"
SIMULATOR = "Basic c2ltdWxhdG9yOnN1cGVyX3NhZmUh"
# What is asked of each service, over and over: METHOD, path with a random name or number in it.
SHAPES = {
    "users": ("GET /{name}", "GET /v1/users/by-name/{name}",
              "POST /api/register?latest={number}", "{method} /v1/users/{name}"),
    "messages": ("GET /{name}/{name}", "GET /api/msgs/{name}?no={number}", "POST /api/msgs/{name}",
                 "GET /v1/users/{number}/messages?limit=1", "{method} /v1/messages/{number}"),
    "followers": ("GET /{name}.php", "GET /api/fllws/{name}", "POST /api/fllws/{name}",
                  "GET /v1/users/{number}/counts", "PUT /v1/followees/{name}"),
    "web": ("GET /{name}", "GET /static/{name}", "GET /api/{name}", "POST /{name}/follow",
            "{method} /{name}/{name}"),
}  # fmt: skip


def test_series_do_not_grow_with_paths_and_names(system: System) -> None:
    random = Random(1)
    ask(system, random, 100)
    before = series(system)
    ask(system, random, REQUESTS)
    assert series(system) == before


def ask(system: System, random: Random, count: int) -> None:
    """The services themselves: the gateway would turn much of it away."""
    client = requests.Session()
    client.headers["Authorization"] = SIMULATOR
    for service in NAMES:
        url = f"http://127.0.0.1:{system.process(service)['port']}"
        for method, path in wanted(SHAPES[service], random, count // len(NAMES)):
            answer = client.request(method, url + path, timeout=60, allow_redirects=False)
            assert answer.status_code < 500 or answer.status_code == 503


def wanted(shapes: tuple[str, ...], random: Random, count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        shape = shapes[number % len(shapes)]
        told = shape.format(
            name=requests.utils.quote("".join(random.choices(LETTERS, k=random.randint(3, 30)))),
            number=random.randrange(1, 10**9),
            method="".join(random.choices("ABCDEFGHIJ", k=5)),
        )
        method, _, path = told.partition(" ")
        yield method, path


def series(system: System) -> dict[str, set[str]]:
    """Names with labels, by service; those that there are only on a busy machine do not count."""
    return {
        service: {
            f"{sample.name}{sorted(sample.labels.items())}"
            for family in text_string_to_metric_families(scraped(system, service))
            for sample in family.samples
            if not BUSY & {sample.name, *sample.labels.values()}
        }
        for service in NAMES
    }


def scraped(system: System, service: str) -> str:
    url = f"http://127.0.0.1:{system.process(service)['port']}/metrics"
    answer = requests.get(url, timeout=60)
    assert answer.status_code == 200
    return answer.text
