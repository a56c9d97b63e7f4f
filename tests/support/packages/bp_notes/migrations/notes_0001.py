"""The tables of notes."""

import sqlalchemy as sa
from alembic import op

revision = "notes_0001"
down_revision = None
branch_labels = ("notes",)
depends_on = "core_0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notes_book",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes_book")),
        sa.UniqueConstraint("title", name=op.f("uq_notes_book_title")),
    )
    op.create_table(
        "notes_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("book_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["notes_book.id"], name=op.f("fk_notes_note_book_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["core_person.id"], name=op.f("fk_notes_note_owner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes_note")),
    )
    op.create_index(op.f("ix_notes_note_book_id"), "notes_note", ["book_id"])
    op.create_index(op.f("ix_notes_note_owner_id"), "notes_note", ["owner_id"])


def downgrade() -> None:
    op.drop_table("notes_note")
    op.drop_table("notes_book")
