"""What belongs to a person: their turns are found, and the system prompts they wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("turns_asker", "turns", ["asker", "id"])
    op.create_table(
        "prompters",
        sa.Column("conversation", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="prompters_conversation_fkey"
        ),
        sa.PrimaryKeyConstraint("conversation", name="prompters_pkey"),
    )
    op.create_index("prompters_person", "prompters", ["person"])
