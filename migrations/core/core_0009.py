"""When the person of a session last proved who they are: dangerous acts ask again."""

import sqlalchemy as sa
from alembic import op

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("core_session", "proved_at")
