"""The seals of the audit log's hash chain."""

import sqlalchemy as sa
from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_audit_seal",
        sa.Column("number", ID, autoincrement=False, nullable=False),
        sa.Column("line_id", ID, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_core_audit_seal")),
        sa.UniqueConstraint("line_id", name=op.f("uq_core_audit_seal_line_id")),
    )


def downgrade() -> None:
    op.drop_table("core_audit_seal")
