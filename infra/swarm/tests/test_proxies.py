"""What TRUSTED_PROXIES may say; what becomes of it is tested with the gateway."""

import pytest

from infra.swarm import proxies
from infra.swarm.docker import Trouble
from infra.swarm.settings import Settings


def saying(proxies: str) -> Settings:
    return Settings("minitwit", "", 80, "", {"TRUSTED_PROXIES": proxies})


def test_addresses_and_networks_are_taken() -> None:
    assert proxies.addresses(saying("10.0.0.30  10.1.0.0/16 fd00::1")) == [
        "10.0.0.30",
        "10.1.0.0/16",
        "fd00::1",
    ]


@pytest.mark.parametrize("wrong", ["balancer", "10.0.0.300", "10.0.0.30; include /etc/passwd"])
def test_anything_else_ends_the_deploy_before_it_begins(wrong: str) -> None:
    with pytest.raises(Trouble, match="TRUSTED_PROXIES"):
        proxies.addresses(saying(wrong))
