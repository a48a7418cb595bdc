"""Conversations that go on in a thread."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "forks",
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("forked_from", sa.BigInteger(), nullable=False),
        sa.Column("until_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="forks_conversation_fkey"
        ),
        sa.PrimaryKeyConstraint("conversation", name="forks_pkey"),
    )
