"""Alembic's environment: works on the connection it is given, for one company's database at a time."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
metadata = context.config.attributes.get("metadata")
include = context.config.attributes.get("include_object")

context.configure(
    connection=connection,
    target_metadata=metadata,
    include_object=include,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
