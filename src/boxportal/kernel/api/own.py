"""What is a person's own, over the API: their notices, quiet hours, and where they are signed in."""

from typing import Annotated

from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

from boxportal.kernel.identity import accounts
from boxportal.kernel.identity.sessions import OWN_EDIT, OWN_SEE
from boxportal.kernel.notify.choices import Way, kinds_for, list_choices, set_choices
from boxportal.kernel.notify.times import kept_times, set_times
from boxportal.sdk.api import Input
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, answered, reads, writes

router = Router(prefix="/me")
Reader = Annotated[ReadCtx, reads()]
Writer = Annotated[Ctx, writes()]
Clock = Annotated[str, Field(max_length=5)]
MAILS = {"off": Way.OFF, "once": Way.ONCE, "daily": Way.DAILY}
WORDS = {way: word for word, way in MAILS.items()}


class ChoiceIn(Input):
    """Where notices of a kind go; `mail` is off, once (a mail each) or daily."""

    inbox: bool | None = None
    mail: Annotated[str, Field(pattern="^(off|once|daily)$")] | None = None


class NotificationsIn(Input):
    """What shall be otherwise. Times are by the person's own clock, as 22:00; quiet hours with "" are none."""

    choices: Annotated[dict[str, ChoiceIn], Field(max_length=200, default_factory=dict)]
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    digest_at: Clock | None = None


class ChoiceOut(BaseModel):
    """A kind of notice, and where it goes."""

    kind: str
    title: str
    inbox: bool
    mail: str


class NotificationsOut(BaseModel):
    """Where each kind of notice goes, and when the person wants quiet."""

    choices: list[ChoiceOut]
    quiet_from: str
    quiet_until: str
    digest_at: str


class SessionOut(BaseModel):
    """A browser that is signed in."""

    id: int
    name: str
    address: str
    created_at: AwareDatetime
    seen_at: AwareDatetime


class SessionsOut(BaseModel):
    """The browsers in which the person is signed in, the last used first."""

    items: list[SessionOut]
    next: None = None


@router.get("/notifications")
def notifications_show(ctx: Reader) -> NotificationsOut:
    """Where notices go, and the quiet hours."""
    require_own(ctx, OWN_SEE)
    return notifications_of(ctx)


@router.patch("/notifications", response_model=NotificationsOut)
def notifications_change(ctx: Writer, body: NotificationsIn) -> Response:
    """Change what is sent, and nothing else."""
    require_own(ctx, OWN_EDIT)
    kinds = kinds_for(ctx)
    wrong = {f"choices.{kind}": _("There is no such kind of notice.") for kind in body.choices if kind not in kinds}
    if wrong:
        raise Invalid(wrong)
    lines = {line.kind.id: line for line in list_choices(ctx, kinds)}
    wished = {kind: body.choices.get(kind, ChoiceIn()) for kind in kinds}
    inbox = {kind for kind, new in wished.items() if (lines[kind].inbox if new.inbox is None else new.inbox)}
    mail = {kind: MAILS[new.mail] if new.mail else lines[kind].mail for kind, new in wished.items()}
    set_choices(ctx, kinds, inbox=inbox, mail=mail)
    times = {name: value for name in ("quiet_from", "quiet_until", "digest_at")
             if (value := getattr(body, name)) is not None}  # fmt: skip
    if times:
        set_times(ctx, **{**kept_times(ctx), **times})
    ctx.db.flush()
    return answered(ctx, notifications_of(ctx))


@router.get("/sessions")
def session_list(ctx: Reader) -> SessionsOut:
    """Where the person is signed in."""
    require_own(ctx, OWN_SEE)
    found = accounts.list_devices(ctx)
    items = [SessionOut(id=d.id, name=d.name, address=d.address, created_at=d.created_at, seen_at=d.seen_at)
             for d in found]  # fmt: skip
    return SessionsOut(items=items)


@router.delete("/sessions/{session_id}", status_code=204)
def session_end(ctx: Writer, session_id: RecordId) -> Response:
    """Sign one of the person's browsers out."""
    require_own(ctx, OWN_EDIT)
    accounts.end_device(ctx, session_id)
    return Response(status_code=204)


@router.delete("/sessions", status_code=204)
def session_end_all(ctx: Writer) -> Response:
    """Sign the person's browsers out, all but the one that asks."""
    require_own(ctx, OWN_EDIT)
    accounts.end_other_devices(ctx)
    return Response(status_code=204)


def require_own(ctx: ReadCtx, permission: str) -> None:
    """A key needs `core` or `all` among its scopes; a person is always allowed what is their own.

    Raises: NotFound.
    """
    if ctx.actor.kind == "token" and not ctx.can(permission):
        raise NotFound


def notifications_of(ctx: ReadCtx) -> NotificationsOut:
    choices = [ChoiceOut(kind=line.kind.id, title=str(line.kind.title), inbox=line.inbox, mail=WORDS[line.mail])
               for line in list_choices(ctx, kinds_for(ctx))]  # fmt: skip
    return NotificationsOut(choices=choices, **kept_times(ctx))
