"""How likely each token of an answer was is kept with the attempt, as far as it was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("logprobs", sa.JSON()))
