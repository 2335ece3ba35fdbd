from chassis.migrate import run_env
from messages.models import db

run_env(db.metadata)
