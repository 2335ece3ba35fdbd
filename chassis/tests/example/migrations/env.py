"""Migrations of a schema that only these tests use."""

from chassis.database import schema
from chassis.migrate import run_env
from chassis.simulator import latest_table

db = schema("example")
latest_table(db.metadata)
run_env(db.metadata)
