"""What the CRM does with what waited for it: posts to its public forms while it was off."""

from collections.abc import Mapping
from datetime import datetime

from boxportal.modules.crm.submitting import Sent, keep_form
from boxportal.modules.crm.web_forms import active_form
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import NotFound


def take_kept_form(ctx: Ctx, payload: Mapping[str, object]) -> None:
    """Make a lead of a form that was sent while the module was off; of a form that is gone nothing comes."""
    fields = payload["fields"]
    values = {str(name): str(value) for name, value in fields.items()} if isinstance(fields, dict) else {}
    slug = str(payload["path"]).removeprefix("/form/").strip("/")
    sent = Sent.of(
        values,
        origin=str(payload["origin"]),
        own_origin=str(payload["own_origin"]),
        address=str(payload["address"]),
        at=datetime.fromisoformat(str(payload["at"])),
    )
    try:
        form = active_form(ctx, slug)
    except NotFound:
        return
    keep_form(ctx, form, sent)
