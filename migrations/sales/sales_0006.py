"""The seller of sample deals, whose documents spend none of the firm's numbers."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0006"
down_revision = "sales_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sales_seller") as seller:
        seller.add_column(sa.Column("is_sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("sales_seller") as seller:
        seller.alter_column("is_sample", server_default=None, existing_type=sa.Boolean(), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("sales_seller") as seller:
        seller.drop_column("is_sample")
