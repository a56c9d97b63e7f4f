"""The kernel's tables."""

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("ref_kind", sa.String(length=40), nullable=False),
        sa.Column("ref_id", ID, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_audit")),
    )
    op.create_index(op.f("ix_core_audit_action"), "core_audit", ["action"], unique=False)
    op.create_index(op.f("ix_core_audit_actor_id"), "core_audit", ["actor_id"], unique=False)
    op.create_index("ix_core_audit_ref", "core_audit", ["ref_kind", "ref_id", "id"], unique=False)
    op.create_table(
        "core_form_use",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", ID, nullable=False),
        sa.Column("location", sa.String(length=2048), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_form_use")),
    )
    op.create_index(op.f("ix_core_form_use_created_at"), "core_form_use", ["created_at"], unique=False)
    op.create_table(
        "core_job",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job")),
    )
    op.create_table(
        "core_module",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_module")),
    )
    op.create_table(
        "core_outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_outbox")),
    )
    op.create_index("ix_core_outbox_due", "core_outbox", ["state", "due_at"], unique=False)
    op.create_table(
        "core_person",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=40), server_default="", nullable=False),
        sa.Column("picture", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_person")),
        sa.UniqueConstraint("email", name=op.f("uq_core_person_email")),
    )
    op.create_index(op.f("ix_core_person_state"), "core_person", ["state"], unique=False)
    op.create_table(
        "core_process",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("applied", ID, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wish", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_process")),
    )
    op.create_table(
        "core_rate",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("tries", ID, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_rate")),
    )
    op.create_index(op.f("ix_core_rate_since"), "core_rate", ["since"], unique=False)
    op.create_table(
        "core_revision",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_revision")),
    )
    op.create_table(
        "core_role",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_role")),
        sa.UniqueConstraint("key", name=op.f("uq_core_role_key")),
        sa.UniqueConstraint("title", name=op.f("uq_core_role_title")),
    )
    op.create_table(
        "core_setting",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_core_setting")),
    )
    op.create_table(
        "core_api_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_api_token_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_api_token_token_hash")),
    )
    op.create_index(op.f("ix_core_api_token_person_id"), "core_api_token", ["person_id"], unique=False)
    op.create_table(
        "core_notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("ref_kind", sa.String(length=40), nullable=False),
        sa.Column("ref_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_notice_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_notice")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_core_notice_person_id_key")),
    )
    op.create_index("ix_core_notice_person", "core_notice", ["person_id", "id"], unique=False)
    op.create_index("ix_core_notice_unread", "core_notice", ["person_id", "read_at"], unique=False)
    op.create_table(
        "core_notice_choice",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("inbox", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_notice_choice_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_core_notice_choice")),
    )
    op.create_table(
        "core_one_time_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_one_time_link_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_one_time_link_token_hash")),
    )
    op.create_index(op.f("ix_core_one_time_link_person_id"), "core_one_time_link", ["person_id"], unique=False)
    op.create_table(
        "core_person_role",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_person_role_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["core_role.id"], name=op.f("fk_core_person_role_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "role_id", name=op.f("pk_core_person_role")),
    )
    op.create_index(op.f("ix_core_person_role_role_id"), "core_person_role", ["role_id"], unique=False)
    op.create_table(
        "core_reminder",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_reminder_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_reminder")),
        sa.UniqueConstraint(
            "kind",
            "record_id",
            "due_at",
            "topic",
            "person_id",
            name=op.f("uq_core_reminder_kind_record_id_due_at_topic_person_id"),
        ),
    )
    op.create_index("ix_core_reminder_due", "core_reminder", ["done_at", "due_at"], unique=False)
    op.create_index(op.f("ix_core_reminder_person_id"), "core_reminder", ["person_id"], unique=False)
    op.create_index("ix_core_reminder_record", "core_reminder", ["kind", "record_id"], unique=False)
    op.create_table(
        "core_reset_request",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_reset_request_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_core_reset_request")),
    )
    op.create_table(
        "core_role_grant",
        sa.Column("role_id", ID, nullable=False),
        sa.Column("permission", sa.String(length=80), nullable=False),
        sa.Column("scope", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["core_role.id"], name=op.f("fk_core_role_grant_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_core_role_grant")),
    )
    op.create_table(
        "core_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_session_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_session_token_hash")),
    )
    op.create_index(op.f("ix_core_session_person_id"), "core_session", ["person_id"], unique=False)
    op.create_table(
        "core_team",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("head_id", ID, nullable=True),
        sa.Column("deputy_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["core_person.id"], name=op.f("fk_core_team_deputy_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["head_id"], ["core_person.id"], name=op.f("fk_core_team_head_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_team")),
        sa.UniqueConstraint("name", name=op.f("uq_core_team_name")),
    )
    op.create_index(op.f("ix_core_team_deputy_id"), "core_team", ["deputy_id"], unique=False)
    op.create_index(op.f("ix_core_team_head_id"), "core_team", ["head_id"], unique=False)
    op.create_table(
        "core_team_member",
        sa.Column("team_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_team_member_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["core_team.id"], name=op.f("fk_core_team_member_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "person_id", name=op.f("pk_core_team_member")),
    )
    op.create_index(op.f("ix_core_team_member_person_id"), "core_team_member", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_core_team_member_person_id"), table_name="core_team_member")
    op.drop_table("core_team_member")
    op.drop_index(op.f("ix_core_team_head_id"), table_name="core_team")
    op.drop_index(op.f("ix_core_team_deputy_id"), table_name="core_team")
    op.drop_table("core_team")
    op.drop_index(op.f("ix_core_session_person_id"), table_name="core_session")
    op.drop_table("core_session")
    op.drop_table("core_role_grant")
    op.drop_table("core_reset_request")
    op.drop_index("ix_core_reminder_record", table_name="core_reminder")
    op.drop_index(op.f("ix_core_reminder_person_id"), table_name="core_reminder")
    op.drop_index("ix_core_reminder_due", table_name="core_reminder")
    op.drop_table("core_reminder")
    op.drop_index(op.f("ix_core_person_role_role_id"), table_name="core_person_role")
    op.drop_table("core_person_role")
    op.drop_index(op.f("ix_core_one_time_link_person_id"), table_name="core_one_time_link")
    op.drop_table("core_one_time_link")
    op.drop_table("core_notice_choice")
    op.drop_index("ix_core_notice_unread", table_name="core_notice")
    op.drop_index("ix_core_notice_person", table_name="core_notice")
    op.drop_table("core_notice")
    op.drop_index(op.f("ix_core_api_token_person_id"), table_name="core_api_token")
    op.drop_table("core_api_token")
    op.drop_table("core_setting")
    op.drop_table("core_role")
    op.drop_table("core_revision")
    op.drop_index(op.f("ix_core_rate_since"), table_name="core_rate")
    op.drop_table("core_rate")
    op.drop_table("core_process")
    op.drop_index(op.f("ix_core_person_state"), table_name="core_person")
    op.drop_table("core_person")
    op.drop_index("ix_core_outbox_due", table_name="core_outbox")
    op.drop_table("core_outbox")
    op.drop_table("core_module")
    op.drop_table("core_job")
    op.drop_index(op.f("ix_core_form_use_created_at"), table_name="core_form_use")
    op.drop_table("core_form_use")
    op.drop_index("ix_core_audit_ref", table_name="core_audit")
    op.drop_index(op.f("ix_core_audit_actor_id"), table_name="core_audit")
    op.drop_index(op.f("ix_core_audit_action"), table_name="core_audit")
    op.drop_table("core_audit")
