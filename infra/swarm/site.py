"""The gateway's site.conf: what a deployment says of the gateway itself."""

import ipaddress
from collections.abc import Sequence

from infra.swarm import secrets
from infra.swarm.docker import Trouble
from infra.swarm.settings import Settings

PURPOSE = "gateway-site"
_TRUST = "# Whose word counts for where a request comes from and by which scheme."
_TLS = "# Who came by HTTP and belongs on HTTPS: a balancer says so; the simulator speaks HTTP."
_GUESSES = "# Whether who guesses passwords is only told of (limits.conf), or refused."


def config(settings: Settings) -> str:
    """The name of the config with what TRUSTED_PROXIES, SECURE_COOKIES and REFUSE_GUESSES say."""
    content = written(
        proxies(settings),
        is_secure=is_true(settings, "SECURE_COOKIES"),
        refuses=is_true(settings, "REFUSE_GUESSES"),
    )
    return secrets.create(settings, PURPOSE, content, kind="config")


def proxies(settings: Settings) -> list[str]:
    """Addresses or networks of load balancers, of which the variable has several by spaces."""
    found = settings.variables.get("TRUSTED_PROXIES", "").split()
    for proxy in found:
        try:
            ipaddress.ip_network(proxy)
        except ValueError as error:
            raise Trouble(f"TRUSTED_PROXIES: {error}") from None
    return found


def is_true(settings: Settings, name: str) -> bool:
    value = settings.variables.get(name, "false").lower()
    if value not in ("true", "false"):
        raise Trouble(f"{name}={value} is neither true nor false.")
    return value == "true"


def written(proxies: Sequence[str], *, is_secure: bool, refuses: bool) -> str:
    """NGINX's configuration; with nothing said, the file in the image."""
    from_proxies = ["real_ip_header X-Forwarded-For;", "real_ip_recursive on;"] if proxies else []
    lines = [
        _TRUST,
        *(f"set_real_ip_from {proxy};" for proxy in proxies),
        *from_proxies,
        "geo $realip_remote_addr $is_trusted_proxy {",
        "    default 0;",
        *(f"    {proxy} 1;" for proxy in proxies),
        "}",
        "",
        _TLS,
        'map "$is_trusted_proxy $http_x_forwarded_proto $uri" $belongs_on_tls {',
        "    default 0;",
        *(['    "~^1 http (?!/(?:api|static/errors)(?:/|$))" 1;'] if is_secure else []),
        "}",
        "",
        _GUESSES,
        f"limit_req_dry_run {'off' if refuses else 'on'};",
    ]
    return "\n".join(lines) + "\n"
