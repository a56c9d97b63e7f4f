"""What was answered to a client's question, when and by whom."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0005"
down_revision = "sales_0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("sales_question") as table:
        table.add_column(sa.Column("answer", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("answered_by", ID, nullable=True))
        table.create_foreign_key(
            op.f("fk_sales_question_answered_by"), "core_person", ["answered_by"], ["id"], ondelete="SET NULL"
        )
    op.create_index(op.f("ix_sales_question_answered_by"), "sales_question", ["answered_by"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sales_question_answered_by"), table_name="sales_question")
    with op.batch_alter_table("sales_question") as table:
        table.drop_constraint(op.f("fk_sales_question_answered_by"), type_="foreignkey")
        table.drop_column("answered_by")
        table.drop_column("answered_at")
        table.drop_column("answer")
