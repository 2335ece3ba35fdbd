"""The gateway's trusted.conf: load balancers that may say who called, and whether over TLS."""

import ipaddress
from collections.abc import Sequence

from infra.swarm import secrets
from infra.swarm.docker import ROOT, Trouble
from infra.swarm.settings import Settings

PURPOSE = "trusted-proxies"
DEFAULT = ROOT / "gateway" / "trusted.conf"


def config(settings: Settings) -> str:
    """The name of the config with what TRUSTED_PROXIES says: addresses or networks, by spaces."""
    return secrets.create(settings, PURPOSE, trusted(addresses(settings)), kind="config")


def addresses(settings: Settings) -> list[str]:
    proxies = settings.variables.get("TRUSTED_PROXIES", "").split()
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError as error:
            raise Trouble(f"TRUSTED_PROXIES: {error}") from None
    return proxies


def trusted(proxies: Sequence[str]) -> str:
    """NGINX's configuration; with nobody to trust, the one in the image."""
    if not proxies:
        return DEFAULT.read_text(encoding="utf-8")
    lines = [
        *(f"set_real_ip_from {proxy};" for proxy in proxies),
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
        "geo $realip_remote_addr $is_trusted_proxy {",
        "    default 0;",
        *(f"    {proxy} 1;" for proxy in proxies),
        "}",
    ]
    return "\n".join(lines) + "\n"
