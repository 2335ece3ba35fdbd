"""The containers of docker-stack.logs.yml on one engine, with what the swarm would give them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from chassis.config import HttpUrl, Secret
from infra.logs import certificates
from infra.logs.settings import Settings
from infra.swarm import files, ship, stack
from infra.swarm.docker import docker, run

WRITER = Path(__file__).parent / "writer.py"
WRITERS_IMAGE = "python:3.13-slim"
CONFIGS, SECRETS = "/run/configs", "/run/secrets"
ELASTICSEARCH = "/usr/share/elasticsearch/config"


@dataclass
class Scene:
    """Containers' names begin with `name`; `folder` holds configs and secrets."""

    name: str
    folder: Path
    services: dict[str, dict[str, Any]]
    password: str

    def settings(self) -> Settings:
        """For provisioning from outside, over the ports that are published for it."""
        return Settings(
            elasticsearch_url=HttpUrl(f"https://localhost:{self.port('elasticsearch', 9200)}"),
            kibana_url=HttpUrl(f"http://localhost:{self.port('kibana', 5601)}"),
            ca=str(self.folder / "configs" / "ca.pem"),
            elastic_password=Secret(self.password),
            kibana_password=Secret(self.password),
            keys_folder=str(self.folder / "keys"),
        )

    def port(self, part: str, inside: int) -> str:
        return docker("port", self.of(part), f"{inside}/tcp").splitlines()[0].rpartition(":")[2]

    def of(self, part: str) -> str:
        return f"{self.name}-{part}"

    def start(
        self, part: str, *options: str, image: str = "", command: tuple[str, ...] = ()
    ) -> None:
        """Start a container as the stack file has it; `options` replace what a swarm would give."""
        service = self.services.get(part, {})
        base = ["--detach", "--name", self.of(part), "--network", self.name]
        base += ["--network-alias", part, "--cap-drop", "ALL"]
        first, *rest = service.get("entrypoint") or [""]
        base += [*_environment(service), *(["--entrypoint", first] if first else [])]
        words = [*rest, *(command or service.get("command", ()))]
        docker("run", *base, *options, image or service["image"], *words)

    def keep(self) -> None:
        """Start Elasticsearch and Kibana."""
        configs = self.folder / "configs"
        options = ["--env", f"ELASTIC_PASSWORD={self.password}", "--publish", "127.0.0.1::9200"]
        options += ["--volume", f"{configs}/elasticsearch.yml:{ELASTICSEARCH}/elasticsearch.yml:ro"]
        for name in ("ca.pem", "elasticsearch.pem", "elasticsearch.key"):
            options += ["--volume", f"{configs}/{name}:{ELASTICSEARCH}/certificates/{name}:ro"]
        self.start("elasticsearch", *options)
        own = f"{configs / 'kibana.yml'}:/usr/share/kibana/config/kibana.yml:ro"
        self.start("kibana", *self._given(), "--volume", own, "--publish", "127.0.0.1::5601")

    def ship(self) -> None:
        """Start Filebeat with the key left by provisioning, and the socket that it asks through."""
        copyfile(self.folder / "keys" / "filebeat", self.folder / "secrets" / "filebeat-key")
        sockets = ["--volume", f"{self.of('sockets')}:/sockets"]
        engine = [
            "--volume",
            "/var/run/docker.sock:/var/run/docker.sock:ro",
            "--tmpfs",
            "/tmp",  # noqa: S108 - inside the container
        ]
        self.start("socket", *self._given(), *sockets, *engine)
        kept = ["--volume", f"{self.of('filebeat')}:/usr/share/filebeat/data"]
        read = "/var/lib/docker/containers"
        self.start("filebeat", *self._given(), *sockets, *kept, "--volume", f"{read}:{read}:ro")

    def write(self, part: str, *arguments: str, label: str = "") -> None:
        """Start to write lines into a log, which Docker rotates a few times meanwhile."""
        labelled = ["--label", label] if label else []
        mount = f"{WRITER}:/writer.py:ro"
        rotated = ["--log-driver=json-file", "--log-opt=max-size=2m", "--log-opt=max-file=5"]
        command = ("python", "/writer.py", *arguments)
        options = (*rotated, *labelled, "--volume", mount)
        self.start(part, *options, image=WRITERS_IMAGE, command=command)

    def logs(self, part: str) -> str:
        done = run("logs", "--tail", "40", self.of(part))
        return done.stdout + done.stderr

    def _given(self) -> list[str]:
        options = []
        for folder, target in (("configs", CONFIGS), ("secrets", SECRETS)):
            options += ["--volume", f"{self.folder / folder}:{target}:ro"]
        return options


def _environment(service: Mapping[str, Any]) -> list[str]:
    """What the stack file tells a service, in the words of `docker run`."""
    options = ["--user", service["user"]] if "user" in service else []
    options += ["--read-only", "--init"] if service.get("read_only") else []
    for name, value in service.get("environment", {}).items():
        options += [] if name.endswith("_FILE") else ["--env", f"{name}={value}"]
    for name, value in service.get("labels", {}).items():
        options += ["--label", f"{name}={value}"]
    return options


@contextmanager
def opened() -> Iterator[Scene]:
    """Make all that a scene needs except its containers; nothing of it is left afterwards."""
    name = f"logs-proof-{token_hex(3)}"
    with TemporaryDirectory(prefix=name) as folder:
        scene = Scene(name, Path(folder), stack.filled(ship.FILE, {})["services"], token_hex(16))
        _lay_out(scene)
        docker("network", "create", name)
        try:
            yield scene
        finally:
            left = docker("ps", "--all", "--quiet", "--filter", f"name={name}").split()
            run("rm", "--force", "--volumes", *left)
            volumes = docker("volume", "ls", "--quiet", "--filter", f"name={name}").split()
            run("volume", "rm", *volumes)
            run("network", "rm", name)


def _lay_out(scene: Scene) -> None:
    """Write configs and secrets, readable by all: containers run as other users; none are real."""
    scene.folder.chmod(0o755)
    for folder in ("configs", "secrets"):
        (scene.folder / folder).mkdir()
    pair = certificates.make("elasticsearch", "localhost")
    texts = {"ca.pem": pair.authority, "elasticsearch.pem": pair.certificate}
    texts |= {"elasticsearch.key": pair.key}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in files.OF_LOGS.values()}
    for name, text in texts.items():
        (scene.folder / "configs" / name).write_text(text, encoding="utf-8")
    for name in ("kibana-password", "kibana-key"):
        (scene.folder / "secrets" / name).write_text(scene.password, encoding="utf-8")
