"""Messages, and the newest `latest` of the simulator."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SCHEMA = "messages"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.clock_timestamp(),
            nullable=False,
        ),
        sa.Column("flagged", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="messages_pkey"),
        schema=SCHEMA,
    )
    _index("messages_author_id_id_idx", ["author_id", "id"], "NOT flagged")
    _index("messages_id_idx", ["id"], "NOT flagged")
    _index("messages_flagged_id_idx", ["id"], "flagged")
    op.create_table(
        "latest",
        sa.Column("singleton", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("singleton", name="latest_pkey"),
        sa.CheckConstraint("singleton", name="singleton"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("latest", schema=SCHEMA)
    op.drop_table("messages", schema=SCHEMA)


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "messages", columns, schema=SCHEMA, postgresql_where=sa.text(where))
