"""Run a service: `python -m chassis.serve NAME`, settings from the environment.

One gunicorn worker with threads; scale is more of these processes.
"""

import gc
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from chassis import access, corking, draining, logs, probe_server, worker
from chassis.config import Config, ConfigError, load

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file, made with mkstemp


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn around one service's app."""

    def __init__(self, service: str, config: Config) -> None:
        self.service = service
        self.config = config
        super().__init__()

    def load_config(self) -> None:
        for name, value in settings(self.service, self.config).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        app = import_module(f"{self.service}.app").create_app(self.config)
        access.begin(app)
        freeze_gc()
        if self.config.probe_bind:
            probe_server.start(app, self.config.probe_bind)
        return corking.corked(app)

    def run(self) -> None:
        # Memory that the collector does not touch stays shared between master and worker.
        freeze_gc()
        DrainingArbiter(self).run()


def freeze_gc() -> None:
    """Exempt what is there to stay, such as all modules, from garbage collection.

    Going through it takes 50 ms, during which no request is answered.
    """
    gc.collect()
    gc.freeze()


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger without its access log, whose lines it would format and then discard."""

    access_log_enabled = False


class DrainingArbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which lets its worker go on serving for a while after SIGTERM."""

    def handle_term(self) -> None:
        draining.begin()
        time.sleep(self.app.config.drain_seconds)
        super().handle_term()


def settings(service: str, config: Config) -> dict[str, Any]:
    """gunicorn's settings; seconds where they are times."""
    return {
        "bind": config.bind,
        "proc_name": f"minitwit-{service}",
        "worker_class": worker.Worker,
        "workers": 1,
        "threads": config.threads,
        "timeout": 30,
        "graceful_timeout": 25,
        "keepalive": 75,
        "pre_request": draining.send_away,
        "post_request": corking.uncork,
        # Not below the gateway's limits: its refusals have the form that the client expects.
        "limit_request_line": 8190,
        "limit_request_field_size": 16_380,
        "limit_request_fields": 1100,
        "control_socket_disable": True,
        "worker_tmp_dir": str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None,
        "forwarded_allow_ips": "*",
        "logconfig_dict": logs.dict_config(service, config),
        "logger_class": QuietLogger,
    }


def main() -> int:
    """Exit status 2 with a line for each problem when the configuration is not usable."""
    service = sys.argv[1]
    kind: type[Config] = import_module(f"{service}.config").Config
    try:
        config = load(kind, os.environ)
    except ConfigError as error:
        return logs.refuse(service, error)
    logs.start(service, config)
    sys.argv = sys.argv[:1]
    Server(service, config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
