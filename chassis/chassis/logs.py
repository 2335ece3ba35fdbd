"""JSON lines on stdout with the names of the Elastic Common Schema (ECS).

No header, query, body or form value is written.
"""

import logging
import os
import sys
import threading
from datetime import UTC, datetime
from logging.config import dictConfig
from types import TracebackType
from typing import Any

import orjson
from pythonjsonlogger.orjson import OrjsonFormatter

from chassis import request_id
from chassis.config import PREFIX, Config, ConfigError

ECS_VERSION = "9.2.0"
_log = logging.getLogger(__name__)


class EcsFormatter(OrjsonFormatter):
    """Formats a record as one ECS document; `extra` keys with a dot become fields unchanged.

    Most lines are a request's: they bring all their fields as `summary`, and skip the base class.
    """

    def __init__(self, service: str, version: str, environment: str) -> None:
        super().__init__()
        self._constant = {
            "ecs.version": ECS_VERSION,
            "service.name": service,
            "service.version": version,
            "service.environment": environment,
            "event.dataset": f"{service}.events",
        }
        self._of_summaries = {**self._constant, "event.dataset": f"{service}.access"}

    def format(self, record: logging.LogRecord) -> str:
        summary = getattr(record, "summary", None)
        if summary is None:
            return super().format(record)
        document = {**_origin(record), **self._of_summaries, **summary}
        return orjson.dumps(document, option=orjson.OPT_UTC_Z).decode()

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        extra = {key: value for key, value in record.__dict__.items() if "." in key}
        log_data.update({**_origin(record), **self._constant, **extra})
        if (current := request_id.current()) is not None:
            log_data["http.request.id"] = current
        if record.exc_info and record.exc_info[0] is not None:
            log_data["error.type"] = record.exc_info[0].__qualname__
            log_data["error.message"] = str(record.exc_info[1])
            log_data["error.stack_trace"] = self.formatException(record.exc_info)

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Write `?` for what is not valid Unicode, such as half a surrogate pair."""
        for name, value in log_data.items():
            if isinstance(value, str):
                log_data[name] = value.encode("utf-8", "replace").decode()
        return orjson.dumps(log_data, default=str, option=orjson.OPT_UTC_Z).decode()


def _origin(record: logging.LogRecord) -> dict[str, Any]:
    return {
        "@timestamp": datetime.fromtimestamp(record.created, UTC),
        "log.level": record.levelname.lower(),
        "log.logger": record.name,
        "message": record.getMessage(),
        "process.pid": record.process,
    }


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
        "handlers": {"stdout": {"class": "chassis.stdout.StdoutHandler", "formatter": "ecs"}},
        "root": {"level": config.log_level, "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
            "alembic": {"level": "INFO"},
            # `make logs` and alerts need these lines, whatever the log level.
            "chassis.access": {"level": "INFO"},
            "chassis.logs": {"level": "INFO"},
        },
    }


def start(service: str, config: Config) -> None:
    """Log everything that this process says as such lines, beginning with its version."""
    dictConfig(dict_config(service, config))
    logging.captureWarnings(True)
    sys.excepthook = _crash
    threading.excepthook = lambda it: _crash(it.exc_type, it.exc_value, it.exc_traceback)
    _log.info("started", extra={"event.action": "started", "minitwit.commit": config.commit})


def refuse(service: str, error: ConfigError) -> int:
    """Log what is wrong with a configuration, a line for each problem; returns the exit status."""
    version = os.environ.get(f"{PREFIX}VERSION", Config.version)
    environment = os.environ.get(f"{PREFIX}ENVIRONMENT", Config.environment)
    dictConfig(dict_config(service, Config(version=version, environment=environment)))
    for problem in error.problems:
        _log.critical(problem)
    return 2


def _crash(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if error is not None:
        _log.critical("crashed: %s", kind.__name__, exc_info=(kind, error, trace))
