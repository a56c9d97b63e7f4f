"""Who of the people comes by the company's sign-in service."""

import sqlalchemy as sa
from alembic import op

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_sso_person",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], ondelete="CASCADE",
                                name=op.f("fk_core_sso_person_person_id_core_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_core_sso_person")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_core_sso_person_issuer_subject")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("core_sso_person")
