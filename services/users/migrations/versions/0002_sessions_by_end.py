"""Find sessions by when they end, to forget those that have; built while others log in."""

from alembic import op

from chassis.migrate import concurrently

revision = "0002"
down_revision = "0001"

NAME, TABLE, SCHEMA = "sessions_expires_at_idx", "sessions", "users"


def upgrade() -> None:
    with concurrently():
        # A failed attempt leaves an index behind that is of no use.
        op.drop_index(NAME, TABLE, schema=SCHEMA, if_exists=True, postgresql_concurrently=True)
        op.create_index(NAME, TABLE, ["expires_at"], schema=SCHEMA, postgresql_concurrently=True)


def downgrade() -> None:
    op.drop_index(NAME, TABLE, schema=SCHEMA)
