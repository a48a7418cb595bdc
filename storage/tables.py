"""What is kept: the tables as the code expects them, and as storage/migrations builds them.

Discord's ids are BigInteger.  No unique constraint spans a column that may be null: two nulls are
never equal, so such a constraint would let doubles in.  A question is attempt 0 for that reason.
"""

import sqlalchemy as sa

from storage._types import Key, Moment, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)

places = sa.Table(
    "places",
    metadata,
    sa.Column("key", Words, primary_key=True),
    # No foreign key: the two tables would need each other, and SQLite can't add one later.
    sa.Column("current_conversation", sa.BigInteger),
)

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("place", Words, sa.ForeignKey("places.key"), nullable=False),
    sa.Column("system_prompt", Words),
    sa.Column("last_seq", sa.BigInteger, nullable=False),  # given out to turns and to retries
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
    sa.Index("conversations_listed", "place", "last_at", "id"),
    sqlite_autoincrement=True,
)

# What was said in `forked_from` up to `until_seq` is the beginning of a conversation, whose numbers
# go on from there.  No foreign key to it: it may be forgotten before those that left it.
forks = sa.Table(
    "forks",
    metadata,
    sa.Column("conversation", Key, sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("forked_from", sa.BigInteger, nullable=False),
    sa.Column("until_seq", sa.BigInteger, nullable=False),
    sa.Index("forks_forked_from", "forked_from"),
)

# Stands in for the exchanges up to `upto_seq` where a window does not hold them.
summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("conversation", Key, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("upto_seq", sa.BigInteger, nullable=False),
    sa.Column("exchanges", sa.Integer, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False),  # nothing that came before was left out
    sa.Column("text", Words, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.UniqueConstraint("conversation", "upto_seq"),
    sqlite_autoincrement=True,
)

# Who wrote the system prompt that a conversation has; unknown where there is no row.
prompters = sa.Table(
    "prompters",
    metadata,
    sa.Column("conversation", Key, sa.ForeignKey("conversations.id"), primary_key=True),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Index("prompters_person", "person"),
)

intake = sa.Table(
    "intake",
    metadata,
    sa.Column("source_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("conversation", Key, sa.ForeignKey("conversations.id"), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),  # the place in the history; never changed
    sa.Column("ticket", sa.BigInteger, nullable=False),  # the place in the queue; new with a retry
    sa.Column("source_id", sa.BigInteger, nullable=False),
    sa.Column("guild", sa.BigInteger),
    sa.Column("channel", sa.BigInteger, nullable=False),
    sa.Column("asker", sa.BigInteger, nullable=False),
    sa.Column("locale", Words, nullable=False),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("state", Words, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("chosen_attempt", sa.Integer, nullable=False),  # 0 until one ended
    sa.Column("chosen_choice", sa.Integer, nullable=False),
    sa.Column("stop_requested", sa.Boolean, nullable=False),
    sa.Column("owner", sa.BigInteger, nullable=False),
    # Microseconds by PostgreSQL's own clock; null on SQLite, where a file lock says who lives.
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("shown_at", Moment),  # when its end was seen in Discord
    sa.UniqueConstraint("conversation", "seq"),
    sa.UniqueConstraint("source_id"),
    sa.Index("turns_asker", "asker", "id"),
    sqlite_autoincrement=True,
)

# Conditions of partial indexes.  Queries use the same ones, with literals and no parameters in
# them: only then do both databases see that the index serves.
RUNNING = turns.c.state == sa.literal_column("'running'")
QUEUED = turns.c.state == sa.literal_column("'queued'")
OPEN = turns.c.state.in_([sa.literal_column("'queued'"), sa.literal_column("'running'")])
LIVE = turns.c.state.in_([sa.literal_column("'done'"), sa.literal_column("'stopped'")])
KEPT = turns.c.state != sa.literal_column("'erased'")
UNSHOWN = turns.c.shown_at.is_(None)


def _partial(name: str, *columns: str, where: sa.ColumnElement[bool], unique: bool = False) -> None:
    sa.Index(
        name,
        *(turns.c[column] for column in columns),
        unique=unique,
        sqlite_where=where,
        postgresql_where=where,
    )


_partial("turns_one_running", "conversation", where=RUNNING, unique=True)
_partial("turns_open", "conversation", "ticket", where=OPEN)
_partial("turns_live", "conversation", "seq", where=LIVE)
_partial("turns_kept", "guild", "created_at", where=KEPT)
_partial("turns_unshown", "id", "owner", where=UNSHOWN)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("turn", Key, sa.ForeignKey("turns.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("state", Words, nullable=False),
    sa.Column("model", Words, nullable=False),  # empty until the server has said
    sa.Column("finish_reasons", sa.JSON, nullable=False),
    sa.Column("usage", sa.JSON),
    sa.Column("request_id", Words),
    sa.Column("error", Words),
    sa.Column("notices", sa.JSON, nullable=False),
    sa.Column("reasoning", sa.JSON, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("logprobs", sa.JSON(none_as_null=True)),  # by choice: [token, logprob, likeliest]
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("turn", Key, sa.ForeignKey("turns.id"), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),  # 0 is the question
    sa.Column("choice", sa.Integer, primary_key=True),
    sa.Column("role", Words, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("author", sa.BigInteger),
    sa.Column("author_name", Words),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("turn", Key, sa.ForeignKey("turns.id"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("channel", sa.BigInteger, nullable=False),
    sa.Column("message", sa.BigInteger, nullable=False),
    sa.Index("posts_message", "message"),
)

interaction_tokens = sa.Table(
    "interaction_tokens",
    metadata,
    sa.Column("turn", Key, sa.ForeignKey("turns.id"), primary_key=True),
    sa.Column("application", sa.BigInteger, nullable=False),
    sa.Column("token", Words, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Index("interaction_tokens_expires_at", "expires_at"),
)

blobs = sa.Table(
    "blobs",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),  # of the bytes, 64 hex digits
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("used_at", Moment, nullable=False),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.Index("blobs_used_at", "used_at", "size"),
)

learned = sa.Table(
    "learned",
    metadata,
    sa.Column("base_url", Words, primary_key=True),
    sa.Column("model", Words, primary_key=True),
    sa.Column("parameter", Words, primary_key=True),
    sa.Column("renamed_to", Words),  # null: the model does not take it at all
    sa.Column("learnt_at", Moment, nullable=False),
)

preferences = sa.Table(
    "preferences",
    metadata,
    # user:ID, server:ID, category:ID, channel:ID, thread:ID, or role:SERVER:ID
    sa.Column("scope", Words, primary_key=True),
    sa.Column("key", Words, primary_key=True),
    sa.Column("value", Words, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", Moment, nullable=False),
    # Random, and new with every change: their sum says whether anything has changed.
    sa.Column("stamp", sa.BigInteger, nullable=False),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("payer", sa.BigInteger),  # null once the person has been forgotten
    sa.Column("guild", sa.BigInteger),
    sa.Column("channel", sa.BigInteger),
    sa.Column("turn", sa.BigInteger),
    sa.Column("attempt", sa.Integer),
    sa.Column("operation", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("status", sa.Integer),  # HTTP; null where no answer came
    sa.Column("error", Words),
    sa.Column("request_id", Words),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    sa.Column("prompt", sa.BigInteger),
    sa.Column("completion", sa.BigInteger),
    sa.Column("cached", sa.BigInteger),
    sa.Column("reasoning", sa.BigInteger),
    sa.Column("pictures", sa.Integer, nullable=False),
    sa.Column("sound_milliseconds", sa.BigInteger),
    sa.Column("microusd", sa.BigInteger),  # null: price or amount unknown
    sa.Column("estimated", sa.Boolean, nullable=False),  # the server did not count
    sa.Column("reserved", sa.BigInteger, nullable=False),  # microusd, while it is open
    sa.Column("state", Words, nullable=False),  # open while the call goes on, then closed
    sa.Column("owner", sa.BigInteger, nullable=False),
    # In which budgets it is reserved, while it is open: "total 2026-11,user:@ 2026-11-25"
    sa.Column("held", Words),
    sa.Index("ledger_at", "at"),
    sa.Index("ledger_payer", "payer", "at"),
    sa.Index("ledger_guild", "guild", "at"),
    sqlite_autoincrement=True,
)
OPEN_CALL = ledger.c.state == sa.literal_column("'open'")
sa.Index("ledger_open", ledger.c.owner, sqlite_where=OPEN_CALL, postgresql_where=OPEN_CALL)

budgets = sa.Table(
    "budgets",
    metadata,
    # "total", "user:1" or "server:1", and the UTC day or month: "2026-11-25", "2026-11"
    sa.Column("scope", Words, primary_key=True),
    sa.Column("period", Words, primary_key=True),
    sa.Column("cap", sa.BigInteger, nullable=False),  # microusd, all three
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("spent", sa.BigInteger, nullable=False),
)

api_log = sa.Table(
    "api_log",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("turn", sa.BigInteger),
    sa.Column("attempt", sa.Integer),
    sa.Column("payer", sa.BigInteger),
    sa.Column("operation", Words, nullable=False),
    sa.Column("method", Words, nullable=False),
    sa.Column("path", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    # JSON with {"$kept": ...} in place of what is kept elsewhere, see bot.services.calls
    sa.Column("request", sa.JSON),
    sa.Column("response", sa.JSON),
    sa.Column("status", sa.Integer),
    sa.Column("error", Words),
    sa.Column("request_id", Words),
    sa.Column("streamed", sa.Boolean, nullable=False),
    sa.Column("milliseconds", sa.BigInteger, nullable=False),
    # Of calls that belong to no turn, see bot.domain.calls.Caller.
    sa.Column("asked", sa.BigInteger),
    sa.Column("guild", sa.BigInteger),
    sa.Column("channel", sa.BigInteger),
    sa.Column("audience", Words),
    sa.Index("api_log_at", "at"),
    sa.Index("api_log_turn", "turn", "id"),
    sqlite_autoincrement=True,
)
TURNLESS = api_log.c.turn.is_(None)
sa.Index(
    "api_log_asked", api_log.c.asked, api_log.c.id, sqlite_where=TURNLESS, postgresql_where=TURNLESS
)

ERASED = "[erased]"
"""What stands in the API log where there was a text that somebody had deleted."""

endpoints = sa.Table(
    "endpoints",
    metadata,
    sa.Column("base_url", Words, primary_key=True),
    sa.Column("path", Words, primary_key=True),
    sa.Column("present", sa.Boolean, nullable=False),
    sa.Column("learnt_at", Moment, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.BigInteger, nullable=False),
    sa.Column("change", Words, nullable=False),
    sa.Column("target", Words, nullable=False),
    sa.Column("guild", sa.BigInteger),
    sa.Column("channel", sa.BigInteger, nullable=False),
    sa.Column("outcome", Words, nullable=False),  # begun, done, or the name of an error
    sa.Index("audit_actor", "actor", "id"),
    sqlite_autoincrement=True,
)

confirmations = sa.Table(
    "confirmations",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("asked_of", sa.BigInteger, nullable=False),
    sa.Column("change", Words, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("taken_at", Moment),
    sqlite_autoincrement=True,
)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("target", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", Moment, nullable=False),
)

# What an operator has set by command, over the process's settings.
caps = sa.Table(
    "caps",
    metadata,
    sa.Column("scope", Words, primary_key=True),  # "total", "user", "user:1" or "server:1"
    sa.Column("microusd", sa.BigInteger, nullable=False),
    sa.Column("set_by", sa.BigInteger, nullable=False),
    sa.Column("set_at", Moment, nullable=False),
)

# A training that was asked for, as long as nobody knows whether it is there.
finetune_beginnings = sa.Table(
    "finetune_beginnings",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("source", sa.BigInteger, nullable=False),  # the press that confirmed it
    sa.Column("model", Words, nullable=False),
    sa.Column("training_file", Words, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),  # trainings with that file from before
    sa.Column("starter", sa.BigInteger, nullable=False),
    sa.Column("guild", sa.BigInteger),
    sa.Column("channel", sa.BigInteger, nullable=False),
    sa.Column("locale", Words, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("owner", sa.BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

finetune_watches = sa.Table(
    "finetune_watches",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("job", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("starter", sa.BigInteger, nullable=False),
    sa.Column("guild", sa.BigInteger),
    sa.Column("channel", sa.BigInteger, nullable=False),
    sa.Column("locale", Words, nullable=False),
    sa.Column("message", sa.BigInteger),  # the one that shows the progress
    sa.Column("told", Words, nullable=False),  # a digest of what it shows
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Column("tuned", Words),
    sa.Column("owner", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("job"),
    sqlite_autoincrement=True,
)
WATCHED = finetune_watches.c.over.is_(sa.false())

heartbeat = sa.Table(
    "heartbeat",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("at", Moment, nullable=False),  # when a write was last seen to work
)
