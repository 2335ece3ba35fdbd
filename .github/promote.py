"""`make promote TO=tag`: give images a further name in the registry, byte by byte.

Nothing is pulled, built or packed again: the manifest is read and put back under another tag, so
its digest stays. FROM is the tag it has; without it, the one that `make images` gives it here.
REGISTRY is host and path (`ghcr.io/minitwit/minitwit`); REGISTRY_USER and REGISTRY_PASSWORD are
needed where the registry asks for them. SERVICE names one image alone.
"""

import hashlib
import os
import re
import sys
from dataclasses import dataclass, field

import requests
from requests import Response

from infra.swarm.docker import exit_status, say
from infra.swarm.images import tag
from infra.swarm.settings import Settings, parts, read
from infra.trouble import Trouble

MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


@dataclass
class Registry:
    """One repository of a registry, spoken to by the distribution protocol."""

    host: str
    repository: str
    scheme: str = "https"
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)

    def call(self, method: str, tag: str, body: bytes | None = None, kind: str = "") -> Response:
        """Send a request for a manifest; if a login is asked for, get a token and send it again."""
        answer = self.send(method, tag, body, kind)
        if answer.status_code == 401 and not self.token:
            self.token = self.authorize(answer.headers.get("WWW-Authenticate", ""))
            answer = self.send(method, tag, body, kind)
        if not answer.ok:
            raise Trouble(f"{self.repository}:{tag}: {method} answers {answer.status_code}")
        return answer

    def send(self, method: str, tag: str, body: bytes | None, kind: str) -> Response:
        headers = {"Content-Type": kind} if kind else {"Accept": MANIFESTS}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        url = f"{self.scheme}://{self.host}/v2/{self.repository}/manifests/{tag}"
        return requests.request(method, url, headers=headers, data=body, timeout=30)

    def authorize(self, challenge: str) -> str:
        """A token for reading and writing this repository, from where the registry says."""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        if not asked.get("realm", "").startswith(f"{self.scheme}://"):
            raise Trouble(f"{self.host} asks for a login that is not understood: {challenge!r}")
        query = {"scope": f"repository:{self.repository}:pull,push"}
        if "service" in asked:
            query["service"] = asked["service"]
        answer = requests.get(asked["realm"], params=query, auth=self.credentials, timeout=30)
        if not answer.ok:
            raise Trouble(f"{self.host} gives no token for {self.repository}: {answer.status_code}")
        body = answer.json()
        return str(body.get("token") or body["access_token"])

    def retag(self, old: str, new: str) -> str:
        """Let the tag `new` name what `old` names; returns the digest."""
        manifest = self.call("GET", old)
        digest = f"sha256:{hashlib.sha256(manifest.content).hexdigest()}"
        stored = self.call("PUT", new, manifest.content, manifest.headers["Content-Type"])
        if stored.headers.get("Docker-Content-Digest", digest) != digest:
            raise Trouble(f"{self.repository}:{new}: the registry stored another digest")
        return digest


def repository(settings: Settings, part: str) -> Registry:
    """The repository of a part's images."""
    host, _, path = settings.registry.partition("/")
    login = os.environ.get("REGISTRY_USER", ""), os.environ.get("REGISTRY_PASSWORD", "")
    scheme = "http" if os.environ.get("REGISTRY_PLAIN") else "https"
    return Registry(host, f"{path}/{part}", scheme, login if all(login) else None)


def main() -> None:
    settings, new = read(), os.environ.get("TO")
    if not settings.registry or not new:
        raise Trouble("make promote: TO=tag and REGISTRY=host/path must be given.")
    for part in parts():
        there = repository(settings, part)
        old = os.environ.get("FROM") or tag(settings, part).rpartition(":")[2]
        try:
            digest = there.retag(old, new)
        except requests.RequestException as error:
            raise Trouble(f"{there.host} can't be reached: {error}") from None
        say(f"  {part:<10} {new} is {old}: {digest}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
