"""Who takes over from somebody who left, so that a module that was off meanwhile can catch up."""

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("core_person", sa.Column("successor_id", ID, nullable=True))


def downgrade() -> None:
    op.drop_column("core_person", "successor_id")
