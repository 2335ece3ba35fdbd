"""What the gateway may be told; what becomes of it is tested with the gateway."""

import pytest

from infra.swarm import site
from infra.swarm.settings import Settings
from infra.trouble import Trouble


def saying(proxies: str) -> Settings:
    return Settings("minitwit", "", 80, "", {"TRUSTED_PROXIES": proxies})


@pytest.mark.parametrize(
    ("said", "is_true"), [("true", True), ("True", True), ("false", False), ("", False)]
)
def test_yes_and_no_are_what_services_call_them(said: str, is_true: bool) -> None:
    variables = {"REFUSE_GUESSES": said} if said else {}
    settings = Settings("minitwit", "", 80, "", variables)
    assert site.is_true(settings, "REFUSE_GUESSES") is is_true


def test_what_is_neither_yes_nor_no_ends_the_deploy_before_it_begins() -> None:
    with pytest.raises(Trouble, match="REFUSE_GUESSES=yes is neither"):
        site.is_true(Settings("minitwit", "", 80, "", {"REFUSE_GUESSES": "yes"}), "REFUSE_GUESSES")


def test_addresses_and_networks_are_taken() -> None:
    assert site.proxies(saying("10.0.0.30  10.1.0.0/16 fd00::1")) == [
        "10.0.0.30",
        "10.1.0.0/16",
        "fd00::1",
    ]


@pytest.mark.parametrize("wrong", ["balancer", "10.0.0.300", "10.0.0.30; include /etc/passwd"])
def test_anything_else_ends_the_deploy_before_it_begins(wrong: str) -> None:
    with pytest.raises(Trouble, match="TRUSTED_PROXIES"):
        site.proxies(saying(wrong))
