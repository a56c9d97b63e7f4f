"""Products, quotes, orders, invoices, payments and shipments."""

import sqlalchemy as sa
from alembic import op

revision = "sales_0001"
down_revision = None
branch_labels = ("sales",)
depends_on = ("core_0001", "crm_0001")

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sales_seller",
        sa.Column("id", ID, nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=60), nullable=False),
        sa.Column("registration_number", sa.String(length=60), nullable=False),
        sa.Column("vat_payer", sa.Boolean(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("signatory", sa.String(length=200), nullable=False),
        sa.Column("logo", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("rounding", sa.String(length=8), nullable=False),
        sa.Column("paper", sa.String(length=8), nullable=False),
        sa.Column("payment_days", ID, nullable=False),
        sa.Column("valid_days", ID, nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_seller")),
    )
    op.create_table(
        "sales_tax_rate",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=2), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_tax_rate")),
        sa.UniqueConstraint("name", name=op.f("uq_sales_tax_rate_name")),
    )
    op.create_table(
        "sales_product",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tax_rate_id", ID, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["tax_rate_id"], ["sales_tax_rate.id"], name=op.f("fk_sales_product_tax_rate_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_product")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_product_source_external_id")),
    )
    op.create_index("ix_sales_product_code", "sales_product", ["code"], unique=False)
    op.create_index("ix_sales_product_name_id", "sales_product", ["name", "id"], unique=False)
    op.create_table(
        "sales_quote",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("latest", ID, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_sales_quote_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_quote_deal_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_quote_seller_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_quote")),
        sa.UniqueConstraint("seller_id", "year", "sequence", name=op.f("uq_sales_quote_seller_id_year_sequence")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_quote_source_external_id")),
    )
    op.create_index(op.f("ix_sales_quote_created_by"), "sales_quote", ["created_by"], unique=False)
    op.create_index("ix_sales_quote_deal_id_id", "sales_quote", ["deal_id", "id"], unique=False)
    op.create_index("ix_sales_quote_state_id", "sales_quote", ["state", "id"], unique=False)
    op.create_table(
        "sales_series",
        sa.Column("id", ID, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("next", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_series_seller_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_series")),
        sa.UniqueConstraint("seller_id", "kind", "year", name=op.f("uq_sales_series_seller_id_kind_year")),
    )
    op.create_table(
        "sales_deal_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("product_id", ID, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", ID, nullable=False),
        sa.Column("tax_percent", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=2), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_deal_line_deal_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["sales_product.id"], name=op.f("fk_sales_deal_line_product_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_deal_line")),
    )
    op.create_index(op.f("ix_sales_deal_line_deal_id"), "sales_deal_line", ["deal_id"], unique=False)
    op.create_table(
        "sales_quote_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_how", sa.String(length=40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("rounding", sa.String(length=8), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["sales_quote.id"], name=op.f("fk_sales_quote_version_quote_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_quote_version")),
        sa.UniqueConstraint("quote_id", "version", name=op.f("uq_sales_quote_version_quote_id_version")),
    )
    op.create_table(
        "sales_order",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("version_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("client_company_id", ID, nullable=True),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("contract_number", sa.String(length=80), nullable=False),
        sa.Column("accepted_by", sa.String(length=200), nullable=False),
        sa.Column("accepted_how", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("rounding", sa.String(length=8), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_company_id"],
            ["crm_client_company.id"],
            name=op.f("fk_sales_order_client_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["crm_contact.id"], name=op.f("fk_sales_order_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_order_deal_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_order_seller_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["sales_quote_version.id"], name=op.f("fk_sales_order_version_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("seller_id", "year", "sequence", name=op.f("uq_sales_order_seller_id_year_sequence")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_order_source_external_id")),
        sa.UniqueConstraint("version_id", name=op.f("uq_sales_order_version_id")),
    )
    op.create_index(op.f("ix_sales_order_client_company_id"), "sales_order", ["client_company_id"], unique=False)
    op.create_index(op.f("ix_sales_order_contact_id"), "sales_order", ["contact_id"], unique=False)
    op.create_index("ix_sales_order_deal_id_id", "sales_order", ["deal_id", "id"], unique=False)
    op.create_table(
        "sales_quote_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("product_id", ID, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", ID, nullable=False),
        sa.Column("tax_percent", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=2), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["sales_product.id"], name=op.f("fk_sales_quote_line_product_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["sales_quote_version.id"], name=op.f("fk_sales_quote_line_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_quote_line")),
    )
    op.create_index(op.f("ix_sales_quote_line_version_id"), "sales_quote_line", ["version_id"], unique=False)
    op.create_table(
        "sales_invoice",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("corrects_id", ID, nullable=True),
        sa.Column("replaces_id", ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", ID, nullable=True),
        sa.Column("sequence", ID, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("supplied_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("prepaid", ID, nullable=False),
        sa.Column("paid", ID, nullable=False),
        sa.Column("credited", ID, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("told_overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("rounding", sa.String(length=8), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["sales_invoice.id"], name=op.f("fk_sales_invoice_corrects_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_sales_invoice_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_invoice_deal_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_invoice_order_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["sales_invoice.id"], name=op.f("fk_sales_invoice_replaces_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_invoice_seller_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_invoice")),
        sa.UniqueConstraint(
            "seller_id", "kind", "year", "sequence", name=op.f("uq_sales_invoice_seller_id_kind_year_sequence")
        ),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_invoice_source_external_id")),
    )
    op.create_index(op.f("ix_sales_invoice_corrects_id"), "sales_invoice", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_sales_invoice_created_by"), "sales_invoice", ["created_by"], unique=False)
    op.create_index("ix_sales_invoice_deal_id_id", "sales_invoice", ["deal_id", "id"], unique=False)
    op.create_index("ix_sales_invoice_is_open_due_on", "sales_invoice", ["is_open", "due_on"], unique=False)
    op.create_index(op.f("ix_sales_invoice_order_id"), "sales_invoice", ["order_id"], unique=False)
    op.create_index(op.f("ix_sales_invoice_replaces_id"), "sales_invoice", ["replaces_id"], unique=False)
    op.create_table(
        "sales_order_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("product_id", ID, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", ID, nullable=False),
        sa.Column("tax_percent", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=2), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_order_line_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["sales_product.id"], name=op.f("fk_sales_order_line_product_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order_line")),
    )
    op.create_index(op.f("ix_sales_order_line_order_id"), "sales_order_line", ["order_id"], unique=False)
    op.create_table(
        "sales_shipment",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("seller_id", ID, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("shipped_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_sales_shipment_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["crm_deal.id"], name=op.f("fk_sales_shipment_deal_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_sales_shipment_order_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["sales_seller.id"], name=op.f("fk_sales_shipment_seller_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_shipment")),
        sa.UniqueConstraint("seller_id", "year", "sequence", name=op.f("uq_sales_shipment_seller_id_year_sequence")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_shipment_source_external_id")),
    )
    op.create_index(op.f("ix_sales_shipment_created_by"), "sales_shipment", ["created_by"], unique=False)
    op.create_index("ix_sales_shipment_deal_id_id", "sales_shipment", ["deal_id", "id"], unique=False)
    op.create_index(op.f("ix_sales_shipment_order_id"), "sales_shipment", ["order_id"], unique=False)
    op.create_table(
        "sales_client_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("version_id", ID, nullable=True),
        sa.Column("invoice_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_sales_client_link_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["sales_invoice.id"], name=op.f("fk_sales_client_link_invoice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["sales_quote_version.id"], name=op.f("fk_sales_client_link_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_client_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sales_client_link_token_hash")),
    )
    op.create_index(op.f("ix_sales_client_link_invoice_id"), "sales_client_link", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_sales_client_link_version_id"), "sales_client_link", ["version_id"], unique=False)
    op.create_table(
        "sales_invoice_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("ordered_id", ID, nullable=True),
        sa.Column("position", ID, nullable=False),
        sa.Column("product_id", ID, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_percent", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", ID, nullable=False),
        sa.Column("tax_percent", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(length=2), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("net", ID, nullable=False),
        sa.Column("tax", ID, nullable=False),
        sa.Column("gross", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["sales_invoice.id"], name=op.f("fk_sales_invoice_line_invoice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ordered_id"], ["sales_order_line.id"], name=op.f("fk_sales_invoice_line_ordered_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["sales_product.id"], name=op.f("fk_sales_invoice_line_product_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_invoice_line")),
    )
    op.create_index(op.f("ix_sales_invoice_line_invoice_id"), "sales_invoice_line", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_sales_invoice_line_ordered_id"), "sales_invoice_line", ["ordered_id"], unique=False)
    op.create_table(
        "sales_payment",
        sa.Column("id", ID, nullable=False),
        sa.Column("deal_id", ID, nullable=True),
        sa.Column("invoice_id", ID, nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_payment")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_payment_source_external_id")),
    )
    op.create_index(op.f("ix_sales_payment_created_by"), "sales_payment", ["created_by"], unique=False)
    op.create_index("ix_sales_payment_deal_id_id", "sales_payment", ["deal_id", "id"], unique=False)
    op.create_index(op.f("ix_sales_payment_invoice_id"), "sales_payment", ["invoice_id"], unique=False)
    op.create_table(
        "sales_shipment_line",
        sa.Column("id", ID, nullable=False),
        sa.Column("shipment_id", ID, nullable=False),
        sa.Column("ordered_id", ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ordered_id"], ["sales_order_line.id"], name=op.f("fk_sales_shipment_line_ordered_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["sales_shipment.id"], name=op.f("fk_sales_shipment_line_shipment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_shipment_line")),
    )
    op.create_index(op.f("ix_sales_shipment_line_ordered_id"), "sales_shipment_line", ["ordered_id"], unique=False)
    op.create_index(op.f("ix_sales_shipment_line_shipment_id"), "sales_shipment_line", ["shipment_id"], unique=False)
    op.create_table(
        "sales_question",
        sa.Column("id", ID, nullable=False),
        sa.Column("link_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["sales_client_link.id"], name=op.f("fk_sales_question_link_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_question")),
    )
    op.create_index(op.f("ix_sales_question_link_id"), "sales_question", ["link_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sales_question_link_id"), table_name="sales_question")
    op.drop_table("sales_question")
    op.drop_index(op.f("ix_sales_shipment_line_shipment_id"), table_name="sales_shipment_line")
    op.drop_index(op.f("ix_sales_shipment_line_ordered_id"), table_name="sales_shipment_line")
    op.drop_table("sales_shipment_line")
    op.drop_index(op.f("ix_sales_payment_invoice_id"), table_name="sales_payment")
    op.drop_index("ix_sales_payment_deal_id_id", table_name="sales_payment")
    op.drop_index(op.f("ix_sales_payment_created_by"), table_name="sales_payment")
    op.drop_table("sales_payment")
    op.drop_index(op.f("ix_sales_invoice_line_ordered_id"), table_name="sales_invoice_line")
    op.drop_index(op.f("ix_sales_invoice_line_invoice_id"), table_name="sales_invoice_line")
    op.drop_table("sales_invoice_line")
    op.drop_index(op.f("ix_sales_client_link_version_id"), table_name="sales_client_link")
    op.drop_index(op.f("ix_sales_client_link_invoice_id"), table_name="sales_client_link")
    op.drop_table("sales_client_link")
    op.drop_index(op.f("ix_sales_shipment_order_id"), table_name="sales_shipment")
    op.drop_index("ix_sales_shipment_deal_id_id", table_name="sales_shipment")
    op.drop_index(op.f("ix_sales_shipment_created_by"), table_name="sales_shipment")
    op.drop_table("sales_shipment")
    op.drop_index(op.f("ix_sales_order_line_order_id"), table_name="sales_order_line")
    op.drop_table("sales_order_line")
    op.drop_index(op.f("ix_sales_invoice_replaces_id"), table_name="sales_invoice")
    op.drop_index(op.f("ix_sales_invoice_order_id"), table_name="sales_invoice")
    op.drop_index("ix_sales_invoice_is_open_due_on", table_name="sales_invoice")
    op.drop_index("ix_sales_invoice_deal_id_id", table_name="sales_invoice")
    op.drop_index(op.f("ix_sales_invoice_created_by"), table_name="sales_invoice")
    op.drop_index(op.f("ix_sales_invoice_corrects_id"), table_name="sales_invoice")
    op.drop_table("sales_invoice")
    op.drop_index(op.f("ix_sales_quote_line_version_id"), table_name="sales_quote_line")
    op.drop_table("sales_quote_line")
    op.drop_index("ix_sales_order_deal_id_id", table_name="sales_order")
    op.drop_index(op.f("ix_sales_order_contact_id"), table_name="sales_order")
    op.drop_index(op.f("ix_sales_order_client_company_id"), table_name="sales_order")
    op.drop_table("sales_order")
    op.drop_table("sales_quote_version")
    op.drop_index(op.f("ix_sales_deal_line_deal_id"), table_name="sales_deal_line")
    op.drop_table("sales_deal_line")
    op.drop_table("sales_series")
    op.drop_index("ix_sales_quote_state_id", table_name="sales_quote")
    op.drop_index("ix_sales_quote_deal_id_id", table_name="sales_quote")
    op.drop_index(op.f("ix_sales_quote_created_by"), table_name="sales_quote")
    op.drop_table("sales_quote")
    op.drop_index("ix_sales_product_name_id", table_name="sales_product")
    op.drop_index("ix_sales_product_code", table_name="sales_product")
    op.drop_table("sales_product")
    op.drop_table("sales_tax_rate")
    op.drop_table("sales_seller")
