"""What calls of the API cost, what is left to spend, and what went over the wire."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("payer", sa.BigInteger()),
        sa.Column("guild", sa.BigInteger()),
        sa.Column("channel", sa.BigInteger()),
        sa.Column("turn", sa.BigInteger()),
        sa.Column("attempt", sa.Integer()),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("prompt", sa.BigInteger()),
        sa.Column("completion", sa.BigInteger()),
        sa.Column("cached", sa.BigInteger()),
        sa.Column("reasoning", sa.BigInteger()),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("sound_milliseconds", sa.BigInteger()),
        sa.Column("microusd", sa.BigInteger()),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="ledger_pkey"),
        sqlite_autoincrement=True,
    )
    op.create_index("ledger_at", "ledger", ["at"])
    op.create_index("ledger_payer", "ledger", ["payer", "at"])
    op.create_index("ledger_guild", "ledger", ["guild", "at"])
    open_call = sa.text("state = 'open'")
    op.create_index(
        "ledger_open", "ledger", ["owner"], sqlite_where=open_call, postgresql_where=open_call
    )
    op.create_table(
        "budgets",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "period", name="budgets_pkey"),
    )
    op.create_table(
        "api_log",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger()),
        sa.Column("attempt", sa.Integer()),
        sa.Column("payer", sa.BigInteger()),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("request", sa.JSON()),
        sa.Column("response", sa.JSON()),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("streamed", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="api_log_pkey"),
        sqlite_autoincrement=True,
    )
    op.create_index("api_log_at", "api_log", ["at"])
    op.create_index("api_log_turn", "api_log", ["turn", "id"])
