"""Lines of the audit log are found by their time, and old days may be dropped whole."""

import sqlalchemy as sa
from alembic import op

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index("ix_core_audit_at", "core_audit", ["at"], unique=False)
    op.create_table(
        "core_audit_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("line_id", ID, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("lines", ID, nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_core_audit_day")),
        sa.UniqueConstraint("number", name=op.f("uq_core_audit_day_number")),
    )


def downgrade() -> None:
    op.drop_table("core_audit_day")
    op.drop_index("ix_core_audit_at", table_name="core_audit")
