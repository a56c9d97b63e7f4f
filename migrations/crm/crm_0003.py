"""An index of the requests that wait for a person, so that Home finds them without reading all that the person has."""

from alembic import op

revision = "crm_0003"
down_revision = "crm_0002"
branch_labels = None
depends_on = None

COLUMNS = ["responsible_id", "status", "answered_at", "deleted_at", "id"]


def upgrade() -> None:
    op.create_index("ix_crm_lead_waiting", "crm_lead", COLUMNS, unique=False)


def downgrade() -> None:
    op.drop_index("ix_crm_lead_waiting", table_name="crm_lead")
