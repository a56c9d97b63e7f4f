"""Which line of an invoice a line of a credit note takes back."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0003"
down_revision = "sales_0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sales_credited_line",
        sa.Column("credit_line_id", ID, autoincrement=False, nullable=False),
        sa.Column("invoice_line_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_line_id"],
            ["sales_invoice_line.id"],
            name=op.f("fk_sales_credited_line_credit_line_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"],
            ["sales_invoice_line.id"],
            name=op.f("fk_sales_credited_line_invoice_line_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("credit_line_id", name=op.f("pk_sales_credited_line")),
    )
    op.create_index(
        op.f("ix_sales_credited_line_invoice_line_id"), "sales_credited_line", ["invoice_line_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_sales_credited_line_invoice_line_id"), table_name="sales_credited_line")
    op.drop_table("sales_credited_line")
