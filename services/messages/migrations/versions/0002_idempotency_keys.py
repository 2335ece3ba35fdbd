"""Know a post that is sent again by the key that came with it; only forms send one."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import concurrently

revision = "0002"
down_revision = "0001"

NAME, TABLE, SCHEMA = "messages_author_id_idempotency_key_idx", "messages", "messages"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("idempotency_key", sa.Uuid), schema=SCHEMA, if_not_exists=True)
    with concurrently():
        # A failed attempt leaves an index behind that is of no use.
        op.drop_index(NAME, TABLE, schema=SCHEMA, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            TABLE,
            ["author_id", "idempotency_key"],
            unique=True,
            schema=SCHEMA,
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(NAME, TABLE, schema=SCHEMA)
    op.drop_column(TABLE, "idempotency_key", schema=SCHEMA)
