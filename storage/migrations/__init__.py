"""The schema's history, one file a step, run at start.

Two versions of the bot run side by side during a deploy, and a step back must lose nothing.  So a
release only expands: new tables, new columns that may be null or have a default, new indexes.  What
nothing uses any more is contracted (dropped, renamed, made NOT NULL) one release later, when no
running version needs it.  A file that was released is never changed; it repeats the tables instead
of importing storage.tables, which moves on.  Each step runs inside the one transaction of the
upgrade: on PostgreSQL no CREATE INDEX CONCURRENTLY, on SQLite no PRAGMA that ends it.
"""
