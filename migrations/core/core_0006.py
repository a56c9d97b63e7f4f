"""Quiet hours and the daily mail."""

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_notice_times",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("quiet_from", ID, nullable=True),
        sa.Column("quiet_until", ID, nullable=True),
        sa.Column("digest_at", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_notice_times_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_core_notice_times")),
    )
    op.add_column("core_notice", sa.Column("digest_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("core_notice", sa.Column("is_silent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_core_notice_digest_at"), "core_notice", ["digest_at"], unique=False)
    op.add_column("core_notice_choice", sa.Column("daily", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("core_notice_choice", "daily")
    op.drop_index(op.f("ix_core_notice_digest_at"), table_name="core_notice")
    op.drop_column("core_notice", "is_silent")
    op.drop_column("core_notice", "digest_at")
    op.drop_table("core_notice_times")
