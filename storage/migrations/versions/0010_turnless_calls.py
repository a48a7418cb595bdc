"""Calls that belong to no turn know which answer they were made for, and who may look at them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TURNLESS = sa.text("turn IS NULL")


def upgrade() -> None:
    for name in ("asked", "guild", "channel"):
        op.add_column("api_log", sa.Column(name, sa.BigInteger()))
    op.add_column("api_log", sa.Column("audience", sa.Text()))
    op.create_index(
        "api_log_asked",
        "api_log",
        ["asked", "id"],
        sqlite_where=TURNLESS,
        postgresql_where=TURNLESS,
    )
