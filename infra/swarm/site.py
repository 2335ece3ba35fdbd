"""The gateway's site.conf: what a deployment's settings say about the gateway itself."""

import ipaddress
from collections.abc import Sequence

from infra.swarm import secrets
from infra.swarm.settings import Settings
from infra.trouble import Trouble

PURPOSE = "gateway-site"
_TRUST = "# The proxies that are trusted to say where a request comes from, and by which scheme."
_TLS = "# What to redirect to HTTPS: what a balancer says came by HTTP, except the simulator's."
_GUESSES = "# Whether requests that guess passwords are refused, or only logged (limits.conf)."


def config(settings: Settings) -> str:
    """Create a config of TRUSTED_PROXIES, SECURE_COOKIES and REFUSE_GUESSES; returns its name."""
    content = written(
        proxies(settings),
        is_secure=is_true(settings, "SECURE_COOKIES"),
        refuses=is_true(settings, "REFUSE_GUESSES"),
    )
    return secrets.create(settings, PURPOSE, content, kind="config")


def proxies(settings: Settings) -> list[str]:
    """The load balancers' addresses or networks, with spaces between them in the variable."""
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
    """NGINX's configuration; with all defaults, that of the file in the image."""
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
