"""Take away the sequence of `counts.account_id`: an account's id, never a number of its own."""

from alembic import op

revision = "0002"
down_revision = "0001"

COLUMN = "followers.counts ALTER COLUMN account_id"
SEQUENCE = "followers.counts_account_id_seq"


def upgrade() -> None:
    op.execute(f"ALTER TABLE {COLUMN} DROP DEFAULT")
    op.execute(f"DROP SEQUENCE {SEQUENCE}")


def downgrade() -> None:
    op.execute(f"CREATE SEQUENCE {SEQUENCE} OWNED BY followers.counts.account_id")
    op.execute(f"ALTER TABLE {COLUMN} SET DEFAULT nextval('{SEQUENCE}')")
