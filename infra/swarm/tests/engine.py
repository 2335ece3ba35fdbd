"""An engine's secrets, configs and services, in memory."""

import base64
from subprocess import CompletedProcess
from typing import Any

from infra.swarm.docker import DockerFailed

Known = dict[tuple[str, str], dict[str, Any]]


class Engine:
    """What infra.swarm.secrets asks of docker; whatever is in `used` can't be removed."""

    def __init__(self) -> None:
        self.known: Known = {}
        self.used: set[str] = set()
        self._made = 0

    def docker(self, kind: str, verb: str, *words: str, given: str = "") -> str:
        """`secret create --label KEY=VALUE … NAME -`, the id; or `secret rm ID`."""
        if verb == "rm":
            if (done := self.run(kind, verb, *words)).returncode:
                raise DockerFailed(f"docker {kind} rm: {done.stderr}")
            return ""
        assert verb == "create"
        *options, name, _ = words
        labels = dict(each.split("=", 1) for each in options[1::2])
        data = base64.b64encode(given.encode()).decode()
        spec = {"Name": name, "Labels": labels, "Data": data}
        self._made += 1
        id_ = f"id-{self._made}"
        self.known[kind, name] = {"ID": id_, "CreatedAt": f"{self._made:09}", "Spec": spec}
        return id_

    def lines(self, kind: str, verb: str, *words: str) -> list[str]:
        """The names of those with the labels `--filter label=KEY=VALUE`."""
        assert verb == "ls"
        wanted = {tuple(it.split("=", 2)[1:]) for it in words if it.startswith("label=")}
        return [name for of, name in self.known if of == kind and wanted <= self._labels(of, name)]

    def inspect(self, kind: str, *words: str) -> list[dict[str, Any]]:
        """Names or ids."""
        found = (self._key(kind, word) for word in words)
        return [self.known[key] for key in found if key]

    def run(self, kind: str, verb: str, word: str) -> "CompletedProcess[str]":
        """`secret rm NAME`, or its id."""
        assert verb == "rm"
        key = self._key(kind, word)
        complaint = "it is in use" if key and key[1] in self.used else "" if key else "no such"
        if key and not complaint:
            del self.known[key]
        return CompletedProcess((kind, verb, word), bool(complaint), "", complaint)

    def _key(self, kind: str, word: str) -> tuple[str, str] | None:
        """Of what has this name or id."""
        for of, name in self.known:
            if of == kind and word in (name, self.known[of, name].get("ID")):
                return of, name
        return None

    def _labels(self, kind: str, name: str) -> set[tuple[str, ...]]:
        return set(self.known[kind, name]["Spec"]["Labels"].items())
