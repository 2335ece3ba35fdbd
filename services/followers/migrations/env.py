from chassis.migrate import run_env
from followers.models import db

run_env(db.metadata)
