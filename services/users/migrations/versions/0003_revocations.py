"""A revision that changes with each session that is ended before its time, whoever ends it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SCHEMA, TABLE, NOTE = "users", "revocations", "users.note_revocation"
EVENTS = ("DELETE", "UPDATE")
# A trigger, so that an older release's statements are noted too, and what is typed into psql.
FUNCTION = f"""
    CREATE FUNCTION {NOTE}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM ended WHERE expires_at > now()) THEN
            INSERT INTO users.revocations (revision) VALUES (gen_random_uuid())
            ON CONFLICT (singleton) DO UPDATE SET revision = excluded.revision;
        END IF;
        RETURN NULL;
    END $$
"""
TRIGGER = f"""
    CREATE TRIGGER {{name}} AFTER {{event}} ON users.sessions
    REFERENCING OLD TABLE AS ended FOR EACH STATEMENT EXECUTE FUNCTION {NOTE}()
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("singleton", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("revision", sa.Uuid, nullable=False),
        sa.CheckConstraint("singleton", name="singleton"),
        schema=SCHEMA,
    )
    op.execute(FUNCTION)
    for event in EVENTS:
        op.execute(TRIGGER.format(name=_name(event), event=event))


def downgrade() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER {_name(event)} ON users.sessions")
    op.execute(f"DROP FUNCTION {NOTE}()")
    op.drop_table(TABLE, schema=SCHEMA)


def _name(event: str) -> str:
    return f"note_revocation_by_{event.lower()}"
