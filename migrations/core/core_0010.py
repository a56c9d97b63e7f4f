"""Who of the people comes from the company's directory."""

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_directory_person",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("uid", sa.String(64), nullable=False),
        sa.Column("login", sa.String(254), nullable=False),
        sa.Column("dn", sa.String(1000), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], ondelete="CASCADE",
                                name=op.f("fk_core_directory_person_person_id_core_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_core_directory_person")),
        sa.UniqueConstraint("uid", name=op.f("uq_core_directory_person_uid")),
    )  # fmt: skip
    op.create_index(op.f("ix_core_directory_person_login"), "core_directory_person", ["login"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_core_directory_person_login"), table_name="core_directory_person")
    op.drop_table("core_directory_person")
