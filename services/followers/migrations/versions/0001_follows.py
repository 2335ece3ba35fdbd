"""Follows, the counts of them, and the simulator's latest."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SCHEMA = "followers"


def upgrade() -> None:
    op.create_table(
        "follows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("follower_id", sa.BigInteger(), nullable=False),
        sa.Column("follower_name", sa.String(), nullable=False),
        sa.Column("followee_id", sa.BigInteger(), nullable=False),
        sa.Column("followee_name", sa.String(), nullable=False),
        sa.Column(
            "followed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="follows_pkey"),
        sa.UniqueConstraint(
            "follower_id", "followee_id", name="follows_follower_id_followee_id_key"
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "follows_follower_id_id_idx",
        "follows",
        ["follower_id", "id"],
        schema=SCHEMA,
        postgresql_include=["followee_id"],
    )
    op.create_index("follows_followee_id_id_idx", "follows", ["followee_id", "id"], schema=SCHEMA)
    op.create_table(
        "counts",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("followees", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="counts_pkey"),
        schema=SCHEMA,
    )
    op.create_table(
        "latest",
        sa.Column("singleton", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("singleton", name="latest_pkey"),
        sa.CheckConstraint("singleton", name="singleton"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("latest", schema=SCHEMA)
    op.drop_table("counts", schema=SCHEMA)
    op.drop_table("follows", schema=SCHEMA)
