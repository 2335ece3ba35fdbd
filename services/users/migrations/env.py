from chassis.migrate import run_env
from users.models import db

run_env(db.metadata)
