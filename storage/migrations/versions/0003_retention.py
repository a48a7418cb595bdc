"""An index for forgetting a server's oldest turns."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.text("state != 'erased'")
    op.create_index(
        "turns_kept",
        "turns",
        ["guild", "created_at"],
        sqlite_where=kept,
        postgresql_where=kept,
    )
