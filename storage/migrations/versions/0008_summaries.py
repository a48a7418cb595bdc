"""Summaries of what a model's window does not hold."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "summaries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("upto_seq", sa.BigInteger(), nullable=False),
        sa.Column("exchanges", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="summaries_pkey"),
        sa.UniqueConstraint("conversation", "upto_seq", name="summaries_conversation_upto_seq_key"),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="summaries_conversation_fkey"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("forks_forked_from", "forks", ["forked_from"])
