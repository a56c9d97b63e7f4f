"""Comments and files on records."""

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_comment",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["core_person.id"], name=op.f("fk_core_comment_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_comment")),
    )
    op.create_index(op.f("ix_core_comment_author_id"), "core_comment", ["author_id"], unique=False)
    op.create_index("ix_core_comment_record", "core_comment", ["kind", "record_id", "id"], unique=False)
    op.create_table(
        "core_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["core_person.id"], name=op.f("fk_core_file_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_file")),
    )
    op.create_index(op.f("ix_core_file_author_id"), "core_file", ["author_id"], unique=False)
    op.create_index(op.f("ix_core_file_blob"), "core_file", ["blob"], unique=False)
    op.create_index("ix_core_file_record", "core_file", ["kind", "record_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_core_file_record", table_name="core_file")
    op.drop_index(op.f("ix_core_file_blob"), table_name="core_file")
    op.drop_index(op.f("ix_core_file_author_id"), table_name="core_file")
    op.drop_table("core_file")
    op.drop_index("ix_core_comment_record", table_name="core_comment")
    op.drop_index(op.f("ix_core_comment_author_id"), table_name="core_comment")
    op.drop_table("core_comment")
