"""The first conversation: places, conversations, turns, and what belongs to them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="blobs_pkey"),
    )
    op.create_index("blobs_used_at", "blobs", ["used_at", "size"])
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="heartbeat_pkey"),
    )
    op.create_table(
        "intake",
        sa.Column("source_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="intake_pkey"),
    )
    op.create_table(
        "learned",
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("renamed_to", sa.Text()),
        sa.Column("learnt_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("base_url", "model", "parameter", name="learned_pkey"),
    )
    op.create_table(
        "places",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("current_conversation", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key", name="places_pkey"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("system_prompt", sa.Text()),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["places.key"], name="conversations_place_fkey"),
        sa.PrimaryKeyConstraint("id", name="conversations_pkey"),
        sqlite_autoincrement=True,
    )
    op.create_index("conversations_listed", "conversations", ["place", "last_at", "id"])
    op.create_table(
        "turns",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("guild", sa.BigInteger()),
        sa.Column("channel", sa.BigInteger(), nullable=False),
        sa.Column("asker", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("chosen_attempt", sa.Integer(), nullable=False),
        sa.Column("chosen_choice", sa.Integer(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="turns_pkey"),
        sa.UniqueConstraint("conversation", "seq", name="turns_conversation_seq_key"),
        sa.UniqueConstraint("source_id", name="turns_source_id_key"),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="turns_conversation_fkey"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "turns_live", "turns", ["conversation", "seq"], **where("state IN ('done', 'stopped')")
    )
    op.create_index(
        "turns_one_running", "turns", ["conversation"], unique=True, **where("state = 'running'")
    )
    op.create_index(
        "turns_open", "turns", ["conversation", "ticket"], **where("state IN ('queued', 'running')")
    )
    op.create_index("turns_unshown", "turns", ["id", "owner"], **where("shown_at IS NULL"))
    op.create_table(
        "attempts",
        sa.Column("turn", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("finish_reasons", sa.JSON(), nullable=False),
        sa.Column("usage", sa.JSON()),
        sa.Column("request_id", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("reasoning", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="attempts_turn_fkey"),
        sa.PrimaryKeyConstraint("turn", "n", name="attempts_pkey"),
    )
    op.create_table(
        "interaction_tokens",
        sa.Column("turn", KEY, nullable=False),
        sa.Column("application", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="interaction_tokens_turn_fkey"),
        sa.PrimaryKeyConstraint("turn", name="interaction_tokens_pkey"),
    )
    op.create_index("interaction_tokens_expires_at", "interaction_tokens", ["expires_at"])
    op.create_table(
        "messages",
        sa.Column("turn", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("author", sa.BigInteger()),
        sa.Column("author_name", sa.Text()),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="messages_turn_fkey"),
        sa.PrimaryKeyConstraint("turn", "attempt", "choice", name="messages_pkey"),
    )
    op.create_table(
        "posts",
        sa.Column("turn", KEY, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("channel", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["turn"], ["turns.id"], name="posts_turn_fkey"),
        sa.PrimaryKeyConstraint("turn", "part", name="posts_pkey"),
    )
    op.create_index("posts_message", "posts", ["message"])


def where(condition: str) -> dict[str, Any]:
    """An index of some rows only, on either database."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
