"""Reminders that people set on records themselves, also before a deadline."""

import sqlalchemy as sa
from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("core_reminder") as table:
        table.add_column(sa.Column("author_id", ID, nullable=True))
        table.add_column(sa.Column("days_before", ID, nullable=True))
        table.create_foreign_key(
            op.f("fk_core_reminder_author_id"), "core_person", ["author_id"], ["id"], ondelete="SET NULL"
        )
        table.create_index(op.f("ix_core_reminder_author_id"), ["author_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("core_reminder") as table:
        table.drop_index(op.f("ix_core_reminder_author_id"))
        table.drop_constraint(op.f("fk_core_reminder_author_id"), type_="foreignkey")
        table.drop_column("days_before")
        table.drop_column("author_id")
