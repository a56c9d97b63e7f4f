"""Several sellers: which is usual, which a deal has, and to which a payment came; tax that is not known yet."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0002"
down_revision = "sales_0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("sales_seller") as seller:
        seller.add_column(sa.Column("is_usual", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE sales_seller SET is_usual = TRUE WHERE id = (SELECT MIN(id) FROM sales_seller)")
    with op.batch_alter_table("sales_seller") as seller:
        seller.alter_column("is_usual", server_default=None, existing_type=sa.Boolean(), existing_nullable=False)
    usual = sa.text("is_usual")
    op.create_index(
        "uq_sales_seller_usual", "sales_seller", ["is_usual"], unique=True, sqlite_where=usual, postgresql_where=usual
    )
    op.create_table(
        "sales_deal_seller",
        sa.Column("deal_id", ID, autoincrement=False, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_deal_seller_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_deal_seller_seller_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_sales_deal_seller")),
    )
    op.create_index(op.f("ix_sales_deal_seller_seller_id"), "sales_deal_seller", ["seller_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        make_payments_anew()
    else:
        op.add_column("sales_payment", sa.Column("seller_id", ID, nullable=True))
        op.create_foreign_key(
            op.f("fk_sales_payment_seller_id"), "sales_payment", "sales_seller", ["seller_id"], ["id"],
            ondelete="RESTRICT",
        )  # fmt: skip
    op.create_index(op.f("ix_sales_payment_seller_id"), "sales_payment", ["seller_id"], unique=False)
    op.execute(
        "UPDATE sales_payment SET seller_id = COALESCE("
        "(SELECT i.seller_id FROM sales_invoice i WHERE i.id = sales_payment.invoice_id), "
        "(SELECT MIN(id) FROM sales_seller))"
    )
    # Lines that were written before anybody said who sells: their tax is not known yet, rather than none.
    op.execute(
        "UPDATE sales_deal_line SET tax_category = '' WHERE tax_category = 'O' "
        "AND NOT EXISTS (SELECT 1 FROM sales_seller)"
    )


def make_payments_anew() -> None:
    """SQLite adds no reference to a table that is there; written out, so that its constraints keep one order."""
    for name in ("ix_sales_payment_created_by", "ix_sales_payment_deal_id_id", "ix_sales_payment_invoice_id"):
        op.drop_index(name, table_name="sales_payment")
    op.rename_table("sales_payment", "sales_payment_before")
    op.create_table(
        "sales_payment",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("invoice_id", ID, nullable=True),
        sa.Column("seller_id", ID, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_sales_payment_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_payment_deal_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["sales_invoice.id"], name=op.f("fk_sales_payment_invoice_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_payment_seller_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_payment")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_payment_source_external_id")),
    )
    kept = (
        "id, deal_id, invoice_id, title, amount, currency, paid_on, method, note, created_by, created_at, source, "
        "external_id"
    )
    op.execute(f"INSERT INTO sales_payment ({kept}) SELECT {kept} FROM sales_payment_before")  # noqa: S608 fixed names
    op.drop_table("sales_payment_before")
    op.create_index(op.f("ix_sales_payment_created_by"), "sales_payment", ["created_by"], unique=False)
    op.create_index("ix_sales_payment_deal_id_id", "sales_payment", ["deal_id", "id"], unique=False)
    op.create_index(op.f("ix_sales_payment_invoice_id"), "sales_payment", ["invoice_id"], unique=False)


def downgrade() -> None:
    op.execute("UPDATE sales_deal_line SET tax_category = 'O' WHERE tax_category = ''")
    op.drop_index(op.f("ix_sales_payment_seller_id"), table_name="sales_payment")
    with op.batch_alter_table("sales_payment") as payment:
        payment.drop_constraint(op.f("fk_sales_payment_seller_id"), type_="foreignkey")
        payment.drop_column("seller_id")
    op.drop_index(op.f("ix_sales_deal_seller_seller_id"), table_name="sales_deal_seller")
    op.drop_table("sales_deal_seller")
    op.drop_index("uq_sales_seller_usual", table_name="sales_seller")
    with op.batch_alter_table("sales_seller") as seller:
        seller.drop_column("is_usual")
