"""The limit: the same gunicorn, with the chassis's settings, around a Flask view of a constant."""

import os
import sys
from typing import Any

from flask import Flask

from chassis.config import Config, load
from chassis.serve import Server

HOOKS = ("pre_request", "post_request")


class Bare(Server):
    """No hook, no log, no metric, no database."""

    def load_config(self) -> None:
        super().load_config()
        for hook in HOOKS:
            self.cfg.set(hook, self.cfg.settings[hook].default)

    def load(self) -> Any:
        app = Flask("bare")

        @app.route("/", methods=["GET", "POST"], defaults={"path": ""})
        @app.route("/<path:path>", methods=["GET", "POST"])
        def constant(path: str) -> str:
            return "constant"

        return app


if __name__ == "__main__":
    config = load(Config, os.environ)
    sys.argv = sys.argv[:1]
    Bare("bare", config).run()
