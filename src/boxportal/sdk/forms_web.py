"""Forms at a route: what was posted, read for the person who posted it."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel

from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.forms import Choice, FormEnv, FormState, Typed, blank, filled, read

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
Options = Mapping[str, Sequence[Choice]]
NO_OPTIONS: Options = MappingProxyType({})
MAX_FIELDS = 5_000


async def typed_form(request: Request) -> Typed:
    """The texts of a posted form, by name; its files are the route's to read."""
    typed: dict[str, list[str]] = {}
    for name, value in (await request.form(max_fields=MAX_FIELDS)).multi_items():
        if isinstance(value, str):
            typed.setdefault(name, []).append(value)
    return typed


TypedForm = Annotated[Typed, Depends(typed_form)]
"""What a form posted. Stands before the context in a route's signature: who sends slowly must not hold the gate."""


def zone_of(ctx: ReadCtx) -> str:
    """The time zone of the person; of outsiders the company's."""
    return ctx.actor.timezone if ctx.actor.id is not None else ctx.company.timezone


def form_env(ctx: ReadCtx, choices: Options = NO_OPTIONS, currency: str = "") -> FormEnv:
    """For whom a form is: the actor's zone, the locale in force, and the company's currency unless another is named."""
    return FormEnv(zone=zone_of(ctx), currency=currency or ctx.company.currency, choices=choices)


def blank_form(
    ctx: ReadCtx,
    model: type[M],
    *,
    initial: Mapping[str, object] = MappingProxyType({}),
    choices: Options = NO_OPTIONS,
    currency: str = "",
) -> FormState[M]:
    """A form that nobody has typed into yet."""
    return blank(model, form_env(ctx, choices, currency), initial)


def filled_form(
    ctx: ReadCtx, model: type[M], source: object, *, choices: Options = NO_OPTIONS, currency: str = ""
) -> FormState[M]:
    """A form that shows a record."""
    return filled(model, source, form_env(ctx, choices, currency))


def posted(
    ctx: ReadCtx, model: type[M], typed: Typed, *, choices: Options = NO_OPTIONS, currency: str = ""
) -> M | FormState[M]:
    """What was posted, or the form with its mistakes, to be shown with status 422."""
    return read(model, typed, form_env(ctx, choices, currency))


def submitted(
    ctx: ReadCtx,
    model: type[M],
    typed: Typed,
    act: Callable[[M], R],
    *,
    choices: Options = NO_OPTIONS,
    currency: str = "",
) -> R | FormState[M]:
    """Read what was posted and act on it; what the act refuses (`Invalid`, `RuleBroken`) stands in the form too.

    The form is to be shown with status 422, which undoes what the act wrote before it refused.
    """
    form = read(model, typed, form_env(ctx, choices, currency))
    if isinstance(form, FormState):
        return form
    try:
        return act(form)
    except Invalid as error:
        refused = {name: str(text) for name, text in error.fields.items()}
    except RuleBroken as error:
        refused = {"": str(error)}
    return FormState(model, typed, refused, form_env(ctx, choices, currency))
