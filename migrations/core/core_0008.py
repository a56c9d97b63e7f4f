"""Reminders that people set on records themselves, also before a deadline."""

import sqlalchemy as sa
from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("core_reminder", sa.Column("author_id", ID, nullable=True))
    op.add_column("core_reminder", sa.Column("days_before", ID, nullable=True))
    op.create_index(op.f("ix_core_reminder_author_id"), "core_reminder", ["author_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_core_reminder_author_id"), table_name="core_reminder")
    op.drop_column("core_reminder", "days_before")
    op.drop_column("core_reminder", "author_id")
