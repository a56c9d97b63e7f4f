"""What every record page and edit form of the CRM does alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Row

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm import activities
from boxportal.modules.crm.activities import ActivityData
from boxportal.modules.crm.choosing import choices, people
from boxportal.modules.crm.forms import ActivityForm
from boxportal.modules.crm.models.deals import Activity
from boxportal.modules.crm.wording import FIELDS, word_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Stale
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import FormState, Typed
from boxportal.sdk.forms_web import blank_form, submitted
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.phones import digits_of
from boxportal.sdk.records import RecordSide
from boxportal.sdk.web import see_other

WORDS: Mapping[str, str] = {LEAD: "lead", DEAL: "deal", CONTACT: "contact", CLIENT_COMPANY: "company"}
M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
Conflict = tuple[str, str]


def phone_link(key: str, typed: str) -> str:
    """The address that dials a number; of an unread one its digits are tried."""
    number = key or digits_of(typed)
    return f"tel:{number}" if number else ""


def version_of(typed: Typed) -> int | None:
    """The version that a form was opened with."""
    text = next(iter(typed.get("_version", ())), "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 longer ones are none of ours


def sent(ctx: Ctx, model: type[M], typed: Typed, act: Callable[[M], R]) -> R | FormState[M]:
    """Act on what a form of the CRM sent; else give the form back, to be shown with status 422."""
    return submitted(ctx, model, typed, act, choices=choices(ctx))


def saved(
    ctx: Ctx,
    model: type[M],
    typed: Typed,
    *,
    act: Callable[[M], object],
    show: Callable[[FormState[M], Sequence[Conflict], int], Response],
    to: str,
) -> Response:
    """Save what the form of a kept record sent, and go on to the address `to`.

    Else the form is shown again: with what is wrong, or with what somebody else changed since it was opened.
    """
    try:
        result = sent(ctx, model, typed, act)
    except Stale as error:
        form = blank_form(ctx, model, choices=choices(ctx))
        kept = FormState(model, {name: list(values) for name, values in typed.items() if name[:1] != "_"}, {}, form.env)
        return show(kept, conflicts(ctx, error.theirs), 409)
    if isinstance(result, FormState):
        return show(result, (), 422)
    return see_other(ctx, to)


def conflicts(ctx: ReadCtx, theirs: Mapping[str, object]) -> list[Conflict]:
    """What stands there now, field by field, in words."""
    said = [(_(FIELDS[name]), word_of(ctx, name, theirs)) for name in theirs if name in FIELDS]
    return [(label, str(value)) for label, value in said if value is not None]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a record page shows beside its facts: what is planned, files and history.

    The form of the next activity is fetched when it is opened; here it is only as the proposal after a call.
    """

    ref: RecordRef
    side: RecordSide
    planned: Sequence[Row[Activity]]
    form: FormState[ActivityForm] | None
    may_plan: bool

    @property
    def kinds(self) -> Mapping[str, Lazy]:
        return activities.KINDS

    @property
    def icons(self) -> Mapping[str, str]:
        return activities.ICONS

    @property
    def outcomes(self) -> Mapping[str, Lazy]:
        return activities.OUTCOMES

    @property
    def word(self) -> str:
        """The kind as it stands in the addresses of activities."""
        return WORDS[self.ref.kind]


def beside(ctx: ReadCtx, ref: RecordRef, after: str = "") -> Beside:
    """Gather it; `after` is how a call went, and fills the form with what may come next."""
    proposed = activities.proposal_after(ctx, after) if after in activities.OUTCOMES else None
    return Beside(
        ref=ref,
        side=ctx.side(ref),
        planned=activities.activities_on(ctx, ref),
        form=next_activity(ctx, proposed) if proposed else None,
        may_plan=ctx.can("crm.activity.create"),
    )


def next_activity(ctx: ReadCtx, proposed: ActivityData) -> FormState[ActivityForm]:
    """The form of what is to be done next, filled with what is proposed."""
    initial = {
        "responsible_id": ctx.actor.id,
        "kind": proposed.kind,
        "title": proposed.title,
        "due_at": proposed.due_at,
    }
    return blank_form(ctx, ActivityForm, initial=initial, choices={"responsible_id": people(ctx)})
