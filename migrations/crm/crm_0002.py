"""The index of the board tells whose a deal is, so that a person who sees few of many is answered from it alone."""

from alembic import op

revision = "crm_0002"
down_revision = "crm_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_crm_deal_stage", table_name="crm_deal")
    op.create_index(
        "ix_crm_deal_stage", "crm_deal", ["stage_id", "deleted_at", "moved_at", "id", "responsible_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_crm_deal_stage", table_name="crm_deal")
    op.create_index("ix_crm_deal_stage", "crm_deal", ["stage_id", "deleted_at", "moved_at", "id"], unique=False)
