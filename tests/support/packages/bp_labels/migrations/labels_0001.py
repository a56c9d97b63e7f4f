"""The tables of labels."""

import sqlalchemy as sa
from alembic import op

revision = "labels_0001"
down_revision = None
branch_labels = ("labels",)
depends_on = "notes_0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "labels_label",
        sa.Column("id", ID, nullable=False),
        sa.Column("note_id", ID, nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["notes_note.id"], name=op.f("fk_labels_label_note_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels_label")),
    )
    op.create_index(op.f("ix_labels_label_note_id"), "labels_label", ["note_id"])


def downgrade() -> None:
    op.drop_table("labels_label")
