"""The index of products by code gives the list its whole order, on Postgres too."""

from alembic import op

revision = "sales_0004"
down_revision = "sales_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_sales_product_code", table_name="sales_product")
    op.create_index("ix_sales_product_code", "sales_product", ["code", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_sales_product_code", table_name="sales_product")
    op.create_index("ix_sales_product_code", "sales_product", ["code"], unique=False)
