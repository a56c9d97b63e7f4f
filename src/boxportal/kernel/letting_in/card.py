"""The administrators' card on Home, "Let clients in": there while links for clients can't be offered."""

from collections.abc import Mapping

from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.state import read_door
from boxportal.sdk.context import ReadCtx


def card_for(ctx: ReadCtx) -> Mapping[str, object] | None:
    """Whether the address is set; None hides the card: from others, once the door is open, and once it was dismissed.

    It is there only when a module has something for outsiders.
    """
    snapshot = snapshot_of(ctx)
    if not ctx.actor.is_admin or ctx.company.door or not snapshot.public:
        return None
    if read_door(ctx.db, company_of(ctx)).dismissed:
        return None
    return {"is_set": snapshot.door.is_set}
