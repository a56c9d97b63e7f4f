"""A second step at sign-in, devices that are known, and what a role's rules mean for sessions and keys."""

import sqlalchemy as sa
from alembic import op

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)
WEEK = str(7 * 24 * 60)


def upgrade() -> None:
    with op.batch_alter_table("core_session") as table:
        table.add_column(sa.Column("stage", sa.String(8), nullable=False, server_default="full"))
        table.add_column(sa.Column("idle_minutes", ID, nullable=False, server_default=WEEK))
        table.add_column(sa.Column("networks", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("core_api_token") as table:
        table.add_column(sa.Column("networks", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "core_totp",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("confirmed_at", WHEN, nullable=True),
        sa.Column("last_step", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_totp_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_core_totp")),
    )
    op.create_table(
        "core_recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["core_person.id"],
            name=op.f("fk_core_recovery_code_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_core_recovery_code_code_hash")),
    )
    op.create_index(op.f("ix_core_recovery_code_person_id"), "core_recovery_code", ["person_id"])
    op.create_table(
        "core_known_device",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("seen_at", WHEN, nullable=False),
        sa.Column("trusted_until", WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_known_device_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_known_device")),
        sa.UniqueConstraint("token_hash", "person_id", name=op.f("uq_core_known_device_token_hash_person_id")),
    )
    op.create_index(op.f("ix_core_known_device_person_id"), "core_known_device", ["person_id"])


def downgrade() -> None:
    op.drop_table("core_known_device")
    op.drop_table("core_recovery_code")
    op.drop_table("core_totp")
    with op.batch_alter_table("core_api_token") as table:
        table.drop_column("networks")
    with op.batch_alter_table("core_session") as table:
        table.drop_column("networks")
        table.drop_column("idle_minutes")
        table.drop_column("stage")
