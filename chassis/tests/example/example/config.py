"""Nothing but what every service is told."""

from chassis.config import Config

__all__ = ["Config"]
