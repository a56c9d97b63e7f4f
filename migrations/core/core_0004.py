"""What the box talked to."""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_outgoing_call",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", ID, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("sent", ID, nullable=False),
        sa.Column("received", ID, nullable=False),
        sa.Column("milliseconds", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_outgoing_call")),
    )
    op.create_index(op.f("ix_core_outgoing_call_at"), "core_outgoing_call", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_core_outgoing_call_at"), table_name="core_outgoing_call")
    op.drop_table("core_outgoing_call")
