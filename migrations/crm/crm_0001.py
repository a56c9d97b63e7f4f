"""Pipelines, leads, deals, contacts, client companies, activities and forms."""

import sqlalchemy as sa
from alembic import op

revision = "crm_0001"
down_revision = None
branch_labels = ("crm",)
depends_on = "core_0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "crm_pipeline",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_pipeline")),
        sa.UniqueConstraint("title", name=op.f("uq_crm_pipeline_title")),
    )
    op.create_table(
        "crm_web_form",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("intro", sa.String(length=1000), nullable=False),
        sa.Column("thanks", sa.String(length=1000), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("consent", sa.String(length=1000), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("turn", sa.JSON(), nullable=False),
        sa.Column("next_turn", ID, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_web_form")),
        sa.UniqueConstraint("slug", name=op.f("uq_crm_web_form_slug")),
    )
    op.create_table(
        "crm_activity",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ref_kind", sa.String(length=24), nullable=False),
        sa.Column("ref_id", ID, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=1000), nullable=False),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_crm_activity_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["core_person.id"], name=op.f("fk_crm_activity_responsible_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_activity")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_crm_activity_source_external_id")),
    )
    op.create_index(op.f("ix_crm_activity_created_by"), "crm_activity", ["created_by"], unique=False)
    op.create_index("ix_crm_activity_open", "crm_activity", ["responsible_id", "done_at", "due_at"], unique=False)
    op.create_index("ix_crm_activity_record", "crm_activity", ["ref_kind", "ref_id", "id"], unique=False)
    op.create_table(
        "crm_client_company",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("website", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("phone_key", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("deleted_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_crm_client_company_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deleted_by"], ["core_person.id"], name=op.f("fk_crm_client_company_deleted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"],
            ["core_person.id"],
            name=op.f("fk_crm_client_company_responsible_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_client_company")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_crm_client_company_source_external_id")),
    )
    op.create_index(op.f("ix_crm_client_company_created_by"), "crm_client_company", ["created_by"], unique=False)
    op.create_index(op.f("ix_crm_client_company_deleted_by"), "crm_client_company", ["deleted_by"], unique=False)
    op.create_index("ix_crm_client_company_email_key", "crm_client_company", ["email_key"], unique=False)
    op.create_index("ix_crm_client_company_live", "crm_client_company", ["deleted_at", "id"], unique=False)
    op.create_index(
        "ix_crm_client_company_name_key", "crm_client_company", ["deleted_at", "name_key", "id"], unique=False
    )
    op.create_index("ix_crm_client_company_phone_key", "crm_client_company", ["phone_key"], unique=False)
    op.create_index(
        "ix_crm_client_company_responsible", "crm_client_company", ["responsible_id", "deleted_at", "id"], unique=False
    )
    op.create_index(
        "ix_crm_client_company_trash",
        "crm_client_company",
        ["deleted_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_table(
        "crm_stage",
        sa.Column("id", ID, nullable=False),
        sa.Column("pipeline_id", ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("color", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("milestone", sa.String(length=16), nullable=False),
        sa.Column("probability", ID, nullable=False),
        sa.Column("reached", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["crm_pipeline.id"], name=op.f("fk_crm_stage_pipeline_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_stage")),
    )
    op.create_index("ix_crm_stage_pipeline_id", "crm_stage", ["pipeline_id", "position"], unique=False)
    op.create_table(
        "crm_contact",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("client_company_id", ID, nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("phone_key", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("deleted_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_company_id"],
            ["crm_client_company.id"],
            name=op.f("fk_crm_contact_client_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_crm_contact_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deleted_by"], ["core_person.id"], name=op.f("fk_crm_contact_deleted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["core_person.id"], name=op.f("fk_crm_contact_responsible_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_contact")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_crm_contact_source_external_id")),
    )
    op.create_index(op.f("ix_crm_contact_client_company_id"), "crm_contact", ["client_company_id"], unique=False)
    op.create_index(op.f("ix_crm_contact_created_by"), "crm_contact", ["created_by"], unique=False)
    op.create_index(op.f("ix_crm_contact_deleted_by"), "crm_contact", ["deleted_by"], unique=False)
    op.create_index("ix_crm_contact_email_key", "crm_contact", ["email_key"], unique=False)
    op.create_index("ix_crm_contact_live", "crm_contact", ["deleted_at", "id"], unique=False)
    op.create_index("ix_crm_contact_name_key", "crm_contact", ["deleted_at", "name_key", "id"], unique=False)
    op.create_index("ix_crm_contact_phone_key", "crm_contact", ["phone_key"], unique=False)
    op.create_index("ix_crm_contact_responsible", "crm_contact", ["responsible_id", "deleted_at", "id"], unique=False)
    op.create_index(
        "ix_crm_contact_trash",
        "crm_contact",
        ["deleted_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_table(
        "crm_stage_total",
        sa.Column("stage_id", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("responsible_id", ID, autoincrement=False, nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["crm_stage.id"], name=op.f("fk_crm_stage_total_stage_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("stage_id", "currency", "responsible_id", name=op.f("pk_crm_stage_total")),
    )
    op.create_table(
        "crm_lead",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("company_key", sa.String(length=200), nullable=False),
        sa.Column("company_name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("phone_key", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("status_before", sa.String(length=12), nullable=False),
        sa.Column("spam_of", ID, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", ID, nullable=False),
        sa.Column("consent", sa.String(length=1000), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address_from", sa.String(length=64), nullable=False),
        sa.Column("form_id", ID, nullable=True),
        sa.Column("client_company_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("deleted_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_company_id"],
            ["crm_client_company.id"],
            name=op.f("fk_crm_lead_client_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["crm_contact.id"], name=op.f("fk_crm_lead_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_crm_lead_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deleted_by"], ["core_person.id"], name=op.f("fk_crm_lead_deleted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["crm_web_form.id"], name=op.f("fk_crm_lead_form_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["core_person.id"], name=op.f("fk_crm_lead_responsible_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_lead")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_crm_lead_source_external_id")),
    )
    op.create_index("ix_crm_lead_address_from", "crm_lead", ["address_from", "created_at"], unique=False)
    op.create_index(op.f("ix_crm_lead_client_company_id"), "crm_lead", ["client_company_id"], unique=False)
    op.create_index(op.f("ix_crm_lead_contact_id"), "crm_lead", ["contact_id"], unique=False)
    op.create_index(op.f("ix_crm_lead_created_by"), "crm_lead", ["created_by"], unique=False)
    op.create_index(op.f("ix_crm_lead_deleted_by"), "crm_lead", ["deleted_by"], unique=False)
    op.create_index("ix_crm_lead_email_key", "crm_lead", ["email_key"], unique=False)
    op.create_index("ix_crm_lead_form", "crm_lead", ["form_id", "created_at"], unique=False)
    op.create_index("ix_crm_lead_live", "crm_lead", ["deleted_at", "id"], unique=False)
    op.create_index("ix_crm_lead_name_key", "crm_lead", ["name_key"], unique=False)
    op.create_index("ix_crm_lead_phone_key", "crm_lead", ["phone_key"], unique=False)
    op.create_index("ix_crm_lead_remind_at", "crm_lead", ["remind_at"], unique=False)
    op.create_index("ix_crm_lead_responsible", "crm_lead", ["responsible_id", "deleted_at", "id"], unique=False)
    op.create_index(op.f("ix_crm_lead_spam_of"), "crm_lead", ["spam_of"], unique=False)
    op.create_index("ix_crm_lead_status", "crm_lead", ["status", "deleted_at", "id"], unique=False)
    op.create_index(
        "ix_crm_lead_trash",
        "crm_lead",
        ["deleted_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_table(
        "crm_deal",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("pipeline_id", ID, nullable=False),
        sa.Column("stage_id", ID, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("amount", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("contact_id", ID, nullable=True),
        sa.Column("client_company_id", ID, nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("furthest", ID, nullable=False),
        sa.Column("open_activities", ID, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("deleted_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_company_id"],
            ["crm_client_company.id"],
            name=op.f("fk_crm_deal_client_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["crm_contact.id"], name=op.f("fk_crm_deal_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["core_person.id"], name=op.f("fk_crm_deal_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["deleted_by"], ["core_person.id"], name=op.f("fk_crm_deal_deleted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["crm_lead.id"], name=op.f("fk_crm_deal_lead_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["crm_pipeline.id"], name=op.f("fk_crm_deal_pipeline_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"], ["core_person.id"], name=op.f("fk_crm_deal_responsible_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["crm_stage.id"], name=op.f("fk_crm_deal_stage_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_deal")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_crm_deal_source_external_id")),
    )
    op.create_index("ix_crm_deal_amount", "crm_deal", ["deleted_at", "amount", "id"], unique=False)
    op.create_index(op.f("ix_crm_deal_client_company_id"), "crm_deal", ["client_company_id"], unique=False)
    op.create_index(op.f("ix_crm_deal_contact_id"), "crm_deal", ["contact_id"], unique=False)
    op.create_index(op.f("ix_crm_deal_created_by"), "crm_deal", ["created_by"], unique=False)
    op.create_index(op.f("ix_crm_deal_deleted_by"), "crm_deal", ["deleted_by"], unique=False)
    op.create_index("ix_crm_deal_expected_on", "crm_deal", ["deleted_at", "expected_on", "id"], unique=False)
    op.create_index(op.f("ix_crm_deal_lead_id"), "crm_deal", ["lead_id"], unique=False)
    op.create_index("ix_crm_deal_live", "crm_deal", ["deleted_at", "id"], unique=False)
    op.create_index(
        "ix_crm_deal_no_next",
        "crm_deal",
        ["responsible_id", "open_activities", "state", "deleted_at", "id"],
        unique=False,
    )
    op.create_index("ix_crm_deal_pipeline", "crm_deal", ["pipeline_id", "deleted_at", "id"], unique=False)
    op.create_index("ix_crm_deal_responsible", "crm_deal", ["responsible_id", "deleted_at", "id"], unique=False)
    op.create_index("ix_crm_deal_stage", "crm_deal", ["stage_id", "deleted_at", "moved_at", "id"], unique=False)
    op.create_index("ix_crm_deal_state", "crm_deal", ["state", "deleted_at", "id"], unique=False)
    op.create_index(
        "ix_crm_deal_trash",
        "crm_deal",
        ["deleted_at", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_crm_deal_trash",
        table_name="crm_deal",
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.drop_index("ix_crm_deal_state", table_name="crm_deal")
    op.drop_index("ix_crm_deal_stage", table_name="crm_deal")
    op.drop_index("ix_crm_deal_responsible", table_name="crm_deal")
    op.drop_index("ix_crm_deal_pipeline", table_name="crm_deal")
    op.drop_index("ix_crm_deal_no_next", table_name="crm_deal")
    op.drop_index("ix_crm_deal_live", table_name="crm_deal")
    op.drop_index(op.f("ix_crm_deal_lead_id"), table_name="crm_deal")
    op.drop_index("ix_crm_deal_expected_on", table_name="crm_deal")
    op.drop_index(op.f("ix_crm_deal_deleted_by"), table_name="crm_deal")
    op.drop_index(op.f("ix_crm_deal_created_by"), table_name="crm_deal")
    op.drop_index(op.f("ix_crm_deal_contact_id"), table_name="crm_deal")
    op.drop_index(op.f("ix_crm_deal_client_company_id"), table_name="crm_deal")
    op.drop_index("ix_crm_deal_amount", table_name="crm_deal")
    op.drop_table("crm_deal")
    op.drop_index(
        "ix_crm_lead_trash",
        table_name="crm_lead",
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.drop_index("ix_crm_lead_status", table_name="crm_lead")
    op.drop_index(op.f("ix_crm_lead_spam_of"), table_name="crm_lead")
    op.drop_index("ix_crm_lead_responsible", table_name="crm_lead")
    op.drop_index("ix_crm_lead_remind_at", table_name="crm_lead")
    op.drop_index("ix_crm_lead_phone_key", table_name="crm_lead")
    op.drop_index("ix_crm_lead_name_key", table_name="crm_lead")
    op.drop_index("ix_crm_lead_live", table_name="crm_lead")
    op.drop_index("ix_crm_lead_form", table_name="crm_lead")
    op.drop_index("ix_crm_lead_email_key", table_name="crm_lead")
    op.drop_index(op.f("ix_crm_lead_deleted_by"), table_name="crm_lead")
    op.drop_index(op.f("ix_crm_lead_created_by"), table_name="crm_lead")
    op.drop_index(op.f("ix_crm_lead_contact_id"), table_name="crm_lead")
    op.drop_index(op.f("ix_crm_lead_client_company_id"), table_name="crm_lead")
    op.drop_index("ix_crm_lead_address_from", table_name="crm_lead")
    op.drop_table("crm_lead")
    op.drop_table("crm_stage_total")
    op.drop_index(
        "ix_crm_contact_trash",
        table_name="crm_contact",
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.drop_index("ix_crm_contact_responsible", table_name="crm_contact")
    op.drop_index("ix_crm_contact_phone_key", table_name="crm_contact")
    op.drop_index("ix_crm_contact_name_key", table_name="crm_contact")
    op.drop_index("ix_crm_contact_live", table_name="crm_contact")
    op.drop_index("ix_crm_contact_email_key", table_name="crm_contact")
    op.drop_index(op.f("ix_crm_contact_deleted_by"), table_name="crm_contact")
    op.drop_index(op.f("ix_crm_contact_created_by"), table_name="crm_contact")
    op.drop_index(op.f("ix_crm_contact_client_company_id"), table_name="crm_contact")
    op.drop_table("crm_contact")
    op.drop_index("ix_crm_stage_pipeline_id", table_name="crm_stage")
    op.drop_table("crm_stage")
    op.drop_index(
        "ix_crm_client_company_trash",
        table_name="crm_client_company",
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.drop_index("ix_crm_client_company_responsible", table_name="crm_client_company")
    op.drop_index("ix_crm_client_company_phone_key", table_name="crm_client_company")
    op.drop_index("ix_crm_client_company_name_key", table_name="crm_client_company")
    op.drop_index("ix_crm_client_company_live", table_name="crm_client_company")
    op.drop_index("ix_crm_client_company_email_key", table_name="crm_client_company")
    op.drop_index(op.f("ix_crm_client_company_deleted_by"), table_name="crm_client_company")
    op.drop_index(op.f("ix_crm_client_company_created_by"), table_name="crm_client_company")
    op.drop_table("crm_client_company")
    op.drop_index("ix_crm_activity_record", table_name="crm_activity")
    op.drop_index("ix_crm_activity_open", table_name="crm_activity")
    op.drop_index(op.f("ix_crm_activity_created_by"), table_name="crm_activity")
    op.drop_table("crm_activity")
    op.drop_table("crm_web_form")
    op.drop_table("crm_pipeline")
