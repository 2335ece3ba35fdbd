"""The load against a stub: it does not wait for answers, and judges each one."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from infra.proof.client import Client
from infra.proof.crowd import SHARES, Crowd
from infra.proof.ledger import Ledger
from infra.proof.load import Load
from infra.proof.samples import Sample
from infra.proof.tests.stub import Stub
from infra.proof.visits import Request, Simulator, page

RATE = 100.0
Loaded = Callable[..., list[Sample]]


@pytest.fixture
def loaded(client: Client) -> Loaded:
    def run(following: Callable[[], Request], seconds: float = 0.3) -> list[Sample]:
        with Load([client], following, RATE) as load:
            start = time.monotonic()
            return load.between(start, start + seconds)

    return run


def public() -> Request:
    return page("public", "/public")


def test_requests_are_due_at_their_rate_however_slow_the_answers_are(
    stub: Stub, loaded: Loaded
) -> None:
    stub.seconds = 0.5
    samples = sorted(loaded(public), key=lambda sample: sample.at)
    pauses = [later.at - one.at for one, later in pairwise(samples)]
    assert len(samples) >= 29
    assert pauses == pytest.approx([1 / RATE] * len(pauses))
    assert all(sample.seconds >= 0.5 and not sample.error for sample in samples)


def test_a_late_answer_to_the_impatient_is_late_and_no_failure(
    stub: Stub, loaded: Loaded, simulator: Simulator
) -> None:
    stub.seconds = 0.35
    assert all(it.is_late and not it.error for it in loaded(lambda: simulator.messages()))
    assert not any(it.is_late for it in loaded(public))


def test_a_wrong_status_fails_and_says_when_to_come_again(stub: Stub, loaded: Loaded) -> None:
    stub.status = lambda method, path: 503
    samples = loaded(public)
    assert {sample.error for sample in samples} == {"status 503"}
    assert all(sample.says_later and sample.request_id for sample in samples)


def test_a_page_without_one_of_its_parts_fails(stub: Stub, loaded: Loaded) -> None:
    stub.page = '<p class="missing" role="status">The messages are missing right now.</p>'
    assert {sample.error for sample in loaded(public)} == {"a part is missing"}


def test_nobody_there_is_a_failure_without_a_status(loaded: Loaded) -> None:
    nobody = Client("127.0.0.1", 1)
    sample = nobody.perform(public(), time.monotonic())
    assert sample.error == "NewConnectionError"
    assert sample.status == 0


def test_the_crowd_does_all_kinds_of_things_and_keeps_some_connections(
    stub: Stub, loaded: Loaded, client: Client, simulator: Simulator, ledger: Ledger
) -> None:
    crowd = Crowd(client, simulator, ledger, "crowd")
    crowd.gather()
    samples = loaded(crowd.following, seconds=1.5)
    assert [sample for sample in samples if sample.error] == []
    assert {sample.kind for sample in samples} == set(SHARES)
    assert {"close", "keep-alive"} <= set(stub.connections)
    tweets = sum(sample.kind == "tweet" for sample in samples)
    written = [write for write in ledger.between() if " tweet " in write.what]
    assert len({write.what for write in written}) == len(written) >= tweets
