"""What Alembic runs: the steps, on the connection and in the transaction that it is given."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can do it since our hooks begin its transactions
)
context.run_migrations()
