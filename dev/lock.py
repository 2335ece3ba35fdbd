"""`make lock`: write the hashed requirements files anew from the short pyproject.toml files."""

import subprocess
import sys
from pathlib import Path

from dev.services import ROOT
from dev.system import exit_status
from dev.trouble import Trouble

SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))
CHASSIS = "chassis/pyproject.toml"
LOGS = "infra/logs/pyproject.toml"
EVERYTHING = "dev/requirements.txt"
HEADER = "# Made by `make lock` from the pyproject.toml files; do not edit.\n"


def project(service: str) -> str:
    return f"services/{service}/pyproject.toml"


def compile_lock(uv: str, sources: list[str], target: str, *, constraint: str | None) -> None:
    """Resolve `sources` into `target`; no machine's path and no registry's address gets in."""
    command = [uv, "pip", "compile", "--quiet", *sources, "--output-file", target]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--only-binary", ":all:", "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--no-config"]
    if constraint:
        command += ["--constraint", constraint]
    done = subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Trouble(f"uv could not resolve {target}; it is as it was.")
    path = ROOT / target
    path.write_text(HEADER + path.read_text().removeprefix(HEADER))
    print(f"{target}: {path.read_text().count('==')} packages")


def find_uv() -> str:
    """The path of uv, which the tests' requirements bring into this environment."""
    beside = Path(sys.executable).with_name("uv")
    if not beside.exists():
        raise Trouble("uv is missing; delete .venv and try again.")
    return str(beside)


def main() -> int:
    return exit_status(lock)


def lock() -> None:
    """Arguments go to uv, such as `--upgrade` or `--upgrade-package flask`."""
    uv = find_uv()
    services = [project(name) for name in SERVICES]
    compile_lock(uv, [CHASSIS, *services, LOGS, "dev/pyproject.toml"], EVERYTHING, constraint=None)
    for name in SERVICES:
        target = f"services/{name}/requirements.txt"
        compile_lock(uv, [CHASSIS, project(name)], target, constraint=EVERYTHING)
    compile_lock(uv, [LOGS], "infra/logs/requirements.txt", constraint=EVERYTHING)
    compile_lock(uv, ["tests/pyproject.toml"], "tests/requirements.txt", constraint=EVERYTHING)


if __name__ == "__main__":
    sys.exit(main())
