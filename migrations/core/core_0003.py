"""What people keep of lists: saved views, pins, columns."""

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_list_view",
        sa.Column("id", ID, nullable=False),
        sa.Column("list_key", sa.String(length=80), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("audience", sa.String(length=8), nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["core_person.id"], name=op.f("fk_core_list_view_owner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["core_team.id"], name=op.f("fk_core_list_view_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_list_view")),
    )
    op.create_index("ix_core_list_view_list", "core_list_view", ["list_key", "id"], unique=False)
    op.create_index(op.f("ix_core_list_view_owner_id"), "core_list_view", ["owner_id"], unique=False)
    op.create_index(op.f("ix_core_list_view_team_id"), "core_list_view", ["team_id"], unique=False)
    op.create_table(
        "core_list_choice",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("list_key", sa.String(length=80), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("view_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_list_choice_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["core_list_view.id"], name=op.f("fk_core_list_choice_view_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("person_id", "list_key", name=op.f("pk_core_list_choice")),
    )
    op.create_index(op.f("ix_core_list_choice_view_id"), "core_list_choice", ["view_id"], unique=False)
    op.create_table(
        "core_list_pin",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("view_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_list_pin_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["core_list_view.id"], name=op.f("fk_core_list_pin_view_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "view_id", name=op.f("pk_core_list_pin")),
    )
    op.create_index(op.f("ix_core_list_pin_view_id"), "core_list_pin", ["view_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_core_list_pin_view_id"), table_name="core_list_pin")
    op.drop_table("core_list_pin")
    op.drop_index(op.f("ix_core_list_choice_view_id"), table_name="core_list_choice")
    op.drop_table("core_list_choice")
    op.drop_index(op.f("ix_core_list_view_team_id"), table_name="core_list_view")
    op.drop_index(op.f("ix_core_list_view_owner_id"), table_name="core_list_view")
    op.drop_index("ix_core_list_view_list", table_name="core_list_view")
    op.drop_table("core_list_view")
