"""JSON lines on stdout with the names of the Elastic Common Schema (ECS).

One summary line for each request. No header, query, body or form value is written.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, request
from pythonjsonlogger.orjson import OrjsonFormatter

from chassis import request_id
from chassis.config import Config

ECS_VERSION = "9.2.0"
_access = logging.getLogger("chassis.access")
_INSIDE = ("/healthz", "/readyz", "/metrics")


class EcsFormatter(OrjsonFormatter):
    """Formats a record as one ECS document; `extra` keys are fields of it as they stand."""

    def __init__(self, service: str, version: str, environment: str) -> None:
        super().__init__()
        self._constant = {
            "ecs.version": ECS_VERSION,
            "service.name": service,
            "service.version": version,
            "service.environment": environment,
        }

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        extra = {key: value for key, value in record.__dict__.items() if "." in key}
        log_data.update(
            {
                "@timestamp": _iso(record.created),
                "log.level": record.levelname.lower(),
                "log.logger": record.name,
                "message": record.getMessage(),
                "process.pid": record.process,
                **self._constant,
                **extra,
            }
        )
        if (current := request_id.current()) is not None:
            log_data["http.request.id"] = current
        if record.exc_info and record.exc_info[0] is not None:
            log_data["error.type"] = record.exc_info[0].__qualname__
            log_data["error.message"] = str(record.exc_info[1])
            log_data["error.stack_trace"] = self.formatException(record.exc_info)


def dict_config(service: str, config: Config) -> dict[str, Any]:
    """The logging configuration of a process, for `logging.config` and gunicorn."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "ecs": {
                "()": EcsFormatter,
                "service": service,
                "version": config.version,
                "environment": config.environment,
            }
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "ecs",
            }
        },
        "root": {"level": config.log_level, "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
            "alembic": {"level": "INFO"},
            "urllib3": {"level": "ERROR"},
        },
    }


def init_app(app: Flask) -> None:
    """Write one summary line for each request but the probes' and the scraper's."""

    @app.before_request
    def start() -> None:
        g.started_ns = time.perf_counter_ns()

    @app.after_request
    def summarise(response: Response) -> Response:
        if request.path not in _INSIDE:
            _access.info("%s %s", request.method, response.status_code, extra=_summary(response))
        return response


def _summary(response: Response) -> dict[str, Any]:
    rule = request.url_rule.rule if request.url_rule else None
    summary: dict[str, Any] = {
        "event.dataset": "access",
        "event.duration": time.perf_counter_ns() - g.started_ns,
        "http.request.method": request.method,
        "http.response.status_code": response.status_code,
        "url.path": request.path,
        "minitwit.route": rule or "(none)",
    }
    if (subject := g.get("subject_id")) is not None:
        summary["user.id"] = str(subject)
    return summary


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
