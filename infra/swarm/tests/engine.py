"""An engine's secrets and configs, in memory."""

import base64
from subprocess import CompletedProcess
from typing import Any

Known = dict[tuple[str, str], dict[str, Any]]


class Engine:
    """What infra.swarm.secrets asks of docker; whatever is in `used` can't be removed."""

    def __init__(self) -> None:
        self.known: Known = {}
        self.used: set[str] = set()
        self._made = 0

    def docker(self, kind: str, verb: str, *words: str, given: str) -> str:
        """`secret create --label KEY=VALUE … NAME -`."""
        assert verb == "create"
        *options, name, _ = words
        labels = dict(each.split("=", 1) for each in options[1::2])
        data = base64.b64encode(given.encode()).decode()
        spec = {"Name": name, "Labels": labels, "Data": data}
        self._made += 1
        self.known[kind, name] = {"CreatedAt": f"{self._made:09}", "Spec": spec}
        return name

    def lines(self, kind: str, verb: str, *words: str) -> list[str]:
        """The names of those with the labels `--filter label=KEY=VALUE`."""
        assert verb == "ls"
        wanted = {tuple(it.split("=", 2)[1:]) for it in words if it.startswith("label=")}
        return [name for of, name in self.known if of == kind and wanted <= self._labels(of, name)]

    def inspect(self, kind: str, *names: str) -> list[dict[str, Any]]:
        return [self.known[kind, name] for name in names if (kind, name) in self.known]

    def run(self, kind: str, verb: str, name: str) -> "CompletedProcess[str]":
        """`secret rm NAME`."""
        assert verb == "rm"
        if name not in self.used:
            del self.known[kind, name]
        return CompletedProcess((kind, verb, name), int(name in self.used))

    def _labels(self, kind: str, name: str) -> set[tuple[str, ...]]:
        return set(self.known[kind, name]["Spec"]["Labels"].items())
