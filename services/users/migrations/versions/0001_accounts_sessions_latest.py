"""Accounts, sessions, and the newest `latest`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SCHEMA = "users"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text(collation="C"), nullable=False, unique=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        _time("registered_at", server_default=sa.func.now()),
        schema=SCHEMA,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "account_id",
            sa.BigInteger,
            sa.ForeignKey(f"{SCHEMA}.accounts.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        _time("created_at", server_default=sa.func.now()),
        _time("expires_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "latest",
        sa.Column("singleton", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("value", sa.BigInteger, nullable=False),
        _time("recorded_at", server_default=sa.func.now()),
        sa.CheckConstraint("singleton", name="singleton"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("latest", "sessions", "accounts"):
        op.drop_table(table, schema=SCHEMA)


def _time(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, **options)
